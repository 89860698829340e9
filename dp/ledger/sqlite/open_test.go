// SPDX-License-Identifier: Apache-2.0

package sqlite_test

import (
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/ledger/sqlite"
)

// made returns the path of a ledger with an account and a release.
func made(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ledger.db")
	l, err := sqlite.Create(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.OpenAccount(t.Context(), threefold()); err != nil {
		t.Fatal(err)
	}
	if err := build(t.Context(), l, ask("p")); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func open(t *testing.T, path string) *ledger.Ledger {
	t.Helper()
	l, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// alter runs SQL on a ledger behind its back.
func alter(t *testing.T, path string, statements ...string) error {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			return err
		}
	}
	return nil
}

// TestOpenMissing: opening never makes a ledger.
func TestOpenMissing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	if _, err := sqlite.Open(t.Context(), path, sqlite.Options{}); !errors.Is(err, ledger.ErrMissing) {
		t.Errorf("error = %v", err)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestCreateOverwritesNothing: neither a ledger nor a key.
func TestCreateOverwritesNothing(t *testing.T) {
	path := made(t)
	if _, err := sqlite.Create(t.Context(), path, sqlite.Options{}); !errors.Is(err, ledger.ErrStorage) {
		t.Errorf("error = %v", err)
	}
	other := filepath.Join(filepath.Dir(path), "other.db")
	if _, err := sqlite.Create(t.Context(), other, sqlite.Options{}); !errors.Is(err, ledger.ErrStorage) {
		t.Errorf("error = %v", err)
	}
	if _, err := os.Stat(other); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the second ledger is there: %v", err)
	}
	open(t, path)
	if _, err := sqlite.Create(t.Context(), filepath.Join(t.TempDir(), "no", "ledger.db"), sqlite.Options{}); !errors.Is(err, ledger.ErrStorage) {
		t.Errorf("error = %v", err)
	}
}

// TestPermissions: nobody but the owner reads a ledger, its key, or the files
// that SQLite keeps beside it.
func TestPermissions(t *testing.T) {
	path := made(t)
	l := open(t, path)
	if err := build(t.Context(), l, ask("q")); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(files) != 4 {
		t.Fatalf("files = %v, %v", files, err)
	}
	for _, f := range files {
		info, err := f.Info()
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", f.Name(), info.Mode(), err)
		}
	}
}

