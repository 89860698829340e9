// SPDX-License-Identifier: Apache-2.0

package local

import "github.com/throng-dp/throng/audience/cleanroom/internal/identity"

// A codeSet is a fixed set of codes of one form. Its zero value is empty.
type codeSet struct {
	codes []identity.Code
	slots []uint32 // as those of a shard: 0, or 1 more than a place in codes, and some bits of the hash
	low   uint32   // mask of the place
}

func newCodeSet(codes []identity.Code, hash func(identity.Code) uint64) codeSet {
	s := codeSet{codes: codes, slots: make([]uint32, slotsFor(len(codes)))}
	s.low = uint32(len(s.slots) - 1)
	for i, c := range codes {
		h := uint32(hash(c) >> 32)
		at := h & s.low
		for s.slots[at] != 0 {
			at = (at + 1) & s.low
		}
		s.slots[at] = h&^s.low | uint32(i+1)
	}
	return s
}

// has tells whether a code that has this hash is in the set.
func (s *codeSet) has(c *identity.Code, hash uint32) bool {
	if len(s.slots) == 0 {
		return false
	}
	for at := hash & s.low; ; at = (at + 1) & s.low {
		slot := s.slots[at]
		if slot == 0 {
			return false
		}
		if rest := slot ^ hash&^s.low; rest-1 < s.low && s.codes[rest-1] == *c {
			return true
		}
	}
}
