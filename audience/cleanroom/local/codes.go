// SPDX-License-Identifier: Apache-2.0

package local

import (
	"github.com/throng-dp/throng/audience/cleanroom/internal/consent"
	"github.com/throng-dp/throng/audience/cleanroom/internal/identity"
)

// A refusal is what the person of a code opted out of.
type refusal struct {
	code identity.Code
	of   consent.Set
}

// A codeSet is a fixed set of codes of one form, and what each opted out of. Its
// zero value is empty.
type codeSet struct {
	codes []identity.Code
	of    []consent.Set
	other consent.Set // of codes that are not in the set
	slots []uint32    // as those of a shard: 0, or 1 more than a place in codes, and some bits of the hash
	low   uint32      // mask of the place

	// One bit for each of sixteen hashes a code: most who are asked about are not in
	// the set, and a bit that is nearly never set is told ahead, where whether a slot
	// is taken is not.
	taken []uint64
	bits  uint32 // mask of a bit's number
}

// newCodeSet takes refusals, and what all others are refused; who refuses twice
// has refused both.
func newCodeSet(all []refusal, other consent.Set, hash func(identity.Code) uint64) codeSet {
	s := codeSet{other: other, slots: make([]uint32, slotsFor(len(all))), codes: make([]identity.Code, 0, len(all)), of: make([]consent.Set, 0, len(all))}
	s.low = uint32(len(s.slots) - 1)
	s.bits = uint32(powerOfTwo(int64(max(64, min(sparse*len(all), 1<<31)))) - 1)
	s.taken = make([]uint64, s.bits>>6+1)
	for i := range all {
		h := uint32(hash(all[i].code) >> 32)
		s.taken[h&s.bits>>6] |= 1 << (h & 63)
		at, place := s.find(&all[i].code, h)
		if place < 0 {
			place = len(s.codes)
			s.codes, s.of = append(s.codes, all[i].code), append(s.of, 0)
			s.slots[at] = h&^s.low | uint32(place+1)
		}
		s.of[place] |= all[i].of
	}
	return s
}

// find returns the place of a code that has this hash, below 0 if it is not in
// the set, and the slot where the search ended.
func (s *codeSet) find(c *identity.Code, hash uint32) (slot uint32, place int) {
	for at := hash & s.low; ; at = (at + 1) & s.low {
		slot := s.slots[at]
		if slot == 0 {
			return at, -1
		}
		if rest := slot ^ hash&^s.low; rest-1 < s.low && s.codes[rest-1] == *c {
			return at, int(rest - 1)
		}
	}
}

// refused returns what a code that has this hash opted out of.
func (s *codeSet) refused(c *identity.Code, hash uint32) consent.Set {
	if !s.perhaps(hash) {
		return s.other
	}
	_, place := s.find(c, hash)
	if place < 0 {
		return s.other
	}
	return s.of[place]
}

// perhaps is false where no code of the set has this hash.
func (s *codeSet) perhaps(hash uint32) bool {
	return len(s.slots) > 0 && s.taken[hash&s.bits>>6]>>(hash&63)&1 != 0
}
