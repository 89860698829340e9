// SPDX-License-Identifier: Apache-2.0

package ramdisk

import "syscall"

const home = "/dev/shm"

// free returns how many bytes a file system takes.
func free(folder string) uint64 {
	var s syscall.Statfs_t
	if err := syscall.Statfs(folder, &s); err != nil {
		return 0
	}
	return s.Bavail * uint64(s.Bsize) //nolint:gosec // a block's size is not negative
}
