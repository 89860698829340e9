// SPDX-License-Identifier: Apache-2.0

package audience

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// reserve has the file system set aside size bytes for a file, which it refuses
// where there is no room or the quota is used up. It is errors.ErrUnsupported
// where the file system cannot.
func reserve(f *os.File, size int) error {
	for {
		err := syscall.Fallocate(int(f.Fd()), 0, 0, int64(size))
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case err != nil:
			return &fs.PathError{Op: "write", Path: f.Name(), Err: err}
		}
		return nil
	}
}
