// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"fmt"
)

// DescriptorFile is the name of a descriptor beside data.
const DescriptorFile = "throng.lineage"

// A descriptor lies beside data and says whose they are and which ledger they
// are counted with, so that neither a plan nor its author chooses: a build whose
// account is of another lineage or ledger is refused, and a copy that takes the
// descriptor along draws on the same account.
var descriptorFields = []string{"ledger", "key", "lineage"}

// Describe returns a descriptor of the data of an account's lineage, signed by
// an owner, or two approvers; by the ledger's own key as long as there are
// neither.
func (l *Ledger) Describe(ctx context.Context, account string, signers ...Signer) (note []byte, err error) {
	err = l.store.View(ctx, func(tx Tx) error {
		t, err := find(tx, account)
		if err != nil {
			return err
		}
		k, err := l.ring(tx)
		if err != nil {
			return err
		}
		note, err = l.sign(k, newPage("lineage", "ledger", k.ledger, "key", k.own.line, "lineage", t.Lineage).text(), signers)
		if err != nil {
			return err
		}
		_, who, err := k.open(note)
		if err != nil {
			return err
		}
		return k.decides(who)
	})
	return note, err
}

// Described refuses data whose descriptor names another lineage than the
// account's, or another ledger: ErrLineage. A descriptor that is not signed by
// those who decide on this ledger is ErrUnsigned, a forged one ErrForged.
func (l *Ledger) Described(ctx context.Context, account string, note []byte) error {
	text, _, err := ReadNote(note)
	if err != nil {
		return err
	}
	f, err := readPage(text, "lineage", descriptorFields...)
	if err != nil {
		return invalid("%v", err)
	}
	return l.store.View(ctx, func(tx Tx) error {
		t, err := find(tx, account)
		if err != nil {
			return err
		}
		k, err := l.ring(tx)
		if err != nil {
			return err
		}
		if f["ledger"] != k.ledger || f["key"] != k.own.line {
			return &Refusal{Reason: ErrLineage, Detail: "they are counted with another ledger, throng/" + f["ledger"],
				Hint: "name that ledger: --ledger URL or $THRONG_LEDGER"}
		}
		_, who, err := k.open(note)
		if err != nil {
			return err
		}
		if err := k.decides(who); err != nil {
			return err
		}
		if f["lineage"] != t.Lineage {
			return &Refusal{Reason: ErrLineage, Detail: fmt.Sprintf("they are of lineage %s, account %s is for %s", f["lineage"], t.Name, t.Lineage),
				Hint: "name the account of that lineage in the plan: `throng ledger status` shows them"}
		}
		return nil
	})
}
