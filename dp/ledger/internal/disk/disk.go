// SPDX-License-Identifier: Apache-2.0

// Package disk keeps the files that belong to a ledger whatever store it has:
// its key, readable by its owner alone.
package disk

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

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

// Place gives a file that is whole its name, unless the name is taken: then it
// returns fs.ErrExist. Whoever is killed on the way leaves nothing under the name
// but the whole file.
func Place(from, path string) error {
	err := os.Link(from, path)
	if err == nil {
		return errors.Join(os.Remove(from), SyncFolder(filepath.Dir(path)))
	}
	if errors.Is(err, fs.ErrExist) {
		return err
	}
	// A file system without links: the name is claimed first.
	claim, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(claim.Close(), os.Rename(from, path)); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return SyncFolder(filepath.Dir(path))
}

// asides are what Aside returns behind a path, and SQLite's own files beside that.
var asides = regexp.MustCompile(`^\.new-[a-z2-7]{26}(-wal|-shm|-journal)?$`)

// Sweep removes what killed runs left aside of a file that is in its place: with
// it no other run can put its own there. Whatever else begins with its name stays.
func Sweep(path string) {
	left, _ := os.ReadDir(filepath.Dir(path))
	for _, f := range left {
		if rest, ok := strings.CutPrefix(f.Name(), filepath.Base(path)); ok && asides.MatchString(rest) {
			_ = os.Remove(filepath.Join(filepath.Dir(path), f.Name()))
		}
	}
}

// Aside returns a name beside path that no other run has.
func Aside(path string) string { return path + ".new-" + strings.ToLower(rand.Text()) }

// SyncFolder makes a new or renamed file of a folder durable.
func SyncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
