// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/ledger/internal/tables"
	"github.com/throng-dp/throng/dp/ledger/postgres"
	"github.com/throng-dp/throng/dp/ledger/postgres/pgtest"
)

// TestUpgrade: a ledger of version 1, which lacked an index and nothing else, is
// refused and said what to do; upgrading copies its tables first, and keeps
// everything.
func TestUpgrade(t *testing.T) {
	s := pgtest.Shared(t)
	url, o := made(t, s)
	if err := alter(t, s, url, "DROP INDEX entries_signed", "DELETE FROM goose_db_version WHERE version_id = 2"); err != nil {
		t.Fatal(err)
	}
	_, err := postgres.Open(t.Context(), url, o)
	var told *ledger.Refusal
	if !errors.Is(err, ledger.ErrDamaged) || !errors.As(err, &told) || !strings.Contains(err.Error(), "older throng: schema 1, this program knows 2") ||
		!strings.Contains(told.Hint, "throng ledger upgrade --ledger 'postgres://") {
		t.Fatalf("error = %v, %+v", err, told)
	}
	backup, err := postgres.Upgrade(t.Context(), url, o)
	if err != nil {
		t.Fatal(err)
	}
	spends(t, open(t, url, o), 0, 1)
	var entries, copied, indexes int
	if err := s.DB(t, url).QueryRow("SELECT (SELECT count(*) FROM entries), (SELECT count(*) FROM "+backup+`.entries),
		(SELECT count(*) FROM pg_index WHERE indexrelid = 'entries_signed'::regclass)`).Scan(&entries, &copied, &indexes); err != nil || entries != copied || entries == 0 || indexes != 1 {
		t.Errorf("%d entries, %d in the copy, %d index, %v", entries, copied, indexes, err)
	}
	if backup, err := postgres.Upgrade(t.Context(), url, o); err != nil || backup != "" {
		t.Errorf("again: %q, %v", backup, err)
	}
}

// TestUpgradeRefuses: nothing is converted that is newer, not there, or whose key
// is not.
func TestUpgradeRefuses(t *testing.T) {
	s := pgtest.Shared(t)
	url, o := made(t, s)
	if _, err := postgres.Upgrade(t.Context(), s.URL(), o); !errors.Is(err, ledger.ErrMissing) {
		t.Errorf("missing: %v", err)
	}
	if err := alter(t, s, url, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (7, true)"); err != nil {
		t.Fatal(err)
	}
	if _, err := postgres.Upgrade(t.Context(), url, o); !errors.Is(err, ledger.ErrDamaged) {
		t.Errorf("newer: %v", err)
	}
	if err := errors.Join(os.Remove(o.KeyFile), alter(t, s, url, "DELETE FROM goose_db_version WHERE version_id > 1")); err != nil {
		t.Fatal(err)
	}
	if _, err := postgres.Upgrade(t.Context(), url, o); !errors.Is(err, ledger.ErrKey) {
		t.Errorf("without key: %v", err)
	}
}

// TestSignedByIndex: what was signed is found without reading the entries, of
// which a ledger may have millions.
func TestSignedByIndex(t *testing.T) {
	s := pgtest.Shared(t)
	url, _ := made(t, s)
	db := s.DB(t, url)
	db.SetMaxOpenConns(1)
	// So few rows would be read whole.
	if _, err := db.Exec("SET enable_seqscan = off"); err != nil {
		t.Fatal(err)
	}
	var how string
	query := strings.ReplaceAll(tables.PostgreSQL.SignedQuery(), "$1", "'key'")
	if err := db.QueryRow("EXPLAIN " + query).Scan(&how); err != nil || !strings.Contains(how, "Index Scan using entries_signed") {
		t.Errorf("the entries are found by %q, %v", how, err)
	}
}
