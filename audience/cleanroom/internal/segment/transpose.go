// SPDX-License-Identifier: Apache-2.0

package segment

// transpose turns 64 words over: afterwards bit i of word j is what bit j of
// word i was. The halves that stand crosswise are exchanged, then the quarters
// inside them, and so on.
func transpose(m *[64]uint64) {
	mask := ^uint64(0) >> 32
	for size := 32; size > 0; size, mask = size>>1, mask^mask<<(size>>1) {
		for i := 0; i < 64; i = (i + size + 1) &^ size {
			t := (m[i]>>size ^ m[i+size]) & mask
			m[i] ^= t << size
			m[i+size] ^= t
		}
	}
}

// A slicing holds the records of up to some people as bit planes.
type slicing struct {
	blocks int
	bits   []uint64 // of each bit of the record's words but for the key's, blocks words
}

func (s *slicing) read(from *State, first, n int) {
	words := from.Stride - KeyWords
	s.blocks = (n + 63) / 64
	s.bits = sized(s.bits, words*64*s.blocks)
	var m [64]uint64
	for w := range words {
		for b := range s.blocks {
			at := (first+64*b)*from.Stride + KeyWords + w
			for i := range m {
				m[i] = 0
				if at < len(from.Records) {
					m[i] = from.Records[at]
				}
				at += from.Stride
			}
			transpose(&m)
			for bit, word := range m {
				s.bits[(w*64+bit)*s.blocks+b] = word
			}
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
