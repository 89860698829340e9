// SPDX-License-Identifier: Apache-2.0

package dp

import "math/bits"

// A meeting counts who is in both segments of a pair, in one of two ways: with
// an AND for every pair, or by going through every person's own segments. The
// second is for many segments of which a person is in few.
type meeting struct {
	segments int
	together []uint32     // of segment i and a later j, at i*segments+j; nil: not needed so far
	blocks   int          // since together was last emptied
	lists    [64][]uint32 // of each person of a block, the segments
}

const (
	mostTogether = 1 << 22 // counters; beyond them pairs are counted one by one
	fullBlocks   = 1 << 25 // of 64 people: together they stay within a counter
)

// meet counts the pairs of a block.
func (b *builder) meet(k *Block) {
	l, m := b.tallies.layout, &b.meeting
	if len(l.pairs) == 0 {
		return
	}
	memberships := 0
	for _, s := range b.used {
		memberships += bits.OnesCount64(k.Kept[s])
	}
	// 64 people in as many segments each meet themselves in n²/128 pairs.
	if m.segments*m.segments > mostTogether || memberships*memberships/128 > len(l.pairs) {
		for i, p := range l.pairs {
			b.tallies.counts[l.pair[i]] += int64(bits.OnesCount64(k.Kept[p[0]] & k.Kept[p[1]]))
		}
		return
	}
	if m.together == nil {
		m.together = make([]uint32, m.segments*m.segments)
	}
	m.add(b.used, k.Kept)
	if m.blocks++; m.blocks == fullBlocks {
		b.settle()
	}
}

// add goes through the people of a block; used rises.
func (m *meeting) add(used []int, kept []uint64) {
	for p := range m.lists {
		m.lists[p] = m.lists[p][:0]
	}
	for _, s := range used {
		for left := kept[s]; left != 0; left &= left - 1 {
			p := bits.TrailingZeros64(left) & 63
			m.lists[p] = append(m.lists[p], uint32(s))
		}
	}
	for p := range m.lists {
		list := m.lists[p]
		for i, s := range list {
			row := m.together[int(s)*m.segments:][:m.segments]
			for _, t := range list[i+1:] {
				row[t]++
			}
		}
	}
}

// settle moves what is counted together to the tallies.
func (b *builder) settle() {
	l, m := b.tallies.layout, &b.meeting
	m.blocks = 0
	if m.together == nil {
		return
	}
	for i, p := range l.pairs {
		first, second := min(p[0], p[1]), max(p[0], p[1])
		b.tallies.counts[l.pair[i]] += int64(m.together[first*m.segments+second])
	}
	clear(m.together)
}
