// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"math"
	"math/bits"
	"slices"
)

// Quantiles come by recursive exponential mechanisms (ApproximateQuantiles:
// Kaplan, Schnapp and Stemmer, ICML 2022): one for the middle one of them, which
// parts the people, and then one on each side for the middle one there. A
// person is on one side only, so ceil(log2(q+1)) levels are what q quantiles
// cost.
//
// Values are points of a public grid. A point's people are spread evenly over a
// number of places on it, and a candidate is a place: where many people have one
// value, as much of each of them goes to the left side as its answer says, and
// the rest to the right. So a person is always one person in all, ties are no
// special case, and answers never fall.

const (
	// fewPlaces and manyPlaces bound the number of places of a point; allPlaces
	// is what a grid has in all between these. What a tie can put a later answer
	// off by is a part of that size of the people who have the value.
	fewPlaces, manyPlaces = 64, 4096
	allPlaces             = 1 << 17
	// ranks is what Table.At counts in: 5000 is the median.
	ranks = 10_000
	// maxPoints and maxGrids bound the memory of exact counts: a histogram of
	// each grid in each of its segments, and as much for each builder.
	maxPoints = 1 << 16
	maxGrids  = 1 << 21
)

// A Grid is the public grid of a value: Min, Min+Step and so on, in released
// units, Points of them. An engine says for every person which one is nearest.
type Grid struct {
	Min, Step int64
	Points    int
}

// places is how many places a point of the grid has: a power of two.
func (g *Grid) places() int {
	n := manyPlaces
	for n > fewPlaces && n*g.Points > allPlaces {
		n /= 2
	}
	return n
}

// value of a point.
func (g *Grid) value(point int) int64 { return g.Min + int64(point)*g.Step }

// A split is one exponential mechanism of a list of quantiles: which of them it
// answers, as a share num/den of its own people, and who answers on both sides.
type split struct {
	quantile    int
	num, den    int64
	left, right int // splits, or none
	depth       int // from 1
}

// depthOf is how many mechanisms a person takes part in, for q quantiles.
func depthOf(q int) int { return bits.Len(uint(q)) }

// splits lays out the mechanisms for quantiles that rise, the first one first. A
// middle is the one nearest to the middle of its people that leaves no side
// more than its levels can answer.
func splits(at []int) []split {
	var out []split
	var part func(first, last, low, high, depth, left int) int
	part = func(first, last, low, high, depth, left int) int {
		if first == last {
			return none
		}
		room := 1<<(left-1) - 1
		middle := none
		for i := first; i < last; i++ {
			if i-first <= room && last-i-1 <= room && (middle == none || off(at[i], low, high) < off(at[middle], low, high)) {
				middle = i
			}
		}
		num, den := int64(at[middle]-low), int64(high-low)
		n := len(out)
		d := divisor(num, den)
		out = append(out, split{quantile: middle, num: num / d, den: den / d, depth: depth})
		l := part(first, middle, low, at[middle], depth+1, left-1)
		r := part(middle+1, last, at[middle], high, depth+1, left-1)
		out[n].left, out[n].right = l, r
		return n
	}
	part(0, len(at), 0, ranks, 1, depthOf(len(at)))
	return out
}

// off is how far from the middle of its people a quantile is, doubled.
func off(at, low, high int) int {
	d := 2*at - low - high
	return max(d, -d)
}

func divisor(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return max(a, 1)
}

// move is the most by which one person moves a loss of the split. Losses count
// the parts of people, one for each place, between an answer's rank and the one
// asked for, times den: whoever is left of the answer adds den-num, everybody
// else takes num away.
func (s *split) move(places int) int64 { return max(s.num, s.den-s.num) * int64(places) }

// mechanism returns the exponential mechanism of a split. Losses of some answers
// rise while those of others fall, so it costs twice what a person moves them
// by, and has that range.
func (s *split) mechanism(epsilon float64, places int) (exponential, error) {
	return newExponential(epsilon / float64(2*s.move(places)))
}

