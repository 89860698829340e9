// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/throng-dp/throng/dp/ledger"
)

// part is a sub-account with room for so many of one.
func part(name string, n float64) ledger.Account {
	return ledger.Account{Name: name, Lines: ledger.Lines{PureEpsilon: n}}
}

var partTests = []test{
	{"a part draws on itself and on the whole", func(b *bench) {
		b.open(threefold("shop"))
		b.open(part("shop/acme", 2))
		b.release(ask("shop/acme", "p", "2026-03-13", one))
		b.balance("shop/acme", ledger.Cost{}, one)
		b.balance("shop", ledger.Cost{}, one)
		res := b.reserve(b.l, ask("shop/acme", "q", "2026-03-13", one))
		b.balance("shop/acme", one, one)
		b.balance("shop", one, one)
		b.void(res, true)
		b.release(ask("shop", "q", "2026-03-13", times(one, 2)))
		b.balance("shop/acme", ledger.Cost{}, one)
		b.balance("shop", ledger.Cost{}, times(one, 3))
		err := b.refused(b.l, ask("shop/acme", "r", "2026-03-13", one), ledger.ErrExhausted)
		if !strings.Contains(err.Error(), "account shop has") {
			b.Errorf("the refusal does not name the account that is used up: %v", err)
		}
	}},
	{"a part has no more than its own caps", func(b *bench) {
		b.open(threefold("shop"))
		b.open(part("shop/acme", 1))
		b.release(ask("shop/acme", "p", "2026-03-13", one))
		err := b.refused(b.l, ask("shop/acme", "q", "2026-03-13", one), ledger.ErrExhausted)
		if !strings.Contains(err.Error(), "account shop/acme has") {
			b.Errorf("the refusal does not name the account that is used up: %v", err)
		}
		if n, err := b.l.Left(b.Context(), "shop/acme", one, b.clock.Now()); n != 0 || err != nil {
			b.Errorf("left = %d, %v", n, err)
		}
		if n, err := b.l.Left(b.Context(), "shop", one, b.clock.Now()); n != 2 || err != nil {
			b.Errorf("left of the whole = %d, %v", n, err)
		}
	}},
	{"a part takes over lineage, periods, ceiling and policy, and no others", func(b *bench) {
		whole := threefold("shop")
		whole.Lineage, whole.Ceiling = "customers", 4
		whole.Policy = ledger.Policy{Lineage: "customers", Most: ledger.Most{Segments: 3}, Text: []byte("lineage: customers\n")}
		b.open(whole)
		b.clock.Move(20 * day)
		b.open(part("shop/acme", 3))
		a, err := b.again().Account(b.Context(), "shop/acme")
		if err != nil || a.Lineage != "customers" || a.Period != 30 || a.Ceiling != 4 || a.Policy.Most.Segments != 3 || a.Parent() != "shop" {
			b.Errorf("part = %+v, %v", a, err)
		}
		r := ask("shop/acme", "p", "2026-03-13", one)
		r.Ask.Segments = 4
		_ = b.refused(b.l, r, ledger.ErrPolicy)
		b.release(ask("shop/acme", "p", "2026-03-13", times(one, 3)))
		// Periods are those of the whole, also where it is older.
		s, w := b.status("shop/acme"), b.status("shop")
		if !s.To.Equal(w.To) || !s.From.Equal(w.From) || s.Lifetime != w.Lifetime || s.Lifetime.Builds != 1 {
			b.Errorf("part %+v\nwhole %+v", s, w)
		}
		b.clock.Move(10 * day)
		b.release(ask("shop/acme", "p", "2026-04-13", one))
		_ = b.refused(b.l, ask("shop/acme", "q", "2026-04-13", one), ledger.ErrCeiling)
		if n, err := b.l.Left(b.Context(), "shop/acme", one, b.clock.Now()); n != 0 || err != nil {
			b.Errorf("left under the ceiling = %d, %v", n, err)
		}
		for what, change := range map[string]func(a *ledger.Account){
			"more than the whole": func(a *ledger.Account) { a.Lines.PureEpsilon = 3.1 },
			"another line":        func(a *ledger.Account) { a.Lines.Epsilon, a.Lines.Delta = 1, 1e-8 },
			"another period":      func(a *ledger.Account) { a.Period = 7 },
			"a calendar":          func(a *ledger.Account) { a.Calendar = "month" },
			"a ceiling":           func(a *ledger.Account) { a.Ceiling = 100 },
			"a lineage":           func(a *ledger.Account) { a.Lineage = "others" },
			"a policy":            func(a *ledger.Account) { a.Policy = ledger.Policy{Text: []byte("x")} },
			"a part of a part":    func(a *ledger.Account) { a.Name = "shop/acme/north" },
		} {
			p := part("shop/other", 1)
			change(&p)
			if err := b.l.OpenAccount(b.Context(), p); !errors.Is(err, ledger.ErrInvalid) && !errors.Is(err, ledger.ErrNoAccount) {
				b.Errorf("%s: %v", what, err)
			}
		}
		b.fails(b.l.OpenAccount(b.Context(), part("club/acme", 1)), ledger.ErrNoAccount)
		b.fails(b.l.OpenAccount(b.Context(), part("shop/acme", 1)), ledger.ErrTaken)
		second := threefold("copy")
		second.Lineage = "customers"
		b.fails(b.l.OpenAccount(b.Context(), second), ledger.ErrTaken)
	}},
	{"one answer serves every part and the whole", func(b *bench) {
		b.open(threefold("shop"))
		b.open(threefold("club"))
		b.open(part("shop/acme", 1))
		b.open(part("shop/best", 1))
		first := b.release(ask("shop/acme", "p", "2026-03-13", one))
		for _, account := range []string{"shop/best", "shop", "shop/acme"} {
			r := ask(account, "p", "2026-03-13", one)
			if p := b.exists(b.again(), r); p.ID != first.ID || string(p.Bytes) != "numbers of "+first.ID {
				b.Errorf("%s is answered %+v", account, p)
			}
			if p, err := b.l.Answer(b.Context(), account, "p", "2026-03-13", r.Digest); err != nil || p.ID != first.ID {
				b.Errorf("%s: answer = %+v, %v", account, p, err)
			}
			if p, err := b.l.Stands(b.Context(), account, "p", "2026-03-13", r.Digest); err != nil || p.ID != first.ID || p.Bytes != nil {
				b.Errorf("%s: what stands = %+v, %v", account, p, err)
			}
		}
		b.balance("shop", ledger.Cost{}, one)
		b.balance("shop/best", ledger.Cost{}, ledger.Cost{})
		// Who asks something else under that name, on another day, or of other
		// people, is not answered with it.
		other := ask("shop/best", "p", "2026-03-13", one)
		other.Digest = [32]byte{2}
		if p := b.release(other); p.ID == first.ID || p.Supersedes != "" {
			b.Errorf("another question is answered %+v", p)
		}
		b.release(ask("shop", "p", "2026-03-12", one))
		b.release(ask("club", "p", "2026-03-13", one))
		b.balance("shop", ledger.Cost{}, times(one, 3))
	}},
	{"a part waits for the answer that another one is drawing", func(b *bench) {
		b.open(threefold("shop"))
		b.open(part("shop/acme", 1))
		b.open(part("shop/best", 1))
		r := ask("shop/acme", "p", "2026-03-13", one)
		res := b.reserve(b.l, r)
		sibling := ask("shop/best", "p", "2026-03-13", one)
		_ = b.refused(b.again(), sibling, ledger.ErrBusy)
		p := b.post(res, r)
		if q := b.exists(b.again(), sibling); q.ID != p.ID {
			b.Errorf("the sibling is answered %+v", q)
		}
		b.balance("shop", ledger.Cost{}, one)
	}},
	{"what a run of one part left unread is given back by another's", func(b *bench) {
		b.open(threefold("shop"))
		b.open(part("shop/acme", 3))
		b.open(part("shop/best", 3))
		b.reserve(b.l, ask("shop/acme", "p", "2026-03-13", times(one, 3)))
		b.clock.Move(61 * time.Second)
		b.release(ask("shop/best", "q", "2026-03-13", times(one, 3)))
		b.balance("shop/acme", ledger.Cost{}, ledger.Cost{})
		b.balance("shop", ledger.Cost{}, times(one, 3))
	}},
	{"a restatement by another part takes the place of the answer", func(b *bench) {
		b.open(threefold("shop"))
		b.open(part("shop/acme", 1))
		b.open(part("shop/best", 1))
		first := b.release(ask("shop/acme", "p", "2026-03-13", one))
		r := ask("shop/best", "p", "2026-03-13", one)
		r.Restate = true
		second := b.release(r)
		if second.Supersedes != first.ID {
			b.Errorf("second = %+v", second)
		}
		if p := b.exists(b.l, ask("shop/acme", "p", "2026-03-13", one)); p.ID != second.ID {
			b.Errorf("the first part is answered %+v", p)
		}
		b.balance("shop", ledger.Cost{}, times(one, 2))
	}},
	{"a retracted answer is none for anybody", func(b *bench) {
		b.open(threefold("shop"))
		b.open(part("shop/acme", 1))
		b.open(part("shop/best", 1))
		first := b.release(ask("shop/acme", "p", "2026-03-13", one))
		if err := b.l.Retract(b.Context(), first.ID, "wrong"); err != nil {
			b.Fatal(err)
		}
		if p := b.exists(b.l, ask("shop/best", "p", "2026-03-13", one)); p.Retracted != "wrong" {
			b.Errorf("answer = %+v", p)
		}
	}},
	{"kept sets of people are the same for all parts", func(b *bench) {
		b.open(threefold("shop"))
		b.open(part("shop/acme", 1))
		whole, err := b.l.BoundKey(b.Context(), "shop", b.clock.Now())
		if err != nil {
			b.Fatal(err)
		}
		if of, err := b.l.BoundKey(b.Context(), "shop/acme", b.clock.Now()); err != nil || !slices.Equal(of, whole) {
			b.Errorf("key = %x, %v", of, err)
		}
	}},
	{"the history of a whole tells those of its parts", func(b *bench) {
		b.open(threefold("shop"))
		b.open(part("shop/acme", 1))
		b.open(threefold("shop-2"))
		b.release(ask("shop/acme", "p", "2026-03-13", one))
		whole, err := b.l.History(b.Context(), "shop")
		if err != nil || len(whole) != 4 {
			b.Errorf("history = %+v, %v", whole, err)
		}
		if own, err := b.l.History(b.Context(), "shop/acme"); err != nil || len(own) != 3 {
			b.Errorf("history of the part = %+v, %v", own, err)
		}
	}},
	{"fifty that collude draw no more than the whole", func(b *bench) { collude(b) }},
	{"of many parts at once no more post than the whole has", func(b *bench) {
		b.open(threefold("shop"))
		for i := range runs {
			b.open(part(fmt.Sprint("shop/a", i), 3))
		}
		posted := b.race(func(i int) ledger.Request {
			r := ask(fmt.Sprint("shop/a", i), fmt.Sprint("p", i), "2026-03-13", one)
			r.Digest = [32]byte{byte(i)}
			return r
		}, ledger.ErrExhausted)
		if posted != 3 {
			b.Errorf("%d runs posted", posted)
		}
		b.balance("shop", ledger.Cost{}, times(one, 3))
	}},
}

