// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"time"

	"github.com/throng-dp/throng/dp/failpoint"
)

// Reserve holds the budget of one release, or says why not: ErrChanged,
// ErrPolicy, ErrExhausted, ErrNoAccount, ErrUnsigned, ErrBusy. A release that stands already
// and is not to be restated is an error of type *Exists, also if it has been
// retracted: the identity stays taken.
//
// One answer serves every account of the same people: what another part of the
// whole was released for the same digest and date is the answer here too, free
// of charge. A second draw would cost the people a second time, and whoever
// averages both would know more than either was meant to tell.
//
// Budget that an earlier try of the same identity left held serves this one:
// only what this try needs beyond it is charged. It is taken over as soon as
// that try's process is gone or its lease is over, and from then on that try
// can do nothing any more.
func (l *Ledger) Reserve(ctx context.Context, r Request) (*Reservation, error) {
	if err := r.valid(); err != nil {
		return nil, err
	}
	res := &Reservation{ledger: l, text: r.PlanText, runner: r.runner()}
	failpoint.At("reserve")
	err := l.witnessed(ctx, func(tx Tx, now time.Time) error {
		failpoint.At("reserve.begun")
		t, err := find(tx, r.Account)
		if err != nil {
			return err
		}
		if res.supersedes, err = l.standing(tx, &r); err != nil {
			return err
		}
		if err := t.Policy.Judge(r.Ask, r.Cost); err != nil {
			return err
		}
		k, err := l.ring(tx)
		if err != nil {
			return err
		}
		if err := k.approved(tx, &t, r.Plan, r.Digest, r.Cost); err != nil {
			return err
		}
		if err := k.runs(r.Runner); err != nil {
			return err
		}
		failpoint.At("reserve.judged")
		res.hold, err = r.hold(tx, &t, k, now)
		failpoint.At("reserve.held")
		return err
	})
	if err != nil {
		return nil, err
	}
	failpoint.At("reserve.committed")
	l.keep(res)
	return res, nil
}

func (r *Request) valid() error {
	switch {
	case !name.MatchString(r.Plan):
		return invalid("a plan's name is up to 64 of a-z, 0-9, _ and -, and starts with a letter or digit")
	case !isDate(r.Date):
		return invalid("a date is written 2006-01-02")
	}
	if err := r.Cost.valid(); err != nil {
		return invalid("%v", err)
	}
	return nil
}

func isDate(s string) bool {
	t, err := time.Parse(time.DateOnly, s)
	return err == nil && t.Format(time.DateOnly) == s
}

// standing looks for a release of the same identity. It returns the one that is
// to be restated, or refuses.
func (l *Ledger) standing(tx Tx, r *Request) (supersedes string, err error) {
	p, err := answer(tx, r.Account, r.Plan, r.Date, r.Digest)
	if err != nil || p == nil {
		return "", err
	}
	if r.Restate {
		return p.ID, nil
	}
	if p.Digest != r.Digest {
		return "", &Refusal{Reason: ErrChanged, Detail: r.Plan + "@" + r.Date,
			Hint: "--restate draws new numbers, charges the account again and marks the old release superseded"}
	}
	if p.Bytes, err = tx.Bytes(p.ID); err != nil {
		return "", err
	}
	if err := l.verifiable(tx, p); err != nil {
		return "", err
	}
	return "", &Exists{p}
}

