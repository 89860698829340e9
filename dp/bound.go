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
	f.alike = b.part.uniform && !slices.ContainsFunc(b.part.pairs, func(c pairClass) bool { return !c.uniform })
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
	return len(h.d.features)*(1+len(h.part.sizes)) + len(h.part.pairs)
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
		all:   func(f int) float64 { return v[f] },
		seg:   func(segment, f int) float64 { return v[at(segment, f)] },
		cross: func(segment, f int) float64 { return cross[at(segment, f)] },
		pair:  func(pair int) float64 { return v[features*(1+classes)+h.part.pairOf[pair]] },
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
	return float64(h.part.pairs[at-features*(1+classes)].possible)
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
	p := h.part
	roots, pairs := h.roots()
	var out []block
	for first, group := range h.apartFrom1() {
		common := newPart(1, types)
		if first == 0 {
			common.coordinate(0, math.Sqrt(h.o.base.all[0]), 0, func([]int) float64 { return 1 })
		}
		for g, n := range p.sizes {
			h.segments(common, group, g, roots, func(k []int) float64 { return float64(k[g]) / math.Sqrt(float64(n)) })
		}
		if first == 0 {
			for c := range p.pairs {
				pair := &p.pairs[c]
				common.coordinate(0, pairs[c], h.pairAt(c), func(k []int) float64 { return pair.kept(k) / math.Sqrt(float64(pair.possible)) })
			}
		}
		out = append(out, common.block())
		for g, n := range p.sizes {
			if n < 2 {
				continue
			}
			between := newPart(float64(n-1), types)
			h.segments(between, group, g, roots, func(k []int) float64 { return differ(k[g], n) })
			if first == 0 {
				h.pairDifferences(between, g, pairs)
			}
			out = append(out, between.block())
		}
	}
	out = append(out, h.pairBlocks(types, pairs)...)
	return slices.DeleteFunc(out, func(b block) bool { return len(b.to) == 0 })
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

// segments adds the coordinates of a class of segments to a part: those of
// features that are together. of is that of feature 1.
func (h *shaper) segments(b *part, group []int, g int, roots []*mat.SymDense, of func(k []int) float64) {
	first := len(b.to)
	for i, f := range group {
		scale := math.Sqrt(h.d.features[f].price)
		b.coordinate(i, roots[g].At(f, f), len(h.d.features)+f*len(h.part.sizes)+g, func(k []int) float64 { return scale * of(k) })
	}
	for i := first; i < len(b.to); i++ {
		for j := first; j < i; j++ {
			f, e := (b.to[i]-len(h.d.features))/len(h.part.sizes), (b.to[j]-len(h.d.features))/len(h.part.sizes)
			b.between[[2]int{i, j}] = roots[g].At(f, e)
		}
	}
}

func (h *shaper) pairAt(c int) int { return len(h.d.features)*(1+len(h.part.sizes)) + c }

// differ is the standard deviation of (x_i - x_j)/√2 for two of n segments, of
// which k are kept.
func differ(k, n int) float64 {
	return math.Sqrt(float64(k*(n-k)) / float64(n*(n-1)))
}

// pairDifferences adds the coordinates of pairs to the part of differences
// between two segments of class g.
func (h *shaper) pairDifferences(b *part, g int, roots []float64) {
	p, n := h.part, h.part.sizes[g]
	for c := range p.pairs {
		pair := &p.pairs[c]
		switch other := pair.g + pair.h - g; {
		case pair.g == g && pair.h == g && n > 2:
			b.coordinate(0, roots[c], h.pairAt(c), func(k []int) float64 {
				return differ(k[g], n) * float64(k[g]-1) / math.Sqrt(float64(n-2))
			})
		case pair.g != pair.h && (pair.g == g || pair.h == g):
			b.coordinate(0, roots[c], h.pairAt(c), func(k []int) float64 {
				return differ(k[g], n) * float64(k[other]) / math.Sqrt(float64(p.sizes[other]))
			})
		}
	}
}

// pairBlocks lists the parts that pairs alone have: differences of differences.
func (h *shaper) pairBlocks(types [][]int, roots []float64) []block {
	var out []block
	p := h.part
	for c := range p.pairs {
		pair := &p.pairs[c]
		n, m := p.sizes[pair.g], p.sizes[pair.h]
		switch {
		case pair.g == pair.h && n > 3:
			b := newPart(float64(n*(n-3)/2), types)
			b.coordinate(0, roots[c], h.pairAt(c), func(k []int) float64 {
				x, y := float64(k[pair.g]), float64(n-k[pair.g])
				return math.Sqrt(x * (x - 1) * y * (y - 1) / float64(n*(n-1)*(n-2)*(n-3)))
			})
			out = append(out, b.block())
		case pair.g != pair.h && n > 1 && m > 1:
			b := newPart(float64((n-1)*(m-1)), types)
			b.coordinate(0, roots[c], h.pairAt(c), func(k []int) float64 { return differ(k[pair.g], n) * differ(k[pair.h], m) })
			out = append(out, b.block())
		}
	}
	return out
}

// kept is how many pairs a person is kept in at both ends.
func (c *pairClass) kept(k []int) float64 {
	if c.g == c.h {
		return float64(k[c.g] * (k[c.g] - 1) / 2)
	}
	return float64(k[c.g] * k[c.h])
}
