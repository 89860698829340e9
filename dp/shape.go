// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/optimize"
)

// A shape is around what everything is measured, by classes of segments.
type shape struct {
	fixed  []float64   // of each feature: the fixed part of its centre
	shares [][]float64 // of each feature and class: what being kept in a segment adds
	pair   float64     // centre of pairs
	triple float64     // centre of triples
}

// A shaper chooses the shape of a Gaussian design, and how precise each of its
// measurements is. Features that the same segments have share a shape: they are
// a group.
type shaper struct {
	d      *design
	o      *objective
	part   *partition
	group  []int // of each feature
	first  []int // of each group: a feature
	wide   []bool
	types  [][]int // what people are kept in, by classes
	chosen shape   // fractions
	mix    []float64
}

// newShaper sorts the segments of an objective, and its features.
func newShaper(o *objective) *shaper {
	h := &shaper{d: o.design, o: o, part: o.partition()}
	h.types, _ = counts(h.part.sizes, h.d.workload.Bound, maxTypes)
	known := map[string]int{}
	for f := range h.d.features {
		n := 0
		for _, m := range h.part.members[f] {
			n += m
		}
		// Rows whose entries leave no room for a share of each segment have a
		// coarse centre that is the same for everybody. Categories that nobody
		// declared differ from segment to segment, and share none.
		limit := h.limit(f)
		wide := limit < 4*int64(n) || h.d.features[f].kind == category
		h.wide = append(h.wide, wide)
		if wide {
			h.d.plan(o, f)
		}
		key := fmt.Sprint(f == 0, limit, h.part.members[f])
		if wide {
			key = fmt.Sprint(f)
		}
		g, ok := known[key]
		if !ok {
			g = len(h.first)
			known[key] = g
			h.first = append(h.first, f)
		}
		h.group = append(h.group, g)
	}
	return h
}

// limit is the largest denominator of a feature's centre: times the largest
// entry of a row and MaxPeople it stays below 2^60 (privacy R13).
func (h *shaper) limit(f int) int64 {
	return min(1<<16, int64(math.Floor(1<<27/h.d.features[f].entry)))
}

// at makes the shape of four numbers: the fixed centre of reaches and that of
// pairs, and how much of reaches and of everything else is shared; and of a
// fifth, the centre of triples, where these have one. precisions,
// of each group and class, tell how segments of different classes take part.
func (h *shaper) at(x []float64, precisions [][]float64) shape {
	s := shape{pair: x[1]}
	if len(x) > 4 {
		s.triple = x[4]
	}
	for f := range h.d.features {
		a, total := 0.0, x[3]
		switch {
		case f == 0:
			a, total = x[0], min(x[2], 0.98-x[0])
		case h.wide[f]:
			a, total = h.d.centres[f].fixed(), 0
		}
		n, sum := 0, 0.0
		for g, m := range h.part.members[f] {
			n += m
			sum += float64(m) * precisions[h.group[f]][g]
		}
		shares := make([]float64, len(h.part.sizes))
		for g := range shares {
			if n > 1 && sum > 0 {
				shares[g] = total * precisions[h.group[f]][g] / sum
			}
		}
		s.fixed, s.shares = append(s.fixed, a), append(s.shares, shares)
	}
	return s
}

// fix makes all centres of a shape fractions: those of the design.
func (h *shaper) fix(s shape) {
	d := h.d
	out := shape{fixed: make([]float64, len(s.fixed)), shares: make([][]float64, len(s.fixed))}
	for f := range d.centres {
		if h.wide[f] {
			out.fixed[f], out.shares[f] = s.fixed[f], s.shares[f]
			continue
		}
		if first := h.first[h.group[f]]; first < f {
			d.centres[f], out.fixed[f], out.shares[f] = d.centres[first], out.fixed[first], out.shares[first]
			continue
		}
		c, own := fraction(s.fixed[f], s.shares[f], h.part.members[f], h.limit(f))
		out.fixed[f], out.shares[f] = c.fixed(), make([]float64, len(own))
		for g, m := range own {
			out.shares[f][g] = float64(m) / float64(c.q)
			if m > 0 && c.own == nil {
				c.own = make([]int64, len(h.part.of))
			}
		}
		for i := range c.own {
			if g := h.part.of[i]; g != none && h.o.needs(i, f) {
				c.own[i] = own[g]
				c.sum += own[g]
			}
		}
		d.centres[f] = c
	}
	d.pairCentre, _ = fraction(s.pair, nil, nil, 32)
	d.tripleCentre, _ = fraction(s.triple, nil, nil, 32)
	out.pair, out.triple = d.pairCentre.fixed(), d.tripleCentre.fixed()
	h.chosen = out
}

// needs tells whether any number of a segment needs a feature of it.
func (o *objective) needs(segment, f int) bool {
	return o.base.seg[segment][f] > 0 || f == 0 && o.overlap[segment] > 0
}

