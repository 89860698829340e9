// SPDX-License-Identifier: Apache-2.0

package identity

import (
	"hash/maphash"
	"sync"
)

// Spellings remember the ids of phone numbers by how they are written, for all
// goroutines of a run: reading a number takes microseconds. Of the writing itself
// they keep two hashes that differ from run to run.
type Spellings struct {
	seeds   [2]maphash.Seed
	epochs  int
	stripes [tieStripes]struct {
		mu sync.Mutex
		table
		known []bool
		ids   []Code // epochs of each
	}
}

// NewSpellings returns none. epochs is how many ids a number has.
func NewSpellings(epochs int) *Spellings {
	return &Spellings{seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}, epochs: max(1, epochs)}
}

func spelt(k Key) uint64 { return k.Code.Lo }

// ids appends the ids of a number; read reads one that has not been seen.
func (s *Spellings) idsOf(dst []Code, text []byte, read func(dst []Code) []Code) []Code {
	k := Key{Code{maphash.Bytes(s.seeds[0], text), maphash.Bytes(s.seeds[1], text)}, Phone}
	of := &s.stripes[spelt(k)%tieStripes]
	of.mu.Lock()
	if n, ok := of.number(k, spelt(k)); ok {
		if of.known[n] {
			dst = append(dst, of.ids[n*s.epochs:][:s.epochs]...)
		}
		of.mu.Unlock()
		return dst
	}
	of.mu.Unlock()
	had := len(dst)
	dst = read(dst)
	ids := dst[had:]
	of.mu.Lock()
	defer of.mu.Unlock()
	if _, added := of.enter(k, spelt(k), spelt); added {
		of.known = append(of.known, len(ids) > 0)
		of.ids = append(append(of.ids, ids...), make([]Code, s.epochs-len(ids))...)
	}
	return dst
}
