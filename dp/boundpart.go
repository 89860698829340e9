// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// A part is a block that is being written. Its coordinates fall into sets that
// are independent of one another: those of feature 1 and of each amount.
type part struct {
	copies  float64
	types   [][]int
	sets    []int // of each coordinate
	to      []int
	roots   []float64
	between map[[2]int]float64
	of      []func(k []int) float64
}

func newPart(copies float64, types [][]int) *part {
	return &part{copies: copies, types: types, between: map[[2]int]float64{}}
}

// coordinate adds one of a set, with the root of its weight, unless that is 0.
func (b *part) coordinate(set int, root float64, to int, of func(k []int) float64) {
	if root > 0 {
		b.sets, b.roots, b.to, b.of = append(b.sets, set), append(b.roots, root), append(b.to, to), append(b.of, of)
	}
}

// block returns the finished block.
func (b *part) block() block {
	n := len(b.to)
	if n == 0 {
		return block{}
	}
	out := block{copies: b.copies, to: b.to, root: mat.NewSymDense(n, nil)}
	last := 0
	for i, x := range b.roots {
		out.root.SetSym(i, i, x)
		last = max(last, b.sets[i])
	}
	for at, x := range b.between {
		out.root.SetSym(at[0], at[1], x)
	}
	for t, k := range b.types {
		for set := range last + 1 {
			v, some := vector{kind: t, x: make([]float64, n)}, false
			for i, of := range b.of {
				if b.sets[i] == set {
					v.x[i] = of(k)
					some = some || v.x[i] != 0
				}
			}
			if some {
				out.vectors = append(out.vectors, v)
			}
		}
	}
	return out
}

// roots returns, of each class, the mean over its segments of the roots of the
// weights of their features, and of each class of pairs the mean root of their
// weights.
func (h *shaper) roots() (roots []*mat.SymDense, pairs []float64) {
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
	pairs = make([]float64, len(p.pairs))
	for i, c := range p.pairOf {
		pairs[c] += math.Sqrt(h.o.base.pair[i]) / float64(p.pairs[c].possible)
	}
	return roots, pairs
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
		v.SetSym(0, i, o.both[segment][f]+v.At(0, i)*float64(1-min(i, 1)))
	}
	var e mat.EigenSym
	if !e.Factorize(v, true) {
		return mat.NewSymDense(n, nil) // weights of 0 are those of less
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
