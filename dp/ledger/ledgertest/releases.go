// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"math"
	"slices"
	"strings"

	"github.com/throng-dp/throng/dp/ledger"
)

var releaseTests = []test{
	{"a re-run gets the bytes that were posted and pays nothing", func(b *bench) {
		b.open(starter("shop"))
		r := ask("shop", "p", "2026-03-13", weekly)
		first := b.release(r)
		other := b.again()
		again := b.exists(other, r)
		if again.ID != first.ID || string(again.Bytes) != "numbers of "+first.ID || again.Cost != weekly || again.Digest != r.Digest {
			b.Errorf("again = %+v", again)
		}
		b.balance("shop", ledger.Cost{}, weekly)
		for _, find := range []func() (*ledger.Posted, error){
			func() (*ledger.Posted, error) { return other.Find(b.Context(), "shop", "p", "2026-03-13") },
			func() (*ledger.Posted, error) { return other.Get(b.Context(), first.ID) },
			func() (*ledger.Posted, error) { return other.Get(b.Context(), first.ID[:6]) },
		} {
			if p, err := find(); err != nil || p.ID != first.ID || string(p.Bytes) != string(first.Bytes) {
				b.Errorf("found %+v, %v", p, err)
			}
		}
	}},
	{"a draw is told the lifetime total of its own moment", func(b *bench) {
		b.open(threefold("shop"))
		slow, fast := ask("shop", "p", "2026-03-13", one), ask("shop", "q", "2026-03-13", one)
		dear := ask("shop", "p", "2026-03-13", times(one, 2))
		failed := b.reserve(b.l, dear)
		b.touch(failed)
		b.void(failed, false) // stays held, and serves the next try
		res := b.reserve(b.l, slow)
		if res.Charge() != times(one, 2) {
			b.Errorf("charge = %+v", res.Charge())
		}
		b.release(fast)
		if _, err := res.Post(b.Context(), slow.Digest, slow.Cost, func(d ledger.Draw) ([]byte, error) {
			if d.Lifetime.Builds != 2 || math.Abs(d.Lifetime.Epsilon-3) > 1e-9 {
				b.Errorf("the draw is told %+v, want ε 3 over 2 releases", d.Lifetime)
			}
			return numbers(d)
		}); err != nil {
			b.Fatal(err)
		}
		if s := b.status("shop"); s.Lifetime.Builds != 2 || math.Abs(s.Lifetime.Epsilon-3) > 1e-9 {
			b.Errorf("lifetime = %+v", s.Lifetime)
		}
	}},
	{"a changed plan is refused until it is restated", func(b *bench) {
		b.open(starter("shop"))
		r := ask("shop", "p", "2026-03-13", weekly)
		first := b.release(r)
		r.Digest = [32]byte{2}
		_ = b.refused(b.l, r, ledger.ErrChanged)
		r.Restate = true
		res := b.reserve(b.l, r)
		if res.Supersedes() != first.ID {
			b.Errorf("supersedes %q", res.Supersedes())
		}
		second := b.post(res, r)
		if second.Supersedes != first.ID || second.ID == first.ID {
			b.Errorf("second = %+v", second)
		}
		b.balance("shop", ledger.Cost{}, times(weekly, 2))
		if p, err := b.l.Find(b.Context(), "shop", "p", "2026-03-13"); err != nil || p.ID != second.ID {
			b.Errorf("found %+v, %v", p, err)
		}
		if p, err := b.l.Get(b.Context(), first.ID); err != nil || !p.Superseded {
			b.Errorf("the first is %+v, %v", p, err)
		}
		third := b.release(r)
		if third.Supersedes != second.ID {
			b.Errorf("third = %+v", third)
		}
	}},
	{"every date is a release of its own", func(b *bench) {
		b.open(starter("shop"))
		for _, date := range []string{"2026-03-12", "2026-03-13", "2026-03-11"} {
			b.release(ask("shop", "p", date, weekly))
		}
		b.release(ask("shop", "q", "2026-03-12", weekly))
		b.balance("shop", ledger.Cost{}, times(weekly, 4))
		before := func(date, want string) {
			b.Helper()
			p, err := b.l.Before(b.Context(), "shop", "p", date)
			if want == "" {
				b.fails(err, ledger.ErrNotFound)
			} else if err != nil || p.Date != want || len(p.Bytes) == 0 {
				b.Errorf("before %s: %+v, %v", date, p, err)
			}
		}
		before("2026-03-13", "2026-03-12")
		before("2027-01-01", "2026-03-13")
		before("2026-03-11", "")
		all, err := b.l.Releases(b.Context())
		if err != nil || len(all) != 4 || all[2].Date != "2026-03-11" || all[0].Bytes != nil {
			b.Errorf("releases = %+v, %v", all, err)
		}
	}},
	{"a retracted release keeps its identity and its charge", func(b *bench) {
		b.open(starter("shop"))
		r := ask("shop", "p", "2026-03-13", weekly)
		first := b.release(r)
		b.fails(b.l.Retract(b.Context(), first.ID, ""), ledger.ErrInvalid)
		b.fails(b.l.Retract(b.Context(), "nosuchid", "wrong"), ledger.ErrNotFound)
		for range 2 {
			if err := b.l.Retract(b.Context(), first.ID[:8], "wrong columns"); err != nil {
				b.Fatal(err)
			}
		}
		if p := b.exists(b.l, r); p.Retracted != "wrong columns" {
			b.Errorf("again = %+v", p)
		}
		_, err := b.l.Before(b.Context(), "shop", "p", "2026-03-14")
		b.fails(err, ledger.ErrNotFound)
		b.balance("shop", ledger.Cost{}, weekly)
		r.Restate = true
		if p := b.release(r); p.Supersedes != first.ID || p.Retracted != "" {
			b.Errorf("restated = %+v", p)
		}
		b.balance("shop", ledger.Cost{}, times(weekly, 2))
	}},
	{"a reason is one line that shows as it is", func(b *bench) {
		b.open(starter("shop"))
		first := b.release(ask("shop", "p", "2026-03-13", weekly))
		b.register(ledger.Author, nil, "anna")
		for _, reason := range []string{"", " ", "two\nlines", "two\u2028lines", "a \x1b[31mcolour", "a \u009b2Jclear", "a \u202eturn", "no\xfftext", strings.Repeat("a", 501)} {
			b.fails(b.l.Retract(b.Context(), first.ID, reason), ledger.ErrInvalid)
			b.fails(b.l.RevokeKey(b.Context(), "anna", reason), ledger.ErrInvalid)
			_, err := b.l.NewGrant(b.Context(), ledger.Grant{Account: "shop", Add: ledger.Lines{Epsilon: 1}, Reason: reason})
			b.fails(err, ledger.ErrInvalid)
			_, err = b.l.NewAcceptance(b.Context(), ledger.Acceptance{Account: "shop", Plan: "p", Date: "2026-03-13", Reason: reason})
			b.fails(err, ledger.ErrInvalid)
		}
		// Words of any language, and pictures of several characters, are text.
		if err := b.l.Retract(b.Context(), first.ID, "نمی\u200cخواهم, \U0001F468\u200d\U0001F467"); err != nil {
			b.Error(err)
		}
	}},
	{"what is not there is not found", func(b *bench) {
		b.open(starter("shop"))
		_, err := b.l.Find(b.Context(), "shop", "p", "2026-03-13")
		b.fails(err, ledger.ErrNotFound)
		for _, id := range []string{"", "abc", "abcdefgh"} {
			_, err = b.l.Get(b.Context(), id)
			b.fails(err, ledger.ErrNotFound)
		}
	}},
	{"the history tells everything in order", func(b *bench) {
		b.open(starter("shop"))
		b.open(starter("club"))
		r := ask("shop", "p", "2026-03-13", weekly)
		res := b.reserve(b.l, r)
		b.touch(res)
		b.void(res, false)
		p := b.release(r)
		b.void(b.reserve(b.l, ask("shop", "q", "2026-03-13", weekly)), true)
		if err := b.l.Retract(b.Context(), p.ID, "wrong"); err != nil {
			b.Fatal(err)
		}
		all, err := b.l.History(b.Context(), "shop")
		if err != nil {
			b.Fatal(err)
		}
		var types []string
		for _, e := range all {
			types = append(types, e.Type)
		}
		if want := []string{"open", "reserve", "keep", "reserve", "post", "reserve", "void", "retract"}; !slices.Equal(types, want) {
			b.Errorf("types = %v, want %v", types, want)
		}
		if e := all[4]; e.Release != p.ID || e.Cost != weekly || e.Date != "2026-03-13" {
			b.Errorf("post = %+v", e)
		}
		if every, err := b.l.History(b.Context(), ""); err != nil || len(every) != 9 || every[8].Seq != 9 {
			b.Errorf("history of all = %+v, %v", every, err)
		}
	}},
}
