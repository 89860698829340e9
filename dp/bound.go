// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// No unbiased Gaussian mechanism answers a workload better than the singular
// value bound (Li and Miklau 2013; Edmonds, Nikolov, Ullman 2020), here for
// people of any distribution q over what a person can be. Let φ be what a person
// adds to the statistics of the data, Σ = E_q φφᵀ and V the weights of their
// variances. Unbiased answers of precision matrix M cost a person φᵀMφ, so on
// average over q at most the price μ², and by Cauchy and Schwarz
//
//	tr(V·M⁻¹)·tr(M·Σ) >= (tr √(V^½·Σ·V^½))².
//
// The weighted variances are at least that square over μ². Every q gives a valid
// bound; a good one is found like the mixture of a saddle.
//
// People are drawn by how many segments of each class they are kept in, with
// segments of a class alike, cells uniform and amounts at either end of their
// range. Then Σ falls into small blocks by the symmetry of the classes: what all
// segments of a class have in common, differences between two of them, and so on
// for pairs (the irreducible parts under permutations within classes). Features
// other than 1 have mean 0 and are independent.

// A block is one irreducible part.
type block struct {
	copies  float64
	root    *mat.SymDense // √V of its coordinates
	to      []int         // of each coordinate: the measurement, in the order of shaper.weigh
	vectors []vector
}

// A vector is the coordinates of the people of a type; those of a type may have
// several, of which Σ is the sum.
type vector struct {
	kind int
	x    []float64
}

// nothing is below what rounding makes of an eigenvalue 0.
const nothing = 1e-13

// solve returns √(√V·Σ·√V) under a mixture, and adds what the mechanism that
// attains the bound costs each type.
func (b *block) solve(q, costs []float64) *mat.SymDense {
	n := len(b.to)
	sigma, h := mat.NewSymDense(n, nil), mat.NewSymDense(n, nil)
	ys := make([]*mat.VecDense, len(b.vectors))
	for i, v := range b.vectors {
		ys[i] = mat.NewVecDense(n, nil)
		ys[i].MulVec(b.root, mat.NewVecDense(n, v.x))
		sigma.SymRankOne(sigma, q[v.kind], ys[i])
	}
	var e mat.EigenSym
	if !e.Factorize(sigma, true) {
		return h // 0 is a bound too
	}
	values, vectors := e.Values(nil), new(mat.Dense)
	e.VectorsTo(vectors)
	for k, x := range values {
		if x <= nothing*values[n-1] {
			continue // nobody of the mixture differs in this direction
		}
		u := vectors.ColView(k)
		h.SymRankOne(h, math.Sqrt(x), u)
		for i, v := range b.vectors {
			dot := mat.Dot(ys[i], u)
			costs[v.kind] += b.copies * dot * dot / math.Sqrt(x)
		}
	}
	return h
}

// A floor is a bound taken apart: what the variances are in the mechanism that
// attains it. No mechanism is below it in all of them.
type floor struct {
	statistics
	value float64 // of the weighted variances
	alike bool    // segments of a class have the same weights, so that it is attained
}

// Steps of the search for a mixture, how many types it mixes, and by how much a
// bound is lowered for the rounding of its sums.
const (
	boundSteps  = 300
	boundTypes  = 120
	boundMargin = 1e-7
)

// floor returns the best bound found for a price.
func (h *shaper) floor(price float64) *floor {
	// Pairs that a plan keeps apart for their targets are one class here.
	o := *h.o
	o.goals = nil
	b := &shaper{d: h.d, o: &o, part: &partition{of: h.part.of, sizes: h.part.sizes}, types: h.types, mix: h.mix}
	o.sum(b.part)
	types, q := b.mixed()
	blocks := b.blocks(types)
	sum, q := best(blocks, q)
	f := b.apart(blocks, q, sum*(1-boundMargin), price)
	f.alike = b.part.uniform && !slices.ContainsFunc(b.part.pairs, func(c pairClass) bool { return !c.uniform }) &&
		!slices.ContainsFunc(b.part.triples, func(c tripleClass) bool { return !c.uniform })
	return f
}

// best returns the best bound found, tr √(V^½ΣV^½), and its mixture.
func best(blocks []block, q []float64) (value float64, mix []float64) {
	for range boundSteps {
		sum, costs := 0.0, make([]float64, len(q))
		for i := range blocks {
			sum += blocks[i].copies * mat.Trace(blocks[i].solve(q, costs))
		}
		if sum > value {
			value, mix = sum, slices.Clone(q)
		}
		worst, total := 0.0, 0.0
		for t := range q {
			worst = max(worst, costs[t]/sum)
			q[t] *= costs[t]
			total += q[t]
		}
		for t := range q {
			q[t] /= total
		}
		if worst < 1+1e-5 {
			break
		}
	}
	return value, mix
}

func (h *shaper) measurements() int {
	return len(h.d.features)*(1+len(h.part.sizes)) + len(h.part.pairs) + len(h.part.triples)
}

