// SPDX-License-Identifier: Apache-2.0

package ledger

import "context"

// An About is what a ledger says of itself.
type About struct {
	ID       string // random, for good; signed notes name it
	Entries  int64
	Verifier string // line of the ledger's own public key
	Keys     []Key  // of people, in the order in which they came
}

// About tells which ledger this is and whose signatures count on it.
func (l *Ledger) About(ctx context.Context) (a About, err error) {
	err = l.store.View(ctx, func(tx Tx) error {
		m, err := tx.Meta()
		if err != nil {
			return err
		}
		k, err := l.ring(tx)
		if err != nil {
			return err
		}
		a = About{ID: m.ID, Entries: m.Size, Verifier: k.own.line}
		for _, key := range k.keys {
			a.Keys = append(a.Keys, *key)
		}
		return nil
	})
	return a, err
}
