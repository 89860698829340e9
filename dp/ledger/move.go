// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"crypto/subtle"
	"reflect"
	"time"

	"github.com/throng-dp/throng/dp/failpoint"
)

// Move copies everything of a ledger into another, which is empty and has the
// same key, and closes the old one for good: it says where it went, and nothing
// draws on it any more. at and to are their URLs, without passwords.
//
// Of the two ledgers one is usable at any time. The copy is verified before it
// is committed, and waits until the old one is closed; that is the moment of the
// move. Whoever is stopped before it has a ledger as it was, and a copy that
// counts for nothing; after it, the same call, or Arrive, opens the new one. A
// second call copies what is missing.
//
// ErrBusy: a run holds a reservation, and would lose it.
func Move(ctx context.Context, old *Ledger, at string, l *Ledger, to string) error {
	if subtle.ConstantTimeCompare(old.key(), l.key()) != 1 {
		return &Refusal{Reason: ErrKey, Detail: "the new ledger has another key",
			Hint: "keys of people's segments are derived from it: both need the same"}
	}
	failpoint.At("move.begun")
	move := random()
	err := old.store.Update(ctx, func(src Tx) error {
		m, err := src.Meta()
		if err != nil {
			return err
		}
		if m.MovedTo == to {
			return nil // all but the arrival is done
		}
		if err := m.here(); err != nil {
			return err
		}
		now := old.now()
		if now.Before(m.Clock) {
			now = m.Clock
		}
		if err := quiet(src, now); err != nil {
			return err
		}
		m.Move = move
		if err := l.store.Update(ctx, func(dst Tx) error { return l.receive(dst, src, m, at) }); err != nil {
			return err
		}
		failpoint.At("move.copied")
		m.MovedTo = to
		return src.SetMeta(m)
	})
	if err != nil {
		return err
	}
	failpoint.At("move.closed")
	return Arrive(ctx, old, l)
}

// Copied returns what a store has to know of itself that is made to take over a
// ledger: nothing can draw on it before it has arrived. now is time.Now if nil.
func Copied(key []byte, from string, now func() time.Time) (Meta, error) {
	if now == nil {
		now = time.Now
	}
	l := &Ledger{key: func() []byte { return key }}
	m := Meta{ID: random(), Clock: now().UTC().Round(0), MovedFrom: from}
	var err error
	m.KeyCheck, err = l.derive("check", m.ID)
	return m, err
}

// Origin returns the URL of the ledger that this one is to take the place of;
// empty if it has arrived, or never moved.
func (l *Ledger) Origin() string { return l.origin }

// Arrive opens a ledger that was copied, once the old one is closed in its
// favour: ErrMoved if it is not.
func Arrive(ctx context.Context, old, l *Ledger) error {
	var was Meta
	if err := old.store.View(ctx, func(tx Tx) (err error) {
		was, err = tx.Meta()
		return err
	}); err != nil {
		return err
	}
	err := l.store.Update(ctx, func(tx Tx) error {
		m, err := tx.Meta()
		switch {
		case err != nil:
			return err
		case m.Move == "" || m.Move != was.Move || m.ID != was.ID || was.MovedTo == "":
			return &Refusal{Reason: ErrMoved, Detail: "it was not copied from the ledger that it names, or that one is still in use",
				Hint: "throng ledger move --from URL --to URL copies it"}
		case m.MovedFrom == "":
			return nil
		}
		m.MovedFrom = ""
		return tx.SetMeta(m)
	})
	if err != nil {
		return err
	}
	l.origin = ""
	failpoint.At("move.arrived")
	return nil
}

// here refuses a ledger that another has taken the place of, or that has not
// taken another's place yet.
func (m *Meta) here() error {
	switch {
	case m.MovedTo != "":
		return &Refusal{Reason: ErrMoved, Detail: "it is at " + m.MovedTo, Hint: "name it: --ledger '" + m.MovedTo + "' or $THRONG_LEDGER"}
	case m.MovedFrom != "":
		return &Refusal{Reason: ErrMoved, Detail: "it is still at " + m.MovedFrom + ", and this is an unfinished copy",
			Hint: "finish it: throng ledger move --from '" + m.MovedFrom + "' --to this one"}
	}
	return nil
}

// quiet refuses a ledger that a run holds a reservation of.
func quiet(tx Tx, now time.Time) error {
	rows, err := tx.Accounts()
	if err != nil {
		return err
	}
	for _, a := range rows {
		holds, err := tx.Holds(a.Name)
		if err != nil {
			return err
		}
		for _, h := range holds {
			if h.live(now) {
				return &Refusal{Reason: ErrBusy, Detail: h.Plan + "@" + h.Date,
					Hint: "wait for it; should it be dead, its hold ends within a minute"}
			}
		}
	}
	return nil
}

