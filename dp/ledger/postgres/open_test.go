// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/ledger/postgres"
	"github.com/throng-dp/throng/dp/ledger/postgres/pgtest"
)

// alter runs SQL on a ledger behind its back.
func alter(t *testing.T, s *pgtest.Server, url string, statements ...string) error {
	t.Helper()
	db := s.DB(t, url)
	for _, q := range statements {
		if _, err := db.Exec(q); err != nil {
			return err
		}
	}
	return nil
}

// TestOpenMissing: opening never makes a ledger.
func TestOpenMissing(t *testing.T) {
	s := pgtest.Shared(t)
	url, o := s.URL(), postgres.Options{KeyFile: filepath.Join(t.TempDir(), "key")}
	if _, err := postgres.Open(t.Context(), url, o); !errors.Is(err, ledger.ErrMissing) {
		t.Errorf("error = %v", err)
	}
	if _, err := postgres.Open(t.Context(), strings.Replace(url, "/postgres?", "/nosuch?", 1), o); !errors.Is(err, ledger.ErrMissing) {
		t.Errorf("error = %v", err)
	}
	var n int
	if err := s.DB(t, url).QueryRow("SELECT count(*) FROM pg_class WHERE relname = 'balances' AND relnamespace::regnamespace::text = current_schema()").Scan(&n); err != nil || n != 0 {
		t.Errorf("left behind: %d, %v", n, err)
	}
}

// TestCreateOverwritesNothing: neither a ledger nor a key; of several runs that
// make one ledger at once one does.
func TestCreateOverwritesNothing(t *testing.T) {
	s := pgtest.Shared(t)
	url, o := made(t, s)
	if _, err := postgres.Create(t.Context(), url, postgres.Options{KeyFile: o.KeyFile + "2"}); !errors.Is(err, ledger.ErrStorage) {
		t.Errorf("error = %v", err)
	}
	if _, err := os.Stat(o.KeyFile + "2"); err == nil {
		t.Error("a key is left behind")
	}
	if _, err := postgres.Create(t.Context(), s.URL(), o); !errors.Is(err, ledger.ErrStorage) {
		t.Errorf("error = %v", err)
	}
	spends(t, open(t, url, o), 0, 1)

	dir, url := t.TempDir(), s.URL()
	var mu sync.Mutex
	var made int
	var wg sync.WaitGroup
	for _, key := range []string{"a", "b", "c", "d"} {
		wg.Go(func() {
			l, err := postgres.Create(t.Context(), url, postgres.Options{KeyFile: filepath.Join(dir, key)})
			if err != nil && !errors.Is(err, ledger.ErrStorage) {
				t.Error(err)
			} else if err == nil {
				mu.Lock()
				made++
				mu.Unlock()
				_ = l.Close()
			}
		})
	}
	wg.Wait()
	keys, err := os.ReadDir(dir)
	if made != 1 || err != nil || len(keys) != 1 {
		t.Errorf("%d ledgers, %d keys, %v", made, len(keys), err)
	}
	var left int
	if err := s.DB(t, url).QueryRow("SELECT count(*) FROM pg_namespace WHERE nspname LIKE '%\\_new\\_%'").Scan(&left); err != nil || left != 0 {
		t.Errorf("%d schemas left behind, %v", left, err)
	}
}

// TestKeyFaults: without its own key, unread by others, a ledger stays shut.
func TestKeyFaults(t *testing.T) {
	s := pgtest.Shared(t)
	_, other := made(t, s)
	for what, change := range map[string]func(key string) error{
		"missing":   os.Remove,
		"readable":  func(key string) error { return os.Chmod(key, 0o640) },
		"garbage":   func(key string) error { return os.WriteFile(key, []byte("secret garbage"), 0o600) },
		"another's": func(key string) error { return errors.Join(os.Remove(key), os.Link(other.KeyFile, key)) },
	} {
		url, o := made(t, s)
		if err := change(o.KeyFile); err != nil {
			t.Fatal(err)
		}
		if _, err := postgres.Open(t.Context(), url, o); !errors.Is(err, ledger.ErrKey) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", what, err)
		}
	}
	url, _ := made(t, s)
	if _, err := postgres.Open(t.Context(), url, postgres.Options{}); !errors.Is(err, ledger.ErrKey) {
		t.Errorf("error = %v", err)
	}
}

// TestUnsafe: a server that calls committed what a crash can undo is refused on
// opening, and as soon as it becomes one.
func TestUnsafe(t *testing.T) {
	s := pgtest.Start(t)
	url, o := made(t, s)
	l := open(t, url, o)
	for _, setting := range []string{"synchronous_commit", "fsync", "full_page_writes"} {
		if err := alter(t, s, url, "ALTER SYSTEM SET "+setting+" = off", "SELECT pg_reload_conf()"); err != nil {
			t.Fatal(err)
		}
		var err error
		for range 200 { // sessions see it a moment later
			if err = l.Retract(t.Context(), "nosuchid", "wrong"); errors.Is(err, ledger.ErrStorage) {
				break
			}
		}
		if !errors.Is(err, ledger.ErrStorage) || !strings.Contains(err.Error(), setting+" is off") {
			t.Errorf("%s: %v", setting, err)
		}
		if _, err := postgres.Open(t.Context(), url, o); !errors.Is(err, ledger.ErrStorage) {
			t.Errorf("%s: %v", setting, err)
		}
		if err := alter(t, s, url, "ALTER SYSTEM RESET "+setting, "SELECT pg_reload_conf()"); err != nil {
			t.Fatal(err)
		}
	}
	if err := alter(t, s, url, "ALTER ROLE throng SET synchronous_commit = off"); err != nil {
		t.Fatal(err)
	}
	if _, err := postgres.Open(t.Context(), url, o); !errors.Is(err, ledger.ErrStorage) {
		t.Errorf("role: %v", err)
	}
}

