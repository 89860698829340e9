// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// OpenAccount opens an account at this moment; a.Opened is not looked at. The
// lineage is the policy's if a names none, and the account's own name if there
// is no policy either. A second account for a lineage is refused with ErrTaken,
// and so is a second one of the name; terms that no account can have are
// ErrInvalid.
//
// An account named whole/part is a part of one that exists, with lines of its
// own that are no larger; all else of it is the whole's.
//
// Once the ledger knows an owner's key, or two approvers', an account is opened
// with the signature of the one or the two: ErrUnsigned.
func (l *Ledger) OpenAccount(ctx context.Context, a Account, signers ...Signer) error {
	if err := a.named(); err != nil {
		return err
	}
	return l.update(ctx, func(tx Tx, now time.Time) error {
		a := a // a store may run this again
		a.Opened = now
		if err := free(tx, a); err != nil {
			return err
		}
		if a.Parent() != "" {
			whole, err := find(tx, a.Parent())
			if err != nil {
				return err
			}
			if err := a.divide(&whole, whole.caps); err != nil {
				return err
			}
		}
		t, err := newTerms(a)
		if err != nil {
			return invalid("account %q: %v", a.Name, err)
		}
		row, err := t.row()
		if err != nil {
			return err
		}
		if err := tx.AddAccount(row); err != nil {
			return err
		}
		text, actor, err := l.signTerms(tx, row.Terms, signers)
		if err != nil {
			return err
		}
		return tx.Append(Record{Entry: Entry{Type: typeOpen, At: now, Account: a.Name, Cost: t.caps, Actor: actor}, Text: text})
	})
}

// signTerms returns the text of an opening entry, and who signed it: the terms
// themselves as long as nobody need sign.
func (l *Ledger) signTerms(tx Tx, terms []byte, signers []Signer) (text []byte, actor string, err error) {
	k, err := l.ring(tx)
	if err != nil || !k.closed() && len(signers) == 0 {
		return terms, "", err
	}
	m, err := tx.Meta()
	if err != nil {
		return nil, "", err
	}
	text, err = l.sign(k, newPage("open", "ledger", m.ID, "entry", strconv.FormatInt(m.Size+1, 10), "terms", string(terms)).text(), signers)
	if err != nil {
		return nil, "", err
	}
	_, actor, err = k.openTerms(text, m.Size+1)
	return text, actor, err
}

// openTerms reads the terms that were signed for an entry by those who decide,
// and tells who they are.
func (k *keyring) openTerms(text []byte, seq int64) (terms, actor string, err error) {
	page, who, err := k.open(text)
	if err != nil {
		return "", "", err
	}
	if err := k.decides(who); err != nil {
		return "", "", err
	}
	f, err := readPage(page, "open", "ledger", "entry", "terms")
	if err != nil {
		return "", "", invalid("%v", err)
	}
	if f["ledger"] != k.ledger || f["entry"] != strconv.FormatInt(seq, 10) {
		return "", "", k.elsewhere()
	}
	return f["terms"], names(who), nil
}

// named refuses names that no account has, and gives an account that is no part
// of another the lineage that it is for.
func (a *Account) named() error {
	if !accountName.MatchString(a.Name) {
		return invalid("account %q: %s", a.Name, nameHint)
	}
	if a.Parent() != "" {
		return nil
	}
	if a.Lineage == "" {
		a.Lineage = a.Policy.Lineage
	}
	if a.Lineage == "" {
		a.Lineage = a.Name
	}
	if a.Policy.Lineage != "" && a.Policy.Lineage != a.Lineage {
		return invalid("the policy is for lineage %q, the account for %q", a.Policy.Lineage, a.Lineage)
	}
	return nil
}

// free refuses a second account of a name or lineage.
func free(tx Tx, a Account) error {
	rows, err := tx.Accounts()
	if err != nil {
		return err
	}
	for _, r := range rows {
		switch {
		case r.Name == a.Name:
			return &Refusal{Reason: ErrTaken, Detail: "account " + r.Name,
				Hint: "an account's terms are for good; use it, or open one of another name for another lineage"}
		case r.Lineage == a.Lineage && r.Parent == "" && a.Parent() == "":
			return &Refusal{Reason: ErrTaken, Detail: fmt.Sprintf("lineage %s is account %s's", r.Lineage, r.Name),
				Hint: "one lineage has one budget, over all plans, purposes and recipients: use account " + r.Name + ", or open a part of it: " + r.Name + "/NAME"}
		}
	}
	return nil
}

// Account returns an account, or ErrNoAccount with the names that exist as a
// hint.
func (l *Ledger) Account(ctx context.Context, name string) (*Account, error) {
	t, err := l.terms(ctx, name)
	if err != nil {
		return nil, err
	}
	return &t.Account, nil
}

// Accounts returns all accounts by name.
func (l *Ledger) Accounts(ctx context.Context) ([]Account, error) {
	var all []Account
	err := l.store.View(ctx, func(tx Tx) error {
		rows, err := tx.Accounts()
		for _, r := range rows {
			t, err := termsOf(r)
			if err != nil {
				return err
			}
			all = append(all, t.Account)
		}
		return err
	})
	return all, err
}

func (l *Ledger) terms(ctx context.Context, name string) (t terms, err error) {
	err = l.store.View(ctx, func(tx Tx) error {
		t, err = find(tx, name)
		return err
	})
	return t, err
}

// linked reads the terms of an account, and those of the whole that it is a part
// of.
func linked(rows []AccountRow, r AccountRow) (terms, error) {
	t, err := termsOf(r)
	if err != nil || r.Parent == "" {
		return t, err
	}
	for _, w := range rows {
		if w.Name == r.Parent {
			whole, err := termsOf(w)
			t.whole = &whole
			return t, err
		}
	}
	return t, damaged("account %s: there is no account %s", r.Name, r.Parent)
}

// find returns the terms of an account.
func find(tx Tx, name string) (terms, error) {
	rows, err := tx.Accounts()
	if err != nil {
		return terms{}, err
	}
	var names []string
	for _, r := range rows {
		if r.Name == name {
			return linked(rows, r)
		}
		names = append(names, r.Name)
	}
	hint := "this ledger has no account yet: ask its owner to open one"
	if len(names) > 0 {
		hint = "this ledger has " + strings.Join(names, ", ")
	}
	return terms{}, &Refusal{Reason: ErrNoAccount, Detail: name, Hint: hint}
}
