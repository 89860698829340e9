// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	"github.com/throng-dp/throng/dp/ledger"
)

var acceptTests = []test{
	{"two approvers accept a smaller source, for one release", func(b *bench) {
		b.open(threefold("shop"))
		b.open(part("shop/acme", 2))
		staff := b.staff()
		anna, ben := staff["anna"], staff["ben"]
		a := ledger.Acceptance{Account: "shop", Plan: "p", Date: "2026-03-13", Reason: "the provider changed its form"}
		text := func() []byte {
			text, err := b.l.NewAcceptance(b.Context(), a)
			if err != nil {
				b.Fatal(err)
			}
			return text
		}
		accepted := func(account, plan, date string) error { return b.l.Accepted(b.Context(), account, plan, date) }
		b.fails(accepted("shop", "p", "2026-03-13"), ledger.ErrUnsigned)
		grant := b.newGrant(ledger.Grant{Account: "shop", Add: ledger.Lines{PureEpsilon: 1}, Reason: "more"})
		signed := b.signed(text(), anna, ben)
		b.untouched(func() {
			for what, c := range map[string]struct {
				note []byte
				want error
			}{
				"one":             {b.signed(text(), anna), ledger.ErrUnsigned},
				"one twice":       {b.signed(b.signed(text(), anna), anna), ledger.ErrUnsigned},
				"an author":       {b.signed(text(), anna, staff["carl"]), ledger.ErrUnsigned},
				"a runner":        {b.signed(text(), staff["rita"], ben), ledger.ErrUnsigned},
				"the owner":       {b.signed(text(), staff["olga"], ben), ledger.ErrUnsigned},
				"a stranger":      {b.signed(text(), anna, b.person("ben")), ledger.ErrUnsigned},
				"a forged one":    {b.signed(text(), anna, liar{ben}), ledger.ErrForged},
				"another day":     {bytes.Replace(signed, []byte("2026-03-13"), []byte("2026-03-12"), 1), ledger.ErrForged},
				"a grant":         {b.signed(grant, anna, ben), ledger.ErrInvalid},
				"no account":      {b.signed(bytes.Replace(text(), []byte("account: shop"), []byte("account: club"), 1), anna, ben), ledger.ErrNoAccount},
				"another ledger":  {b.signed(bytes.Replace(text(), []byte("ledger: "), []byte("ledger: a"), 1), anna, ben), ledger.ErrUnsigned},
				"another release": {b.signed(bytes.Replace(text(), []byte("stands: none"), []byte("stands: abc"), 1), anna, ben), ledger.ErrUnsigned},
			} {
				if err := b.l.Accept(b.Context(), c.note); !errors.Is(err, c.want) {
					b.Errorf("%s: %v, want %v", what, err, c.want)
				}
			}
			_, err := b.l.Grant(b.Context(), signed)
			b.fails(err, ledger.ErrInvalid)
			for _, bad := range []ledger.Acceptance{{Account: "club", Plan: "p", Date: a.Date, Reason: "x"}, {Account: "shop", Plan: "No Plan", Date: a.Date, Reason: "x"},
				{Account: "shop", Plan: "p", Date: "today", Reason: "x"}, {Account: "shop", Plan: "p", Date: a.Date}} {
				if _, err := b.l.NewAcceptance(b.Context(), bad); !errors.Is(err, ledger.ErrInvalid) && !errors.Is(err, ledger.ErrNoAccount) {
					b.Errorf("%+v: %v", bad, err)
				}
			}
		})
		said, who, err := b.l.AcceptedBy(b.Context(), b.signed(text(), anna))
		if err != nil || *said != a || !slices.Equal(who, []string{"anna"}) {
			b.Errorf("%+v by %v, %v", said, who, err)
		}
		if err := b.l.Accept(b.Context(), signed); err != nil {
			b.Fatal(err)
		}
		b.untouched(func() { b.fails(b.l.Accept(b.Context(), signed), ledger.ErrUnsigned) })
		if err := b.again().Accepted(b.Context(), "shop", "p", "2026-03-13"); err != nil {
			b.Error(err)
		}
		for _, other := range [][3]string{{"shop/acme", "p", "2026-03-13"}, {"shop", "q", "2026-03-13"}, {"shop", "p", "2026-03-12"}} {
			b.fails(accepted(other[0], other[1], other[2]), ledger.ErrUnsigned)
		}
		all, err := b.l.History(b.Context(), "shop")
		if last := all[len(all)-1]; err != nil || last.Type != "accept" || last.Actor != "anna,ben" || last.Reason != a.Reason || last.Date != a.Date {
			b.Errorf("entry = %+v, %v", last, err)
		}
		// A try that fails leaves it; a release uses it up, for a restatement too.
		res := b.reserve(b.l, ask("shop", "p", "2026-03-13", one))
		b.void(res, true)
		if err := accepted("shop", "p", "2026-03-13"); err != nil {
			b.Error(err)
		}
		b.release(ask("shop", "p", "2026-03-13", one))
		b.fails(accepted("shop", "p", "2026-03-13"), ledger.ErrUnsigned)
		if err := b.l.Accept(b.Context(), b.signed(text(), anna, ben)); err != nil {
			b.Fatal(err)
		}
		if err := accepted("shop", "p", "2026-03-13"); err != nil {
			b.Error(err)
		}
		if err := b.l.RevokeKey(b.Context(), "ben", "left", staff["olga"]); err != nil {
			b.Fatal(err)
		}
		b.fails(accepted("shop", "p", "2026-03-13"), ledger.ErrUnsigned)
		if who, err := b.l.Whom(b.Context(), ledger.Approver); err != nil || who != "ask anna (approver)" {
			b.Errorf("whom = %q, %v", who, err)
		}
	}},
}

