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
	runs   []run  // the planes, word by word
	far    []int  // words that are in other lines of a record than its key
	listed uint64 // lanes whose rows go to accumulators
	short  *counting
}

// A run is planes that follow one another in one word.
type run struct {
	word   int // of the record
	planes []plane
}

// A plane holds one bit of the counters of a group's first lanes.
type plane struct {
	word  int // of the record
	shift uint
	has   uint64 // lanes that have this plane,
	last  uint64 // and those that have no further one
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

// lineWords is how much of a record comes into a cache at a time.
const lineWords = 8

// groupOf makes a group of up to 64 lanes.
func (p *packer) groupOf(lanes []lane) group {
	slices.SortStableFunc(lanes, func(a, b lane) int { return cmp.Compare(b.width, a.width) })
	g := group{lanes: lanes}
	for i, l := range lanes {
		if l.width == 0 && l.agg >= 0 {
			g.listed |= 1 << i
		}
	}
	g.planes = p.planes(lanes)
	g.runs = runsOf(g.planes)
	line := 0
	for _, r := range g.runs {
		if r.word/lineWords != line {
			line = r.word / lineWords
			g.far = append(g.far, r.word)
		}
	}
	if g.isShort() {
		g.short = g.counting()
	}
	return g
}

// planes places the planes of a group: those beyond the first in one word, if
// there is room in any, for they are read and written together.
func (p *packer) planes(lanes []lane) (planes []plane) {
	rest := 0 // bits of the planes beyond the first
	for bit := 0; wider(lanes, bit) > 0; bit++ {
		n := wider(lanes, bit)
		planes = append(planes, plane{has: first(n), last: first(n) &^ first(wider(lanes, bit+1))})
		if bit > 0 {
			rest += n
		}
	}
	for i := range planes {
		n := bits.OnesCount64(planes[i].has)
		switch {
		case i == 1 && rest <= 64:
			planes[i].word, planes[i].shift = p.place(rest)
		case i > 1 && rest <= 64:
			before := planes[i-1]
			planes[i].word, planes[i].shift = before.word, before.shift+uint(bits.OnesCount64(before.has))
		default:
			planes[i].word, planes[i].shift = p.place(n)
		}
	}
	return planes
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

// runsOf parts planes where the word changes.
func runsOf(planes []plane) (runs []run) {
	for from, to := 0, 0; from < len(planes); from = to {
		for to < len(planes) && planes[to].word == planes[from].word {
			to++
		}
		runs = append(runs, run{planes[from].word, planes[from:to]})
	}
	return runs
}

// count adds a row to a person's record, for the lanes of its mask. A plane is
// turned over where all planes below it are ones; a counter that is all ones is
// full and stays so. How far carries reach is hard to foretell, so nothing
// branches on that but the far end of a long counter.
func (g *group) count(record []uint64, mask uint64) {
	carry, full := mask, uint64(0)
	for i := range g.runs {
		if i > 1 && carry == 0 {
			break
		}
		r := &g.runs[i]
		word := record[r.word]
		for j := range r.planes {
			p := &r.planes[j]
			carry &= word >> (p.shift & 63) & p.has
			full |= carry & p.last
		}
	}
	carry = mask & g.planes[0].has &^ full
	for i := range g.runs {
		if i > 1 && carry == 0 {
			break
		}
		r := &g.runs[i]
		old := record[r.word]
		word := old
		for j := range r.planes {
			shift := r.planes[j].shift & 63
			word ^= carry << shift
			carry &= old >> shift
		}
		record[r.word] = word
	}
}

// most is how many planes a counting takes beyond the first.
const most = 4

// isShort tells whether a counting does for a group: whether its counters have at
// most five bits, and those beyond the first lie in one word.
func (g *group) isShort() bool {
	if n := len(g.planes); n == 0 || n > 1+most {
		return false
	}
	for _, p := range g.planes[1:] {
		if p.word != g.planes[1].word {
			return false
		}
	}
	return true
}

// add is group.count of many rows, with nothing to loop over but the rows: what
// most plans ask for fits.
func (c *counting) add(to *State, masks []uint64, rows, people []uint32) {
	people = people[:len(rows)]
	for len(rows) > 0 {
		n := c.pairs(to, masks, rows, people)
		rows, people = rows[n:], people[n:]
		// Two rows of one person are left to be counted one after the other, or
		// the last row.
		n = min(len(rows), 2)
		if n == 2 && people[0] != people[1] {
			n = len(rows) // no pairs are counted here
		}
		c.count(to, masks, rows[:n], people[:n])
		rows, people = rows[n:], people[n:]
	}
}

// A counting is a short group. Planes that the group lacks have no lanes.
type counting struct {
	has           [1 + most]uint64 // the lanes of each plane: those of the next ones are among them
	shift         [1 + most]uint64
	first, second uint64 // words of a record: of the first plane, and of all others
}

func (g *group) counting() *counting {
	c := &counting{first: uint64(g.planes[0].word)}
	c.second = c.first
	for i, p := range g.planes {
		c.has[i], c.shift[i] = p.has, uint64(p.shift)
		if i > 0 {
			c.second = uint64(p.word)
		}
	}
	return c
}

// count counts rows one after the other. A counter is full where a plane that has
// no further one carries.
func (c *counting) count(to *State, masks []uint64, rows, people []uint32) {
	h0, h1, h2, h3, h4 := c.has[0], c.has[1], c.has[2], c.has[3], c.has[4]
	s0, s1, s2, s3, s4 := c.shift[0]&63, c.shift[1]&63, c.shift[2]&63, c.shift[3]&63, c.shift[4]&63
	first, second, records, stride := c.first, c.second, to.Records, to.Stride
	people = people[:len(rows)]
	for k, row := range rows {
		mask := masks[row] & h0
		record := records[int(people[k])*stride:][:stride]
		a, b := record[first], record[second]

		c1 := mask & (a >> s0)
		c2 := c1 & (b >> s1) & h1
		c3 := c2 & (b >> s2) & h2
		c4 := c3 & (b >> s3) & h3
		c5 := c4 & (b >> s4) & h4
		going := ^(c1&^h1 | c2&^h2 | c3&^h3 | c4&^h4 | c5)

		record[first] = a ^ (mask&going)<<s0
		// The second word may be the first one.
		record[second] ^= (c1&going)<<s1 ^ (c2&going)<<s2 ^ (c3&going)<<s3 ^ (c4&going)<<s4
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