// A staircase is the people of a segment by grid point, added up.
type staircase struct {
	places int     // of each point; a power of two
	shift  int     // its logarithm
	people []int64 // of each point
	below  []int64 // of each point: people with a smaller value; then everybody
}

func newStaircase(people []int64, places int) *staircase {
	s := &staircase{places: places, shift: bits.TrailingZeros(uint(places)), people: people, below: make([]int64, len(people)+1)}
	for i, n := range people {
		s.below[i+1] = s.below[i] + n
	}
	return s
}

// end is the number of places.
func (s *staircase) end() int { return len(s.people) * s.places }

// rank is how many parts of people are left of a place.
func (s *staircase) rank(place int) int64 {
	point, part := place>>s.shift, int64(place&(s.places-1))
	r := s.below[point] << s.shift
	if part > 0 {
		r += part * s.people[point]
	}
	return r
}

// A rung is a split at work on the people between two places. Its candidates
// are the places from the first to the last, but for the end of the grid.
type rung struct {
	*split
	stairs   *staircase
	from, to int
}

func (r *rung) candidates() int { return min(r.to, r.stairs.end()-1) - r.from + 1 }

// losses returns how far each candidate's rank is from the one asked for.
func (r *rung) losses() func(i int) int64 {
	first := r.stairs.rank(r.from)
	want := r.num * (r.stairs.rank(r.to) - first)
	return func(i int) int64 {
		d := r.den*(r.stairs.rank(r.from+i)-first) - want
		return max(d, -d)
	}
}

// A picker draws a candidate by a split's mechanism.
type picker func(s *split, n int, loss func(int) int64) (int, error)

// quantilesOf answers all splits on a histogram: a grid point for each quantile,
// never falling.
func quantilesOf(stairs *staircase, all []split, pick picker) ([]int, error) {
	answers := make([]int, len(all))
	var walk func(at, from, to int) error
	walk = func(at, from, to int) error {
		if at == none {
			return nil
		}
		r := rung{&all[at], stairs, from, to}
		i, err := pick(r.split, r.candidates(), r.losses())
		if err != nil {
			return err
		}
		place := from + i
		answers[r.quantile] = place / stairs.places
		if err := walk(r.left, from, place); err != nil {
			return err
		}
		return walk(r.right, place, to)
	}
	return answers, walk(0, 0, stairs.end())
}

// A quantiler is the plan for one table of quantiles.
type quantiler struct {
	splits  []split
	places  int
	epsilon float64 // of each level
}

func (s *Strategy) quantiler(t int) quantiler {
	table := &s.workload.Tables[t]
	return quantiler{splits(table.At), s.workload.Grids[table.Grid].places(), s.unit * levelWeight(table)}
}

// levelWeight is a table's weight among mechanisms whose ε add up: errors go with
// 1/ε, so their weighted squares are smallest where ε goes with the cube root.
func levelWeight(t *Table) float64 { return math.Cbrt(t.weight()) }

// ranked tells whether a workload asks for quantiles.
func (w *Workload) ranked() bool {
	return slices.ContainsFunc(w.Tables, func(t Table) bool { return t.Kind == Quantiles })
}

// drawQuantiles answers all tables of quantiles from the exact counts. Crowds
// are made once for all tables alike.
func (s *Strategy) drawQuantiles(counts []int64) ([][]int, error) {
	out := make([][]int, len(s.workload.Tables))
	crowds := map[uint64]*crowd{}
	for t := range s.workload.Tables {
		table := &s.workload.Tables[t]
		if table.Kind != Quantiles {
			continue
		}
		q := s.quantiler(t)
		first := s.layout.tableFirst[t]
		var err error
		people := counts[first : first+s.workload.Grids[table.Grid].Points]
		out[t], err = quantilesOf(newStaircase(people, q.places), q.splits,
			func(at *split, n int, loss func(int) int64) (int, error) {
				e, err := at.mechanism(q.epsilon, q.places)
				if err != nil {
					return 0, err
				}
				if crowds[e.base] == nil {
					crowds[e.base] = newCrowd(e)
				}
				return crowds[e.base].pick(n, loss)
			})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}
