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
)

func TestMain(m *testing.M) {
	// Histories enough for every run of the tests; -rapid.checks has more.
	_ = flag.Set("rapid.checks", "10")
	os.Exit(pgtest.Main(m))
}

// TestSuite holds PostgreSQL to what every store promises.
func TestSuite(t *testing.T) {
	s := pgtest.Shared(t)
	ledgertest.Run(t, func(t *testing.T, now func() time.Time) (*ledger.Ledger, func() *ledger.Ledger) {
		url, o := s.URL(), postgres.Options{KeyFile: filepath.Join(t.TempDir(), "key"), Now: now}
		l, err := postgres.Create(t.Context(), url, o)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		return l, func() *ledger.Ledger { return open(t, url, o) }
	})
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
