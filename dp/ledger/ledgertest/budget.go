// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/throng-dp/throng/dp/ledger"
)

var budgetTests = []test{
	{"the starter's account has a build a week for a year", func(b *bench) {
		b.open(starter("shop"))
		if n, err := b.l.Left(b.Context(), "shop", weekly, b.clock.Now()); n != 52 || err != nil {
			b.Errorf("left = %d, %v, want 52", n, err)
		}
		b.release(ask("shop", "p", "2026-03-13", weekly))
		if n, err := b.l.Left(b.Context(), "shop", weekly, b.clock.Now()); n != 51 || err != nil {
			b.Errorf("left = %d, %v, want 51", n, err)
		}
	}},
	{"no line is overspent", func(b *bench) {
		lines := ledger.Lines{Epsilon: 1, Delta: 1e-8, PureEpsilon: 3, PureDelta: 3e-9}
		for line, c := range map[string]ledger.Cost{
			"mu2":   {MuSquared: 12_000_000_000}, // 3 × 12 < 38.4 < 4 × 12
			"tail":  {MuSquared: 1, Tail: 33_333_333},
			"pure":  {Epsilon: 1_000_000_000_000},
			"delta": {Epsilon: 1, Delta: 1_000_000_000},
		} {
			b.open(ledger.Account{Name: line, Lines: lines, Period: 30})
			for i := range 3 {
				b.release(ask(line, fmt.Sprint("p", i), "2026-03-13", c))
			}
			err := b.refused(b.l, ask(line, "p3", "2026-03-13", c), ledger.ErrExhausted)
			if !strings.Contains(err.Error(), "account "+line+" has ") || !strings.Contains(err.Error(), "2026-04-13") {
				b.Errorf("%s: the refusal does not tell what is left until when: %v", line, err)
			}
			b.balance(line, ledger.Cost{}, times(c, 3))
		}
	}},
	{"what is held counts", func(b *bench) {
		b.open(threefold("shop"))
		for i := range 3 {
			b.reserve(b.l, ask("shop", fmt.Sprint("p", i), "2026-03-13", one))
		}
		b.balance("shop", times(one, 3), ledger.Cost{})
		_ = b.refused(b.again(), ask("shop", "p3", "2026-03-13", one), ledger.ErrExhausted)
	}},
	{"a new period brings new budget and the lifetime goes on", func(b *bench) {
		b.open(starter("shop"))
		c := times(weekly, 52)
		b.release(ask("shop", "p", "2026-03-13", c))
		b.clock.Move(363 * day)
		_ = b.refused(b.l, ask("shop", "p", "2027-03-12", weekly), ledger.ErrExhausted)
		b.clock.Move(day)
		b.release(ask("shop", "p", "2027-03-13", c))
		s := b.status("shop")
		if s.Spent != c || s.Builds != 1 || s.Epsilon < 7.8 || s.Epsilon > 8 {
			b.Errorf("status = %+v", s)
		}
		// μ² of the periods adds up.
		if l := s.Lifetime; l.Builds != 2 || l.Delta != 1e-7 || l.Epsilon < 11 || l.Epsilon > 13 {
			b.Errorf("lifetime = %+v", l)
		}
	}},
	{"the lifetime ceiling is never passed", func(b *bench) {
		a := threefold("shop")
		a.Ceiling = 4.5
		b.open(a)
		for i := range 3 {
			b.release(ask("shop", fmt.Sprint("p", i), "2026-03-13", one))
		}
		b.clock.Move(30 * day)
		if n, err := b.l.Left(b.Context(), "shop", one, b.clock.Now()); n != 1 || err != nil {
			b.Errorf("left = %d, %v, want 1", n, err)
		}
		b.release(ask("shop", "p", "2026-04-13", one))
		err := b.refused(b.l, ask("shop", "q", "2026-04-13", one), ledger.ErrCeiling)
		b.fails(err, ledger.ErrExhausted)
		if !strings.Contains(err.Error(), "ceiling") {
			b.Errorf("error = %v", err)
		}
		total, err := b.l.LifetimeAfter(b.Context(), "shop", one)
		if err != nil || math.Abs(total.Epsilon-5) > 1e-9 || total.Builds != 5 {
			b.Errorf("lifetime after another = %+v, %v", total, err)
		}
	}},
	{"a cost is positive", func(b *bench) {
		b.open(starter("shop"))
		for _, c := range []ledger.Cost{{}, {MuSquared: -1}, {MuSquared: 1, Tail: -1}, {MuSquared: math.MaxInt64}, {Delta: 1}} {
			_ = b.refused(b.l, ask("shop", "p", "2026-03-13", c), ledger.ErrInvalid)
		}
		for _, r := range []ledger.Request{ask("shop", "P", "2026-03-13", weekly), ask("shop", "p", "2026-3-13", weekly), ask("shop", "p", "2026-02-30", weekly)} {
			_ = b.refused(b.l, r, ledger.ErrInvalid)
		}
	}},
	{"the policy binds every build", func(b *bench) {
		a := starter("shop")
		a.Policy = ledger.Policy{Most: ledger.Most{Epsilon: 1, Delta: 1e-8, Segments: 60, Lookback: 400}, Least: ledger.Least{MinReach: 100, MinAge: 18},
			OptOuts: ledger.OptOuts{MaxShrink: 0.05}}
		b.open(a)
		fine := ledger.Ask{Epsilon: 1, Delta: 1e-8, Segments: 60, Lookback: 400, MinReach: 100, HasAge: true}
		for what, change := range map[string]func(r *ledger.Request){
			"epsilon":   func(r *ledger.Request) { r.Ask.Epsilon = 1.1 },
			"delta":     func(r *ledger.Request) { r.Ask.Delta = 2e-8 },
			"segments":  func(r *ledger.Request) { r.Ask.Segments = 61 },
			"lookback":  func(r *ledger.Request) { r.Ask.Lookback = 401 },
			"min_reach": func(r *ledger.Request) { r.Ask.MinReach = 99 },
			"min_age":   func(r *ledger.Request) { r.Ask.HasAge = false },
			"opt_outs":  func(r *ledger.Request) { r.Ask.NoOptOuts = true },
			// Who asks for little is not charged much.
			"charge":         func(r *ledger.Request) { r.Cost = times(weekly, 2) },
			"pure":           func(r *ledger.Request) { r.Cost = ledger.Cost{Epsilon: 1_100_000_000_000} },
			"not a number":   func(r *ledger.Request) { r.Ask.Epsilon = math.NaN() },
			"delta unasked?": func(r *ledger.Request) { r.Ask.Delta = math.NaN() },
		} {
			r := ask("shop", "p", "2026-03-13", weekly)
			r.Ask = fine
			change(&r)
			if _, err := b.l.Reserve(b.Context(), r); !errors.Is(err, ledger.ErrPolicy) {
				b.Errorf("%s: %v", what, err)
			}
		}
		r := ask("shop", "p", "2026-03-13", weekly)
		r.Ask = fine
		b.release(r)
	}},
}
