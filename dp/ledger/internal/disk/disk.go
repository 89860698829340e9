// SPDX-License-Identifier: Apache-2.0

// Package disk keeps the files that belong to a ledger whatever store it has:
// its key, readable by its owner alone.
package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/throng-dp/throng/dp/ledger"
)

// CannotWrite says which file could not be written.
func CannotWrite(path string, err error) error {
	return &ledger.Refusal{Reason: ledger.ErrStorage, Detail: fmt.Sprintf("%s: %v", path, Cause(err)),
		Hint: "the folder has to exist, with room, and be writable by this user"}
}

// MustNotExist refuses a place that is taken.
func MustNotExist(file string) error {
	_, err := os.Lstat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = fs.ErrExist
	}
	return &ledger.Refusal{Reason: ledger.ErrStorage, Detail: fmt.Sprintf("%s: %v", file, Cause(err)),
		Hint: "a ledger and its key are never overwritten; name another place"}
}

// Cause strips the path from an error of package os: it is told already.
func Cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// SyncFolder makes a new or renamed file of a folder durable.
func SyncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
