// SPDX-License-Identifier: Apache-2.0

//go:build unix

package witness_test

import (
	"errors"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/ledger/witness"
)

// TestPipe: a pipe is no witness, and its other end is not waited for.
func TestPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "witness")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Skip(err)
	}
	if _, err := witness.File(path).Read(); !errors.Is(err, ledger.ErrUnwitnessed) {
		t.Errorf("error = %v", err)
	}
}
