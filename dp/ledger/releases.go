// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/throng-dp/throng/dp/failpoint"
)

// Find returns the standing release of (account, plan, date), or ErrNotFound.
// A release stands until another supersedes it: a retracted one too, with the
// reason in Retracted, for a second answer of the same identity would be no
// smaller a leak because the first was wrong.
func (l *Ledger) Find(ctx context.Context, account, plan, date string) (*Posted, error) {
	return l.load(ctx, func(tx Tx) (*Posted, error) { return standing(tx, account, plan, date) })
}

// Answer returns the release that answers a plan: that of Find, or else one of
// the same digest and date that another account of the same people was charged
// for; ErrNotFound if there is neither.
func (l *Ledger) Answer(ctx context.Context, account, plan, date string, digest [32]byte) (*Posted, error) {
	return l.load(ctx, func(tx Tx) (*Posted, error) { return answer(tx, account, plan, date, digest) })
}

// Stands is Answer without the bytes: which release it is and what became of it.
func (l *Ledger) Stands(ctx context.Context, account, plan, date string, digest [32]byte) (p *Posted, err error) {
	err = l.store.View(ctx, func(tx Tx) error {
		if p, err = answer(tx, account, plan, date, digest); p == nil && err == nil {
			err = ErrNotFound
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// Before returns the newest standing release of (account, plan) with a date
// before date that is not retracted, or ErrNotFound.
func (l *Ledger) Before(ctx context.Context, account, plan, date string) (*Posted, error) {
	return l.load(ctx, func(tx Tx) (newest *Posted, err error) {
		all, err := tx.Releases(account, plan)
		for i, p := range all {
			if p.Superseded || p.Retracted != "" || p.Date >= date {
				continue
			}
			if newest == nil || p.Date > newest.Date {
				newest = &all[i]
			}
		}
		return newest, err
	})
}

// Get returns a release by id, or by a prefix of at least 6 characters.
func (l *Ledger) Get(ctx context.Context, id string) (*Posted, error) {
	return l.load(ctx, func(tx Tx) (*Posted, error) { return byID(tx, id) })
}

// Releases returns all releases, oldest first, without their bytes.
func (l *Ledger) Releases(ctx context.Context) (all []Posted, err error) {
	err = l.store.View(ctx, func(tx Tx) error {
		all, err = tx.Releases("", "")
		return err
	})
	return all, err
}

// load looks for a release and adds its bytes.
func (l *Ledger) load(ctx context.Context, look func(tx Tx) (*Posted, error)) (p *Posted, err error) {
	err = l.store.View(ctx, func(tx Tx) error {
		if p, err = look(tx); err != nil {
			return err
		}
		if p == nil {
			return ErrNotFound
		}
		p.Bytes, err = tx.Bytes(p.ID)
		if errors.Is(err, ErrNotFound) {
			return damaged("release %s has no bytes", p.ID)
		}
		return errors.Join(err, l.verifiable(tx, p))
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// standing returns the release of an identity that nothing supersedes, without
// its bytes; nil if there is none.
func standing(tx Tx, account, plan, date string) (*Posted, error) {
	all, err := tx.Releases(account, plan)
	for i, p := range all {
		if p.Date == date && !p.Superseded {
			return &all[i], err
		}
	}
	return nil, err
}

// answer returns the standing release of an identity, or else one of another
// part of the same whole that counts the same on the same date, without its
// bytes; nil if there is none.
func answer(tx Tx, account, plan, date string, digest [32]byte) (*Posted, error) {
	own, err := standing(tx, account, plan, date)
	if err != nil || own != nil {
		return own, err
	}
	names, err := family(tx, account)
	if err != nil || len(names) == 1 {
		return nil, err
	}
	all, err := tx.Releases("", plan)
	for i, p := range all {
		if p.Date == date && p.Digest == digest && !p.Superseded && wholeOf(p.Account) == wholeOf(account) {
			return &all[i], err
		}
	}
	return nil, err
}

// byID returns the one release whose id begins so; nil if there is none.
func byID(tx Tx, id string) (found *Posted, err error) {
	if len(id) < 6 {
		return nil, &Refusal{Reason: ErrNotFound, Detail: id, Hint: "at least the first 6 characters of an id are needed"}
	}
	all, err := tx.Releases("", "")
	for i, p := range all {
		if !strings.HasPrefix(p.ID, id) {
			continue
		}
		if found != nil {
			return nil, &Refusal{Reason: ErrNotFound, Detail: id + " is the beginning of several ids", Hint: "write more of it"}
		}
		found = &all[i]
	}
	return found, err
}

// Retract marks a release. Nothing is refunded, and its identity stays taken:
// only a restatement draws new numbers. The reason is one line. Of several
// retractions the first holds.
func (l *Ledger) Retract(ctx context.Context, id, reason string) error {
	if err := oneLine(reason); err != nil {
		return err
	}
	return l.update(ctx, func(tx Tx, now time.Time) error {
		p, err := byID(tx, id)
		switch {
		case err != nil:
			return err
		case p == nil:
			return ErrNotFound
		case p.Retracted != "":
			return nil
		}
		failpoint.At("retract.mark")
		return tx.Append(Record{Entry: Entry{Type: typeRetract, At: now, Account: p.Account, Plan: p.Plan, Date: p.Date,
			Release: p.ID, Reason: reason}})
	})
}

// An Exists says that the release is there already; Posted has its bytes.
type Exists struct{ Posted *Posted }

// Error names the plan and the date.
func (e *Exists) Error() string {
	return "released already: " + e.Posted.Plan + "@" + e.Posted.Date
}
