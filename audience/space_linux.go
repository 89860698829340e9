// SPDX-License-Identifier: Apache-2.0

package audience

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// nameless opens a file of a folder that has no name, where the file system
// knows such files.
func nameless(folder string) (*os.File, error) {
	fd, err := unix.Open(folder, unix.O_TMPFILE|unix.O_WRONLY|unix.O_CLOEXEC, 0o600)
	switch {
	case errors.Is(err, unix.EOPNOTSUPP), errors.Is(err, unix.EISDIR), errors.Is(err, unix.ENOENT):
		return unnamed(folder)
	case err != nil:
		return nil, &fs.PathError{Op: "write", Path: folder, Err: err}
	}
	return os.NewFile(uintptr(fd), filepath.Join(folder, aside+"space")), nil
}

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
