// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"

	"golang.org/x/mod/sumdb/note"
)

// Audit calls f with the releases that keep wants, oldest first and with their
// bytes, and with what is wrong with one by its own entries: its identity, price
// and time, the digests of its bytes and its plan, the signature of its
// checkpoint and the entry that it names. It believes the entries: Verify judges
// those, and all that leads up to them.
func (l *Ledger) Audit(ctx context.Context, keep func(*Posted) bool, f func(p *Posted, wrong error) error) error {
	return l.store.View(ctx, func(tx Tx) error {
		m, err := tx.Meta()
		if err != nil {
			return err
		}
		s, err := l.signer(m.ID)
		if err != nil {
			return err
		}
		all, err := tx.Releases("", "")
		if err != nil {
			return err
		}
		kept := map[string]*posting{}
		for i := range all {
			if keep(&all[i]) {
				kept[all[i].ID] = nil
			}
		}
		if err := postings(tx, kept); err != nil {
			return err
		}
		for i := range all {
			p := &all[i]
			post, ok := kept[p.ID]
			if !ok {
				continue
			}
			if p.Bytes, err = tx.Bytes(p.ID); err != nil {
				return err
			}
			if p.Checkpoint != "" {
				p.Verifier = s.line
			}
			if err := f(p, post.audit(p, s)); err != nil {
				return err
			}
		}
		return nil
	})
}

// postings finds the entries of releases.
func postings(tx Tx, of map[string]*posting) error {
	return tx.Records("", func(r Record) error {
		switch r.Type {
		case typePost:
			if _, ok := of[r.Release]; ok {
				of[r.Release] = postingOf(&r)
			}
		case typeSupersede:
			if p := of[r.Reason]; p != nil {
				p.supersedes, p.entry = r.Release, r.Hash
			}
		}
		return nil
	})
}

func (p *posting) audit(r *Posted, s *signer) error {
	if p == nil {
		return damaged("release %s: no entry posts it", printable(r.ID))
	}
	if err := p.is(r); err != nil || r.Checkpoint == "" { // of before there were any
		return err
	}
	c, err := s.read([]byte(r.Checkpoint))
	switch {
	case err != nil:
		return p.damaged("%v", errSignature)
	case c.entry != p.entry:
		return p.damaged("%v", errCheckpoint)
	}
	return nil
}

// CheckpointSigned makes sure that a checkpoint was signed by the key of a
// verifier line. Whether the line is that of the ledger that one means is for the
// caller to know.
func CheckpointSigned(signed, verifier string) error {
	v, err := note.NewVerifier(verifier)
	if err != nil {
		return invalid("not the line of a key: %v", err)
	}
	if _, err := note.Open([]byte(signed), note.VerifierList(v)); err != nil {
		return &Refusal{Reason: ErrForged, Detail: "its checkpoint was not signed by " + v.Name()}
	}
	return nil
}
