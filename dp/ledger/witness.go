// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// A Witness keeps the newest checkpoint of a ledger in another place, so that an
// older copy of the ledger, and one of two that went on apart, are told from it.
type Witness interface {
	// Read returns the signed note, or ErrNotFound if there never was one.
	Read() ([]byte, error)
	// Update holds off other writers, hands f the note that is there (nil: none),
	// and durably puts what f returns in its place in one step; nil changes
	// nothing.
	Update(ctx context.Context, f func(kept []byte) ([]byte, error)) error
	// String says where it is.
	String() string
}

// Watch compares the ledger with a witness before every reservation and post. It
// gives the witness a new checkpoint after every post, and on Close where other
// entries were added or the witness was found behind. A post stands also if the
// witness cannot be written: warn, which may be nil, is told then.
func (l *Ledger) Watch(w Witness, warn func(error)) { l.witness, l.warn = w, warn }

// Witnessed compares the ledger with its witness: ErrUnwitnessed if the witness
// saw a newer one, or another history. Without a witness it is content, and so it
// is with a ledger that has moved: that one takes nothing any more, and the
// witness follows the new one.
func (l *Ledger) Witnessed(ctx context.Context) error {
	seen, err := l.seen()
	if err != nil {
		return err
	}
	return l.store.View(ctx, func(tx Tx) error {
		m, err := tx.Meta()
		if err != nil || m.MovedTo != "" {
			return err
		}
		return l.agrees(tx, seen)
	})
}

// Attest gives the witness a checkpoint of the ledger as it is now, also if it
// has none yet, and returns it. A witness that saw a newer ledger, or another
// history, is left as it is: it never goes back.
func (l *Ledger) Attest(ctx context.Context) (signed string, err error) {
	// The state is read while other writers of the witness are held off, so what
	// one of them has written is never newer. No transaction waits for the disk of
	// the witness.
	err = l.witness.Update(ctx, func(kept []byte) ([]byte, error) {
		if err := l.store.View(ctx, func(tx Tx) error {
			if err := l.agrees(tx, kept); err != nil {
				return err
			}
			signed, err = l.signedNow(tx)
			return err
		}); err != nil || signed == string(kept) {
			return nil, err
		}
		return []byte(signed), nil
	})
	return signed, err
}

// attest is Attest after something that stands whatever becomes of it.
func (l *Ledger) attest(ctx context.Context) {
	if l.witness == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	_, err := l.Attest(ctx)
	l.grown.Store(err != nil)
	if err != nil && l.warn != nil {
		l.warn(fmt.Errorf("the witness copy %s was not written, and is behind the ledger: %w", l.witness, err))
	}
}

// seen reads what the witness saw last; nil if nobody watches. It comes before
// the transaction that compares it: what is posted in between makes the ledger
// newer, never the witness.
func (l *Ledger) seen() ([]byte, error) {
	if l.witness == nil {
		return nil, nil
	}
	signed, err := l.witness.Read()
	if errors.Is(err, ErrNotFound) {
		err = &Refusal{Reason: ErrUnwitnessed, Detail: l.witness.String() + ": there is no checkpoint",
			Hint: "restore the file; only where this is known to be the newest copy of the ledger, its owner writes a first one: throng ledger checkpoint --witness FILE"}
	}
	return signed, err
}

// agrees refuses a ledger that is not the one that was seen, grown since. It
// looks at the records where that one's newest leaf can be: so many as tries
// have ever failed, and one.
func (l *Ledger) agrees(tx Tx, signed []byte) error {
	if signed == nil {
		return nil
	}
	m, err := tx.Meta()
	if err != nil {
		return err
	}
	s, err := l.signer(m.ID)
	if err != nil {
		return err
	}
	c, err := s.read(signed)
	if err != nil {
		return &Refusal{Reason: ErrUnwitnessed, Detail: fmt.Sprintf("%s: %v", l.witness, err),
			Hint: "name the witness copy of this ledger, or restore it from where it is kept"}
	}
	if m.Leaves < c.leaves {
		return &Refusal{Reason: ErrUnwitnessed, Detail: fmt.Sprintf("it has %d leaves, and %s saw %d: this is an older copy", m.Leaves, l.witness, c.leaves),
			Hint: "find the newest copy and use that: an older one has forgotten charges, and would answer again what was answered"}
	}
	holds, err := m.holds(tx, &c)
	if err != nil {
		return err
	}
	if holds {
		if m.Leaves > c.leaves { // a run was stopped between its post and the witness
			l.grown.Store(true)
		}
		return nil
	}
	return &Refusal{Reason: ErrUnwitnessed, Detail: fmt.Sprintf("its first %d leaves are not those that %s saw: it was edited, or two copies went on apart", c.leaves, l.witness),
		Hint: "find the copy that the witness saw: it holds what was charged last; throng ledger verify on each copy says which it is"}
}

// holds reports whether a ledger once was as a checkpoint says. Its newest leaf
// then is an entry of that hash, which speaks for all entries before it.
func (m *Meta) holds(tx Tx, c *checkpoint) (found bool, err error) {
	if c.leaves == 0 {
		return c.root == (&Meta{}).Root(), nil
	}
	if m.Leaves == c.leaves && m.Root() != c.root {
		return false, nil
	}
	enough := errors.New("found")
	err = tx.Between(c.leaves, c.leaves+m.Size-m.Leaves, func(r Record) error {
		if r.Hash != c.entry {
			return nil
		}
		found = r.leaf() && r.digest() == r.Hash
		return enough
	})
	if errors.Is(err, enough) {
		err = nil
	}
	return found, err
}
