// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// A checkpoint is a signed note of the form that C2SP calls tlog-checkpoint: the
// log's name, the size of the tree of RFC 6962, its root, and one extension
// line, the hash of the tree's newest entry. That hash speaks for every entry
// before it, and finds in one look whether another ledger holds the same
// history; the root does the same for whoever keeps the tree.
//
// Neither says how often builds failed: see Record.leaf.
type checkpoint struct {
	leaves int64
	root   [32]byte
	entry  [32]byte // Hash of leaf number leaves; zero if there is none
}

// text is what is signed.
func (c *checkpoint) text(id string) string {
	return fmt.Sprintf("%s\n%d\n%s\n%s\n", logName(id), c.leaves, base64.StdEncoding.EncodeToString(c.root[:]),
		base64.StdEncoding.EncodeToString(c.entry[:]))
}

// logName is the origin of a ledger's checkpoints, and the name of their key.
func logName(id string) string { return "throng/" + id }

// checkpoint returns that of a ledger whose newest leaf has the hash entry.
func (m *Meta) checkpoint(entry [32]byte) checkpoint {
	return checkpoint{m.Leaves, m.Root(), entry}
}

// newest returns the checkpoint of the ledger as a transaction sees it. Behind
// the newest leaf stand only records of tries that failed.
func newest(tx Tx) (c checkpoint, id string, err error) {
	m, err := tx.Meta()
	if err != nil || m.Leaves == 0 {
		return m.checkpoint([32]byte{}), m.ID, err
	}
	for back := int64(0); ; back = 2*back + 1 {
		var leaf *Record
		err := tx.Between(max(1, m.Size-back), m.Size, func(r Record) error {
			if r.leaf() {
				leaf = &r
			}
			return nil
		})
		switch {
		case err != nil:
			return checkpoint{}, m.ID, err
		case leaf != nil:
			return m.checkpoint(leaf.Hash), m.ID, nil
		case back >= m.Size:
			return checkpoint{}, m.ID, damaged("the tree has leaves, and no entry is one")
		}
	}
}

// A signer signs the checkpoints of one ledger.
type signer struct {
	ownKey
	id string
}

// signer returns the signer of the ledger's id. A move changes the id of the
// ledger that is opened, so it is not kept.
func (l *Ledger) signer(id string) (*signer, error) {
	own, err := l.ownKey(id)
	return &signer{own, id}, err
}

// sign returns a checkpoint as a note. Ed25519 is deterministic: the same state
// has the same note.
func (s *signer) sign(c checkpoint) (string, error) {
	signed, err := note.Sign(&note.Note{Text: c.text(s.id)}, s)
	return string(signed), err
}

// read opens a checkpoint that this ledger has signed. Signatures of others,
// such as of a witness that cosigns, may stand beside its own.
func (s *signer) read(signed []byte) (c checkpoint, err error) {
	n, err := note.Open(signed, note.VerifierList(s.verifier))
	if err != nil {
		return checkpoint{}, errors.New("not a checkpoint that this ledger signed")
	}
	lines := strings.Split(n.Text, "\n")
	if len(lines) != 5 || lines[0] != logName(s.id) {
		return checkpoint{}, errors.New("a checkpoint of another form")
	}
	c.leaves, err = strconv.ParseInt(lines[1], 10, 64)
	if err != nil || !unpack(&c.root, lines[2]) || !unpack(&c.entry, lines[3]) || n.Text != c.text(s.id) {
		return checkpoint{}, errors.New("a checkpoint of another form")
	}
	return c, nil
}

func unpack(to *[32]byte, text string) bool {
	b, err := base64.StdEncoding.DecodeString(text)
	return err == nil && copy(to[:], b) == len(to) && len(b) == len(to)
}

// CheckpointKey returns the line by which others verify the ledger's checkpoints:
// the log's name, a hash, and the public key. It is no secret.
func (l *Ledger) CheckpointKey(ctx context.Context) (line string, err error) {
	err = l.store.View(ctx, func(tx Tx) error {
		line, err = l.checkpointKey(tx)
		return err
	})
	return line, err
}

func (l *Ledger) checkpointKey(tx Tx) (string, error) {
	m, err := tx.Meta()
	if err != nil {
		return "", err
	}
	s, err := l.signer(m.ID)
	if err != nil {
		return "", err
	}
	return s.line, nil
}

// Checkpoint returns the signed checkpoint of the ledger as it is now.
func (l *Ledger) Checkpoint(ctx context.Context) (signed string, err error) {
	err = l.store.View(ctx, func(tx Tx) error {
		signed, err = l.signedNow(tx)
		return err
	})
	return signed, err
}

func (l *Ledger) signedNow(tx Tx) (string, error) {
	c, id, err := newest(tx)
	if err != nil {
		return "", err
	}
	s, err := l.signer(id)
	if err != nil {
		return "", err
	}
	return s.sign(c)
}

// certify signs the ledger as the post of p leaves it, whose record is the
// newest: what others keep of p tells which history it stands in.
func (l *Ledger) certify(tx Tx, p *Posted) error {
	m, err := tx.Meta()
	if err != nil {
		return err
	}
	s, err := l.signer(m.ID)
	if err != nil {
		return err
	}
	p.Checkpoint, err = s.sign(m.checkpoint(m.Head))
	p.Verifier = s.line
	return err
}

// verifiable adds to a release the key by which its checkpoint is verified.
func (l *Ledger) verifiable(tx Tx, p *Posted) (err error) {
	if p.Checkpoint != "" {
		p.Verifier, err = l.checkpointKey(tx)
	}
	return err
}
