// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"time"

	"github.com/throng-dp/throng/dp/ledger"
)

var accountTests = []test{
	{"an account comes back as it was opened", func(b *bench) {
		a := starter("shop")
		a.Policy = ledger.Policy{Lineage: "customers", PeopleAtMost: 1000, NeverRead: []string{"text"}, Text: []byte("lineage: customers\n"),
			Most: ledger.Most{Epsilon: 1, Delta: 1e-8}, OptOuts: ledger.OptOuts{MaxAge: day, MaxShrink: 0.05}}
		b.open(a)
		got, err := b.again().Account(b.Context(), "shop")
		if err != nil {
			b.Fatal(err)
		}
		if got.Lineage != "customers" || got.Lines != a.Lines || !got.Opened.Equal(b.clock.Now()) ||
			got.Policy.OptOuts != a.Policy.OptOuts || string(got.Policy.Text) != string(a.Policy.Text) {
			b.Errorf("account = %+v", got)
		}
	}},
	{"a lineage has one account", func(b *bench) {
		a := starter("shop")
		a.Lineage = "customers"
		b.open(a)
		second := starter("copy")
		second.Lineage = "customers"
		b.fails(b.l.OpenAccount(b.Context(), second), ledger.ErrTaken)
		b.fails(b.l.OpenAccount(b.Context(), starter("shop")), ledger.ErrTaken)
		// Without a policy the name is the lineage.
		b.fails(b.l.OpenAccount(b.Context(), starter("customers")), ledger.ErrTaken)
	}},
	{"terms that make no account are refused", func(b *bench) {
		for what, change := range map[string]func(a *ledger.Account){
			"name":               func(a *ledger.Account) { a.Name = "../shop" },
			"lineage":            func(a *ledger.Account) { a.Lineage = "Gift Shop" },
			"policy's lineage":   func(a *ledger.Account) { a.Lineage, a.Policy.Lineage = "a", "b" },
			"infinite epsilon":   func(a *ledger.Account) { a.Lines.Epsilon = math.Inf(1) },
			"NaN":                func(a *ledger.Account) { a.Lines.Epsilon = math.NaN() },
			"negative epsilon":   func(a *ledger.Account) { a.Lines.PureEpsilon = -1 },
			"epsilon, no delta":  func(a *ledger.Account) { a.Lines.Delta = 0 },
			"delta of 1":         func(a *ledger.Account) { a.Lines.Delta = 1 },
			"no budget":          func(a *ledger.Account) { a.Lines = ledger.Lines{} },
			"no period":          func(a *ledger.Account) { a.Period = 0 },
			"two periods":        func(a *ledger.Account) { a.Calendar = "month" },
			"no such calendar":   func(a *ledger.Account) { a.Period, a.Calendar = 0, "fortnight" },
			"ceiling is no size": func(a *ledger.Account) { a.Ceiling = math.Inf(1) },
		} {
			a := starter("shop")
			change(&a)
			if err := b.l.OpenAccount(b.Context(), a); !errors.Is(err, ledger.ErrInvalid) {
				b.Errorf("%s: %v", what, err)
			}
		}
		if all, err := b.l.Accounts(b.Context()); err != nil || len(all) > 0 {
			b.Errorf("accounts = %v, %v", all, err)
		}
	}},
	{"who names no account is told those that exist", func(b *bench) {
		b.open(starter("shop"))
		b.open(starter("club"))
		_, err := b.l.Account(b.Context(), "shpo")
		b.fails(err, ledger.ErrNoAccount)
		var r *ledger.Refusal
		if !errors.As(err, &r) || !strings.Contains(r.Hint, "club, shop") {
			b.Errorf("hint = %+v", r)
		}
		_ = b.refused(b.l, ask("shpo", "p", "2026-03-13", weekly), ledger.ErrNoAccount)
		_, err = b.l.History(b.Context(), "shpo")
		b.fails(err, ledger.ErrNoAccount)
	}},
	{"the key of kept segments turns with the period and is each account's own", func(b *bench) {
		b.open(threefold("shop"))
		b.open(threefold("club"))
		key := func(l *ledger.Ledger, account string, at time.Time) string {
			k, err := l.BoundKey(b.Context(), account, at)
			if err != nil || len(k) != 32 {
				b.Fatalf("key = %x, %v", k, err)
			}
			return string(k)
		}
		now := b.clock.Now()
		first := key(b.l, "shop", now)
		if !bytes.Equal([]byte(first), []byte(key(b.again(), "shop", now.Add(29*day)))) {
			b.Error("the key changes within a period")
		}
		seen := map[string]bool{first: true}
		for _, k := range []string{key(b.l, "shop", now.Add(30*day)), key(b.l, "shop", now.Add(-day)), key(b.l, "club", now)} {
			if seen[k] {
				b.Error("two keys are one")
			}
			seen[k] = true
		}
	}},
}
