// SPDX-License-Identifier: Apache-2.0

package release

import (
	"fmt"
	"math"
	"slices"
)

// Together is how many people at least one of some segments reaches: a range,
// since a release tells pairs and not the union. It follows from released
// numbers alone, so it costs nothing.
type Together struct {
	Segments   []string `json:"segments"` // as asked
	Lower      int64    `json:"lower"`
	Upper      int64    `json:"upper"`
	Confidence float64  `json:"confidence"`
	Order      []Step   `json:"order"` // the one that adds most comes first
}

// A Step is one more segment: what it adds to those before it, and what all of
// them reach together.
type Step struct {
	Segment  string `json:"segment"`
	Adds     Bounds `json:"adds"`
	Together Bounds `json:"together"`
}

// Bounds hold a number of people, both ends included.
type Bounds struct {
	Lower int64 `json:"lower"`
	Upper int64 `json:"upper"`
}

// MostTogether is how many segments Together takes at most.
const MostTogether = 100

// Together returns the range of the union of segments. The upper end is Hunter's
// and Worsley's: what all have, less the pairs along the spanning tree that takes
// most away (Hunter 1976, Journal of Applied Probability 13; Worsley 1982,
// Biometrika 69). The lower end is Dawson's and Sankoff's (1967, Proceedings of
// the AMS 18), or the largest segment. Every number that goes in is taken at a
// confidence that makes all of them hold at once (Bonferroni), since their noise
// is not independent and the tree is chosen by looking at them; so the whole
// answer holds with 95 %. A pair that was not released is taken as anything that
// its segments allow.
func (r *Release) Together(segments []string) (*Together, error) {
	n := len(segments)
	if n < 2 || n > MostTogether {
		return nil, fmt.Errorf("two to %d segments are taken together", MostTogether)
	}
	for i, id := range segments {
		switch s := r.Segment(id); {
		case s == nil:
			return nil, fmt.Errorf("unknown segment %q; this release has %s", id, r.ids())
		case s.Status != Released || r.Reach(id) == nil:
			return nil, fmt.Errorf("segment %s has no released number", id)
		case slices.Contains(segments[:i], id):
			return nil, fmt.Errorf("segment %s is named twice", id)
		}
	}
	u := r.union(segments)
	t := &Together{Segments: segments, Confidence: confidence}
	var taken []int
	for range segments {
		next := u.next(taken)
		s := Step{Segment: segments[next], Adds: u.adds(taken, next)}
		taken = append(taken, next)
		s.Together = u.of(taken)
		if k := len(t.Order); k > 0 {
			// More segments never reach fewer people.
			s.Together.Lower = max(s.Together.Lower, t.Order[k-1].Together.Lower)
		}
		t.Order = append(t.Order, s)
	}
	all := t.Order[n-1].Together
	t.Lower, t.Upper = all.Lower, all.Upper
	return t, nil
}

// mostPeople is more than there are people.
const mostPeople = 1 << 33

// A union is what is known of some segments and their pairs.
type union struct {
	everybody Bounds
	reach     []Bounds
	pair      [][]Bounds
	size      []int64   // estimates
	shared    [][]int64 // estimates of pairs; 0 where there is none
}

func (r *Release) union(segments []string) *union {
	n := len(segments)
	u := &union{everybody: Bounds{0, mostPeople}, pair: make([][]Bounds, n), shared: make([][]int64, n)}
	// One factor for all numbers that may go in: the population, n, and their pairs.
	z := r.Privacy.deviations((1 - confidence) / float64(1+n+n*(n-1)/2))
	if c := r.Population(); told(c) {
		u.everybody = c.bounds(z)
	}
	for i, id := range segments {
		c := r.Reach(id)
		b := c.bounds(z)
		u.reach = append(u.reach, Bounds{b.Lower, min(b.Upper, u.everybody.Upper)})
		u.size = append(u.size, *c.Estimate)
		u.pair[i], u.shared[i] = make([]Bounds, n), make([]int64, n)
	}
	for i := range n {
		for j := range i {
			b := Bounds{max(0, u.reach[i].Lower+u.reach[j].Lower-u.everybody.Upper), min(u.reach[i].Upper, u.reach[j].Upper)}
			if c := r.Overlap(segments[i], segments[j]); told(c) {
				o := c.bounds(z)
				b = Bounds{max(b.Lower, o.Lower), min(b.Upper, o.Upper)}
				u.shared[i][j], u.shared[j][i] = *c.Estimate, *c.Estimate
			}
			u.pair[i][j], u.pair[j][i] = b, b
		}
	}
	return u
}

func told(c *Cell) bool { return c != nil && c.Unbiased != nil && c.StdDev != nil && c.Estimate != nil }

// bounds returns the range of a number of people at z standard deviations.
func (c *Cell) bounds(z float64) Bounds {
	half := z * *c.StdDev
	return Bounds{max(0, int64(math.Floor(*c.Unbiased-half))), max(0, int64(math.Ceil(*c.Unbiased+half)))}
}

// next returns the segment that adds most to those taken, by the released
// estimates: at most what it shares with none of them.
func (u *union) next(taken []int) int {
	best, most := -1, int64(math.MinInt64)
	for i, size := range u.size {
		if slices.Contains(taken, i) {
			continue
		}
		shared := int64(0)
		for _, j := range taken {
			shared = max(shared, u.shared[i][j])
		}
		if size-shared > most {
			best, most = i, size-shared
		}
	}
	return best
}

// adds returns how many people of segment i are in none of those taken.
func (u *union) adds(taken []int, i int) Bounds {
	b := u.reach[i]
	var shared Bounds
	for _, j := range taken {
		shared.Lower = max(shared.Lower, u.pair[i][j].Lower)
		shared.Upper += u.pair[i][j].Upper
	}
	return Bounds{max(0, b.Lower-shared.Upper), max(0, b.Upper-shared.Lower)}
}

// of returns the range of the union of the segments taken.
func (u *union) of(taken []int) Bounds {
	var b Bounds
	var least, pairs float64 // S1 from below, S2 from above
	for k, i := range taken {
		b.Lower = max(b.Lower, u.reach[i].Lower)
		b.Upper += u.reach[i].Upper
		least += float64(u.reach[i].Lower)
		for _, j := range taken[:k] {
			pairs += float64(u.pair[i][j].Upper)
		}
	}
	// Dawson and Sankoff: true for every whole k, best for this one.
	if least > 0 {
		k := 1 + math.Floor(2*pairs/least)
		b.Lower = max(b.Lower, int64(math.Ceil(2*least/(k+1)-2*pairs/(k*(k+1))-1e-9)))
	}
	b.Upper = min(b.Upper-u.tree(taken), u.everybody.Upper)
	b.Upper = max(b.Upper, b.Lower)
	return b
}

// tree returns the weight of the maximum spanning tree of what pairs share at
// least (Prim's algorithm).
func (u *union) tree(taken []int) (weight int64) {
	best := make([]int64, len(taken)) // to the tree
	in := make([]bool, len(taken))
	for k := range best {
		best[k] = -1
	}
	for at := 0; at >= 0; {
		in[at] = true
		next := -1
		for k, i := range taken {
			if in[k] {
				continue
			}
			best[k] = max(best[k], u.pair[taken[at]][i].Lower)
			if next < 0 || best[k] > best[next] {
				next = k
			}
		}
		if next >= 0 {
			weight += best[next]
		}
		at = next
	}
	return weight
}
