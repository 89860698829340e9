// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// The statistics of one kind are those of all sets of so many segments of each
// class: none for everybody, one for reaches, two and three for overlaps; each is
// a product of memberships.
type sets struct {
	of      []int         // of each class: how many segments a set has
	root    float64       // of the weight
	roots   *mat.SymDense // of features whose weights depend on each other, if any
	feature int
	apart   int // features of another number are independent of these
	scale   float64
	to      int
}

// members counts the classes of a set.
func (h *shaper) members(classes ...int) []int {
	of := make([]int, len(h.part.sizes))
	for _, g := range classes {
		of[g]++
	}
	return of
}

// irreducible lists the blocks of statistics under permutations within classes.
// The functions of sets of r of a class of n segments have one irreducible part
// for each j <= r, that of j differences between two segments; so products over
// classes have one for each list of j.
func (h *shaper) irreducible(all []sets, types [][]int) []block {
	known := map[string]bool{}
	var out []block
	for i := range all {
		h.below(all[i].of, func(j []int) {
			if k := fmt.Sprint(j); !known[k] {
				known[k] = true
				if b := h.block(all, slices.Clone(j), types); len(b.to) > 0 {
					out = append(out, b)
				}
			}
		})
	}
	return out
}

// below calls f with all lists that are nowhere above r.
func (h *shaper) below(r []int, f func(j []int)) {
	j := make([]int, len(r))
	var walk func(g int)
	walk = func(g int) {
		if g == len(r) {
			f(j)
			return
		}
		for j[g] = 0; j[g] <= r[g]; j[g]++ {
			walk(g + 1)
		}
		j[g] = 0
	}
	walk(0)
}

// block returns the part of j differences in each class.
func (h *shaper) block(all []sets, j []int, types [][]int) block {
	b := block{copies: 1}
	for g, n := range h.part.sizes {
		if n < 2*j[g] {
			return block{}
		}
		if j[g] > 0 {
			b.copies *= choices(n, j[g]) - choices(n, j[g]-1)
		}
	}
	var in []*sets
	for i := range all {
		if s := &all[i]; s.root > 0 && h.has(s.of, j) {
			in, b.to = append(in, s), append(b.to, s.to)
		}
	}
	n := len(in)
	if n == 0 || b.copies < 1 {
		return block{}
	}
	b.root = mat.NewSymDense(n, nil)
	last := 0
	for i, s := range in {
		b.root.SetSym(i, i, s.root)
		last = max(last, s.apart)
		for k, o := range in[:i] {
			if s.roots != nil && s.roots == o.roots {
				b.root.SetSym(i, k, s.roots.At(s.feature, o.feature))
			}
		}
	}
	for t, k := range types {
		for apart := range last + 1 {
			v, some := vector{kind: t, x: make([]float64, n)}, false
			for i, s := range in {
				if s.apart == apart {
					v.x[i] = h.coordinate(s, j, k)
					some = some || v.x[i] != 0
				}
			}
			if some {
				b.vectors = append(b.vectors, v)
			}
		}
	}
	return b
}

// has tells whether functions of sets have a part of j differences.
func (h *shaper) has(r, j []int) bool {
	for g, n := range h.part.sizes {
		if j[g] > r[g] || n-2*j[g] < r[g]-j[g] {
			return false
		}
	}
	return true
}

// coordinate is that of people who are kept in k segments of each class: the root
// of the mean square of a normalised function of the part. It is a product over
// classes of j differences (x-y)/√2 and the sum over what else a set may have of
// the n-2j other segments, of which k-j are kept.
func (h *shaper) coordinate(s *sets, j, k []int) float64 {
	x := 1.0
	if s.scale > 0 {
		x = s.scale
	}
	for g, n := range h.part.sizes {
		kept := k[g]
		if kept < j[g] || n-kept < j[g] {
			return 0
		}
		square := 1.0
		for i := range j[g] {
			square *= float64((kept-i)*(n-kept-i)) / float64((n-2*i)*(n-2*i-1))
		}
		rest := s.of[g] - j[g]
		x *= math.Sqrt(square) * choices(kept-j[g], rest) / math.Sqrt(choices(n-2*j[g], rest))
	}
	return x
}

// roots returns, of each class, the mean over its segments of the roots of the
// weights of their features, and of each class of pairs and of triples the mean
// root of their weights.
func (h *shaper) roots() (roots []*mat.SymDense, pairs, triples []float64) {
	p, n := h.part, len(h.d.features)
	for range p.sizes {
		roots = append(roots, mat.NewSymDense(n, nil))
	}
	for i, g := range p.of {
		if g == none {
			continue
		}
		root := h.o.root(i)
		root.ScaleSym(1/float64(p.sizes[g]), root)
		roots[g].AddSym(roots[g], root)
	}
	pairs, triples = make([]float64, len(p.pairs)), make([]float64, len(p.triples))
	for i, c := range p.pairOf {
		pairs[c] += math.Sqrt(h.o.base.pair[i]) / float64(p.pairs[c].possible)
	}
	for i, c := range p.tripleOf {
		triples[c] += math.Sqrt(h.o.base.triple[i]) / float64(p.triples[c].possible)
	}
	return roots, pairs, triples
}

// root returns the root of the weights of a segment's features. Those of 1 and of
// amounts depend on each other: a sum is made of both.
func (o *objective) root(segment int) *mat.SymDense {
	n := len(o.design.features)
	out := mat.NewSymDense(n, nil)
	together := []int{0}
	for f := range n {
		x := o.base.seg[segment][f]
		out.SetSym(f, f, math.Sqrt(x))
		if o.design.features[f].kind == amount && x > 0 {
			together = append(together, f)
		}
	}
	if len(together) == 1 {
		return out
	}
	v := mat.NewSymDense(len(together), nil)
	for i, f := range together {
		v.SetSym(i, i, o.base.seg[segment][f])
		if i > 0 {
			v.SetSym(0, i, o.both[segment][f])
		}
	}
	var e mat.EigenSym
	if !e.Factorize(v, true) {
		return mat.NewSymDense(n, nil) // weights of 0 make a bound too
	}
	var u mat.Dense
	e.VectorsTo(&u)
	root := mat.NewSymDense(len(together), nil)
	for k, x := range e.Values(nil) {
		root.SymRankOne(root, math.Sqrt(max(x, 0)), u.ColView(k))
	}
	for i, f := range together {
		for j, g := range together {
			out.SetSym(f, g, root.At(i, j))
		}
	}
	return out
}
