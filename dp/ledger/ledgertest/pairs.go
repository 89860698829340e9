// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/throng-dp/throng/dp/ledger"
)

// Pairs reports how many releases of 64 KiB a second so many clients reserve and
// post together, each with the ledger opened for itself, and the 99th percentile
// of the time that one takes. It wants 100 at least to have a percentile.
func Pairs(b *testing.B, clients int, open func(b *testing.B) *ledger.Ledger) {
	bytes := make([]byte, 64<<10)
	first := open(b)
	a := ledger.Account{Name: "shop", Lines: ledger.Lines{PureEpsilon: 1000}, Period: 30}
	if err := first.OpenAccount(b.Context(), a); err != nil {
		b.Fatal(err)
	}
	ledgers := make([]*ledger.Ledger, clients)
	for i := range ledgers {
		ledgers[i] = open(b)
	}
	one := func(l *ledger.Ledger, plan string) error {
		r := ask("shop", plan, "2026-03-13", ledger.Cost{Epsilon: 1})
		res, err := l.Reserve(b.Context(), r)
		if err != nil {
			return err
		}
		_, err = res.Post(b.Context(), r.Digest, r.Cost, func(ledger.Draw) ([]byte, error) { return bytes, nil })
		return err
	}
	took := make([][]time.Duration, clients)
	b.ResetTimer()
	var wg sync.WaitGroup
	for c, l := range ledgers {
		wg.Go(func() {
			for i := c; i < b.N; i += clients {
				begun := time.Now()
				if err := one(l, fmt.Sprint("p", i)); err != nil {
					b.Error(err)
					return
				}
				took[c] = append(took[c], time.Since(begun))
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pairs/s")
	if all := slices.Concat(took...); len(all) >= 100 {
		slices.Sort(all)
		b.ReportMetric(float64(all[len(all)*99/100].Microseconds())/1000, "p99-ms")
	}
	if err := first.Verify(b.Context()); err != nil {
		b.Error(err)
	}
}
