// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"time"
)

// A Status is what is left of an account at some time. Held budget counts as
// used.
type Status struct {
	Account  Account
	From, To time.Time // the period that holds the time
	Spent    Cost      // in this period, posted
	Held     Cost      // in this period, reserved and not resolved
	Cap      Cost      // of one period
	Epsilon  float64   // spent and held in this period, at Delta of the account's Gaussian line, plus the pure line
	Lifetime Total     // everything ever posted on the account, of a part: on the whole; it is the people's
	Builds   int       // posts of this period
}

// A Total is a guarantee in words: (Epsilon, Delta) over Builds releases.
// Epsilon is told at the δ of one period, so that one number is compared over
// the years, and with the account's ceiling.
type Total struct {
	Epsilon, Delta float64
	Builds         int
}

// Status returns what is left of an account at time at. A time before the
// account was opened stands for its first period.
func (l *Ledger) Status(ctx context.Context, account string, at time.Time) (*Status, error) {
	t, all, b, err := l.look(ctx, account, at)
	if err != nil {
		return nil, err
	}
	s := &Status{Account: t.Account, Spent: b.Spent, Held: b.Held, Cap: b.Cap, Builds: b.Builds}
	s.From, s.To = t.bounds(b.Period)
	used := b.Spent.plus(b.Held)
	s.Epsilon = epsilonOf(used.MuSquared, gaussianDelta(t.Lines)) + float64(used.Epsilon)/pico
	s.Lifetime = t.root().lifetime(all, Cost{}, false)
	return s, nil
}

// Left returns how many releases of this cost still fit at a time.
func (l *Ledger) Left(ctx context.Context, account string, c Cost, when time.Time) (int, error) {
	if err := c.valid(); err != nil {
		return 0, invalid("%v", err)
	}
	r, err := l.Room(ctx, account, when)
	if err != nil {
		return 0, err
	}
	return r.Builds(c), nil
}

// LifetimeAfter returns the lifetime total of the account's people once c has
// been charged.
func (l *Ledger) LifetimeAfter(ctx context.Context, account string, c Cost) (Total, error) {
	t, all, _, err := l.look(ctx, account, l.now())
	if err != nil {
		return Total{}, err
	}
	total := t.root().lifetime(all, c, false)
	if c != (Cost{}) {
		total.Builds++
	}
	return total, nil
}

// look reads an account, all balances of its whole, and its own one of the
// period that holds a time.
func (l *Ledger) look(ctx context.Context, account string, when time.Time) (t terms, all []Balance, b Balance, err error) {
	err = l.store.View(ctx, func(tx Tx) error {
		if t, err = find(tx, account); err != nil {
			return err
		}
		own, err := tx.Balances(account)
		if err != nil {
			return err
		}
		b, all = at(own, &t, max(t.period(when), 0)), own
		if t.whole != nil {
			all, err = tx.Balances(t.whole.Name)
		}
		return err
	})
	return t, all, b, err
}

// An Entry is one line of an account's history. Of a reserve, Cost is what was
// added to what is held; of a post, what was charged; of a void or expire, what
// was given back; of an open, the caps of a period; of a grant, what was added
// to one. Of a supersede, Release is the old one and Reason the id of the new.
type Entry struct {
	Seq     int64     `json:"seq"`
	Type    string    `json:"type"` // open, reserve, keep (a try failed, its budget stays held), post, void, expire (a void by the ledger), retract, supersede, grant, key, approve, accept, upgrade
	At      time.Time `json:"at"`
	Account string    `json:"account"`
	Plan    string    `json:"plan,omitempty"`
	Date    string    `json:"date,omitempty"`
	Release string    `json:"release,omitempty"` // id, once posted
	Cost    Cost      `json:"cost"`
	Reason  string    `json:"reason,omitempty"`
	Actor   string    `json:"actor,omitempty"` // whose keys signed it, by name, with commas between
}

// History returns the entries of an account, of a whole with those of its parts,
// oldest first; of all accounts if account is empty.
func (l *Ledger) History(ctx context.Context, account string) ([]Entry, error) {
	var all []Entry
	err := l.store.View(ctx, func(tx Tx) error {
		if account != "" {
			if _, err := find(tx, account); err != nil {
				return err
			}
		}
		only := account
		if parentOf(account) == "" {
			only = "" // parts' entries stand between those of the whole
		}
		return tx.Records(only, func(r Record) error {
			if account == "" || r.Account == account || parentOf(r.Account) == account {
				all = append(all, r.Entry)
			}
			return nil
		})
	})
	return all, err
}
