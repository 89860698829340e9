// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/ledger/ledgertest"
	"github.com/throng-dp/throng/dp/ledger/postgres"
	"github.com/throng-dp/throng/dp/ledger/postgres/pgtest"
	"github.com/throng-dp/throng/dp/ledger/sqlite"
)

func TestMain(m *testing.M) {
	// Histories enough for every run of the tests; -rapid.checks has more.
	_ = flag.Set("rapid.checks", "10")
	os.Exit(pgtest.Main(m))
}

// onPostgres makes ledgers for the suites.
func onPostgres(s *pgtest.Server) ledgertest.Open {
	return func(t *testing.T, now func() time.Time) (*ledger.Ledger, func() *ledger.Ledger) {
		url, o := s.URL(), postgres.Options{KeyFile: filepath.Join(t.TempDir(), "key"), Now: now}
		l, err := postgres.Create(t.Context(), url, o)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		return l, func() *ledger.Ledger { return open(t, url, o) }
	}
}

func onSQLite(t *testing.T, now func() time.Time) (*ledger.Ledger, func() *ledger.Ledger) {
	path, o := filepath.Join(t.TempDir(), "ledger.db"), sqlite.Options{Now: now}
	l, err := sqlite.Create(t.Context(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l, func() *ledger.Ledger {
		l, err := sqlite.Open(context.WithoutCancel(t.Context()), path, o)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		return l
	}
}

// TestSuite holds PostgreSQL to what every store promises.
func TestSuite(t *testing.T) {
	ledgertest.Run(t, onPostgres(pgtest.Shared(t)), ledgertest.Walls{
		Down: []string{"ALTER TABLE entries DISABLE TRIGGER entries_fixed", "ALTER TABLE releases DISABLE TRIGGER releases_fixed"},
		Up:   []string{"ALTER TABLE entries ENABLE TRIGGER entries_fixed", "ALTER TABLE releases ENABLE TRIGGER releases_fixed"},
		Gone: "a wall is gone",
	})
}

// TestTwins: one history has the same answers, balances and hashes in SQLite and
// in PostgreSQL.
func TestTwins(t *testing.T) {
	s := pgtest.Shared(t)
	ledgertest.Twins(t, soak(20, 1000), uint64(time.Now().UnixNano()), map[string]ledgertest.Open{"SQLite": onSQLite, "PostgreSQL": onPostgres(s)})
}

// open opens a ledger as another run would.
func open(t testing.TB, url string, o postgres.Options) *ledger.Ledger {
	t.Helper()
	l, err := postgres.Open(context.WithoutCancel(t.Context()), url, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}
