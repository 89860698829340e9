// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"math/bits"

	"github.com/throng-dp/throng/dp/bitmatrix"
)

// crossed counts the people of each cell of a crossing in every segment. The
// counters of up to 64 segments lie side by side in bit planes, so that adding a
// person, who is in one cell and in some segments, is one addition with carry
// instead of a step for each of the segments.
type crossed struct {
	planes []plane // of each cell, for 64 segments at a time
	added  []uint8 // people of each cell since its planes were last emptied
	words  int
}

// A plane holds bit i of 64 counters in word i.
type plane [8]uint64

// mostAdded is what fits into the counters of a plane.
const mostAdded = 1<<len(plane{}) - 1

// turn works out which segments everybody of a block is in.
func (b *builder) turn(k *Block) {
	if l := b.tallies.layout; len(l.crossings) == 0 && len(l.pairs) == 0 {
		return
	}
	for w, whose := range b.whose {
		of := b.used[64*w : min(64*w+64, len(b.used))]
		for i, s := range of {
			whose[i] = k.Kept[s]
		}
		clear(whose[len(of):])
		bitmatrix.Turn(whose)
	}
}

// cross counts the cells of one crossing, in the population and in every
// segment that has a table of it.
func (b *builder) cross(k *Block, c int) {
	l := b.tallies.layout
	b.locate(k, l.crossings[c])
	all := b.tallies.counts[l.allCross[c]:][:l.cells[c]]
	t := &b.crossed[c]
	if t.added == nil {
		t.words = len(b.whose)
		t.planes, t.added = make([]plane, l.cells[c]*t.words), make([]uint8, l.cells[c])
	}
	for p, cell := range b.cell[:k.People] {
		all[cell]++
		planes := t.planes[int(cell)*t.words:][:t.words]
		for w := range planes {
			if in := b.whose[w][p&63]; in != 0 {
				planes[w].add(in)
			}
		}
		if t.added[cell]++; t.added[cell] == mostAdded {
			b.settleCell(c, int(cell))
		}
	}
}

// add adds 1 to the counters of a mask. How far a carry reaches is hard to
// foretell, so nothing branches on that but once.
func (p *plane) add(mask uint64) {
	a, b, c, d := p[0], p[1], p[2], p[3]
	p[0], mask = a^mask, a&mask
	p[1], mask = b^mask, b&mask
	p[2], mask = c^mask, c&mask
	p[3], mask = d^mask, d&mask
	if mask == 0 {
		return
	}
	a, b, c, d = p[4], p[5], p[6], p[7]
	p[4], mask = a^mask, a&mask
	p[5], mask = b^mask, b&mask
	p[6], mask = c^mask, c&mask
	p[7] = d ^ mask
}

// settleCell moves what is counted of a cell to the tallies.
func (b *builder) settleCell(c, cell int) {
	l, t := b.tallies.layout, &b.crossed[c]
	for w := range t.words {
		planes := &t.planes[cell*t.words+w]
		for i, word := range planes {
			for ; word != 0; word &= word - 1 {
				s := b.used[64*w+bits.TrailingZeros64(word)]
				if at := l.segCross[s][c]; at != none {
					b.tallies.counts[at+cell] += 1 << i
				}
			}
		}
		*planes = plane{}
	}
	t.added[cell] = 0
}

// settleCrossed moves all that is counted of cells to the tallies.
func (b *builder) settleCrossed() {
	for c := range b.crossed {
		for cell, n := range b.crossed[c].added {
			if n > 0 {
				b.settleCell(c, cell)
			}
		}
	}
}
