// SPDX-License-Identifier: Apache-2.0

// Package witness keeps the newest checkpoint of a ledger in a file. It is worth
// something where whoever restores or edits the ledger does not restore or edit
// the file with it: on another disk, another machine, in another account.
package witness

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/throng-dp/throng/dp/failpoint"
	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/ledger/internal/disk"
)

// A File is a witness copy at a path.
type File string

// largest that a signed note can be (golang.org/x/mod/sumdb/note).
const largest = 1_000_000

// String returns the path.
func (f File) String() string { return string(f) }

// Read implements ledger.Witness.
func (f File) Read() ([]byte, error) {
	file, err := os.OpenFile(string(f), os.O_RDONLY|syscall.O_NONBLOCK, 0) // a pipe would be waited for
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ledger.ErrNotFound
	}
	if err != nil {
		return nil, f.unreadable(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("not a regular file")
	}
	if err != nil {
		return nil, f.unreadable(err)
	}
	text, err := io.ReadAll(io.LimitReader(file, largest))
	if err != nil {
		return nil, f.unreadable(err)
	}
	return text, nil
}

// followed is the file that a link at the path leads to, which is the one to
// replace: a file in the link's place would leave the one on the other disk
// behind, unnoticed. A link that leads nowhere is an error.
func (f File) followed() (File, error) {
	path, err := filepath.EvalSymlinks(string(f))
	if err == nil {
		return File(path), nil
	}
	info, there := os.Lstat(string(f))
	made := there == nil && info.Mode().IsRegular() && errors.Is(err, fs.ErrNotExist) // by another run, meanwhile
	if made || errors.Is(there, fs.ErrNotExist) {
		return f, nil
	}
	return f, err
}

func (f File) unreadable(err error) error {
	return &ledger.Refusal{Reason: ledger.ErrUnwitnessed, Detail: string(f) + ": " + disk.Cause(err).Error(),
		Hint: "the witness copy has to be a file that this user can read"}
}

// Update implements ledger.Witness. The new note reaches the disk under another
// name, which writers take turns at, and takes its own in one step. Everybody
// may read it: it holds no secret.
func (f File) Update(ctx context.Context, change func(kept []byte) ([]byte, error)) error {
	f, err := f.followed()
	if err != nil {
		return disk.CannotWrite(string(f), err)
	}
	next, err := f.turn(ctx)
	if err != nil {
		return disk.CannotWrite(string(f), err)
	}
	defer next.Close() // and with it the turn
	kept, err := f.Read()
	if err != nil && !errors.Is(err, ledger.ErrNotFound) {
		return errors.Join(err, os.Remove(next.Name()))
	}
	signed, err := change(kept)
	if err != nil || signed == nil || bytes.Equal(signed, kept) {
		return errors.Join(err, os.Remove(next.Name()))
	}
	if err := f.replace(next, signed); err != nil {
		return disk.CannotWrite(string(f), err)
	}
	return nil
}

func (f File) replace(next *os.File, signed []byte) error {
	// Whoever was stopped may have left something.
	if err := next.Truncate(0); err != nil {
		return err
	}
	if _, err := failpoint.Write("witness.write", next, signed); err != nil {
		return err
	}
	if err := failpoint.Do("witness.sync", next.Sync); err != nil {
		return err
	}
	failpoint.At("witness.rename")
	if err := swap(next, string(f)); err != nil {
		return err
	}
	failpoint.At("witness.renamed")
	return disk.SyncFolder(filepath.Dir(string(f)))
}

// turn opens the file that will be renamed, and waits until no other process
// has it. One that was renamed or removed meanwhile is not it any more.
func (f File) turn(ctx context.Context) (*os.File, error) {
	name := string(f) + ".new"
	for {
		next, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE, 0o644)
		if err != nil {
			return nil, err
		}
		mine, err := lock(next)
		if err == nil && mine {
			var a, b os.FileInfo
			if a, err = next.Stat(); err == nil {
				if b, err = os.Stat(name); err == nil && os.SameFile(a, b) {
					return next, nil
				}
			}
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, errors.Join(err, next.Close())
		}
		if err := next.Close(); err != nil {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
}
