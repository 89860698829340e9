// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"context"
	"errors"
	"time"

	"github.com/throng-dp/throng/dp/ledger"
)

// The rule behind these is privacy R20: failing must not be a free query.
var failureTests = []test{
	{"a try that read nothing gives its budget back", func(b *bench) {
		b.open(threefold("shop"))
		b.void(b.reserve(b.l, ask("shop", "p", "2026-03-13", one)), false)
		b.balance("shop", ledger.Cost{}, ledger.Cost{})
	}},
	{"so does one that data cannot have failed", func(b *bench) {
		b.open(threefold("shop"))
		res := b.reserve(b.l, ask("shop", "p", "2026-03-13", one))
		b.touch(res)
		b.void(res, true)
		b.balance("shop", ledger.Cost{}, ledger.Cost{})
	}},
	{"what a failed try held serves the next and never comes back", func(b *bench) {
		b.open(threefold("shop"))
		r := ask("shop", "p", "2026-03-13", one)
		res := b.reserve(b.l, r)
		b.touch(res)
		b.void(res, false)
		b.balance("shop", one, ledger.Cost{})
		b.void(b.reserve(b.again(), r), true)
		b.balance("shop", one, ledger.Cost{})
		p := b.release(r)
		if p.Cost != one {
			b.Errorf("charged %+v", p.Cost)
		}
		b.balance("shop", ledger.Cost{}, one)
	}},
	{"a cheaper next try pays what was held, a dearer one the difference", func(b *bench) {
		b.open(threefold("shop"))
		r := ask("shop", "p", "2026-03-13", times(one, 2))
		res := b.reserve(b.l, r)
		b.touch(res)
		b.void(res, false)

		r.Cost, r.Digest = one, [32]byte{2}
		res = b.reserve(b.l, r)
		b.balance("shop", times(one, 2), ledger.Cost{})
		b.void(res, false)

		r.Cost = times(one, 4)
		_ = b.refused(b.l, r, ledger.ErrExhausted)
		b.balance("shop", times(one, 2), ledger.Cost{})
		r.Cost = times(one, 3)
		res = b.reserve(b.l, r)
		b.balance("shop", times(one, 3), ledger.Cost{})
		b.void(res, false)

		r.Cost = one
		if p := b.release(r); p.Cost != times(one, 3) {
			b.Errorf("charged %+v", p.Cost)
		}
		b.balance("shop", ledger.Cost{}, times(one, 3))
	}},
	{"budget held in one period serves a try in the next", func(b *bench) {
		b.open(threefold("shop"))
		r := ask("shop", "p", "2026-03-13", one)
		res := b.reserve(b.l, r)
		b.touch(res)
		b.void(res, false)
		b.clock.Move(30 * day)
		b.release(r)
		b.balance("shop", ledger.Cost{}, ledger.Cost{})
		if s := b.status("shop"); s.Lifetime.Builds != 1 || s.Lifetime.Epsilon != 1 {
			b.Errorf("lifetime = %+v", s.Lifetime)
		}
	}},
	{"another run takes over after the lease, and then the first can do nothing", func(b *bench) {
		b.open(threefold("shop"))
		r := ask("shop", "p", "2026-03-13", one)
		slept := b.reserve(b.l, r)
		b.touch(slept)
		b.clock.Move(59 * time.Second)
		_ = b.refused(b.again(), r, ledger.ErrBusy)
		b.clock.Move(2 * time.Second)
		next := b.reserve(b.again(), r)
		b.balance("shop", one, ledger.Cost{})
		b.cannot(slept, r)
		b.post(next, r)
		b.balance("shop", ledger.Cost{}, one)
	}},
	{"a run that slept past its lease cannot post, also if nobody came", func(b *bench) {
		b.open(threefold("shop"))
		r := ask("shop", "p", "2026-03-13", one)
		slept := b.reserve(b.l, r)
		b.touch(slept)
		b.clock.Move(61 * time.Second)
		b.cannot(slept, r)
		b.release(r)
		b.balance("shop", ledger.Cost{}, one)
	}},
	{"a dead run that read nothing is voided by the next reservation", func(b *bench) {
		b.open(threefold("shop"))
		b.reserve(b.l, ask("shop", "p", "2026-03-13", times(one, 3)))
		_ = b.refused(b.again(), ask("shop", "q", "2026-03-13", one), ledger.ErrExhausted)
		b.clock.Move(61 * time.Second)
		b.reserve(b.again(), ask("shop", "q", "2026-03-13", one))
		b.balance("shop", one, ledger.Cost{})
	}},
	{"a clock set back brings no lease back to life", func(b *bench) {
		b.open(threefold("shop"))
		r := ask("shop", "p", "2026-03-13", one)
		slept := b.reserve(b.l, r)
		b.touch(slept)
		b.clock.Move(61 * time.Second)
		b.open(threefold("club")) // the ledger has seen this time
		b.clock.Move(-2 * day)
		b.cannot(slept, r)
	}},
	{"a draw that fails leaves the reservation as it was", func(b *bench) {
		b.open(threefold("shop"))
		r := ask("shop", "p", "2026-03-13", one)
		res := b.reserve(b.l, r)
		noise := errors.New("no randomness")
		_, err := res.Post(b.Context(), r.Digest, r.Cost, func(ledger.Draw) ([]byte, error) { return nil, noise })
		b.fails(err, noise)
		b.balance("shop", one, ledger.Cost{})
		ctx, cancel := context.WithCancel(b.Context())
		_, err = res.Post(ctx, r.Digest, r.Cost, func(d ledger.Draw) ([]byte, error) {
			cancel()
			return numbers(d)
		})
		b.fails(err, context.Canceled)
		b.balance("shop", one, ledger.Cost{})
		func() {
			defer func() { _ = recover() }()
			_, _ = res.Post(b.Context(), r.Digest, r.Cost, func(ledger.Draw) ([]byte, error) { panic("draw") })
		}()
		b.balance("shop", one, ledger.Cost{})
		b.post(res, r)
		b.balance("shop", ledger.Cost{}, one)
	}},
	{"a reservation resolves at most once", func(b *bench) {
		b.open(threefold("shop"))
		r := ask("shop", "p", "2026-03-13", one)
		res := b.reserve(b.l, r)
		_, err := res.Post(b.Context(), [32]byte{9}, r.Cost, numbers)
		b.refusedPost(err)
		_, err = res.Post(b.Context(), r.Digest, times(one, 2), numbers)
		b.refusedPost(err)
		b.post(res, r)
		_, err = res.Post(b.Context(), r.Digest, r.Cost, numbers)
		b.fails(err, ledger.ErrResolved)
		b.fails(res.Void(b.Context(), "late", true), ledger.ErrResolved)
		b.fails(res.Touched(b.Context()), ledger.ErrResolved)
		b.balance("shop", ledger.Cost{}, one)
	}},
	{"closing the ledger ends what is open", func(b *bench) {
		b.open(threefold("shop"))
		run := b.again()
		read, unread := ask("shop", "p", "2026-03-13", one), ask("shop", "q", "2026-03-13", one)
		b.touch(b.reserve(run, read))
		b.reserve(run, unread)
		if err := run.Close(); err != nil {
			b.Fatal(err)
		}
		b.balance("shop", one, ledger.Cost{})
		b.release(read)
		b.balance("shop", ledger.Cost{}, one)
	}},
}

// cannot expects a reservation to be lost.
func (b *bench) cannot(res *ledger.Reservation, r ledger.Request) {
	b.Helper()
	_, err := res.Post(b.Context(), r.Digest, r.Cost, func(ledger.Draw) ([]byte, error) {
		b.Error("drew for a reservation that is lost")
		return nil, nil
	})
	b.fails(err, ledger.ErrLost)
	b.fails(res.Touched(b.Context()), ledger.ErrLost)
	b.fails(res.Void(b.Context(), "late", true), ledger.ErrLost)
}

// refusedPost expects an error that leaves the reservation usable.
func (b *bench) refusedPost(err error) {
	b.Helper()
	if err == nil || errors.Is(err, ledger.ErrResolved) || errors.Is(err, ledger.ErrLost) {
		b.Errorf("post = %v", err)
	}
}