// receive brings dst to the state of src, whose meta is m, and verifies it. dst
// is new, or the copy of a move that did not come to its end: entries and
// releases are only ever added, so what it has already is the beginning.
func (l *Ledger) receive(dst, src Tx, m Meta, at string) error {
	have, err := dst.Meta()
	if err != nil {
		return err
	}
	rows, err := dst.Accounts()
	if err != nil {
		return err
	}
	empty := have.Size == 0 && len(rows) == 0
	if again := have.ID == m.ID && have.MovedFrom != ""; !again && !empty {
		return &Refusal{Reason: ErrStorage, Detail: "the new ledger is not empty", Hint: "a ledger is never overwritten; name another place"}
	}
	for _, step := range []func(dst, src Tx, have Meta) error{copyAccounts, copyRecords, copyReleases} {
		if err := step(dst, src, have); err != nil {
			return err
		}
	}
	m.MovedFrom = at
	if err := dst.SetMeta(m); err != nil {
		return err
	}
	if err := alike(dst, src); err != nil {
		return err
	}
	if err := once(dst); err != nil {
		return err
	}
	return l.verify(dst, m.ID) // key and id of the old ledger are this one's too
}

func copyRecords(dst, src Tx, have Meta) error {
	return src.Records("", func(r Record) error {
		switch {
		case r.Seq > have.Size:
			return dst.Append(r)
		case r.Seq == have.Size && r.Hash != have.Head:
			return damaged("entry %d of the unfinished copy is another", r.Seq)
		}
		return nil
	})
}

// copyAccounts copies accounts, parents first, and what their balances and holds
// are now.
func copyAccounts(dst, src Tx, _ Meta) error {
	has, err := dst.Accounts()
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, a := range has {
		known[a.Name] = true
	}
	rows, err := src.Accounts()
	if err != nil {
		return err
	}
	for _, divided := range []bool{false, true} {
		for _, a := range rows {
			if known[a.Name] || divided != (a.Parent != "") {
				continue
			}
			if err := dst.AddAccount(a); err != nil {
				return err
			}
		}
	}
	for _, a := range rows {
		if err := copyBalances(dst, src, a.Name); err != nil {
			return err
		}
	}
	return nil
}

func copyBalances(dst, src Tx, account string) error {
	old, err := dst.Holds(account)
	if err != nil {
		return err
	}
	for _, h := range old {
		if err := dst.DropHold(h.ID); err != nil {
			return err
		}
	}
	balances, err := src.Balances(account)
	if err != nil {
		return err
	}
	for _, b := range balances {
		if err := dst.SetBalance(b); err != nil {
			return err
		}
	}
	holds, err := src.Holds(account)
	if err != nil {
		return err
	}
	for _, h := range holds {
		if err := dst.SetHold(h); err != nil {
			return err
		}
	}
	return nil
}

func copyReleases(dst, src Tx, _ Meta) error {
	has, err := dst.Releases("", "")
	if err != nil {
		return err
	}
	all, err := src.Releases("", "")
	if err != nil {
		return err
	}
	for _, p := range all[min(len(has), len(all)):] {
		if p.Bytes, err = src.Bytes(p.ID); err != nil {
			return err
		}
		if err := dst.AddRelease(p); err != nil {
			return err
		}
	}
	return nil
}

// alike compares what verification does not: the tables that are read whole.
func alike(dst, src Tx) error {
	type shape struct {
		accounts []AccountRow
		balances [][]Balance
		holds    [][]Hold
		releases []Posted
	}
	read := func(tx Tx) (s shape, err error) {
		if s.accounts, err = tx.Accounts(); err != nil {
			return s, err
		}
		for _, a := range s.accounts {
			b, err := tx.Balances(a.Name)
			if err != nil {
				return s, err
			}
			h, err := tx.Holds(a.Name)
			if err != nil {
				return s, err
			}
			s.balances, s.holds = append(s.balances, b), append(s.holds, h)
		}
		s.releases, err = tx.Releases("", "")
		return s, err
	}
	was, err := read(src)
	if err != nil {
		return err
	}
	is, err := read(dst)
	if err != nil {
		return err
	}
	if !reflect.DeepEqual(was, is) {
		return damaged("the copy is not what was copied")
	}
	return nil
}