// TestKeyFaults: without its own key, unread by others, a ledger stays shut.
func TestKeyFaults(t *testing.T) {
	other := filepath.Join(filepath.Dir(made(t)), "ledger.key")
	for what, change := range map[string]func(key string) error{
		"missing":        os.Remove,
		"group readable": func(key string) error { return os.Chmod(key, 0o640) },
		"world writable": func(key string) error { return os.Chmod(key, 0o602) },
		"garbage":        func(key string) error { return os.WriteFile(key, []byte("secret garbage"), 0o600) },
		"short":          func(key string) error { return os.WriteFile(key, []byte("00ff"), 0o600) },
		"empty":          func(key string) error { return os.WriteFile(key, nil, 0o600) },
		"a folder":       func(key string) error { return errors.Join(os.Remove(key), os.Mkdir(key, 0o700)) },
		"another's":      func(key string) error { return errors.Join(os.Remove(key), os.Link(other, key)) },
	} {
		path := made(t)
		if err := change(filepath.Join(filepath.Dir(path), "ledger.key")); err != nil {
			t.Fatal(err)
		}
		_, err := sqlite.Open(t.Context(), path, sqlite.Options{})
		if !errors.Is(err, ledger.ErrKey) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestKeyElsewhere: the key may lie in another place.
func TestKeyElsewhere(t *testing.T) {
	dir := t.TempDir()
	o := sqlite.Options{KeyFile: filepath.Join(dir, "keys")}
	path := filepath.Join(dir, "ledger.db")
	l, err := sqlite.Create(t.Context(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Open(t.Context(), path, sqlite.Options{}); !errors.Is(err, ledger.ErrKey) {
		t.Errorf("error = %v", err)
	}
	if l, err = sqlite.Open(t.Context(), path, o); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

// TestDamaged: what is no ledger, or not whole, or of another version, is
// refused, and said to be which.
func TestDamaged(t *testing.T) {
	const version = "INSERT INTO goose_db_version (version_id, is_applied) VALUES (7, 1)"
	for what, c := range map[string]struct {
		change func(path string) error
		says   string
	}{
		"empty":         {func(path string) error { return os.Truncate(path, 0) }, "never finished"},
		"text":          {func(path string) error { return os.WriteFile(path, []byte("throng: 1\n"), 0o600) }, "not an SQLite file"},
		"a folder":      {func(path string) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o700)) }, "not an SQLite file"},
		"another's":     {func(path string) error { return alter(t, path, "PRAGMA application_id = 7") }, "not a ledger"},
		"cut":           {func(path string) error { return os.Truncate(path, 20_000) }, ""},
		"newer":         {func(path string) error { return alter(t, path, version) }, "newer throng: schema 7, this program knows 3"},
		"older":         {func(path string) error { return alter(t, path, "DELETE FROM goose_db_version WHERE version_id > 0") }, "older throng: schema 0"},
		"without table": {func(path string) error { return alter(t, path, "DROP TABLE goose_db_version") }, ""},
		"a bad page":    {func(path string) error { return overwrite(path, 3*4096) }, ""},
	} {
		path := made(t)
		if err := c.change(path); err != nil {
			t.Fatal(err)
		}
		_, err := sqlite.Open(t.Context(), path, sqlite.Options{})
		if !errors.Is(err, ledger.ErrDamaged) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// overwrite spoils some bytes of a file.
func overwrite(path string, at int64) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteAt([]byte("\xff\xff\xff\xff\xff\xff\xff\xff"), at)
	return errors.Join(err, f.Close())
}

// TestWalls: the database itself refuses what the program must never do.
func TestWalls(t *testing.T) {
	path := made(t)
	for _, s := range []string{
		"UPDATE balances SET spent_epsilon = cap_epsilon + 1",
		"UPDATE balances SET held_mu2 = -1",
		"UPDATE balances SET held_epsilon = 'much'",
		"UPDATE entries SET epsilon = 0",
		"DELETE FROM entries WHERE type = 'post'",
		"UPDATE releases SET bytes = 'other'",
		"DELETE FROM releases",
		"UPDATE accounts SET cap_epsilon = 1",
		"DELETE FROM accounts",
		"UPDATE balances SET cap_epsilon = cap_epsilon - 1",
		next("'void'", "reservation", "release"),
		next("'expire'", "reservation", "release"),
		next("'post'", "'other'", "release"),
		"INSERT INTO entries SELECT 99, type, at, account, period, plan, date, reservation, release, mu2, epsilon, delta, tail, reason, actor, sum, hash, hash, text FROM entries WHERE type = 'open'",
		"INSERT INTO entries SELECT 4, 'key', at, account, period, plan, date, reservation, release, mu2, epsilon, delta, tail, reason, actor, sum, prev, hash, text FROM entries WHERE type = 'open'",
		"INSERT INTO releases SELECT 'other', 1, account, plan, date, digest, at, mu2, epsilon, delta, tail, NULL, bytes, checkpoint FROM releases",
	} {
		if err := alter(t, path, s); err == nil {
			t.Errorf("went through: %s", s)
		}
	}
	if err := open(t, path).Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

// next is the SQL that adds an entry like the post of made, linked to it.
func next(kind, reservation, release string) string {
	return "INSERT INTO entries SELECT seq + 1, " + kind + ", at, account, period, plan, date, " + reservation + ", " + release +
		", mu2, epsilon, delta, tail, reason, actor, sum, hash, hash, text FROM entries WHERE type = 'post'"
}

// TestVerifyFindsEdits: whoever takes the walls down first is found all the same.
func TestVerifyFindsEdits(t *testing.T) {
	for what, statements := range map[string][]string{
		"budget given back":    {"UPDATE balances SET spent_epsilon = 0"},
		"a larger cap":         {"DROP TRIGGER accounts_fixed", "UPDATE accounts SET cap_epsilon = 2 * cap_epsilon", "UPDATE balances SET cap_epsilon = 2 * cap_epsilon"},
		"a larger cap, opened": {"DROP TRIGGER accounts_fixed", "DROP TRIGGER entries_fixed", "UPDATE accounts SET cap_epsilon = 2 * cap_epsilon", "UPDATE balances SET cap_epsilon = 2 * cap_epsilon", "UPDATE entries SET epsilon = 2 * epsilon WHERE type = 'open'"},
		"other terms":          {"DROP TRIGGER accounts_fixed", "UPDATE accounts SET terms = CAST(replace(CAST(terms AS TEXT), '\"PureEpsilon\":3', '\"PureEpsilon\":4') AS BLOB)"},
		"a lost entry":         {"PRAGMA foreign_keys = OFF", "DROP TRIGGER entries_stay", "DELETE FROM entries WHERE seq = 2"},
		"a cheaper post":       {"DROP TRIGGER entries_fixed", "UPDATE entries SET epsilon = 1 WHERE type = 'post'"},
		"other bytes":          {"DROP TRIGGER releases_fixed", "UPDATE releases SET bytes = CAST('other' AS BLOB)"},
		"a lost release":       {"DROP TRIGGER releases_stay", "DELETE FROM releases"},
		"another date":         {"DROP TRIGGER releases_fixed", "UPDATE releases SET date = '2026-03-14'"},
		"a forged retraction":  {next("'retract'", "''", "'x'")},
		"a lost balance":       {"DELETE FROM balances"},
		"another reason":       {"DROP TRIGGER entries_fixed", "UPDATE entries SET reason = 'x' WHERE seq = 2"},
		"another plan's text":  {"DROP TRIGGER entries_fixed", "UPDATE entries SET text = CAST('x' AS BLOB) WHERE seq = 3"},
		"another hash":         {"DROP TRIGGER entries_fixed", "UPDATE entries SET hash = zeroblob(32) WHERE seq = 3"},
		"another end":          {"UPDATE meta SET head = zeroblob(32)"},
		"another tree":         {"UPDATE meta SET frontier = zeroblob(64)"},
		"a lost last entry":    {"PRAGMA foreign_keys = OFF", "DROP TRIGGER entries_stay", "DELETE FROM entries WHERE seq = 3"},
	} {
		path := made(t)
		if err := alter(t, path, statements...); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if err := open(t, path).Verify(t.Context()); !errors.Is(err, ledger.ErrDamaged) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestTwoNames: SQLite's log stands beside the name by which a file was opened,
// so two runs under two names would each answer, and one charge would be lost.
func TestTwoNames(t *testing.T) {
	path := made(t)
	second := filepath.Join(t.TempDir(), "ledger.db")
	if err := os.Link(path, second); err != nil {
		t.Skip(err) // a file system without hard links
	}
	key := filepath.Join(filepath.Dir(path), "ledger.key")
	for _, name := range []string{path, second} {
		l, err := sqlite.Open(t.Context(), name, sqlite.Options{KeyFile: key})
		if !errors.Is(err, ledger.ErrStorage) {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			_ = l.Close()
		}
	}
	if err := os.Remove(second); err != nil {
		t.Fatal(err)
	}
	if err := open(t, path).Close(); err != nil {
		t.Error(err)
	}
	// A link to the name is no second one: the log stands beside what it leads to.
	if err := os.Symlink(path, second); err != nil {
		t.Skip(err)
	}
	l, err := sqlite.Open(t.Context(), second, sqlite.Options{KeyFile: key})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}
