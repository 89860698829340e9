// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"bytes"
	"context"
	"crypto/sha256"
	"slices"
	"strings"
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
	seen, err := l.seen()
	if err != nil {
		return err
	}
	return l.store.View(ctx, func(tx Tx) error {
		m, err := tx.Meta()
		if err != nil {
			return err
		}
		ring, err := l.newRing(m.ID)
		if err != nil {
			return err
		}
		if err := verify(tx, ring); err != nil {
			return err
		}
		return l.agrees(tx, seen)
	})
}

// verify verifies a ledger that knows no key but its own at first.
func verify(tx Tx, ring *keyring) error {
	v := newVerifier(ring)
	rows, err := tx.Accounts()
	if err != nil {
		return err
	}
	for _, r := range rows {
		t, err := linked(rows, r)
		if err != nil {
			return err
		}
		v.accounts[r.Name] = t
	}
	if err := tx.Records("", v.replay); err != nil {
		return err
	}
	if err := v.chain(tx); err != nil {
		return err
	}
	if err := v.sums(tx); err != nil {
		return err
	}
	return v.releases(tx)
}

type period struct {
	account string
	number  int
}

// A verifier is the state of a ledger as far as its records tell it.
type verifier struct {
	meta     Meta  // the chain so far
	upgraded int64 // number of the entry that took the ledger from schema 1
	clock    time.Time
	accounts map[string]terms
	opened   map[string]bool
	balances map[period]Balance
	held     map[string]Hold   // by reservation; Charge is known, and as Owner the key that signed
	done     map[string]bool   // reservations that resolved
	posts    map[string]Record // by release

	superseded map[string]string // releases, and the ones that took their place

	ring    *keyring         // the keys so far
	signed  map[string]bool  // ids of notes that are good for once
	granted map[period]lines // what grants added
}

func newVerifier(ring *keyring) *verifier {
	return &verifier{ring: ring, signed: map[string]bool{}, granted: map[period]lines{}, accounts: map[string]terms{}, opened: map[string]bool{}, balances: map[period]Balance{},
		held: map[string]Hold{}, done: map[string]bool{}, posts: map[string]Record{},
		superseded: map[string]string{}}
}

// replay takes the next record.
func (v *verifier) replay(r Record) error {
	if r.Seq != v.meta.Size+1 {
		return damaged("entry %d is missing", v.meta.Size+1)
	}
	kept := r
	if v.meta.Link(&r); r.Prev != kept.Prev || r.Hash != kept.Hash {
		return damaged("entry %d is not what was written: its hash does not fit", r.Seq)
	}
	if r.At.Before(v.clock) {
		return damaged("entry %d is earlier than the one before it", r.Seq)
	}
	v.clock = r.At
	if r.Account == "" {
		return v.ofLedger(r)
	}
	t, known := v.accounts[r.Account]
	if !known {
		return damaged("entry %d is of an account that does not exist", r.Seq)
	}
	switch r.Type {
	case typeOpen:
		return v.open(t, r)
	case typeReserve, typeKeep, typePost, typeVoid, typeExpire:
		return v.moved(t, r)
	case typeGrant:
		return v.grant(t, r)
	case typeRetract, typeSupersede:
		if _, ok := v.posts[r.Release]; !ok {
			return damaged("entry %d is about what was not posted", r.Seq)
		}
		if r.Type == typeSupersede {
			v.superseded[r.Release] = r.Reason
		}
		return nil
	case typeApprove:
		return v.approve(r)
	case typeAccept:
		return v.accept(r)
	}
	return damaged("entry %d is of type %q", r.Seq, r.Type)
}

func (v *verifier) open(t terms, r Record) error {
	text, err := v.signedTerms(r)
	if err != nil {
		return err
	}
	if v.opened[t.Name] || !bytes.Equal(t.raw, text) || r.Cost != t.caps {
		return damaged("account %s: its terms are not those of entry %d", t.Name, r.Seq)
	}
	v.opened[t.Name] = true
	if w := t.whole; w != nil && (!v.opened[w.Name] || !t.caps.within(w.caps) || t.Lineage != w.Lineage ||
		t.Period != w.Period || t.Calendar != w.Calendar || t.Ceiling != w.Ceiling) {
		return damaged("account %s: it is no part of %s", t.Name, w.Name)
	}
	// Caps were computed when the account was opened. A later accountant may
	// differ in the last digits, never more.
	now, err := capsOf(t.Lines)
	if err != nil || !t.caps.near(now) {
		return damaged("account %s: its caps are beyond its terms", t.Name)
	}
	return nil
}

