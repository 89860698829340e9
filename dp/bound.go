// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"math"

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

// A block is one irreducible part: for the people of each type the vector of
// its coordinates.
type block struct {
	copies  float64
	weights []float64 // of each coordinate's variance
	to      []int     // of each coordinate: the measurement, in the order of shaper.weigh
	vectors [][]float64
}

// nothing is below what rounding makes of an eigenvalue 0.
const nothing = 1e-13

// root returns the eigenvectors of V^½ΣV^½ under a mixture and the roots of its
// eigenvalues.
func (b *block) root(q []float64) (*mat.Dense, []float64) {
	n := len(b.weights)
	if n == 0 {
		return nil, nil
	}
	sigma := mat.NewSymDense(n, nil)
	for t, x := range b.vectors {
		for i := range n {
			for j := i; j < n; j++ {
				w := math.Sqrt(b.weights[i] * b.weights[j])
				sigma.SetSym(i, j, sigma.At(i, j)+q[t]*x[i]*x[j]*w)
			}
		}
	}
	var e mat.EigenSym
	if !e.Factorize(sigma, true) {
		return nil, nil
	}
	values, vectors := e.Values(nil), new(mat.Dense)
	e.VectorsTo(vectors)
	least := nothing * values[n-1]
	for k, x := range values {
		values[k] = 0
		if x > least {
			values[k] = math.Sqrt(x)
		}
	}
	return vectors, values
}

// add adds up the diagonal of √(V^½ΣV^½), by measurement, and what the mechanism
// that attains the bound costs each type.
func (b *block) add(q, shares, costs []float64) {
	vectors, roots := b.root(q)
	for k, x := range roots {
		if x == 0 {
			continue // nobody of the mixture differs in this direction
		}
		for i, to := range b.to {
			u := vectors.At(i, k)
			shares[to] += b.copies * x * u * u
		}
		for t, y := range b.vectors {
			dot := 0.0
			for i, w := range b.weights {
				dot += y[i] * math.Sqrt(w) * vectors.At(i, k)
			}
			costs[t] += b.copies * dot * dot / x
		}
	}
}

// A floor is a bound taken apart: what the variances are in the mechanism that
// attains it. No mechanism is below it in all of them.
type floor struct {
	statistics
	value float64 // of the weighted variances
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
	shares, sum := b.best()
	return b.apart(shares, sum*(1-boundMargin)/price, sum*(1-boundMargin))
}

