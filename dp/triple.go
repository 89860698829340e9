// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"math"
	"math/bits"
	"slices"
)

// Triples are the people kept in all of three segments: sums of (x-b)(y-b)(z-b)
// for a centre b, where their pairs are measured too, else of xyz.

// orderedTriple sorts three segments.
func orderedTriple(segments []int) [3]int {
	t := [3]int{segments[0], segments[1], segments[2]}
	slices.Sort(t[:])
	return t
}

// addTriple returns the index of a triple of segments, in whichever order.
func (l *layout) addTriple(segments []int) int {
	t := orderedTriple(segments)
	i, ok := l.tripleIndex[t]
	if !ok {
		i = len(l.triples)
		l.tripleIndex[t] = i
		l.triples = append(l.triples, t)
		l.triple = append(l.triple, none)
	}
	return i
}

// A tripleClass is the listed triples of three classes of segments.
type tripleClass struct {
	of       [3]int // rising
	count    int    // listed ones
	possible int    // of all segments of the classes
	weight   float64
	uniform  bool // all have the same weight, and all possible ones are listed
}

// sumTriples sorts triples by the classes of their segments.
func (o *objective) sumTriples(p *partition) {
	type ends struct {
		of   [3]int
		goal float64
	}
	known := map[ends]int{}
	var first []float64
	p.tripleOf = make([]int, len(o.base.triple))
	for i, t := range o.design.layout.triples {
		at := ends{of: orderedTriple([]int{p.of[t[0]], p.of[t[1]], p.of[t[2]]})}
		if o.goals != nil {
			at.goal = o.goals.triple[i]
		}
		c, ok := known[at]
		if !ok {
			c = len(p.triples)
			known[at] = c
			p.triples = append(p.triples, tripleClass{of: at.of, possible: int(math.Round(chosen(at.of[:], p.sizes))), uniform: true})
			first = append(first, o.base.triple[i])
		}
		p.tripleOf[i] = c
		p.triples[c].count++
		p.triples[c].weight += o.base.triple[i]
		p.triples[c].uniform = p.triples[c].uniform && math.Abs(o.base.triple[i]-first[c]) <= 1e-9*first[c]
	}
	for i := range p.triples {
		p.triples[i].weight /= float64(p.triples[i].count)
		p.triples[i].uniform = p.triples[i].uniform && p.triples[i].count == p.triples[i].possible
	}
}

// pairs is how many of a triple's pairs are of a class.
func (c *tripleClass) pairs(p *pairClass) float64 {
	n := 0.0
	for j := range c.of {
		if ordered([]int{c.of[j], c.of[(j+1)%3]}) == [2]int{p.g, p.h} {
			n++
		}
	}
	return n
}

// chosen is the number of sets of segments of rising classes, of so many each.
func chosen(of, sizes []int) float64 {
	n := 1.0
	for i := 0; i < len(of); {
		same := 1
		for i+same < len(of) && of[i+same] == of[i] {
			same++
		}
		n *= choices(sizes[of[i]], same)
		i += same
	}
	return n
}

// cost is what the triples of a class cost a person who is kept in k segments of
// each class, where a segment costs in or, if it does not keep the person, out.
func (c *tripleClass) cost(k, sizes []int, out, in float64) float64 {
	left := make([]int, len(k))
	for g := range k {
		left[g] = sizes[g] - k[g]
	}
	// Sets by how many of their segments keep the person.
	var sets [4]float64
	for mask := range 8 {
		sets[bits.OnesCount(uint(mask))] += c.ways(mask, k, left)
	}
	listed := float64(c.count) / float64(c.possible)
	kept := sets[3] * listed
	if c.count < c.possible {
		// The worst person is kept where triples are listed, as far as the ends
		// of kept segments go.
		ends := float64(c.count*(k[c.of[0]]+k[c.of[1]]+k[c.of[2]])) / float64(sizes[c.of[0]]+sizes[c.of[1]]+sizes[c.of[2]])
		kept = max(kept, min(sets[3], float64(c.count), ends))
	}
	return kept*in*in*in + listed*(sets[2]*in*in*out+sets[1]*in*out*out+sets[0]*out*out*out)
}

// ways counts the sets whose segments keep the person where mask says so; those
// that differ only in the order of segments of a class are counted once in all.
func (c *tripleClass) ways(mask int, k, left []int) float64 {
	n := 1.0
	for i := 0; i < 3; {
		same, kept := 0, 0
		for i+same < 3 && c.of[i+same] == c.of[i] {
			kept += mask >> (i + same) & 1
			same++
		}
		n *= choices(k[c.of[i]], kept) * choices(left[c.of[i]], same-kept) / choices(same, kept)
		i += same
	}
	return n
}

