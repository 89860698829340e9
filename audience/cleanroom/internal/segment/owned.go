// SPDX-License-Identifier: Apache-2.0

package segment

import (
	"hash/maphash"
	"math/bits"

	"github.com/throng-dp/throng/audience/cleanroom/internal/near"
)

// An ownedValue is one that a person has.
type ownedValue struct {
	value int64
	owner uint32 // 1 more than the person's number; 0: the slot is empty
}

// An ownedSet is a hash table of values by person. It is in no cache where people
// are many, so it is asked about many at a time.
type ownedSet struct {
	slots []ownedValue // a power of two, or none
	used  int
	seed  uint64 // another one in every run: values come from strangers
}

// atOnce is how many values are looked for at once.
const atOnce = 128

func newOwnedSet() ownedSet { return ownedSet{seed: maphash.String(maphash.MakeSeed(), "")} }

func (s *ownedSet) hash(v ownedValue) uint32 {
	hi, lo := bits.Mul64(uint64(v.value)^s.seed, 0x9e3779b97f4a7c15^uint64(v.owner)<<20)
	hi, lo = bits.Mul64(hi^lo^uint64(v.owner), s.seed|1)
	return uint32(hi ^ lo)
}

// add adds up to atOnce values and tells each that was not there.
func (s *ownedSet) add(values []ownedValue, added func(ownedValue)) {
	for (s.used+len(values))*4 > len(s.slots)*3 {
		s.grow()
	}
	mask := uint32(len(s.slots) - 1)
	var places [atOnce]uint32
	for i, v := range values {
		places[i&(atOnce-1)] = s.hash(v) & mask
	}
	near.Fetch(s.slots, places[:len(values)], 1)
	for i, v := range values {
		at := places[i&(atOnce-1)]
		for s.slots[at] != v && s.slots[at].owner != 0 {
			at = (at + 1) & mask
		}
		if s.slots[at].owner == 0 {
			s.slots[at] = v
			s.used++
			added(v)
		}
	}
}

func (s *ownedSet) grow() {
	old := s.slots
	s.slots = make([]ownedValue, max(64, 2*len(old)))
	mask := uint32(len(s.slots) - 1)
	for _, v := range old {
		if v.owner == 0 {
			continue
		}
		at := s.hash(v) & mask
		for s.slots[at].owner != 0 {
			at = (at + 1) & mask
		}
		s.slots[at] = v
	}
}
