// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"
)

// Verify recomputes the ledger from its records alone, and compares: numbers
// without a gap, the chain of hashes and the tree; after every record the caps of
// each period and the lifetime ceiling; each reservation resolved at most once;
// exactly one post for every release, the bytes that were posted, and its
// checkpoint; balances and holds; and what a witness saw. It names the first
// record that does not fit, as ErrDamaged.
//
// What it holds in memory grows with accounts, periods, grants and what is held,
// not with records or releases.
func (l *Ledger) Verify(ctx context.Context) error {
	seen, err := l.seen()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	checked := make(chan error, 1)
	go func() { checked <- l.check(ctx) }()
	err = l.store.View(ctx, func(tx Tx) error {
		m, err := tx.Meta()
		if err != nil {
			return err
		}
		if err := l.verify(tx, m.ID); err != nil {
			return err
		}
		return l.agrees(tx, seen)
	})
	named := errors.Is(err, ErrDamaged) // an entry: nothing tells more
	if named {
		cancel()
	}
	if below := <-checked; below != nil && !named {
		return below
	}
	return err
}

// check examines the storage below the rows, and what it lets happen once.
func (l *Ledger) check(ctx context.Context) error {
	if err := l.store.Check(ctx); err != nil {
		return err
	}
	return l.store.View(ctx, once)
}

// once refuses what no ledger holds twice.
func once(tx Tx) error {
	seq, what, err := tx.Repeated()
	if err == nil && seq != 0 {
		err = damaged("entry %d: %s", seq, what)
	}
	return err
}

// verify verifies a ledger by the keys that follow from its own, but for what it
// may not hold twice.
func (l *Ledger) verify(tx Tx, id string) error {
	ring, err := l.newRing(id)
	if err != nil {
		return err
	}
	n, err := l.newNotary(id)
	if err != nil {
		return err
	}
	return verify(tx, ring, n)
}

// verify verifies a ledger that knows no key but its own at first. n is nil for
// one that is too old to have signed anything.
func verify(tx Tx, ring *keyring, n *notary) error {
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
		v.accounts[r.Name] = &t
	}
	if err := v.records(tx, n); err != nil {
		return err
	}
	if err := v.chain(tx); err != nil {
		return err
	}
	return v.sums(tx)
}

// pageSize is how many records are looked at before their releases are.
const pageSize = 4096

// records takes all records, a page at a time, and after each the releases that
// were posted in it.
func (v *verifier) records(tx Tx, n *notary) error {
	m, err := tx.Meta()
	if err != nil {
		return err
	}
	c := newComparison(tx, n)
	for first := int64(1); err == nil && first <= m.Size; first += pageSize {
		last := min(m.Size, first+pageSize-1)
		err = tx.Between(first, last, v.replay)
		if err == nil && v.meta.Size != last {
			err = v.missing()
		}
		upTo := v.meta.Size
		if n := len(v.posts); err != nil || upTo < m.Size && n > 0 && v.posts[n-1].seq == upTo {
			upTo-- // does not fit, or the next one may say what its release supersedes
		}
		// What does not fit of an earlier record comes first.
		if earlier := c.page(v, upTo); earlier != nil {
			err = earlier
		}
	}
	if bad := c.judged(); bad != nil {
		return bad
	}
	if err != nil {
		return err
	}
	return c.strays(m.Size)
}

type period struct {
	account string
	number  int
}

// A verifier is the state of a ledger as far as its records tell it.
type verifier struct {
	meta     Meta // the chain so far
	clock    time.Time
	accounts map[string]*terms
	opened   map[string]bool
	balances map[period]Balance
	held     map[string]Hold // by reservation; what entries tell of it
	used     map[string]Cost // of all periods of an account, held and spent
	beneath  map[string]Cost // sums that are known to be under the ceiling

	posts    []posting // whose releases were not compared yet
	retracts []Record  // likewise
	seals    []seal    // of runners, that were not verified yet

	ring    *keyring         // the keys so far
	signed  map[string]bool  // ids of notes that are good for once
	granted map[period]lines // what grants added
}

func newVerifier(ring *keyring) *verifier {
	return &verifier{ring: ring, signed: map[string]bool{}, granted: map[period]lines{}, accounts: map[string]*terms{},
		opened: map[string]bool{}, balances: map[period]Balance{}, held: map[string]Hold{}, used: map[string]Cost{}, beneath: map[string]Cost{}}
}