// centredTriple returns the integer row of a triple.
func (d *design) centredTriple(counts []int64, triple int) int64 {
	c, l := &d.tripleCentre, d.layout
	x := c.q * c.q * c.q * counts[l.triple[triple]]
	if c.p == 0 {
		return x
	}
	t := l.triples[triple]
	for j, seg := range t {
		x -= c.p * c.q * c.q * counts[l.pair[l.pairIndex[ordered([]int{seg, t[(j+1)%3]})]]]
		x += c.p * c.p * c.q * counts[l.reach[seg]]
	}
	return x - c.p*c.p*c.p*counts[l.people]
}

// tripleOf returns an overlap of three: the sum of (x-b)(y-b)(z-b) is
// o - b·(its pairs) + b²·(its reaches) - b³N.
func (d *design) tripleOf(m *measured, triple int) float64 {
	b, t := d.tripleCentre.fixed(), d.layout.triples[triple]
	x := m.triple[triple]
	if b == 0 {
		return x
	}
	for j, seg := range t {
		x += b * d.pairOf(m, d.layout.pairIndex[ordered([]int{seg, t[(j+1)%3]})])
		x -= b * b * d.around(m, seg, 0)[0]
	}
	return x + b*b*b*m.all[0][0]
}

// tripleVariance is the variance of an overlap of three. Its pairs add up to
// Σz + 2a·(its reaches) - 3a²N, see pairVariance, and its reaches to Σz + 3B.
func (d *design) tripleVariance(triple int) float64 {
	a, b, c := d.pairCentre.fixed(), d.tripleCentre.fixed(), &d.centres[0]
	v, t := d.variance(d.scales.triple[triple]), d.layout.triples[triple]
	if b == 0 {
		return v
	}
	reaches, rest := 2*a*b-b*b, c.rest()
	for j, seg := range t {
		v += b * b * d.variance(d.scales.pair[d.layout.pairIndex[ordered([]int{seg, t[(j+1)%3]})]])
		v += reaches * reaches * d.variance(d.scales.seg[seg][0]) * (1 + 6*c.share(seg)/rest)
	}
	n := 3*reaches*c.fixed()/rest + b*b*b - 3*a*a*b
	return v + 9*reaches*reaches*d.common[0] + n*n*d.variance(d.scales.all[0])
}

// paired tells whether all pairs of all triples are measured.
func (l *layout) paired() bool {
	for _, t := range l.triples {
		for j, seg := range t {
			if _, ok := l.pairIndex[ordered([]int{seg, t[(j+1)%3]})]; !ok {
				return false
			}
		}
	}
	return len(l.triples) > 0
}

// projectTriples puts every triple within the room that everybody, its segments
// and, where they are released, its pairs leave.
func (s *Strategy) projectTriples(u *unbiased, people int64, reach []int64, out [][]int64) {
	w := &s.workload
	if len(s.layout.triples) == 0 {
		return
	}
	pairs := map[[2]int]int64{}
	for i := range w.Tables {
		if t := &w.Tables[i]; t.Kind == Overlap && len(t.Segments) == 2 {
			pairs[ordered(t.Segments)] = out[i][0]
		}
	}
	for i := range w.Tables {
		if t := &w.Tables[i]; t.Kind == Overlap && len(t.Segments) == 3 {
			low, high := tripleRoom(t.Segments, people, reach, pairs)
			// Noisy pairs may leave no room at all; then the upper end holds.
			out[i] = []int64{min(max(whole(u.cells[i][0]), low), high)}
		}
	}
}

// tripleRoom returns the least and the most people who can be in all of three
// segments: the bounds of Fréchet for the three, and for each and the overlap of the
// two others; and, by inclusion and exclusion, that those who are in none of them
// are not fewer than nobody.
func tripleRoom(t []int, people int64, reach []int64, pairs map[[2]int]int64) (low, high int64) {
	high = people
	sum, outside, known := int64(0), people, 0
	for j, seg := range t {
		a, b := t[(j+1)%3], t[(j+2)%3]
		high = min(high, reach[seg])
		sum += reach[seg]
		outside -= reach[seg]
		if both, ok := pairs[ordered([]int{a, b})]; ok {
			high = min(high, both)
			low = max(low, both+reach[seg]-people)
			outside += both
			known++
		}
		// Who is in seg and a, and in seg and b, is in all three as far as seg has
		// no room for both apart.
		x, one := pairs[ordered([]int{seg, a})]
		y, other := pairs[ordered([]int{seg, b})]
		if one && other {
			low = max(low, x+y-reach[seg])
		}
	}
	if known == 3 {
		high = min(high, max(0, outside))
	}
	return max(low, sum-2*people), high
}