// collude lets 50 parts, each of which could use all of the whole, ask in turn
// and at once, fail, sleep and try again, over three periods, and holds what
// they were answered to the whole's caps and ceiling. Steps are drawn at random;
// what is tested holds for all of them, so a correct ledger never fails.
func collude(b *bench) {
	const parts, rounds = 50, 240
	whole := threefold("shop")
	whole.Ceiling = 8
	b.open(whole)
	for i := range parts {
		b.open(part(fmt.Sprint("shop/a", i), 3))
	}
	r := &dice{6}
	total := int64(0) // posted, in units of one
	opened := b.clock.Now().Truncate(day)
	for i := range rounds {
		if i%80 == 79 {
			b.clock.Move(30 * day)
		}
		who := fmt.Sprint("shop/a", r.below(parts))
		n := 1 + int64(r.below(3))
		q := ask(who, fmt.Sprint("p", r.below(8)), fmt.Sprintf("2026-03-%02d", 1+r.below(28)), times(one, n))
		q.Digest = [32]byte{byte(i), byte(i >> 8)} // nobody asks what another has asked
		q.Restate = r.below(2) == 0
		res, err := b.l.Reserve(b.Context(), q)
		if err != nil {
			continue
		}
		switch r.below(4) {
		case 0:
			b.touch(res)
			b.void(res, false) // held for good
		case 1:
			b.void(res, false)
		case 2:
			b.clock.Move(61 * time.Second) // left for the next to sweep
		default:
			b.touch(res)
			p := b.post(res, q)
			total += p.Cost.Epsilon / one.Epsilon
		}
	}
	s := b.status("shop")
	periods := int(b.clock.Now().Sub(opened)/(30*day)) + 1
	if total > 8 || total > int64(3*periods) || total == 0 {
		b.Errorf("the parts drew %d of a whole that has 3 in each of %d periods, and 8 in all", total, periods)
	}
	if math.Abs(s.Lifetime.Epsilon-float64(total)) > 1e-9 {
		b.Errorf("the whole says that ε %v was drawn, the parts drew %d", s.Lifetime.Epsilon, total)
	}
	// A last rush of all parts at once finds no more than what is left.
	before := s.Spent.Epsilon + s.Held.Epsilon
	var wg sync.WaitGroup
	for i := range parts {
		wg.Go(func() {
			q := ask(fmt.Sprint("shop/a", i), "rush", "2026-06-01", one)
			q.Digest = [32]byte{200, byte(i)}
			_ = build(b.Context(), b.l, q)
		})
	}
	wg.Wait()
	s = b.status("shop")
	if after := s.Spent.Epsilon + s.Held.Epsilon; after > 3*one.Epsilon || after < before || s.Lifetime.Epsilon > 8+1e-9 {
		b.Errorf("after the rush: %+v", s)
	}
}