// hold finds or makes the hold of this try and charges what it needs.
func (r *Request) hold(tx Tx, t *terms, k *keyring, now time.Time) (Hold, error) {
	holds, err := sweep(tx, t.Name, now)
	if err != nil {
		return Hold{}, err
	}
	for i := range holds {
		if holds[i].live(now) && r.answeredBy(&holds[i]) {
			return Hold{}, &Refusal{Reason: ErrBusy, Detail: r.Plan + "@" + r.Date,
				Hint: "wait for it; should it be dead, its hold ends within a minute"}
		}
	}
	h := Hold{ID: random(), Account: r.Account, Plan: r.Plan, Date: r.Date, Period: t.period(now)}
	for _, old := range holds {
		if old.Account == r.Account && old.Plan == r.Plan && old.Date == r.Date {
			h = old
			h.Kept = true
		}
	}
	need := h.Charge.atLeast(r.Cost).minus(h.Charge)
	h.Charge = h.Charge.plus(need)
	h.Cost, h.Digest = r.Cost, r.Digest
	h.Token, h.Owner, h.Lease, h.Touched = random(), self().String(), now.Add(lease), false
	e := h.entry(typeReserve, now, need)
	if h.Kept {
		e.Reason = again
	}
	if err := charge(tx, t, h, need); err != nil {
		return Hold{}, err
	}
	if err := k.signRun(tx, &e, r); err != nil {
		return Hold{}, err
	}
	if err := tx.Append(e); err != nil {
		return Hold{}, err
	}
	return h, tx.SetHold(h)
}

// answeredBy reports whether what holds this budget will answer the request: it
// has the same identity, or counts the same for another part of the account.
func (r *Request) answeredBy(h *Hold) bool {
	return h.Plan == r.Plan && h.Date == r.Date && (h.Account == r.Account || h.Digest == r.Digest)
}

// charge adds to what is held of the hold's period, if all accounts that are
// charged have room for it on both lines, and under the lifetime ceiling.
func charge(tx Tx, t *terms, h Hold, need Cost) error {
	failpoint.At("reserve.swept")
	for _, t := range t.charged() {
		all, err := tx.Balances(t.Name)
		if err != nil {
			return err
		}
		b := at(all, t, h.Period)
		if err := t.room(all, b, need); err != nil {
			return err
		}
		b.Held = b.Held.plus(need)
		if err := tx.SetBalance(b); err != nil {
			return err
		}
	}
	failpoint.At("reserve.charged")
	return nil
}

// sweep gives back what runs held that ended before they read anything, and
// returns the other holds of the account and of all that divide the same whole.
func sweep(tx Tx, account string, now time.Time) ([]Hold, error) {
	names, err := family(tx, account)
	if err != nil {
		return nil, err
	}
	var holds, stay []Hold
	for _, n := range names {
		of, err := tx.Holds(n)
		if err != nil {
			return nil, err
		}
		holds = append(holds, of...)
	}
	for _, h := range holds {
		if h.Touched || h.Kept || h.live(now) {
			stay = append(stay, h)
			continue
		}
		if err := h.giveBack(tx, typeExpire, now, "the run ended before it read anything"); err != nil {
			return nil, err
		}
	}
	return stay, nil
}

// live reports whether a try still holds this.
func (h *Hold) live(now time.Time) bool {
	return h.Token != "" && now.Before(h.Lease) && !dead(h.Owner)
}

// giveBack voids a hold: nothing of it remains charged. A void by the ledger
// itself is of type expire.
func (h *Hold) giveBack(tx Tx, kind string, now time.Time, reason string) error {
	if err := h.move(tx, func(b *Balance) { b.Held = b.Held.minus(h.Charge) }); err != nil {
		return err
	}
	if err := tx.DropHold(h.ID); err != nil {
		return err
	}
	failpoint.At("void.dropped")
	e := h.entry(kind, now, h.Charge)
	e.Reason = reason
	return tx.Append(e)
}

// move changes the balances of all accounts that a hold is charged to.
func (h *Hold) move(tx Tx, change func(b *Balance)) error {
	for _, account := range chargedTo(h.Account) {
		b, err := balance(tx, account, h.Period)
		if err != nil {
			return err
		}
		change(&b)
		if err := tx.SetBalance(b); err != nil {
			return err
		}
	}
	return nil
}

// entry starts a record about a hold.
func (h *Hold) entry(kind string, now time.Time, c Cost) Record {
	return Record{
		Entry:       Entry{Type: kind, At: now, Account: h.Account, Plan: h.Plan, Date: h.Date, Cost: c},
		Period:      h.Period,
		Reservation: h.ID,
	}
}
