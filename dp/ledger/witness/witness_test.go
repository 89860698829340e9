// SPDX-License-Identifier: Apache-2.0

package witness_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/ledger/witness"
)

// TestTurns: writers that read, add one and write lose none of it.
func TestTurns(t *testing.T) {
	f := witness.File(filepath.Join(t.TempDir(), "witness"))
	const writers, each = 8, 25
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			for range each {
				if err := f.Update(t.Context(), func(kept []byte) ([]byte, error) {
					n, _ := strconv.Atoi(string(kept)) // 0 before there is one
					return []byte(strconv.Itoa(n + 1)), nil
				}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if kept, err := f.Read(); err != nil || string(kept) != fmt.Sprint(writers*each) {
		t.Errorf("kept %q, %v; want %d", kept, err, writers*each)
	}
	alone(t, f)
}

// alone expects nothing beside the file.
func alone(t *testing.T, f witness.File) {
	t.Helper()
	files, err := os.ReadDir(filepath.Dir(string(f)))
	if err != nil || len(files) != 1 {
		t.Errorf("files: %v, %v", files, err)
	}
}

// TestNothingChanges: whoever refuses, and whoever has nothing new, leaves the
// file as it was and nothing beside it; what a killed writer left is written
// over.
func TestNothingChanges(t *testing.T) {
	f := witness.File(filepath.Join(t.TempDir(), "witness"))
	if _, err := f.Read(); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("before there is one: %v", err)
	}
	write := func(text []byte, refused error) error {
		return f.Update(t.Context(), func([]byte) ([]byte, error) { return text, refused })
	}
	if err := os.WriteFile(string(f)+".new", bytes.Repeat([]byte("half a note "), 100), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := write([]byte("first"), nil); err != nil {
		t.Fatal(err)
	}
	before, err := os.Stat(string(f))
	if err != nil {
		t.Fatal(err)
	}
	no := errors.New("no")
	if err := errors.Join(write(nil, nil), write([]byte("first"), nil)); err != nil {
		t.Error(err)
	}
	if err := write([]byte("second"), no); !errors.Is(err, no) {
		t.Errorf("error = %v", err)
	}
	after, err := os.Stat(string(f))
	if err != nil || !os.SameFile(before, after) {
		t.Errorf("it was written again: %v", err)
	}
	if kept, err := f.Read(); err != nil || string(kept) != "first" {
		t.Errorf("kept %q, %v", kept, err)
	}
	alone(t, f)
}

// TestLink: through a link the file that it leads to is written, and the link
// stays; one that leads nowhere is an error.
func TestLink(t *testing.T) {
	far, near := filepath.Join(t.TempDir(), "witness"), filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(far, near); err != nil {
		t.Skip(err)
	}
	write := func(text string) error {
		return witness.File(near).Update(t.Context(), func([]byte) ([]byte, error) { return []byte(text), nil })
	}
	if err := write("lost"); !errors.Is(err, ledger.ErrStorage) {
		t.Errorf("a link to nothing: %v", err)
	}
	if err := os.WriteFile(far, []byte("first"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := write("second"); err != nil {
		t.Fatal(err)
	}
	if kept, err := witness.File(far).Read(); err != nil || string(kept) != "second" {
		t.Errorf("kept %q, %v", kept, err)
	}
	if info, err := os.Lstat(near); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link is %v, %v", info.Mode(), err)
	}
	alone(t, witness.File(far))
	alone(t, witness.File(near))
}

// TestFaults: a witness that cannot be read is no missing one, and one that
// cannot be written says so.
func TestFaults(t *testing.T) {
	dir := witness.File(t.TempDir())
	if _, err := dir.Read(); !errors.Is(err, ledger.ErrUnwitnessed) {
		t.Errorf("a folder: %v", err)
	}
	if _, err := witness.File(os.DevNull).Read(); !errors.Is(err, ledger.ErrUnwitnessed) {
		t.Errorf("a device: %v", err)
	}
	lost := witness.File(filepath.Join(string(dir), "no", "witness"))
	if err := lost.Update(t.Context(), func([]byte) ([]byte, error) { return []byte("x"), nil }); !errors.Is(err, ledger.ErrStorage) {
		t.Errorf("no folder: %v", err)
	}
	f := witness.File(filepath.Join(string(dir), "witness"))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err := f.Update(t.Context(), func([]byte) ([]byte, error) {
		return nil, f.Update(ctx, func([]byte) ([]byte, error) { return []byte("x"), nil })
	})
	if err == nil {
		t.Error("two writers have it at once")
	}
	if _, err := os.Stat(string(f)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it was written: %v", err)
	}
}