// best returns the shares of the best bound found, and their sum.
func (h *shaper) best() (best []float64, value float64) {
	types, q := h.mixed()
	blocks := h.blocks(types)
	for range boundSteps {
		shares, costs := make([]float64, h.measurements()), make([]float64, len(types))
		for i := range blocks {
			blocks[i].add(q, shares, costs)
		}
		sum := 0.0
		for _, x := range shares {
			sum += x
		}
		if sum > value {
			best, value = shares, sum
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
	return best, value
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

// apart takes a bound apart: a measurement's share of it is the variance that
// the mechanism that attains it has there, times its weight.
func (h *shaper) apart(shares []float64, unit, sum float64) *floor {
	features, classes := len(h.d.features), len(h.part.sizes)
	v := make([]float64, len(shares))
	over := func(at int, weight float64) {
		if weight > 0 {
			v[at] = shares[at] * unit / weight
		}
	}
	for f := range features {
		over(f, h.o.base.all[f])
		for g, n := range h.part.members[f] {
			over(features+f*classes+g, float64(n)*h.part.weights[f][g])
		}
	}
	for i, c := range h.part.pairs {
		over(features*(1+classes)+i, float64(c.count)*c.weight)
	}
	return &floor{value: sum * unit, statistics: statistics{
		all:  func(f int) float64 { return v[f] },
		seg:  func(segment, f int) float64 { return v[features+f*classes+h.part.of[segment]] },
		pair: func(pair int) float64 { return v[features*(1+classes)+h.part.pairOf[pair]] },
	}}
}

// blocks lists the irreducible parts. Where the weights w_i of a class differ (0
// where something is not asked for) the parts are those of the weight
// (mean of √w)². That is valid too: for weights V' that are the same within
// classes and H = √(V'^½ΣV'^½),
//
//	tr √(V^½ΣV^½) = ‖V^½Σ^½‖₁ >= tr V^½·V'^-½·H = Σ √(w_i/w'_i)·H_ii,
//
// since V'^-½·H is Σ^½ times a rotation; and H_ii is the same within classes.
func (h *shaper) blocks(types [][]int) []block {
	p, features := h.part, len(h.d.features)
	weights, pairs := h.roots()
	var out []block
	for f := range h.d.features {
		if h.d.features[f].kind == category {
			continue // not independent of the reach; a bound without it holds too
		}
		seg := func(g int) int { return features + f*len(p.sizes) + g }
		b := newPart(1, types)
		price := math.Sqrt(h.d.features[f].price)
		if f == 0 {
			b.coordinate(h.o.base.all[0], 0, func([]int) float64 { return 1 })
		}
		for g, n := range p.sizes {
			b.coordinate(weights[f][g], seg(g), func(k []int) float64 { return price * float64(k[g]) / math.Sqrt(float64(n)) })
		}
		if f == 0 {
			for c := range p.pairs {
				pair := &p.pairs[c]
				b.coordinate(pairs[c], features*(1+len(p.sizes))+c, func(k []int) float64 { return pair.kept(k) / math.Sqrt(float64(pair.possible)) })
			}
		}
		out = append(out, b.block)
		for g, n := range p.sizes {
			if n < 2 {
				continue
			}
			b := newPart(float64(n-1), types)
			b.coordinate(weights[f][g], seg(g), func(k []int) float64 { return price * differ(k[g], n) })
			if f == 0 {
				h.pairDifferences(b, g, pairs)
			}
			out = append(out, b.block)
		}
	}
	return append(out, h.pairBlocks(types, pairs)...)
}

// differ is the standard deviation of (x_i - x_j)/√2 for two of n segments, of
// which k are kept.
func differ(k, n int) float64 {
	return math.Sqrt(float64(k*(n-k)) / float64(n*(n-1)))
}

// pairDifferences adds the coordinates of pairs to the part of differences
// between two segments of class g.
func (h *shaper) pairDifferences(b *part, g int, weights []float64) {
	p, n := h.part, h.part.sizes[g]
	for c := range p.pairs {
		pair, to := &p.pairs[c], len(h.d.features)*(1+len(p.sizes))+c
		switch other := pair.g + pair.h - g; {
		case pair.g == g && pair.h == g && n > 2:
			b.coordinate(weights[c], to, func(k []int) float64 {
				return differ(k[g], n) * float64(k[g]-1) / math.Sqrt(float64(n-2))
			})
		case pair.g != pair.h && (pair.g == g || pair.h == g):
			b.coordinate(weights[c], to, func(k []int) float64 {
				return differ(k[g], n) * float64(k[other]) / math.Sqrt(float64(p.sizes[other]))
			})
		}
	}
}

// pairBlocks lists the parts that pairs alone have: differences of differences.
func (h *shaper) pairBlocks(types [][]int, weights []float64) []block {
	var out []block
	p := h.part
	for c := range p.pairs {
		pair, to := &p.pairs[c], len(h.d.features)*(1+len(p.sizes))+c
		n, m := p.sizes[pair.g], p.sizes[pair.h]
		switch {
		case pair.g == pair.h && n > 3:
			b := newPart(float64(n*(n-3)/2), types)
			b.coordinate(weights[c], to, func(k []int) float64 {
				x, y := float64(k[pair.g]), float64(n-k[pair.g])
				return math.Sqrt(x * (x - 1) * y * (y - 1) / float64(n*(n-1)*(n-2)*(n-3)))
			})
			out = append(out, b.block)
		case pair.g != pair.h && n > 1 && m > 1:
			b := newPart(float64((n-1)*(m-1)), types)
			b.coordinate(weights[c], to, func(k []int) float64 { return differ(k[pair.g], n) * differ(k[pair.h], m) })
			out = append(out, b.block)
		}
	}
	return out
}

// A part is a block that is being written.
type part struct {
	block
	types [][]int
}

func newPart(copies float64, types [][]int) *part {
	return &part{block{copies: copies, vectors: make([][]float64, len(types))}, types}
}

// coordinate adds a coordinate whose variance has a weight.
func (b *part) coordinate(weight float64, to int, of func(k []int) float64) {
	if weight == 0 {
		return
	}
	b.weights, b.to = append(b.weights, weight), append(b.to, to)
	for t, k := range b.types {
		b.vectors[t] = append(b.vectors[t], of(k))
	}
}

// roots returns, for each feature and class and for each class of pairs, the
// square of the mean root of the weights.
func (h *shaper) roots() (weights [][]float64, pairs []float64) {
	p := h.part
	for f := range h.d.features {
		sums := make([]float64, len(p.sizes))
		for i, g := range p.of {
			if g != none {
				sums[g] += math.Sqrt(h.o.base.seg[i][f]) / float64(p.sizes[g])
			}
		}
		for g, x := range sums {
			sums[g] = x * x
		}
		weights = append(weights, sums)
	}
	pairs = make([]float64, len(p.pairs))
	for i, c := range p.pairOf {
		pairs[c] += math.Sqrt(h.o.base.pair[i]) / float64(p.pairs[c].possible)
	}
	for c, x := range pairs {
		pairs[c] = x * x
	}
	return weights, pairs
}

// kept is how many pairs a person is kept in at both ends.
func (c *pairClass) kept(k []int) float64 {
	if c.g == c.h {
		return float64(k[c.g] * (k[c.g] - 1) / 2)
	}
	return float64(k[c.g] * k[c.h])
}
