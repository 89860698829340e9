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
// pairs, and how much of reaches and of everything else is shared. precisions,
// of each group and class, tell how segments of different classes take part.
func (h *shaper) at(x []float64, precisions [][]float64) shape {
	s := shape{pair: x[1]}
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
	out.pair = d.pairCentre.fixed()
	h.chosen = out
}

// needs tells whether any number of a segment needs a feature of it.
func (o *objective) needs(segment, f int) bool {
	return o.base.seg[segment][f] > 0 || f == 0 && o.overlap[segment] > 0
}

// weigh returns what the variance of each measurement weighs: of each feature
// over everybody, then of each feature and class, then of each class of pairs.
func (h *shaper) weigh(s shape) []float64 {
	o, p := h.o, h.part
	var all, seg, pairs []float64
	for f := range s.fixed {
		rest, total := 1.0, 0.0
		for g, n := range p.members[f] {
			rest -= float64(n) * s.shares[f][g]
			total += float64(n) * p.weights[f][g]
		}
		a, a2, overlaps := s.fixed[f]/rest, s.pair*s.pair, 0.0
		everybody := o.base.all[f] + total*a*a
		if f == 0 {
			overlaps = o.overlaps
			r := 2*s.pair*a - a2
			everybody += overlaps * r * r
		}
		all = append(all, everybody)
		for g, n := range p.members[f] {
			t := s.shares[f][g] / rest
			v := p.weights[f][g]*(1+2*t) + (total+4*a2*overlaps)*t*t
			if f == 0 {
				v += a2 * p.ends[g] * (1 + 4*t)
			}
			seg = append(seg, float64(n)*v)
		}
	}
	for _, c := range p.pairs {
		pairs = append(pairs, float64(c.count)*c.weight)
	}
	return append(append(all, seg...), pairs...)
}

// costs returns what the measurements of each group cost, at precision 1 and
// feature price 1, a person who is kept in k segments of each class.
func (h *shaper) costs(s shape, k []int) []float64 {
	p := h.part
	var all, seg []float64
	for _, f := range h.first {
		all = append(all, 1)
		c := s.fixed[f]
		for g, n := range p.members[f] {
			c += s.shares[f][g] * float64(k[g]) * float64(n) / float64(p.sizes[g])
		}
		for g, n := range p.members[f] {
			kept := float64(k[g]) * float64(n) / float64(p.sizes[g])
			seg = append(seg, kept*(1-2*c)+float64(n)*c*c)
		}
	}
	out := append(all, seg...)
	a := s.pair
	for i := range p.pairs {
		out = append(out, p.pairs[i].cost(k, p.sizes, a*a, (1-a)*(1-a)))
	}
	return out
}

// saddle sets up the choice of precisions. What a group's features cost stays in
// proportion whatever a person is kept in, so they are one measurement of the
// weight (Σ √(v·price))²; see spread.
func (h *shaper) saddle(s shape, types [][]int, q []float64) *saddle {
	features, classes, groups := len(h.d.features), len(h.part.sizes), len(h.first)
	v := h.weigh(s)
	m := &saddle{v: make([]float64, groups*(1+classes)), q: q}
	for f, at := range h.group {
		price := h.d.features[f].price
		m.v[at] += math.Sqrt(v[f] * price)
		for g := range classes {
			m.v[groups+at*classes+g] += math.Sqrt(v[features+f*classes+g] * price)
		}
	}
	for j, x := range m.v {
		m.v[j] = x * x
	}
	m.v = append(m.v, v[features*(1+classes):]...)
	for _, k := range types {
		m.phi = append(m.phi, h.costs(s, k))
	}
	return m
}

// split returns the precisions of the measurements of weigh from those of
// groups.
func (h *shaper) split(m *saddle, precisions []float64) []float64 {
	features, classes, groups := len(h.d.features), len(h.part.sizes), len(h.first)
	v := h.weigh(h.chosen)
	out := make([]float64, len(v))
	one := func(to, from int, price float64) {
		if m.v[from] > 0 {
			out[to] = precisions[from] * math.Sqrt(v[to]/(price*m.v[from]))
		}
	}
	for f, at := range h.group {
		price := h.d.features[f].price
		one(f, at, price)
		for g := range classes {
			one(features+f*classes+g, groups+at*classes+g, price)
		}
	}
	copy(out[features*(1+classes):], precisions[groups*(1+classes):])
	return out
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
	work := len(h.types) * (len(h.first)*(1+len(h.part.sizes)) + len(h.part.pairs))
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

// search returns the four numbers with the least error.
func (h *shaper) search(from []float64, precisions [][]float64, q []float64) []float64 {
	var types [][]int // those that matter, and some of all
	var mix []float64
	for i, k := range h.types {
		if q[i] > 1e-4 || i%max(1, len(h.types)/trialTypes) == 0 || i == len(h.types)-1 {
			types, mix = append(types, k), append(mix, q[i]+1e-3)
		}
	}
	high := []float64{0.5, 0.5, 0.97, 0.97}
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
}
