// SPDX-License-Identifier: Apache-2.0

package identity

import (
	"hash/maphash"
	"math/bits"
	"sync"
)

// A Key is a key and what kind of key it is.
type Key struct {
	Code Code
	Form Form
}

// Ties collect which keys are one person's, from several goroutines.
type Ties struct {
	seed    [2]uint64
	stripes [tieStripes]tieStripe
}

const (
	tieBits    = 6
	tieStripes = 1 << tieBits
)

// A tieStripe holds some of the keys, and the ties that begin at them. A key's
// number in all is its number in the stripe, and the stripe's in the low bits.
type tieStripe struct {
	mu sync.Mutex
	table
	older []bool // ids of phone numbers under the key before
	ties  [][2]uint32
}

// NewTies returns none. Hashes differ from run to run, so that nobody can choose
// keys that collide.
func NewTies() *Ties {
	t := &Ties{}
	for i := range t.seed {
		t.seed[i] = maphash.String(maphash.MakeSeed(), "")
	}
	return t
}

func (t *Ties) hash(k Key) uint64 {
	hi, lo := bits.Mul64(k.Code.Lo^t.seed[0], k.Code.Hi^t.seed[1])
	hi, lo = bits.Mul64(hi^lo^k.Code.Lo^uint64(k.Form), 0x9e3779b97f4a7c15)
	return hi ^ lo
}

// Add says that keys are one person's. older tells which of them are ids of
// phone numbers under the key before, which count as no keys of their own.
func (t *Ties) Add(keys []Key, older []bool) {
	var first uint32
	for i, k := range keys {
		n := t.enter(k, older[i])
		if i == 0 {
			first = n
			continue
		}
		s := &t.stripes[first%tieStripes]
		s.mu.Lock()
		s.ties = append(s.ties, [2]uint32{first, n})
		s.mu.Unlock()
	}
}

func (t *Ties) enter(k Key, older bool) uint32 {
	h := t.hash(k)
	stripe := uint32(h % tieStripes)
	s := &t.stripes[stripe]
	s.mu.Lock()
	defer s.mu.Unlock()
	n, added := s.table.enter(k, h, t.hash)
	if added {
		s.older = append(s.older, false)
	}
	s.older[n] = s.older[n] || older
	return uint32(n)<<tieBits | stripe
}
