// SPDX-License-Identifier: Apache-2.0

package sqlite_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/ledger/sqlite"
)

// TestFlippedBits: whatever bit of a ledger's file turns, either the ledger is
// refused or its balances and releases are what they were.
func TestFlippedBits(t *testing.T) {
	path := made(t)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := state(t, path)
	for range 60 {
		at, bit := rand.IntN(len(whole)), byte(1)<<rand.IntN(8)
		file := append([]byte(nil), whole...)
		file[at] ^= bit
		copied := filepath.Join(t.TempDir(), "ledger.db")
		key, err := os.ReadFile(filepath.Join(filepath.Dir(path), "ledger.key"))
		if err == nil {
			err = errors.Join(os.WriteFile(copied, file, 0o600), os.WriteFile(filepath.Join(filepath.Dir(copied), "ledger.key"), key, 0o600))
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := state(t, copied); got != "" && got != want {
			t.Errorf("bit %#x of byte %d: %s, want %s", bit, at, got, want)
		}
	}
}

// state returns what a ledger says that matters, or nothing if it is refused.
func state(t *testing.T, path string) string {
	t.Helper()
	l, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		return ""
	}
	defer l.Close()
	if l.Verify(t.Context()) != nil {
		return ""
	}
	s, err := l.Status(t.Context(), "shop", time.Now())
	if err != nil {
		return ""
	}
	p, err := l.Find(t.Context(), "shop", "p", "2026-03-13")
	if errors.Is(err, ledger.ErrNotFound) {
		return "the release is gone"
	} else if err != nil {
		return ""
	}
	left, err := l.Left(t.Context(), "shop", one, time.Now())
	if err != nil {
		return ""
	}
	return string(p.Bytes) + string(rune('0'+left)) + string(rune('0'+s.Builds)) + s.To.String()
}
