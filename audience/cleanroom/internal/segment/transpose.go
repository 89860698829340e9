// SPDX-License-Identifier: Apache-2.0

package segment

import "github.com/throng-dp/throng/dp/bitmatrix"

// A slicing holds the records of up to some people as bit planes.
type slicing struct {
	blocks int
	bits   []uint64 // of each bit of the record's words but for the key's, blocks words
}

// read turns the records of n people over. used tells how many bits of each word
// are: of few, several people's go side by side into one word beforehand.
func (s *slicing) read(from *State, used []int, first, n int) {
	s.blocks = (n + 63) / 64
	s.bits = sized(s.bits, len(used)*64*s.blocks)
	var m [64]uint64
	for w, bits := range used {
		side := 64
		for side > 8 && bits <= side/2 {
			side /= 2
		}
		for b := range s.blocks {
			gather(m[:side], from, first+64*b, KeyWords+w)
			bitmatrix.Turn(m[:side])
			at := w*64*s.blocks + b
			for _, word := range m[:bits] {
				s.bits[at] = word
				at += s.blocks
			}
		}
	}
}

// gather takes one word of 64 people's records, and puts those that follow to's
// length of others beside them. Who is not there has zeros.
func gather(to []uint64, from *State, first, word int) {
	records, stride := from.Records, from.Stride
	at := first*stride + word
	if at+63*stride >= len(records) {
		clear(to)
		for i := 0; i < 64 && at < len(records); i++ {
			to[i&(len(to)-1)] |= records[at] << (i / len(to) * len(to))
			at += stride
		}
		return
	}
	for i := range to {
		to[i] = records[at]
		at += stride
	}
	for shift := len(to); shift < 64; shift += len(to) {
		for i := range to {
			to[i] |= records[at] << (uint(shift) & 63)
			at += stride
		}
	}
}

// plane returns one bit of everybody's counter: bit says which plane of the
// lane's.
func (s *slicing) plane(g *group, lane, bit int) Bitmap {
	p := &g.planes[bit]
	at := (64*(p.word-KeyWords) + int(p.shift) + lane) * s.blocks
	return Bitmap(s.bits[at : at+s.blocks])
}
