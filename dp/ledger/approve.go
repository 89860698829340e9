// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"
)

// An Approval is what somebody signs of a plan: what is counted, by the digest
// that decides a release, and what one build may be charged for it, on one
// account.
type Approval struct {
	Account string
	Plan    string // its name
	Digest  [32]byte
	Price   Cost
}

var approvalFields = []string{"ledger", "account", "plan", "digest", "mu2_pico", "pure_epsilon_pico", "pure_delta_atto", "sampler_delta_atto"}

func (a *Approval) page(ledger string) *page {
	c := a.Price
	return newPage("approve", "ledger", ledger, "account", a.Account, "plan", a.Plan, "digest", hex.EncodeToString(a.Digest[:]),
		"mu2_pico", strconv.FormatInt(c.MuSquared, 10), "pure_epsilon_pico", strconv.FormatInt(c.Epsilon, 10),
		"pure_delta_atto", strconv.FormatInt(c.Delta, 10), "sampler_delta_atto", strconv.FormatInt(c.Tail, 10))
}

// Approve signs a plan with one key, an approver's or an author's, and returns
// the role. Where a policy says `approval: required`, approvers' signatures
// count, until their key is revoked; an author's says who wrote the plan, and
// never counts. A key has one role for good, so no author approves alone.
func (l *Ledger) Approve(ctx context.Context, a Approval, signer Signer) (role string, err error) {
	if err := a.Price.valid(); err != nil {
		return "", invalid("%v", err)
	}
	err = l.update(ctx, func(tx Tx, now time.Time) error {
		if _, err := find(tx, a.Account); err != nil {
			return err
		}
		k, err := l.ring(tx)
		if err != nil {
			return err
		}
		signed, err := AddSignatures([]byte(a.page(k.ledger).text()), signer)
		if err != nil {
			return err
		}
		r := Record{Entry: Entry{Type: typeApprove, At: now, Account: a.Account, Plan: a.Plan, Cost: a.Price, Actor: signer.Name()}, Text: signed}
		key, err := k.approval(&r)
		if err != nil {
			return err
		}
		role, r.Reason = key.Role, key.Role
		return tx.Append(r)
	})
	return role, err
}

// approval reads an entry of an approval, and who gave it.
func (k *keyring) approval(r *Record) (*Key, error) {
	text, who, err := k.open(r.Text)
	if err != nil {
		return nil, err
	}
	if len(who) != 1 || who[0].Role != Approver && who[0].Role != Author {
		return nil, &Refusal{Reason: ErrUnsigned, Detail: names(who) + " is neither an approver nor an author", Hint: k.whom(Approver)}
	}
	f, err := readPage(text, "approve", approvalFields...)
	if err != nil {
		return nil, invalid("%v", err)
	}
	a := Approval{Account: r.Account, Plan: r.Plan, Price: r.Cost}
	if digest, err := hex.DecodeString(f["digest"]); err == nil {
		copy(a.Digest[:], digest)
	}
	if a.page(k.ledger).text() != text || r.Actor != who[0].Name {
		return nil, k.elsewhere()
	}
	return who[0], nil
}

// Approved refuses, where the account's policy asks for approval, a plan that no
// approver has signed for this account at this price or a higher one. It names
// whom to ask.
func (l *Ledger) Approved(ctx context.Context, account, plan string, digest [32]byte, price Cost) error {
	return l.store.View(ctx, func(tx Tx) error {
		t, err := find(tx, account)
		if err != nil {
			return err
		}
		k, err := l.ring(tx)
		if err != nil {
			return err
		}
		return k.approved(tx, &t, plan, digest, price)
	})
}

func (k *keyring) approved(tx Tx, t *terms, plan string, digest [32]byte, price Cost) error {
	if t.Policy.Approval != "required" {
		return nil
	}
	why := "approval: required, and no approver has signed what this plan counts"
	found := false
	err := tx.Signed(typeApprove, func(r Record) error {
		if found || r.Account != t.Name || r.Plan != plan {
			return nil
		}
		key := k.find(r.Actor)
		if key == nil || key.Role != Approver || r.Reason != Approver {
			return nil
		}
		a := Approval{Account: r.Account, Plan: plan, Digest: digest, Price: r.Cost}
		if !k.signed(&r, &a) {
			return nil
		}
		switch {
		case key.Revoked != nil:
			why = fmt.Sprintf("approval: required, and the key of %s, who signed, is revoked", key.Name)
		case !price.within(r.Cost):
			why = fmt.Sprintf("approval: required, and %s signed a lower price", key.Name)
		default:
			found = true
		}
		return nil
	})
	if err != nil || found {
		return err
	}
	return &Refusal{Reason: ErrPolicy, Detail: why, Hint: k.whom(Approver) + ", to read the plan and sign it: throng approve --key FILE PLAN"}
}

// signed reports whether the entry is a valid signature under just this
// approval, by a key that may have been revoked since.
func (k *keyring) signed(r *Record, a *Approval) bool {
	text, err := k.openAny(r.Text, r.Actor)
	return err == nil && text == a.page(k.ledger).text()
}
