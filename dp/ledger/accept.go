// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"errors"
	"time"
)

// An Acceptance says that a source of people's choices is rightly smaller than
// the policy allows: the builds of one plan and day may take it as it is, until
// one of them has released. Two approvers sign it.
type Acceptance struct {
	Account, Plan, Date string
	Reason              string // one line
}

var acceptFields = []string{"ledger", "accept", "account", "plan", "date", "stands", "reason"}

// none stands for no release.
const none = "none"

// NewAcceptance returns the text of an acceptance for two approvers to sign. It
// holds for the release that stands now, or for none: once another was made of
// that day, it is worth nothing.
func (l *Ledger) NewAcceptance(ctx context.Context, a Acceptance) (text []byte, err error) {
	switch {
	case !name.MatchString(a.Plan):
		return nil, invalid("no plan has this name")
	case !isDate(a.Date):
		return nil, invalid("a date is written 2006-01-02")
	}
	if err := oneLine(a.Reason); err != nil {
		return nil, err
	}
	err = l.store.View(ctx, func(tx Tx) error {
		m, err := tx.Meta()
		if err != nil {
			return err
		}
		if _, err := find(tx, a.Account); err != nil {
			return err
		}
		stands, err := standingID(tx, &a)
		text = []byte(newPage("accept", "ledger", m.ID, "accept", random(), "account", a.Account, "plan", a.Plan, "date", a.Date,
			"stands", stands, "reason", a.Reason).text())
		return err
	})
	return text, err
}

func standingID(tx Tx, a *Acceptance) (string, error) {
	p, err := standing(tx, a.Account, a.Plan, a.Date)
	if err != nil || p == nil {
		return none, err
	}
	return p.ID, nil
}

// AcceptedBy returns what an acceptance says, and the approvers who signed it;
// errors are as those of SignedBy.
func (l *Ledger) AcceptedBy(ctx context.Context, signed []byte) (said *Acceptance, who []string, err error) {
	err = l.store.View(ctx, func(tx Tx) error {
		a, d, err := l.readAcceptance(tx, signed)
		if err != nil {
			return err
		}
		said = a
		for _, key := range d.who {
			who = append(who, key.Name)
		}
		return nil
	})
	return said, who, err
}

// Accept records an acceptance that two different approvers have signed.
func (l *Ledger) Accept(ctx context.Context, signed []byte) error {
	return l.update(ctx, func(tx Tx, now time.Time) error {
		a, d, err := l.readAcceptance(tx, signed)
		if err != nil {
			return err
		}
		if err := d.complete(); err != nil {
			return err
		}
		return tx.Append(Record{Entry: Entry{Type: typeAccept, At: now, Account: a.Account, Plan: a.Plan, Date: a.Date, Reason: a.Reason, Actor: names(d.who)}, Text: signed})
	})
}

func (l *Ledger) readAcceptance(tx Tx, signed []byte) (*Acceptance, *deed, error) {
	k, err := l.ring(tx)
	if err != nil {
		return nil, nil, err
	}
	a, d, err := k.openAcceptance(signed)
	if err != nil {
		return nil, nil, err
	}
	if _, err := find(tx, a.Account); err != nil {
		return nil, nil, err
	}
	stands, err := standingID(tx, a)
	if err == nil && stands != d.fields["stands"] {
		err = &Refusal{Reason: ErrUnsigned, Detail: "a release of that day was made since it was written", Hint: "write and sign a new one"}
	}
	if err == nil {
		err = d.unused(tx, typeAccept)
	}
	return a, d, err
}

func (k *keyring) openAcceptance(signed []byte) (*Acceptance, *deed, error) {
	d, err := k.openDeed(signed, "accept", acceptFields)
	if err != nil {
		return nil, nil, err
	}
	f := d.fields
	return &Acceptance{Account: f["account"], Plan: f["plan"], Date: f["date"], Reason: f["reason"]}, d, nil
}

// Accepted refuses with ErrUnsigned unless two approvers, whose keys are still in
// use, have accepted the source of choices as it is for the next release of a
// plan and day.
func (l *Ledger) Accepted(ctx context.Context, account, plan, date string) error {
	return l.store.View(ctx, func(tx Tx) error {
		k, err := l.ring(tx)
		if err != nil {
			return err
		}
		stands, err := standingID(tx, &Acceptance{Account: account, Plan: plan, Date: date})
		if err != nil {
			return err
		}
		found := false
		err = tx.Signed(typeAccept, func(r Record) error {
			if found || r.Account != account || r.Plan != plan || r.Date != date {
				return nil
			}
			a, d, err := k.openAcceptance(r.Text)
			var no *Refusal
			if errors.As(err, &no) { // a key that was revoked since
				return nil
			}
			found = err == nil && d.complete() == nil && a.Account == account && a.Plan == plan && a.Date == date && d.fields["stands"] == stands
			return err
		})
		if err != nil || found {
			return err
		}
		return &Refusal{Reason: ErrUnsigned, Detail: "no two approvers have accepted the source of choices of " + plan + "@" + date + " as it is", Hint: k.whom(Approver)}
	})
}

// Whom names the people whose keys have a role, or says that there are none, for
// a message about who must act.
func (l *Ledger) Whom(ctx context.Context, role string) (who string, err error) {
	err = l.store.View(ctx, func(tx Tx) error {
		k, err := l.ring(tx)
		if err == nil {
			who = k.whom(role)
		}
		return err
	})
	return who, err
}
