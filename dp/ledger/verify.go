// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"bytes"
	"context"
	"crypto/sha256"
	"time"
)

// Verify recomputes the ledger from its records alone and compares: numbers
// without a gap, balances that were within their caps after every record, each
// reservation resolved at most once, exactly one post for every release and the
// bytes that were posted. It names the first thing that does not fit, as
// ErrDamaged.
func (l *Ledger) Verify(ctx context.Context) error {
	if err := l.store.Check(ctx); err != nil {
		return err
	}
	return l.store.View(ctx, func(tx Tx) error {
		v := newVerifier()
		rows, err := tx.Accounts()
		if err != nil {
			return err
		}
		for _, r := range rows {
			t, err := termsOf(r)
			if err != nil {
				return err
			}
			v.accounts[r.Name] = t
		}
		if err := tx.Records("", v.replay); err != nil {
			return err
		}
		if err := v.sums(tx); err != nil {
			return err
		}
		return v.releases(tx)
	})
}

type period struct {
	account string
	number  int
}

// A verifier is the state of a ledger as far as its records tell it.
type verifier struct {
	seq      int64
	clock    time.Time
	accounts map[string]terms
	opened   map[string]bool
	balances map[period]Balance
	held     map[string]Hold   // by reservation; Charge alone is known
	done     map[string]bool   // reservations that resolved
	posts    map[string]Record // by release
}

func newVerifier() *verifier {
	return &verifier{accounts: map[string]terms{}, opened: map[string]bool{}, balances: map[period]Balance{},
		held: map[string]Hold{}, done: map[string]bool{}, posts: map[string]Record{}}
}

// replay takes the next record.
func (v *verifier) replay(r Record) error {
	v.seq++
	if r.Seq != v.seq {
		return damaged("entry %d is missing", v.seq)
	}
	if r.At.Before(v.clock) {
		return damaged("entry %d is earlier than the one before it", r.Seq)
	}
	v.clock = r.At
	t, known := v.accounts[r.Account]
	if !known {
		return damaged("entry %d is of an account that does not exist", r.Seq)
	}
	switch r.Type {
	case "open":
		return v.open(t, r)
	case "reserve", "keep", "post", "void":
		return v.moved(t, r)
	case "retract":
		if _, ok := v.posts[r.Release]; !ok {
			return damaged("entry %d retracts what was not posted", r.Seq)
		}
		return nil
	}
	return damaged("entry %d is of type %q", r.Seq, r.Type)
}

func (v *verifier) open(t terms, r Record) error {
	if v.opened[t.Name] || !bytes.Equal(t.raw, r.Text) || r.Cost != t.caps {
		return damaged("account %s: its terms are not those of entry %d", t.Name, r.Seq)
	}
	v.opened[t.Name] = true
	// Caps were computed when the account was opened. A later accountant may
	// differ in the last digits, never more.
	now, err := capsOf(t.Lines)
	if err != nil || float64(t.caps.MuSquared) > float64(now.MuSquared)*(1+1e-9) || t.caps.Epsilon > now.Epsilon || t.caps.Delta > now.Delta || t.caps.Tail > now.Tail {
		return damaged("account %s: its caps are beyond its terms", t.Name)
	}
	return nil
}

// moved follows budget from held to spent or back.
func (v *verifier) moved(t terms, r Record) error {
	at := period{r.Account, r.Period}
	b, ok := v.balances[at]
	if !ok {
		b = Balance{Account: r.Account, Period: r.Period, Cap: t.caps}
	}
	h := v.held[r.Reservation]
	if v.done[r.Reservation] || h.ID != "" && h.Period != r.Period {
		return damaged("entry %d: its reservation is resolved already", r.Seq)
	}
	if r.Type != "reserve" && h.ID == "" || (r.Type == "post" || r.Type == "void") && h.Charge != r.Cost {
		return damaged("entry %d: it is not what was reserved", r.Seq)
	}
	switch r.Type {
	case "reserve":
		h.ID, h.Period, h.Charge = r.Reservation, r.Period, h.Charge.plus(r.Cost)
		b.Held = b.Held.plus(r.Cost)
	case "post":
		b.Held, b.Spent, b.Builds = b.Held.minus(r.Cost), b.Spent.plus(r.Cost), b.Builds+1
		v.posts[r.Release] = r
	case "void":
		b.Held = b.Held.minus(r.Cost)
	}
	if r.Type == "post" || r.Type == "void" {
		delete(v.held, r.Reservation)
		v.done[r.Reservation] = true
	} else {
		v.held[r.Reservation] = h
	}
	if !b.Held.plus(b.Spent).within(b.Cap) || !(Cost{}).within(b.Held) || !(Cost{}).within(b.Spent) {
		return damaged("entry %d: its account goes beyond what was granted", r.Seq)
	}
	v.balances[at] = b
	return nil
}

// sums compares the balances and holds that are kept with those of the records.
func (v *verifier) sums(tx Tx) error {
	for name, t := range v.accounts {
		all, err := tx.Balances(name)
		if err != nil {
			return err
		}
		if !v.opened[name] {
			return damaged("account %s was never opened", name)
		}
		if t.Ceiling > 0 && t.lifetime(all, Cost{}, true).Epsilon > t.Ceiling*(1+1e-9) {
			return damaged("account %s is beyond its lifetime ceiling", name)
		}
		for _, b := range all {
			at := period{name, b.Period}
			if v.balances[at] != b {
				return damaged("account %s: the balance of period %d is not what its entries add up to", name, b.Period)
			}
			delete(v.balances, at)
		}
		holds, err := tx.Holds(name)
		if err != nil {
			return err
		}
		for _, h := range holds {
			if o := v.held[h.ID]; o.Charge != h.Charge || o.Period != h.Period {
				return damaged("account %s: what is held for %s@%s is not what its entries add up to", name, h.Plan, h.Date)
			}
			delete(v.held, h.ID)
		}
	}
	if len(v.balances) > 0 || len(v.held) > 0 {
		return damaged("a balance or a reservation that entries tell of is missing")
	}
	return nil
}

// releases compares what is stored of every release with its post.
func (v *verifier) releases(tx Tx) error {
	all, err := tx.Releases("", "")
	if err != nil {
		return err
	}
	standing := map[[3]string]bool{}
	for _, p := range all {
		r, ok := v.posts[p.ID]
		if !ok || r.Account != p.Account || r.Plan != p.Plan || r.Date != p.Date || r.Cost != p.Cost {
			return damaged("release %s is not what was posted", p.ID)
		}
		delete(v.posts, p.ID)
		text, err := tx.Bytes(p.ID)
		if err != nil {
			return err
		}
		if sha256.Sum256(text) != r.Sum {
			return damaged("release %s: its bytes are not those of entry %d", p.ID, r.Seq)
		}
		id := [3]string{p.Account, p.Plan, p.Date}
		if !p.Superseded && standing[id] {
			return damaged("release %s: %s@%s has two that stand", p.ID, p.Plan, p.Date)
		}
		standing[id] = standing[id] || !p.Superseded
	}
	for id, r := range v.posts {
		return damaged("entry %d: release %s is missing", r.Seq, id)
	}
	return nil
}
