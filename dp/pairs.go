// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"math/bits"
	"slices"
)

// A meeting counts who is in both segments of a pair, in one of two ways: with
// an AND for every pair, or by going through every person's own segments. The
// second is for many segments of which a person is in few.
type meeting struct {
	segments int
	together []uint32 // of segment i and a later j, at i*segments+j; nil: not needed so far
	blocks   int      // since together was last emptied
	list     []uint32 // of one person, the segments: rising

	waiting []kept // of each segment: the blocks whose pairs will be counted by ANDs; nil: not needed so far
	filled  int    // so many of them
}

// kept is who is kept in one segment, of some blocks: pairs are counted of several
// at once, for what is the same for all of them takes longer than the counting.
type kept [8]uint64

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
	// 64 people in as many segments each meet themselves in n²/128 pairs, each of
	// which takes a little longer than one of all pairs' ANDs.
	if m.segments*m.segments > mostTogether || memberships*memberships/96 > len(l.pairs) {
		if m.wait(k.Kept) {
			b.meetWaiting()
		}
		return
	}
	if m.together == nil {
		m.together = make([]uint32, m.segments*m.segments)
	}
	m.add(b.used, b.whose, k.People)
	if m.blocks++; m.blocks == fullBlocks {
		b.settle()
	}
}

// wait notes a block, and returns true if no more can wait.
func (m *meeting) wait(block []uint64) bool {
	if m.waiting == nil {
		m.waiting = make([]kept, m.segments)
	}
	for s, people := range block {
		m.waiting[s][m.filled] = people
	}
	m.filled++
	return m.filled == len(kept{})
}

// meetWaiting counts the pairs of the blocks that wait.
func (b *builder) meetWaiting() {
	l, m := b.tallies.layout, &b.meeting
	if m.filled == 0 {
		return
	}
	for i, p := range l.pairs {
		x, y := &m.waiting[p[0]], &m.waiting[p[1]]
		both := bits.OnesCount64(x[0]&y[0]) + bits.OnesCount64(x[1]&y[1]) + bits.OnesCount64(x[2]&y[2]) + bits.OnesCount64(x[3]&y[3]) +
			bits.OnesCount64(x[4]&y[4]) + bits.OnesCount64(x[5]&y[5]) + bits.OnesCount64(x[6]&y[6]) + bits.OnesCount64(x[7]&y[7])
		b.tallies.counts[l.pair[i]] += int64(both)
	}
	clear(m.waiting)
	m.filled = 0
}

// add goes through some people, told which of the used segments each is in.
func (m *meeting) add(used []int, whose [][]uint64, people int) {
	m.list = slices.Grow(m.list[:0], len(used))
	for p := range people {
		list := m.list[:len(used)]
		n := 0
		for w, words := range whose {
			for left := words[p]; left != 0; left &= left - 1 {
				list[n] = uint32(used[64*w+bits.TrailingZeros64(left)])
				n++
			}
		}
		for i, s := range list[:n] {
			row := m.together[int(s)*m.segments:][:m.segments]
			for _, t := range list[i+1 : n] {
				row[t]++
			}
		}
	}
}

// settle moves what is counted together to the tallies.
func (b *builder) settle() {
	b.meetWaiting()
	b.settleCrossed()
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