// Steps of a trial and of the last solution.
const (
	trialTypes = 150
	trialSteps = 100
	lastSteps  = 3000
	lastWork   = 1e8 // multiplications, but for the first hundred steps
	lastGap    = 1e-7
)

func (h *shaper) steps() int {
	work := len(h.types) * (len(h.first)*(1+len(h.part.sizes)) + len(h.part.pairs) + len(h.part.triples))
	return max(100, min(lastSteps, int(lastWork)/max(1, work)))
}

func even(n int) []float64 {
	q := make([]float64, n)
	for i := range q {
		q[i] = 1 / float64(n)
	}
	return q
}

// choose plans what a Gaussian design measures, and how precisely.
func (h *shaper) choose() {
	classes := len(h.part.sizes)
	precisions := make([][]float64, len(h.first))
	for i, f := range h.first {
		for _, n := range h.part.members[f] {
			precisions[i] = append(precisions[i], float64(min(n, 1)))
		}
	}
	x := []float64{0.1, 0.1, 0.2, 0.4}
	if h.d.layout.paired() {
		x = append(x, 0.1)
	}
	// How the segments of different classes share a centre follows from their
	// precisions, which follow from the centre.
	for range min(classes, 2) {
		m := h.saddle(h.at(x, precisions), h.types, even(len(h.types)))
		js, _ := m.solve(h.steps(), 1e-4)
		for i := range precisions {
			precisions[i] = js[len(h.first)+i*classes:][:classes]
		}
		x = h.search(x, precisions, m.q)
	}
	h.fix(h.at(x, precisions))
	h.mix = even(len(h.types))
	h.measure()
}

// measure chooses the precisions of the chosen shape.
func (h *shaper) measure() {
	m := h.saddle(h.chosen, h.types, h.mix)
	js, _ := m.solve(h.steps(), lastGap)
	h.set(h.split(m, js))
}

// reweighted returns a design of the same shape for other weights of tables,
// and remembers where its search began.
func (h *shaper) reweighted(d *design, weights []float64) *design {
	e := *d
	e.weights, e.scales = weights, newLevels(d.workload, d.layout, len(d.features))
	s := *h
	s.d, s.o = &e, newObjective(&e)
	s.part = &partition{of: h.part.of, sizes: h.part.sizes}
	s.o.sum(s.part)
	s.mix = make([]float64, len(h.mix))
	for i, q := range h.mix {
		s.mix[i] = q + 1e-3/float64(len(h.mix)) // none is ruled out for good
	}
	e.shaper = &s
	s.measure()
	e.settle()
	return &e
}

// search returns the numbers of at with the least error.
func (h *shaper) search(from []float64, precisions [][]float64, q []float64) []float64 {
	var types [][]int // those that matter, and some of all
	var mix []float64
	for i, k := range h.types {
		if q[i] > 1e-4 || i%max(1, len(h.types)/trialTypes) == 0 || i == len(h.types)-1 {
			types, mix = append(types, k), append(mix, q[i]+1e-3)
		}
	}
	high := []float64{0.5, 0.5, 0.97, 0.97, 0.5}[:len(from)]
	unfold := func(x []float64) []float64 {
		y := make([]float64, len(x))
		for i := range x {
			y[i] = high[i] * math.Sin(x[i]) * math.Sin(x[i])
		}
		return y
	}
	start := make([]float64, len(high))
	for i := range start {
		start[i] = math.Asin(math.Sqrt(from[i] / high[i]))
	}
	value := func(x []float64) float64 {
		_, v := h.saddle(h.at(unfold(x), precisions), types, append([]float64(nil), mix...)).solve(trialSteps, 1e-4)
		return math.Log(v)
	}
	r, err := optimize.Minimize(optimize.Problem{Func: value}, start, &optimize.Settings{
		FuncEvaluations: 160, Converger: &optimize.FunctionConverge{Absolute: 1e-5, Iterations: 25},
	}, &optimize.NelderMead{SimplexSize: 0.3})
	if r == nil || err != nil && value(r.X) > value(start) {
		return from
	}
	return unfold(r.X)
}

// set turns precisions into scales.
func (h *shaper) set(js []float64) {
	d, n := h.d, len(h.part.sizes)
	scale := func(precision float64) float64 {
		if precision == 0 {
			return 0
		}
		return 1 / math.Sqrt(precision)
	}
	for f := range d.features {
		d.scales.all[f] = scale(js[f])
		for i, g := range h.part.of {
			if g != none && h.o.needs(i, f) {
				d.scales.seg[i][f] = scale(js[len(d.features)+f*n+g])
			}
		}
	}
	for i, c := range h.part.pairOf {
		// An overlap that nobody can be in, where one segment is kept, costs
		// nobody anything; its row is made as if it could.
		d.scales.pair[i] = scale(min(js[len(d.features)*(n+1)+c], 1/d.pairCentre.in(4)))
	}
	for i, c := range h.part.tripleOf {
		d.scales.triple[i] = scale(min(js[len(d.features)*(n+1)+len(h.part.pairs)+c], 1/d.tripleCentre.in(6)))
	}
}
