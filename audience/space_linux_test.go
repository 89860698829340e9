// SPDX-License-Identifier: Apache-2.0

package audience

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestReserve: what is reserved is the file's, and what no disk has is refused.
func TestReserve(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	const size = 1 << 20
	if err := reserve(f, size); errors.Is(err, errors.ErrUnsupported) {
		t.Skip("this file system sets no space aside")
	} else if err != nil {
		t.Fatal(err)
	}
	var s syscall.Stat_t
	if err := syscall.Fstat(int(f.Fd()), &s); err != nil {
		t.Fatal(err)
	}
	if s.Blocks*512 < size {
		t.Errorf("%d bytes on the disk, want %d", s.Blocks*512, size)
	}
	if err := reserve(f, 1<<62); err == nil || errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("4 EiB: %v", err)
	}
}

// TestTryWriteLeavesNothing: neither a file, nor a folder that was not there.
func TestTryWriteLeavesNothing(t *testing.T) {
	home := t.TempDir()
	if err := tryWrite(filepath.Join(home, "plan", "date=2011-12-09"), 1<<20); err != nil {
		t.Fatal(err)
	}
	there, err := os.ReadDir(home)
	if err != nil || len(there) > 0 {
		t.Errorf("left behind: %v, %v", there, err)
	}
}
