// SPDX-License-Identifier: Apache-2.0

package identity

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"

	"github.com/throng-dp/throng/audience/plan"
)

// MaxEpochs is how many keys of phone numbers there may be: the current one and
// the one before it.
const MaxEpochs = 2

const hmacSHA256 = "hmac-sha256"

// Phones turn phone numbers into keyed ids: HMAC-SHA-256 under the run's key, of
// the number in E.164 or of a hash of that. Numbers can be enumerated, so a hash
// without a key protects nobody. It belongs to one goroutine.
type Phones struct {
	region, hash string
	keyed        []hash.Hash // of each epoch, the current one first
}

// NewPhones returns a reader of phone numbers. keys may be missing where the plan
// needs none.
func NewPhones(p *plan.Identities, keys [][]byte) *Phones {
	r := &Phones{region: p.Region, hash: p.Hash}
	for _, k := range keys {
		r.keyed = append(r.keyed, hmac.New(sha256.New, k))
	}
	return r
}

// IDs returns the ids of a phone number, one for each epoch, the current one
// first; none if the text is nobody's number. Its clear text is nowhere after
// this function has returned, but where it was read from.
func (r *Phones) IDs(dst []Code, text []byte, holds string) []Code {
	if len(text) == 0 || len(text) > MaxBytes {
		return dst
	}
	if holds == "hash" {
		return r.hashed(dst, text)
	}
	number := e164(string(text), r.region, holds == "msisdn")
	if number == "" {
		return dst
	}
	switch r.hash {
	case "sha256":
		sum := sha256.Sum256([]byte(number))
		return r.under(dst, sum[:])
	case "sha256-digits":
		sum := sha256.Sum256([]byte(number[1:]))
		return r.under(dst, sum[:])
	}
	return r.under(dst, []byte(number))
}

// hashed reads a number that came as the hexadecimal digits of its hash.
func (r *Phones) hashed(dst []Code, text []byte) []Code {
	var b [sha256.Size]byte
	if len(text) != hex.EncodedLen(len(b)) {
		return dst
	}
	if _, err := hex.Decode(b[:], text); err != nil {
		return dst
	}
	if r.hash != hmacSHA256 {
		return r.under(dst, b[:])
	}
	return append(dst, codeOfBytes(b[:])) // of an epoch that it does not tell
}

func (r *Phones) under(dst []Code, message []byte) []Code {
	var sum [sha256.Size]byte
	for _, h := range r.keyed {
		h.Reset()
		h.Write(message) //nolint:errcheck // a hash takes all
		dst = append(dst, codeOfBytes(h.Sum(sum[:0])))
	}
	return dst
}
