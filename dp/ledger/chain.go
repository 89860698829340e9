// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"math/bits"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// The types of entries.
const (
	typeOpen      = "open"
	typeReserve   = "reserve"
	typeKeep      = "keep"
	typePost      = "post"
	typeVoid      = "void"
	typeExpire    = "expire"
	typeRetract   = "retract"
	typeSupersede = "supersede"
	typeGrant     = "grant"
	typeKey       = "key"
	typeApprove   = "approve"
	typeAccept    = "accept"
	typeUpgrade   = "upgrade"
)

// again is the reason of a reserve that takes over what an earlier try held.
const again = "serves the next try"

// Link makes a record the next one of the chain and of the tree: it gives it
// its number, the hash of the record before it, and its own.
func (m *Meta) Link(r *Record) {
	r.Seq, r.Prev = m.Size+1, m.Head
	r.Hash = r.digest()
	m.Size, m.Head = r.Seq, r.Hash
	if r.leaf() {
		m.grow(tlog.RecordHash(r.Hash[:]))
	}
}

// leaf reports whether a record is a leaf of the tree. What a failed try leaves
// behind is not: how often builds failed may depend on data, and the size of
// the tree is told with every release (privacy R6, R31). The chain holds these
// records all the same, so the next leaf speaks for them too.
func (r *Record) leaf() bool {
	return r.Type != typeKeep && !(r.Type == typeReserve && r.Reason == again)
}

// grow adds a leaf to the tree of RFC 6962. Its frontier are the roots of the
// perfect subtrees that the tree's size has as binary digits, largest first.
func (m *Meta) grow(leaf tlog.Hash) {
	n := len(m.Frontier) - bits.TrailingZeros64(^uint64(m.Leaves)) // full subtrees that the leaf completes
	for i := len(m.Frontier) - 1; i >= n; i-- {
		leaf = tlog.NodeHash(m.Frontier[i], leaf)
	}
	m.Frontier = append(m.Frontier[:n:n], leaf)
	m.Leaves++
}

// Root returns the root of the tree, of RFC 6962.
func (m *Meta) Root() [32]byte {
	if len(m.Frontier) == 0 {
		return sha256.Sum256(nil)
	}
	root := tlog.Hash(m.Frontier[len(m.Frontier)-1])
	for i := len(m.Frontier) - 2; i >= 0; i-- {
		root = tlog.NodeHash(m.Frontier[i], root)
	}
	return root
}

// digest returns the hash of a record: SHA-256 of its fields, each with its
// length before it, with the digest of its text in place of the text. The order
// is for good.
func (r *Record) digest() (sum [32]byte) {
	text := sha256.Sum256(r.Text)
	h := sha256.New()
	for _, s := range []string{"throng entry 2", r.Type, r.Account, r.Plan, r.Date, r.Reservation, r.Release, r.Reason, r.Actor} {
		field(h, []byte(s))
	}
	c := r.Cost
	for _, n := range []int64{r.Seq, r.At.UnixNano(), int64(r.Period), c.MuSquared, c.Epsilon, c.Delta, c.Tail} {
		field(h, binary.BigEndian.AppendUint64(nil, uint64(n)))
	}
	for _, b := range [][32]byte{r.Sum, text, r.Prev} {
		field(h, b[:])
	}
	h.Sum(sum[:0])
	return sum
}

func field(h hash.Hash, b []byte) {
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(b))))
	h.Write(b)
}

// A chained transaction links every record that is added.
type chained struct {
	Tx
	meta    Meta
	changed bool
}

// Meta returns what the ledger knows about itself at this point of the
// transaction.
func (c *chained) Meta() (Meta, error) { return c.meta, nil }

// SetMeta takes effect with the transaction.
func (c *chained) SetMeta(m Meta) error {
	c.meta, c.changed = m, true
	return nil
}

// Append links a record and adds it.
func (c *chained) Append(r Record) error {
	// Not every store keeps what is no text, and a hash is of what is kept.
	r.Reason = strings.ToValidUTF8(strings.ReplaceAll(r.Reason, "\x00", ""), "\uFFFD")
	c.meta.Link(&r)
	c.changed = true
	return c.Tx.Append(r)
}

// tick moves ledger time on and returns it: the clock, but never earlier than
// any time the ledger has seen, so that a clock set back brings no lease and no
// period back to life.
func (c *chained) tick(now time.Time) time.Time {
	now = now.UTC().Round(0)
	if !now.After(c.meta.Clock) {
		return c.meta.Clock
	}
	if c.meta.ID != "" {
		c.meta.Clock, c.changed = now, true
	}
	return now
}

// flush stores what has changed.
func (c *chained) flush() error {
	if !c.changed {
		return nil
	}
	return c.Tx.SetMeta(c.meta)
}

// Upgraded links the records of a ledger that an older program kept, adds the
// record of the upgrade, and verifies the whole: what is damaged is not made to
// look right. A store calls it in the transaction of its migration; set stores
// the hashes of one record.
func Upgraded(tx Tx, now time.Time, how string, set func(r *Record) error) error {
	m, err := tx.Meta()
	if err != nil || m.ID == "" { // made just now: there is nothing to link
		return err
	}
	c := &chained{Tx: tx, meta: m}
	err = tx.Records("", func(r Record) error {
		seq := r.Seq
		if c.meta.Link(&r); r.Seq != seq {
			return damaged("entry %d is missing", r.Seq)
		}
		return set(&r)
	})
	if err != nil {
		return err
	}
	if err := c.Append(Record{Entry: Entry{Type: typeUpgrade, At: c.tick(now), Reason: how}}); err != nil {
		return err
	}
	if err := c.flush(); err != nil {
		return err
	}
	if err := once(tx); err != nil {
		return err
	}
	return verify(tx, &keyring{ledger: m.ID}, nil) // older ledgers know no keys
}
