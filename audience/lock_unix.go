// SPDX-License-Identifier: Apache-2.0

//go:build linux || darwin || freebsd || netbsd || openbsd

package audience

import (
	"errors"
	"os"
	"syscall"
)

// lockFolder waits until no other run changes a folder, and returns what lets
// the next one in. A file system that has no locks gives none: this run is not
// known to be alone there, and renaming keeps runs apart.
func lockFolder(path string) (unlock func(), alone bool, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, false, err
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	// Closing lets go; a lock that was refused is none to let go of.
	return func() { _ = f.Close() }, err == nil, nil
}
