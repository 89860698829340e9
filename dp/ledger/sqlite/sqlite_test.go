// SPDX-License-Identifier: Apache-2.0

package sqlite_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/ledger/ledgertest"
	"github.com/throng-dp/throng/dp/ledger/sqlite"
)

// TestSuite holds SQLite to what every store promises.
func TestSuite(t *testing.T) {
	ledgertest.Run(t, func(t *testing.T, now func() time.Time) (*ledger.Ledger, func() *ledger.Ledger) {
		// A path with everything that an URL would take for something else.
		path := filepath.Join(t.TempDir(), "a b?mode=ro&c%20#d.db")
		o := sqlite.Options{Now: now}
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
	}, ledgertest.Walls{
		Down: []string{"DROP TRIGGER IF EXISTS entries_fixed", "DROP TRIGGER IF EXISTS releases_fixed", "DROP TRIGGER IF EXISTS releases_stay"},
	})
}