// mixed returns the types that matter to the design, some others, and a mixture.
func (h *shaper) mixed() (types [][]int, q []float64) {
	stride := max(1, len(h.types)/(boundTypes/2))
	sum := 0.0
	for i, k := range h.types {
		if h.mix[i] > 2.0/boundTypes || i%stride == 0 || i == len(h.types)-1 {
			types, q = append(types, k), append(q, h.mix[i]+1e-3)
			sum += h.mix[i] + 1e-3
		}
	}
	for i := range q {
		q[i] /= sum
	}
	return types, q
}

// apart takes a bound apart. The mechanism that attains it has the covariances
// V^-½·√(V^½ΣV^½)·V^-½, times the bound over the price.
func (h *shaper) apart(blocks []block, q []float64, sum, price float64) *floor {
	features, classes := len(h.d.features), len(h.part.sizes)
	v, cross := make([]float64, h.measurements()), make([]float64, h.measurements())
	for i := range blocks {
		b := &blocks[i]
		c := b.solve(q, make([]float64, len(q)))
		var inverse, covariance mat.Dense
		if inverse.Inverse(b.root) != nil {
			continue
		}
		covariance.Product(&inverse, c, &inverse)
		for j, to := range b.to {
			n := h.statistics(to)
			v[to] += b.copies * covariance.At(j, j) / n
			if f := (to - features) / classes; to >= features && f > 0 && f < features && h.d.features[f].kind == amount {
				cross[to] += b.copies * covariance.At(j, slices.Index(b.to, features+(to-features)%classes)) / n
			}
		}
	}
	at := func(segment, f int) int { return features + f*classes + h.part.of[segment] }
	s := statistics{
		all:    func(f int) float64 { return v[f] },
		seg:    func(segment, f int) float64 { return v[at(segment, f)] },
		cross:  func(segment, f int) float64 { return cross[at(segment, f)] },
		pair:   func(pair int) float64 { return v[h.pairAt(h.part.pairOf[pair])] },
		triple: func(triple int) float64 { return v[h.tripleAt(h.part.tripleOf[triple])] },
	}
	// Where weights within a class differ the parts need not add up to the whole.
	total := 0.0
	for t, weight := range h.d.weights {
		if !h.d.workload.discovers(t) {
			total += weight * h.d.weighed(s, t)
		}
	}
	for i := range v {
		v[i] *= sum * sum / (total * price)
		cross[i] *= sum * sum / (total * price)
	}
	return &floor{value: sum * sum / price, statistics: s}
}

// statistics is how many there are of a measurement in all segments of a class.
func (h *shaper) statistics(at int) float64 {
	features, classes := len(h.d.features), len(h.part.sizes)
	switch {
	case at < features:
		return 1
	case at < features*(1+classes):
		return float64(h.part.sizes[(at-features)%classes])
	}
	at -= h.pairAt(0)
	if at < len(h.part.pairs) {
		return float64(h.part.pairs[at].possible)
	}
	return float64(h.part.triples[at-len(h.part.pairs)].possible)
}

// blocks lists the irreducible parts. Where the weights V_i of the segments of a
// class differ (0 where something is not asked for) the parts are those of the
// weights V' with V'^½ the mean of V_i^½. That is valid too: for H = √(V'^½ΣV'^½),
//
//	tr √(V^½ΣV^½) = ‖V^½Σ^½‖₁ >= tr V^½·V'^-½·H = tr H,
//
// since V'^-½·H is Σ^½ times a rotation, and H is the same for all segments of a
// class.
func (h *shaper) blocks(types [][]int) []block {
	roots, pairs, triples := h.roots()
	var out []block
	for first, group := range h.apartFrom1() {
		var all []sets
		if first == 0 {
			all = append(all, sets{of: h.members(), root: math.Sqrt(h.o.base.all[0])})
		}
		for g := range h.part.sizes {
			for i, f := range group {
				all = append(all, sets{of: h.members(g), apart: i, root: roots[g].At(f, f), roots: roots[g], feature: f,
					scale: math.Sqrt(h.d.features[f].price), to: len(h.d.features) + f*len(h.part.sizes) + g})
			}
		}
		if first == 0 {
			for i, c := range h.part.pairs {
				all = append(all, sets{of: h.members(c.g, c.h), root: pairs[i], to: h.pairAt(i)})
			}
			for i, c := range h.part.triples {
				all = append(all, sets{of: h.members(c.of[:]...), root: triples[i], to: h.tripleAt(i)})
			}
		}
		out = append(out, h.irreducible(all, types)...)
	}
	return out
}

// apartFrom1 lists the features whose blocks are apart from one another: 1 and
// the amounts, which sums mix, are together, and every component is alone.
func (h *shaper) apartFrom1() [][]int {
	groups := [][]int{nil}
	for f := range h.d.features {
		switch h.d.features[f].kind {
		case ones, amount:
			groups[0] = append(groups[0], f)
		case category:
			// Not independent of the reach; a bound without it holds too.
		default:
			groups = append(groups, []int{f})
		}
	}
	return groups
}

func (h *shaper) pairAt(c int) int { return len(h.d.features)*(1+len(h.part.sizes)) + c }

func (h *shaper) tripleAt(c int) int { return h.pairAt(len(h.part.pairs)) + c }
