// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/throng-dp/throng/dp/ledger"
)

const runs = 8

var racingTests = []test{
	{"of many runs of one plan and date one posts", func(b *bench) {
		b.open(threefold("shop"))
		r := ask("shop", "p", "2026-03-13", one)
		posted := b.race(func(int) ledger.Request { return r }, ledger.ErrBusy)
		if posted != 1 {
			b.Errorf("%d runs posted", posted)
		}
		b.balance("shop", ledger.Cost{}, one)
	}},
	{"of many plans no more post than fit", func(b *bench) {
		b.open(threefold("shop"))
		posted := b.race(func(i int) ledger.Request { return ask("shop", fmt.Sprint("p", i), "2026-03-13", one) }, ledger.ErrExhausted)
		if posted != 3 {
			b.Errorf("%d runs posted", posted)
		}
		b.balance("shop", ledger.Cost{}, times(one, 3))
	}},
	{"one reservation may be used by many goroutines", func(b *bench) {
		b.open(threefold("shop"))
		r := ask("shop", "p", "2026-03-13", one)
		res := b.reserve(b.l, r)
		var wg sync.WaitGroup
		for i := range runs {
			wg.Go(func() {
				if i%2 == 0 {
					_ = res.Touched(b.Context())
				}
				_, _ = res.Post(b.Context(), r.Digest, r.Cost, numbers)
			})
		}
		wg.Wait()
		b.balance("shop", ledger.Cost{}, one)
	}},
}

// race lets runs of their own, each with the ledger opened for itself, reserve
// and post at once, and returns how many posted. The others are told that the
// release exists, or refused for a reason.
func (b *bench) race(request func(run int) ledger.Request, reason error) int {
	ledgers := make([]*ledger.Ledger, runs)
	for i := range ledgers {
		ledgers[i] = b.again()
	}
	results := make([]error, runs)
	var wg sync.WaitGroup
	for i, l := range ledgers {
		wg.Go(func() { results[i] = build(b.Context(), l, request(i)) })
	}
	wg.Wait()
	posted := 0
	for _, err := range results {
		var exists *ledger.Exists
		switch {
		case err == nil:
			posted++
		case !errors.As(err, &exists) && !errors.Is(err, reason):
			b.Errorf("a run ended with %v", err)
		}
	}
	return posted
}

// build is what a run does with a ledger.
func build(ctx context.Context, l *ledger.Ledger, r ledger.Request) error {
	res, err := l.Reserve(ctx, r)
	if err != nil {
		return err
	}
	if err := res.Touched(ctx); err != nil {
		return err
	}
	_, err = res.Post(ctx, r.Digest, r.Cost, numbers)
	return err
}
