// SPDX-License-Identifier: Apache-2.0

package sqlite_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/ledger/sqlite"
	"github.com/throng-dp/throng/dp/ledger/witness"
)

// backup copies a closed ledger and its key to a new folder.
func backup(t *testing.T, path string) string {
	t.Helper()
	to := t.TempDir()
	for _, name := range []string{"ledger.db", "ledger.key"} {
		text, err := os.ReadFile(filepath.Join(filepath.Dir(path), name))
		if err == nil {
			err = os.WriteFile(filepath.Join(to, name), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(to, "ledger.db")
}

// runs builds a plan on the ledger at a path, as a run of its own.
func runs(t *testing.T, path, plan string, w ledger.Witness) error {
	t.Helper()
	l, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if w != nil {
		l.Watch(w, func(err error) { t.Error(err) })
	}
	return errors.Join(build(t.Context(), l, ask(plan)), l.Close())
}

// TestRestored takes a backup after each of 20 builds: every one of them is
// refused once a witness saw the last build, and charged nothing; so is one that
// went on by itself until it is as long as the ledger, or longer.
func TestRestored(t *testing.T) {
	const builds = 20
	path := roomFor(t, 3*builds)
	w := witness.File(filepath.Join(t.TempDir(), "witness"))
	l := open(t, path)
	l.Watch(w, nil)
	if _, err := l.Attest(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	var backups []string
	for i := range builds {
		backups = append(backups, backup(t, path))
		if err := runs(t, path, fmt.Sprintf("p%d", i), w); err != nil {
			t.Fatal(err)
		}
	}
	same := backup(t, path)
	seen, err := w.Read()
	if err != nil {
		t.Fatal(err)
	}
	for i, old := range backups {
		if err := runs(t, old, "q", w); !errors.Is(err, ledger.ErrUnwitnessed) {
			t.Errorf("the backup before build %d: %v", i, err)
		}
		l, err := sqlite.Open(t.Context(), old, sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		spends(t, l, 0, int64(i))
		l.Watch(w, nil)
		if _, err := l.Attest(t.Context()); !errors.Is(err, ledger.ErrUnwitnessed) {
			t.Errorf("the backup before build %d is attested: %v", i, err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if i < builds-3 {
			continue
		}
		for n := i; n < builds+2; n++ { // on another machine, without a witness
			if err := runs(t, old, fmt.Sprintf("fork%d", n), nil); err != nil {
				t.Fatal(err)
			}
			if err := runs(t, old, "q", w); !errors.Is(err, ledger.ErrUnwitnessed) {
				t.Errorf("a fork before build %d, of %d builds: %v", i, n+1, err)
			}
		}
	}
	if now, err := w.Read(); err != nil || string(now) != string(seen) {
		t.Errorf("the witness went on with a copy: %v", err)
	}
	if err := errors.Join(runs(t, same, "q", w), runs(t, path, "r", nil)); err != nil {
		t.Errorf("the newest copy: %v", err)
	}
	if err := runs(t, path, "s", w); !errors.Is(err, ledger.ErrUnwitnessed) {
		t.Errorf("of two copies that both went on, the one that the witness did not see: %v", err)
	}
}

// TestHashAlone: a fork is not the ledger that the witness saw because the hash
// that it saw was written into one of its rows.
func TestHashAlone(t *testing.T) {
	path := roomFor(t, 10)
	fork := backup(t, path)
	w := witness.File(filepath.Join(t.TempDir(), "witness"))
	l := open(t, path)
	l.Watch(w, nil)
	_, err := l.Attest(t.Context())
	if err := errors.Join(err, l.Close(), runs(t, path, "p", w), runs(t, fork, "q", nil), runs(t, fork, "r", nil)); err != nil {
		t.Fatal(err)
	}
	seen, err := w.Read()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(seen), "\n") // of a checkpoint: log, leaves, root, hash of the newest entry
	hash, err := base64.StdEncoding.DecodeString(lines[3])
	if err != nil {
		t.Fatal(err)
	}
	// No try failed, so every entry is a leaf.
	if err := alter(t, fork, "DROP TRIGGER entries_fixed", fmt.Sprintf("UPDATE entries SET hash = x'%x' WHERE seq = %s", hash, lines[1])); err != nil {
		t.Fatal(err)
	}
	if err := runs(t, fork, "s", w); !errors.Is(err, ledger.ErrUnwitnessed) {
		t.Errorf("error = %v", err)
	}
}
