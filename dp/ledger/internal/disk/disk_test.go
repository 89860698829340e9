// SPDX-License-Identifier: Apache-2.0

package disk

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestSweep: what killed runs left of a file goes, and nobody's own files do.
func TestSweep(t *testing.T) {
	dir := t.TempDir()
	key := filepath.Join(dir, "ledger.key")
	stay := []string{key, key + ".new", key + ".new-2027", key + ".new-key.txt", key + ".old", filepath.Join(dir, "other.key.new-"+filepath.Ext(Aside(""))[5:])}
	gone := []string{Aside(key), Aside(key) + "-wal", Aside(key) + "-shm"}
	for _, file := range slices.Concat(stay, gone) {
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	Sweep(key)
	for _, file := range stay {
		if _, err := os.Stat(file); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
	for _, file := range gone {
		if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// TestPlace: a whole file takes a name that nothing has, and no other.
func TestPlace(t *testing.T) {
	dir := t.TempDir()
	to := filepath.Join(dir, "there")
	for i, want := range []error{nil, fs.ErrExist} {
		from := Aside(to)
		if err := os.WriteFile(from, []byte{byte(i)}, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := Place(from, to); !errors.Is(err, want) {
			t.Errorf("error = %v, want %v", err, want)
		}
		if text, err := os.ReadFile(to); err != nil || len(text) != 1 || text[0] != 0 {
			t.Errorf("there is %v, %v", text, err)
		}
	}
}
