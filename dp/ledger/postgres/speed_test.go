// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/ledger/ledgertest"
	"github.com/throng-dp/throng/dp/ledger/postgres"
	"github.com/throng-dp/throng/dp/ledger/postgres/pgtest"
)

// BenchmarkPair reports reservations with posts of 64 KiB a second, over the
// socket of a server on this machine that syncs every commit.
func BenchmarkPair(b *testing.B) {
	s := pgtest.Shared(b)
	for _, clients := range []int{1, 8} {
		b.Run(fmt.Sprint(clients), func(b *testing.B) {
			url, o := s.URL(), postgres.Options{KeyFile: filepath.Join(b.TempDir(), "key")}
			made := false
			ledgertest.Pairs(b, clients, func(b *testing.B) *ledger.Ledger {
				open := postgres.Open
				if !made {
					open, made = postgres.Create, true
				}
				l, err := open(b.Context(), url, o)
				if err != nil {
					b.Fatal(err)
				}
				b.Cleanup(func() { _ = l.Close() })
				return l
			})
		})
	}
}
