// SPDX-License-Identifier: Apache-2.0

//go:build unix

package witness

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// lock takes a file for this process, unless another has it. The system gives
// it up when the file is closed, or the process is gone.
func lock(f *os.File) (bool, error) {
	err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) || errors.Is(err, unix.EINTR) {
		return false, nil
	}
	return err == nil, err
}

// swap gives a file its name while it is still locked.
func swap(f *os.File, to string) error { return os.Rename(f.Name(), to) }
