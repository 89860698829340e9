// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// A forcedBound is a small workload written out: of every person that may exist the
// released numbers that the person adds to, each times the root of its weight.
type forcedBound struct {
	people []person
	rows   [][]float64
}

func writeOut(w *Workload, weights []float64) *forcedBound {
	f := &forcedBound{}
	everybody(w, func(p person) {
		p.kept, p.cells, p.amounts = slices.Clone(p.kept), slices.Clone(p.cells), slices.Clone(p.amounts)
		for a, x := range p.amounts {
			if r := w.Amounts[a]; x != r.Min && x != r.Max {
				return // in the middle: never the worst
			}
		}
		var row []float64
		for t, cells := range count(w, []person{p}) {
			unit := 1.0
			if w.Tables[t].Kind == Sum {
				a := w.Amounts[w.Tables[t].Amount]
				unit = float64(max(a.Max, -a.Min, 1))
			}
			for _, n := range cells {
				row = append(row, float64(n)*math.Sqrt(weights[t])/unit)
			}
		}
		f.people, f.rows = append(f.people, p), append(f.rows, row)
	})
	return f
}

// bound returns tr √Σ of a mixture of people, and what each of them costs the
// mechanism that attains it.
func (f *forcedBound) bound(q []float64) (sum float64, costs []float64) {
	n := len(f.rows[0])
	sigma := mat.NewSymDense(n, nil)
	for t, row := range f.rows {
		sigma.SymRankOne(sigma, q[t], mat.NewVecDense(n, row))
	}
	var e mat.EigenSym
	e.Factorize(sigma, true)
	var vectors mat.Dense
	e.VectorsTo(&vectors)
	costs = make([]float64, len(q))
	values := e.Values(nil)
	for k, x := range values {
		if x < 1e-12*values[n-1] {
			continue
		}
		x = math.Sqrt(x)
		sum += x
		for t, row := range f.rows {
			dot := mat.Dot(mat.NewVecDense(n, row), vectors.ColView(k))
			costs[t] += dot * dot / x
		}
	}
	return sum, costs
}

// optimum brackets the least weighted variance of any Gaussian mechanism at price
// 1: below by a bound, above by a mechanism.
func (f *forcedBound) optimum() (lower, upper float64) {
	q := even(len(f.rows))
	upper = math.Inf(1)
	for range 400 {
		sum, costs := f.bound(q)
		lower = max(lower, sum*sum)
		upper = min(upper, sum*slices.Max(costs))
		for t := range q {
			q[t] *= costs[t] / sum
		}
	}
	return lower, upper
}

// TestBoundByForce holds bounds to small workloads written out person by person:
// the sum over blocks is that over all of Σ, no bound is above what a mechanism
// has, and where segments are alike it is as good as the best.
func TestBoundByForce(t *testing.T) {
	small := func(segments, bound int, pair func(i, j int) float64) Workload {
		return audiences(segments, bound, []int{2, 3}, func(s int) []Table {
			return []Table{{Kind: Breakdown, By: []int{1, 0}}, {Kind: Frequency, By: []int{1}}}
		}, pair)
	}
	sums := audiences(3, 2, []int{2}, func(int) []Table {
		return []Table{{Kind: Breakdown, By: []int{0}}, {Kind: Sum, Amount: 0}}
	}, everyPair)
	sums.Amounts = []Amount{{-3, 9}}
	unequal := small(4, 3, func(i, j int) float64 { return float64(1+(i*j)%3) - 1 })
	for i := range unequal.Tables {
		if unequal.Tables[i].Kind == Frequency {
			unequal.Tables[i].Weight = float64(1 + 7*unequal.Tables[i].Segments[0])
		}
	}
	lopsided := small(4, 2, everyPair)
	lopsided.Tables = slices.DeleteFunc(lopsided.Tables, func(t Table) bool { return t.Kind == Breakdown && t.Segments[0] < 2 })
	for _, c := range []struct {
		name  string
		w     Workload
		alike bool
	}{
		{"capped", small(4, 2, everyPair), true},
		{"uncapped", small(4, 4, everyPair), true},
		{"five, no overlaps", small(5, 2, noPair), true},
		{"triples", tripled(5, 3), true},
		{"one", small(1, 1, noPair), true},
		{"sums", sums, false}, // amounts at both ends alike are not the worst
		{"unequal", unequal, false},
		{"lopsided", lopsided, false},
	} {
		s := forced(t, c.w, gaussian, 1)
		f := writeOut(&c.w, s.design.weights)
		h := s.design.shaper
		if h.part.uniform {
			sameBound(t, c.name, h, f)
		}
		mu := s.design.worst(s.design.prices())
		lower, upper := f.optimum()
		value := h.floor(1).value
		all := 0.0
		for i, weight := range s.design.weights {
			all += weight * s.design.weighed(s.own(), i)
		}
		t.Logf("%-18s bound %.4f of the optimum (%.5g to %.5g), design %.4f of it", c.name, value/lower, lower, upper, all*mu/lower)
		if value > upper*(1+1e-9) || all*mu < lower*(1-1e-6) {
			t.Errorf("%s: a bound of %g; mechanisms have %g and %g", c.name, value, upper, all*mu)
		}
		if c.alike && value < lower*(1-1e-3) || value < 0.9*lower {
			t.Errorf("%s: a bound of %g, the best is %g", c.name, value, lower)
		}
	}
}

// sameBound holds the sum over blocks to tr √Σ written out, for some mixture.
func sameBound(t *testing.T, name string, h *shaper, f *forcedBound) {
	t.Helper()
	types, q := h.mixed()
	of := func(p person) int {
		k := make([]int, len(h.part.sizes))
		for _, s := range p.kept {
			k[h.part.of[s]]++
		}
		return slices.IndexFunc(types, func(have []int) bool { return slices.Equal(have, k) })
	}
	number := make([]float64, len(types)) // of people of each type
	for _, p := range f.people {
		number[of(p)]++
	}
	mixture := make([]float64, len(f.people))
	for i, p := range f.people {
		mixture[i] = q[of(p)] / number[of(p)]
	}
	want, _ := f.bound(mixture)
	got := 0.0
	for _, b := range h.blocks(types) {
		got += b.copies * mat.Trace(b.solve(q, make([]float64, len(types))))
	}
	if math.Abs(got/want-1) > 1e-6 {
		t.Errorf("%s: %.9g over blocks, %.9g over all", name, got, want)
	}
}