var descriptorTests = []test{
	{"a descriptor names one lineage and one ledger", func(b *bench) {
		b.open(starter("shop"))
		b.open(starter("club"))
		b.open(ledger.Account{Name: "shop/acme", Lines: starter("").Lines})
		own, err := b.l.Describe(b.Context(), "shop") // nobody else decides yet
		if err != nil {
			b.Fatal(err)
		}
		check := func(account string, note []byte) error { return b.l.Described(b.Context(), account, note) }
		for _, account := range []string{"shop", "shop/acme"} {
			if err := check(account, own); err != nil {
				b.Error(err)
			}
		}
		staff := b.staff()
		olga := staff["olga"]
		b.fails(check("shop", own), ledger.ErrUnsigned) // the ledger's own key decides no longer
		note, err := b.l.Describe(b.Context(), "shop", olga)
		if err != nil {
			b.Fatal(err)
		}
		both, err := b.l.Describe(b.Context(), "shop/acme", staff["anna"], staff["ben"])
		if err != nil {
			b.Fatal(err)
		}
		for _, n := range [][]byte{note, both} {
			if err := errors.Join(check("shop", n), check("shop/acme", n)); err != nil {
				b.Error(err)
			}
			b.fails(check("club", n), ledger.ErrLineage)
			b.fails(check("hall", n), ledger.ErrNoAccount)
		}
		for _, who := range [][]ledger.Signer{nil, {staff["anna"]}, {staff["carl"]}, {staff["rita"]}, {b.person("olga")}} {
			_, err := b.l.Describe(b.Context(), "shop", who...)
			b.fails(err, ledger.ErrUnsigned)
		}
		text, _, err := ledger.ReadNote(note)
		if err != nil {
			b.Fatal(err)
		}
		club := strings.Replace(text, "lineage: shop", "lineage: club", 1)
		for what, c := range map[string]struct {
			note []byte
			want error
		}{
			"nothing":             {nil, ledger.ErrInvalid},
			"a word":              {[]byte("shop\n"), ledger.ErrInvalid},
			"no signature":        {[]byte(text), ledger.ErrInvalid},
			"a changed lineage":   {bytes.Replace(note, []byte("lineage: shop"), []byte("lineage: club"), 1), ledger.ErrForged},
			"an author's":         {b.signed([]byte(club), staff["carl"]), ledger.ErrUnsigned},
			"one approver's":      {b.signed([]byte(club), staff["anna"]), ledger.ErrUnsigned},
			"a runner's":          {b.signed([]byte(club), staff["rita"]), ledger.ErrUnsigned},
			"a stranger's":        {b.signed([]byte(club), b.person("olga")), ledger.ErrUnsigned},
			"of another ledger":   {b.signed([]byte(strings.Replace(club, "ledger: ", "ledger: a", 1)), olga), ledger.ErrLineage},
			"of another key":      {b.signed([]byte(strings.Replace(club, "key: throng", "key: thrang", 1)), olga), ledger.ErrLineage},
			"of something else":   {b.signed(b.newGrant(ledger.Grant{Account: "shop", Add: ledger.Lines{Epsilon: 1, Delta: 1e-9}, Reason: "x"}), olga), ledger.ErrInvalid},
			"the owner's of club": {b.signed([]byte(club), olga), nil},
		} {
			if err := check("club", c.note); !errors.Is(err, c.want) {
				b.Errorf("%s: %v, want %v", what, err, c.want)
			}
		}
		kim := b.register(ledger.Owner, []ledger.Signer{olga}, "kim")[0]
		if err := b.l.RevokeKey(b.Context(), "olga", "left", kim); err != nil {
			b.Fatal(err)
		}
		b.fails(check("shop", note), ledger.ErrUnsigned)
	}},
}
