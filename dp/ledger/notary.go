// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strings"

	"filippo.io/edwards25519"
)

// A notary judges the checkpoints that are stored with releases. There may be
// half a million of them, and to verify a signature of Ed25519 takes 36 µs. But
// the ledger holds the key, and a signature (R, S) follows from key and message
// (RFC 8032, 5.1.6):
//
//	S = r + H(R, A, message)·a, where r is a hash of the key's second half and the message.
//
// To compute S for the R that is stored takes no operation on the curve and 2 µs,
// and finds whatever was altered. For suppose that (R′, S′) is another pair that
// passes for a message: then S′ - S = (H(R′, …) - H(R, …))·a, so whoever wrote it
// could compute the secret a, and needed no forgery. One of each page is also
// verified as others do it, who have the public key alone.
type notary struct {
	signer *signer
	a      *edwards25519.Scalar
	prefix []byte // of what r is the hash of
	head   string // of the signature's line
	hash   uint32 // of the key, which stands before the signature
}

func (l *Ledger) newNotary(id string) (*notary, error) {
	s, err := l.signer(id)
	if err != nil {
		return nil, err
	}
	seed, err := l.ownSeed(id)
	if err != nil {
		return nil, err
	}
	h := sha512.Sum512(seed)
	a, err := edwards25519.NewScalar().SetBytesWithClamping(h[:32])
	return &notary{signer: s, a: a, prefix: h[32:], head: "\n— " + s.Name() + " ", hash: s.KeyHash()}, err
}

// A certificate is a checkpoint as it is stored, and as its entries make it.
type certificate struct {
	note string
	want checkpoint
}

var (
	errCheckpoint = errors.New("its checkpoint is not what its entries make of it")
	errSignature  = errors.New("its checkpoint is not the one that was signed")
)

// judge finds the first certificate that does not hold; -1 if all do.
func (n *notary) judge(all []certificate) (bad int, err error) {
	for i := range all {
		if err := n.holds(&all[i]); err != nil {
			return i, err
		}
	}
	if last := len(all) - 1; last >= 0 {
		if _, err := n.signer.read([]byte(all[last].note)); err != nil {
			return last, errSignature
		}
	}
	return -1, nil
}

// holds compares a stored note with what the entries make of it. The ledger
// stores its own signature alone.
func (n *notary) holds(c *certificate) error {
	text := c.want.text(n.signer.id)
	line, ok := strings.CutPrefix(c.note, text)
	if !ok {
		return errCheckpoint
	}
	line, ok = strings.CutPrefix(line, n.head)
	line, ends := strings.CutSuffix(line, "\n")
	sig, err := base64.StdEncoding.Strict().DecodeString(line)
	if !ok || !ends || err != nil || len(sig) != 4+ed25519.SignatureSize || binary.BigEndian.Uint32(sig) != n.hash {
		return errSignature
	}
	s, err := n.s(sig[4:36], text)
	if err != nil || !bytes.Equal(s, sig[36:]) {
		return errSignature
	}
	return nil
}

// s returns the second half of the signature of a message whose first is r.
func (n *notary) s(r []byte, message string) ([]byte, error) {
	nonce, err := scalar(n.prefix, []byte(message))
	if err != nil {
		return nil, err
	}
	k, err := scalar(r, n.signer.public, []byte(message))
	if err != nil {
		return nil, err
	}
	return edwards25519.NewScalar().MultiplyAdd(k, n.a, nonce).Bytes(), nil
}