// ofLedger takes a record of the ledger as a whole.
func (v *verifier) ofLedger(r Record) error {
	switch r.Type {
	case typeUpgrade:
		if strings.HasPrefix(r.Reason, "schema 1 ") {
			v.upgraded = r.Seq
		}
		return nil
	case typeKey:
		if err := v.ring.take(r); err != nil {
			return damaged("entry %d: %v", r.Seq, err)
		}
		return nil
	}
	return damaged("entry %d is of type %q", r.Seq, r.Type)
}

// balance returns what a period's entries add up to so far.
func (v *verifier) balance(t terms, number int) Balance {
	b, ok := v.balances[period{t.Name, number}]
	if !ok {
		b = Balance{Account: t.Name, Period: number, Cap: t.caps}
	}
	return b
}

// moved follows budget from held to spent or back.
func (v *verifier) moved(t terms, r Record) error {
	h := v.held[r.Reservation]
	if v.done[r.Reservation] || h.ID != "" && h.Period != r.Period {
		return damaged("entry %d: its reservation is resolved already", r.Seq)
	}
	resolves := r.Type == typePost || r.Type == typeVoid || r.Type == typeExpire
	if r.Type != typeReserve && h.ID == "" || resolves && h.Charge != r.Cost {
		return damaged("entry %d: it is not what was reserved", r.Seq)
	}
	switch r.Type {
	case typeReserve:
		if err := v.ring.signedRun(&r); err != nil {
			return damaged("entry %d: %v", r.Seq, err)
		}
		h.ID, h.Period, h.Charge, h.Owner = r.Reservation, r.Period, h.Charge.plus(r.Cost), r.Actor
	case typePost:
		if r.Actor != h.Owner {
			return damaged("entry %d: %q posted what %q reserved", r.Seq, r.Actor, h.Owner)
		}
		r.Text = nil // has been hashed, and may be large
		v.posts[r.Release] = r
	}
	if resolves {
		delete(v.held, r.Reservation)
		v.done[r.Reservation] = true
	} else {
		v.held[r.Reservation] = h
	}
	for _, t := range t.charged() {
		b := v.balance(*t, r.Period)
		switch r.Type {
		case typeReserve:
			b.Held = b.Held.plus(r.Cost)
		case typePost:
			b.Held, b.Spent, b.Builds = b.Held.minus(r.Cost), b.Spent.plus(r.Cost), b.Builds+1
		case typeVoid, typeExpire:
			b.Held = b.Held.minus(r.Cost)
		}
		if !b.Held.plus(b.Spent).within(b.Cap) || !(Cost{}).within(b.Held) || !(Cost{}).within(b.Spent) {
			return damaged("entry %d: account %s goes beyond what was granted", r.Seq, t.Name)
		}
		v.balances[period{t.Name, r.Period}] = b
	}
	return nil
}

// chain compares what is kept of the chain's end with the records.
func (v *verifier) chain(tx Tx) error {
	m, err := tx.Meta()
	if err != nil {
		return err
	}
	if m.Size > v.meta.Size {
		return damaged("entry %d is missing", v.meta.Size+1)
	}
	if m.Size != v.meta.Size || m.Head != v.meta.Head || m.Leaves != v.meta.Leaves || !slices.Equal(m.Frontier, v.meta.Frontier) {
		return damaged("the end of the chain is not that of entry %d", v.meta.Size)
	}
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
		if t.Ceiling > 0 && t.whole == nil && t.lifetime(all, Cost{}, true).Epsilon > t.Ceiling*(1+1e-9) {
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
		if p.Supersedes != "" && r.Seq > v.upgraded && v.superseded[p.Supersedes] != p.ID {
			return damaged("release %s: no entry says that it supersedes %s", p.ID, p.Supersedes)
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