// TestDamaged: what is of another version or lacks a table or a wall is refused.
func TestDamaged(t *testing.T) {
	s := pgtest.Shared(t)
	for what, c := range map[string]struct{ change, says string }{
		"newer":           {"INSERT INTO goose_db_version (version_id, is_applied) VALUES (7, true)", "newer throng: schema 7"},
		"older":           {"DELETE FROM goose_db_version WHERE version_id > 0", "older throng: schema 0"},
		"without table":   {"DROP TABLE holds", ""},
		"without trigger": {"DROP TRIGGER entries_fixed ON entries", "a wall is gone"},
		"trigger off":     {"ALTER TABLE releases DISABLE TRIGGER releases_fixed", "a wall is gone"},
		"without check":   {"ALTER TABLE balances DROP CONSTRAINT balances_check", "a wall is gone"},
		"without index":   {"DROP INDEX entries_resolved", "a wall is gone"},
	} {
		url, o := made(t, s)
		if err := alter(t, s, url, c.change); err != nil {
			t.Fatal(err)
		}
		l, err := postgres.Open(t.Context(), url, o)
		if err == nil {
			err = l.Verify(t.Context())
			_ = l.Close()
		}
		if !errors.Is(err, ledger.ErrDamaged) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestWalls: the database itself refuses what the program must never do.
func TestWalls(t *testing.T) {
	s := pgtest.Shared(t)
	url, o := made(t, s)
	const columns = "account, period, plan, date, reservation, release, mu2, epsilon, delta, tail, reason, actor, sum, prev, hash, text"
	for _, q := range []string{
		"UPDATE balances SET spent_epsilon = cap_epsilon + 1",
		"UPDATE balances SET held_mu2 = -1",
		"UPDATE balances SET held_epsilon = 9223372036854775807, spent_epsilon = 9223372036854775807",
		"UPDATE balances SET cap_epsilon = cap_epsilon - 1",
		"UPDATE entries SET epsilon = 0",
		"DELETE FROM entries WHERE type = 'post'",
		"TRUNCATE entries CASCADE",
		"UPDATE releases SET bytes = 'other'",
		"DELETE FROM releases",
		"TRUNCATE releases",
		"UPDATE accounts SET cap_epsilon = 1",
		"DELETE FROM accounts",
		"TRUNCATE accounts CASCADE",
		"INSERT INTO entries SELECT 99, type, at, " + columns + " FROM entries WHERE type = 'open'",
		"INSERT INTO entries SELECT seq + 1, 'retract', at, " + columns + " FROM entries WHERE type = 'post'",
		"INSERT INTO entries (seq, type, at, " + columns + ") SELECT seq + 1, 'void', at, account, period, plan, date, reservation, release, mu2, epsilon, delta, tail, reason, actor, sum, hash, hash, text FROM entries WHERE type = 'post'",
		"INSERT INTO entries (seq, type, at, " + columns + ") SELECT seq + 1, 'post', at, account, period, plan, date, 'other', release, mu2, epsilon, delta, tail, reason, actor, sum, hash, hash, text FROM entries WHERE type = 'post'",
		"INSERT INTO releases SELECT 'other', 1, account, plan, date, digest, at, mu2, epsilon, delta, tail, NULL, checkpoint, bytes FROM releases",
	} {
		if err := alter(t, s, url, q); err == nil {
			t.Errorf("went through: %s", q)
		}
	}
	spends(t, open(t, url, o), 0, 1)
}

// TestVerifyFindsEdits: whoever takes the walls down first is found all the same.
func TestVerifyFindsEdits(t *testing.T) {
	s := pgtest.Shared(t)
	// Superusers may leave triggers aside for a session; so do the tests' statements.
	const quietly = "SET session_replication_role = replica; "
	for what, q := range map[string]string{
		"budget given back": "UPDATE balances SET spent_epsilon = 0",
		"a larger cap":      "UPDATE accounts SET cap_epsilon = 2 * cap_epsilon; UPDATE balances SET cap_epsilon = 2 * cap_epsilon",
		"a lost entry":      "DELETE FROM entries WHERE seq = 2",
		"a cheaper post":    "UPDATE entries SET epsilon = 1 WHERE type = 'post'",
		"other bytes":       "UPDATE releases SET bytes = 'other'",
		"a lost release":    "DELETE FROM releases",
		"a lost account":    "DELETE FROM accounts",
		"a lost balance":    "DELETE FROM balances",
	} {
		url, o := made(t, s)
		if err := alter(t, s, url, quietly+q+"; SET session_replication_role = DEFAULT"); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if err := open(t, url, o).Verify(t.Context()); !errors.Is(err, ledger.ErrDamaged) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
