// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"math"
	"slices"
)

// weigh returns what the variance of each measurement weighs: of each feature
// over everybody, then of each feature and class, then of each class of pairs and
// of triples. See featureVariance, pairVariance and tripleVariance.
func (h *shaper) weigh(s shape) []float64 {
	o, p := h.o, h.part
	var all, seg, sets []float64
	reaches := 2*s.pair*s.triple - s.triple*s.triple // in a triple
	triples := 0.0
	ends := make([]float64, len(p.sizes))
	for _, c := range p.triples {
		triples += float64(c.count) * c.weight
		for _, g := range c.of {
			ends[g] += float64(c.count) * c.weight * reaches * reaches
		}
	}
	for f := range s.fixed {
		rest, total := 1.0, 0.0
		for g, n := range p.members[f] {
			rest -= float64(n) * s.shares[f][g]
			total += float64(n) * p.weights[f][g]
		}
		a, a2 := s.fixed[f]/rest, s.pair*s.pair
		everybody, common := o.base.all[f]+total*a*a, total
		if f == 0 {
			r := 2*s.pair*a - a2
			t := 3*reaches*a + s.triple*s.triple*s.triple - 3*a2*s.triple
			everybody += o.overlaps*r*r + triples*t*t
			common += 4*a2*o.overlaps + 9*reaches*reaches*triples
		}
		all = append(all, everybody)
		for g, n := range p.members[f] {
			t := s.shares[f][g] / rest
			v := float64(n) * (p.weights[f][g]*(1+2*t) + common*t*t)
			if f == 0 {
				v += float64(n)*a2*p.ends[g]*(1+4*t) + ends[g]*(1+6*t)
			}
			seg = append(seg, v)
		}
	}
	for _, c := range p.pairs {
		v := float64(c.count) * c.weight
		for _, t := range p.triples {
			v += s.triple * s.triple * float64(t.count) * t.weight * t.pairs(&c)
		}
		sets = append(sets, v)
	}
	for _, c := range p.triples {
		sets = append(sets, float64(c.count)*c.weight)
	}
	return slices.Concat(all, seg, sets)
}

// costs returns what the measurements of each group cost, at precision 1 and
// feature price 1, a person who is kept in k segments of each class.
func (h *shaper) costs(s shape, k []int) []float64 {
	p, groups := h.part, len(h.first)
	out := make([]float64, groups, groups*(1+len(p.sizes))+len(p.pairs)+len(p.triples))
	for i, f := range h.first {
		out[i] = 1
		c := s.fixed[f]
		for g, n := range p.members[f] {
			c += s.shares[f][g] * float64(k[g]) * float64(n) / float64(p.sizes[g])
		}
		for g, n := range p.members[f] {
			kept := float64(k[g]) * float64(n) / float64(p.sizes[g])
			out = append(out, kept*(1-2*c)+float64(n)*c*c)
		}
	}
	a := s.pair
	for i := range p.pairs {
		out = append(out, p.pairs[i].cost(k, p.sizes, a*a, (1-a)*(1-a)))
	}
	for i := range p.triples {
		b := s.triple
		out = append(out, p.triples[i].cost(k, p.sizes, b*b, (1-b)*(1-b)))
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
