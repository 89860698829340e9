// SPDX-License-Identifier: Apache-2.0

package segment

import (
	"cmp"
	"math/bits"
	"slices"

	"github.com/throng-dp/throng/audience/rule"
)

// Most of what rules keep of a person is a few bits: whether something happened
// (1 bit), or how often, as far as a rule compares it with a literal. Such an
// aggregate is a lane: a counter that stops at its largest value. Lanes lie in
// bit planes, up to 64 side by side, so that one addition with carry counts a
// row for all of them at once; a person's planes and key share a record.

// KeyWords is how many words at the front of a record are its owner's.
const KeyWords = 2

// maxCount is the largest literal that a lane counts up to.
const maxCount = 1 << 20

// A lane is one bit of a row's mask: an aggregate, or (agg < 0) whether the row
// is visible at all.
type lane struct {
	agg   int
	width int // bits of its counter; 0: an accumulator keeps the aggregate
}

// A group is up to 64 lanes of one table, the widest first.
type group struct {
	lanes  []lane
	planes []plane
	listed uint64 // lanes whose rows go to accumulators
}

// A plane holds one bit of the counters of a group's first lanes.
type plane struct {
	word  int // of the record
	shift uint
	has   uint64 // lanes that have this plane,
	more  uint64 // and those that have the next one, too
}

// A packer places planes in the words of a record.
type packer struct{ used []int } // bits of each word

func (p *packer) place(n int) (word int, shift uint) {
	for w, used := range p.used {
		if used+n <= 64 {
			p.used[w] += n
			return KeyWords + w, uint(used)
		}
	}
	p.used = append(p.used, n)
	return KeyWords + len(p.used) - 1, 0
}

// groupsOf deals lanes out to groups. all asks for a lane of visible rows.
func (p *packer) groupsOf(lanes []lane) []group {
	slices.SortStableFunc(lanes, func(a, b lane) int { return cmp.Compare(b.width, a.width) })
	var groups []group
	for part := range slices.Chunk(lanes, 64) {
		g := group{lanes: part}
		for i, l := range part {
			if l.width == 0 && l.agg >= 0 {
				g.listed |= 1 << i
			}
		}
		for bit := 0; ; bit++ {
			n := wider(part, bit)
			if n == 0 {
				break
			}
			word, shift := p.place(n)
			g.planes = append(g.planes, plane{word, shift, first(n), first(wider(part, bit+1))})
		}
		groups = append(groups, g)
	}
	return groups
}

// wider returns how many lanes have more bits than that.
func wider(lanes []lane, bits int) (n int) {
	for _, l := range lanes {
		if l.width > bits {
			n++
		}
	}
	return n
}

// first returns n ones.
func first(n int) uint64 { return 1<<n - 1 } // 64 ones for n = 64, too

// add counts a row for the lanes of its mask.
func (g *group) add(record []uint64, mask uint64) {
	for i := range g.planes {
		p := &g.planes[i]
		word := record[p.word]
		old, carry := word>>p.shift&p.has, mask&p.has
		mask = old & carry
		// A counter that is full stays so: its last plane is set, not added to,
		// and the ones below are put back.
		last := carry &^ p.more
		word ^= carry &^ last << p.shift
		word |= last << p.shift
		record[p.word] = word
		if full := mask & last; full != 0 && i > 0 {
			for _, below := range g.planes[:i] {
				record[below.word] |= full << below.shift
			}
		}
		if mask &= p.more; mask == 0 {
			return
		}
	}
}

// lanesOf decides what aggregates of a table are lanes, and how wide.
func (p *Program) lanesOf(t *table) []lane {
	lanes := []lane{{agg: -1}}
	for _, a := range t.aggs {
		l := lane{agg: a}
		switch p.aggs[a].Fn {
		case rule.Exists, rule.All:
			l.width = 1
		case rule.Count:
			if most := p.most[a]; most > 0 && most <= maxCount {
				l.width = bits.Len64(uint64(most))
			}
		}
		lanes = append(lanes, l)
	}
	return lanes
}