// replay takes the next record, and says which it is if it does not fit.
func (v *verifier) replay(r Record) error {
	if r.Seq != v.meta.Size+1 {
		return v.missing()
	}
	if why := v.next(&r); why != "" {
		return damaged("%s: %s", nameOf(&r), why)
	}
	return nil
}

// nameOf names an entry: its number, its type, and the random id of what it is
// about.
func nameOf(r *Record) string {
	about := ""
	switch {
	case r.Release != "":
		about = ", release " + printable(r.Release)
	case r.Reservation != "":
		about = ", reservation " + printable(r.Reservation)
	}
	return fmt.Sprintf("entry %d (%s%s)", r.Seq, printable(r.Type), about)
}

// printable quotes what a ledger does not write itself.
func printable(s string) string {
	if name.MatchString(s) {
		return s
	}
	return strconv.Quote(s)
}

func (v *verifier) missing() error { return damaged("entry %d is missing", v.meta.Size+1) }

// next takes the next record, and says what is wrong with it.
func (v *verifier) next(r *Record) (wrong string) {
	kept := *r
	if v.meta.Link(r); r.Prev != kept.Prev || r.Hash != kept.Hash {
		return "its hash does not fit: it is not what was written"
	}
	if r.At.Before(v.clock) {
		return "it is earlier than the one before it"
	}
	v.clock = r.At
	if !(Cost{}).within(r.Cost) {
		return "its cost is negative"
	}
	if r.Account == "" {
		return v.ofLedger(r)
	}
	t, known := v.accounts[r.Account]
	if !known {
		return "its account does not exist"
	}
	switch r.Type {
	case typeOpen:
		return v.open(t, r)
	case typeReserve, typeKeep, typePost, typeVoid, typeExpire:
		return v.moved(t, r)
	case typeGrant:
		return v.grant(t, r)
	case typeSupersede:
		return v.supersede(r)
	case typeRetract:
		v.retracts = append(v.retracts, *r)
		return ""
	case typeApprove:
		return v.approve(r)
	case typeAccept:
		return v.accept(r)
	}
	return "no entry of an account has this type"
}

func (v *verifier) open(t *terms, r *Record) string {
	text, err := v.signedTerms(r)
	if err != nil {
		return err.Error()
	}
	if v.opened[t.Name] || !bytes.Equal(t.raw, text) || r.Cost != t.caps {
		return "the terms of account " + t.Name + " are others"
	}
	v.opened[t.Name] = true
	if w := t.whole; w != nil && (!v.opened[w.Name] || !t.caps.within(w.caps) || t.Lineage != w.Lineage ||
		t.Period != w.Period || t.Calendar != w.Calendar || t.Ceiling != w.Ceiling) {
		return "account " + t.Name + " is no part of " + w.Name
	}
	// Caps were computed when the account was opened. A later accountant may
	// differ in the last digits, never more.
	now, err := capsOf(t.Lines)
	if err != nil || !t.caps.near(now) {
		return "the caps of account " + t.Name + " are beyond its terms"
	}
	return ""
}

// ofLedger takes a record of the ledger as a whole.
func (v *verifier) ofLedger(r *Record) string {
	switch r.Type {
	case typeUpgrade:
		return ""
	case typeKey:
		if err := v.ring.take(*r); err != nil {
			return err.Error()
		}
		return ""
	}
	return "no entry of a ledger has this type"
}

// chain compares what is kept of the chain's end with the records.
func (v *verifier) chain(tx Tx) error {
	m, err := tx.Meta()
	if err != nil {
		return err
	}
	switch {
	case m.Size > v.meta.Size:
		return v.missing()
	case m.Size != v.meta.Size || m.Head != v.meta.Head || m.Leaves != v.meta.Leaves || !slices.Equal(m.Frontier, v.meta.Frontier):
		return damaged("the end of the chain is not that of entry %d", v.meta.Size)
	case m.Clock.Before(v.clock):
		return damaged("ledger time is before entry %d", v.meta.Size)
	}
	return tx.Between(m.Size+1, math.MaxInt64, func(r Record) error {
		return damaged("%s: it stands behind the end of the chain", nameOf(&r))
	})
}
