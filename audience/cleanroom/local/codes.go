// SPDX-License-Identifier: Apache-2.0

package local

import "github.com/throng-dp/throng/audience/cleanroom/internal/identity"

// A codeSet is a fixed set of codes of one form. Its zero value is empty.
type codeSet struct {
	codes []identity.Code
	slots []uint32 // 0, or 1 more than a place in codes; a power of two
}

func newCodeSet(codes []identity.Code, hash func(identity.Code) uint64) codeSet {
	s := codeSet{codes: codes, slots: make([]uint32, slotsFor(len(codes)))}
	for i, c := range codes {
		at := s.first(uint32(hash(c) >> 32))
		for s.slots[at] != 0 {
			at = s.after(at)
		}
		s.slots[at] = uint32(i + 1)
	}
	return s
}

// first and after say where the search for a hash begins and goes on.
func (s *codeSet) first(hash uint32) int { return int(hash) & (len(s.slots) - 1) }
func (s *codeSet) after(at int) int      { return (at + 1) & (len(s.slots) - 1) }

// has tells whether a code that has this hash is in the set.
func (s *codeSet) has(c identity.Code, hash uint32) bool {
	if len(s.slots) == 0 {
		return false
	}
	for at := s.first(hash); s.slots[at] != 0; at = s.after(at) {
		if s.codes[s.slots[at]-1] == c {
			return true
		}
	}
	return false
}
