// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/throng-dp/throng/dp/accountant"
	"github.com/throng-dp/throng/dp/ledger"
)

// reference is the workload of the project's accuracy goals: 50 segments,
// people in at most 12, 9,125 cells beside the population.
func reference() Workload {
	w := Workload{Segments: 50, Bound: 12, Attributes: []int{20, 6, 11}, Tables: []Table{{Kind: Population}}}
	for s := range w.Segments {
		one := []int{s}
		w.Tables = append(w.Tables,
			Table{Kind: Reach, Segments: one},
			Table{Kind: Breakdown, Segments: one, By: []int{0}},
			Table{Kind: Breakdown, Segments: one, By: []int{1}},
			Table{Kind: Breakdown, Segments: one, By: []int{0, 1}},
			Table{Kind: Frequency, Segments: one, By: []int{2}})
	}
	for i := range w.Segments {
		for j := range i {
			w.Tables = append(w.Tables, Table{Kind: Overlap, Segments: []int{j, i}})
		}
	}
	return w
}

// TestReference prints the errors of the reference workload beside those of the
// certified optimum, and holds each family to 1.05 of it. The population, which
// the optimum does not release, is paid for on top.
func TestReference(t *testing.T) {
	s, err := NewStrategy([32]byte{}, reference(), Price{Epsilon: 1, Delta: 1e-8})
	if err != nil {
		t.Fatal(err)
	}
	optimum := []float64{math.Inf(1), 40.6, 40.6, 38.8, 37.9, 40.1, 59.3}
	squares, cells := 0.0, 0
	for i, f := range s.Families() {
		t.Logf("%-10v ±%5.1f  σ %5.2f, %.3f of the optimum", s.workload.Tables[f.Table].Kind, f.HalfWidth, f.StdDev, f.StdDev/optimum[i])
		if f.StdDev > 1.05*optimum[i] {
			t.Errorf("family %d: σ %.2f, the optimum is %.1f", i, f.StdDev, optimum[i])
		}
		if i > 0 {
			squares += f.StdDev * f.StdDev * float64(f.Cells)
			cells += f.Cells
		}
	}
	rmse := math.Sqrt(squares / float64(cells))
	t.Logf("all %d cells: %.2f; the optimum has 41.9, a Laplace mechanism a family 226", cells, rmse)
	if cells != 9125 || rmse > 42.6 {
		t.Errorf("RMSE over %d cells is %.2f", cells, rmse)
	}
}

// TestPriceIsKept holds the charge to the plan's (ε, δ): never more, and less
// only by the millionth of R1 and by the sampler's share of δ.
func TestPriceIsKept(t *testing.T) {
	for _, epsilon := range []float64{0.01, 0.3, 1, 4, 10} {
		for _, delta := range []float64{1e-9, 1e-8, 1e-6} {
			s, err := NewStrategy([32]byte{}, shop(4, 3), Price{Epsilon: epsilon, Delta: delta})
			if err != nil {
				t.Fatal(err)
			}
			mu := accountant.Mu(epsilon, delta-s.tail)
			c := s.Cost()
			if charge := float64(c.MuSquared) * pico; charge > mu*mu || charge < mu*mu*(1-3e-6)-3*pico {
				t.Errorf("ε %g δ %g: charged μ² %.12g, may be %.12g", epsilon, delta, charge, mu*mu)
			}
			if tail := float64(c.Tail) * 1e-18; tail < 1e-12 || tail > delta/100 {
				t.Errorf("ε %g δ %g: δ %g set aside", epsilon, delta, tail)
			}
			if c.Epsilon != 0 || c.Delta != 0 {
				t.Errorf("Gaussian noise is charged to the pure line: %+v", c)
			}
		}
	}
}

// TestSamePlan plans workloads twice: another process, which repeats a build, must
// find the price that was reserved and the noise that was told.
func TestSamePlan(t *testing.T) {
	for name, w := range others() {
		if len(w.Tables) > 30_000 {
			continue
		}
		a, b := forced(t, w, gaussian, 1), forced(t, w, gaussian, 1)
		if a.Cost() != b.Cost() || a.charge != b.charge || !slices.Equal(a.design.scales.pair, b.design.scales.pair) ||
			!slices.EqualFunc(a.design.scales.seg, b.design.scales.seg, slices.Equal) {
			t.Errorf("%s: planned twice, it costs %v and %v", name, a.charge, b.charge)
		}
	}
}

// TestChoice holds the choice between the lines to the errors at equal share.
func TestChoice(t *testing.T) {
	reach := func(n int) Workload {
		w := Workload{Segments: n, Bound: n, Tables: []Table{{Kind: Population}}}
		for s := range n {
			w.Tables = append(w.Tables, Table{Kind: Reach, Segments: []int{s}})
		}
		return w
	}
	both := ledger.Lines{Epsilon: 1, Delta: 1e-8, PureEpsilon: 1}
	for _, c := range []struct {
		name     string
		workload Workload
		lines    ledger.Lines
		want     string
	}{
		{"two reaches", reach(2), both, "laplace"},
		{"two reaches, no pure line", reach(2), ledger.Lines{Epsilon: 1, Delta: 1e-8}, "gaussian"},
		{"two reaches, no account", reach(2), ledger.Lines{}, "gaussian"},
		{"two reaches, a short pure line", reach(2), ledger.Lines{Epsilon: 1, Delta: 1e-8, PureEpsilon: 0.1}, "gaussian"},
		{"sixty reaches", reach(60), both, "gaussian"},
		{"everything", shop(5, 5), both, "gaussian"},
		{"everything, only a pure line", shop(5, 5), ledger.Lines{PureEpsilon: 4}, "laplace"},
	} {
		s, err := NewStrategy([32]byte{}, c.workload, Price{Epsilon: 1, Delta: 1e-8, Lines: c.lines})
		if err != nil {
			t.Fatal(err)
		}
		if s.Mechanism() != c.want {
			t.Errorf("%s: %s, want %s", c.name, s.Mechanism(), c.want)
		}
		cost := s.Cost()
		if c.want == "laplace" && (cost.MuSquared != 0 || cost.Tail != 0 || cost.Epsilon > 1e12 || cost.Epsilon < 1e12-5e6) {
			t.Errorf("%s: Laplace noise is charged %+v", c.name, cost)
		}
	}
	// A build that takes a part of the Gaussian line may take that part only of
	// the pure one.
	s, err := NewStrategy([32]byte{}, reach(1), Price{Epsilon: 1, Delta: 1e-8, Lines: ledger.Lines{Epsilon: 8, Delta: 1e-7, PureEpsilon: 8}})
	if err != nil {
		t.Fatal(err)
	}
	share := math.Pow(accountant.Mu(1, 1e-8)/accountant.Mu(8, 1e-7), 2)
	if s.Mechanism() == "laplace" && s.charge > 8*share {
		t.Errorf("ε %g of a share of %g", s.charge, 8*share)
	}
}

// TestNewStrategyRefuses names what cannot be planned.
func TestNewStrategyRefuses(t *testing.T) {
	price := Price{Epsilon: 1, Delta: 1e-8}
	for name, change := range map[string]func(w *Workload, p *Price){
		"no population":               func(w *Workload, _ *Price) { w.Tables = w.Tables[1:] },
		"two populations":             func(w *Workload, _ *Price) { w.Tables[1] = w.Tables[0] },
		"a bound of none":             func(w *Workload, _ *Price) { w.Bound = 0 },
		"a bound beyond":              func(w *Workload, _ *Price) { w.Bound = 9 },
		"no reach":                    func(w *Workload, _ *Price) { w.Tables[1].Segments = []int{1} },
		"no such segment":             func(w *Workload, _ *Price) { w.Tables[2].Segments = []int{5} },
		"no such attribute":           func(w *Workload, _ *Price) { w.Tables[2].By = []int{7} },
		"an attribute twice":          func(w *Workload, _ *Price) { w.Tables[2].By = []int{0, 0} },
		"no such amount":              func(w *Workload, _ *Price) { w.Tables[6].Amount = 2 },
		"an empty range":              func(w *Workload, _ *Price) { w.Amounts[0].Min = 501 },
		"an attribute of none":        func(w *Workload, _ *Price) { w.Attributes[0] = 0 },
		"a crossing of too many":      func(w *Workload, _ *Price) { w.Attributes = []int{2000, 2000, 2000} },
		"an odd weight":               func(w *Workload, _ *Price) { w.Tables[2].Weight = math.NaN() },
		"with itself":                 func(w *Workload, _ *Price) { w.Tables[len(w.Tables)-1].Segments = []int{1, 1} },
		"no epsilon":                  func(_ *Workload, p *Price) { p.Epsilon = 0 },
		"infinite epsilon":            func(_ *Workload, p *Price) { p.Epsilon = math.Inf(1) },
		"NaN":                         func(_ *Workload, p *Price) { p.Epsilon = math.NaN() },
		"no delta":                    func(_ *Workload, p *Price) { p.Delta = 0 },
		"a delta of 1":                func(_ *Workload, p *Price) { p.Delta = 1 },
		"a delta below the sampler's": func(_ *Workload, p *Price) { p.Delta = 1e-11 },
		"noise finer than an int64":   func(_ *Workload, p *Price) { p.Epsilon = 1e9 },
	} {
		w, p := shop(3, 3), price
		change(&w, &p)
		if s, err := NewStrategy([32]byte{}, w, p); err == nil {
			t.Errorf("%s: planned, at %+v", name, s.Cost())
		}
	}
}

// TestLargeAmounts says which decimals would fit: that many do, one less does
// not.
func TestLargeAmounts(t *testing.T) {
	for _, high := range []int64{1 << 26, 1e9, 123_456_789_012, math.MaxInt64} {
		plan := func(max int64) error {
			w := few()
			w.Amounts[0].Max = max
			_, err := NewStrategy([32]byte{}, w, Price{Epsilon: 1, Delta: 1e-8})
			return err
		}
		var r *RangeError
		if err := plan(high); !errors.As(err, &r) || r.Table != 6 {
			t.Fatalf("up to %d: %v", high, err)
		}
		coarser := func(digits int) int64 { return high / int64(math.Pow10(digits)) }
		if err := plan(coarser(r.Digits)); err != nil {
			t.Errorf("up to %d, %d fewer decimals: %v", high, r.Digits, err)
		}
		if r.Digits > 1 && plan(coarser(r.Digits-1)) == nil {
			t.Errorf("up to %d: %d fewer decimals fit too", high, r.Digits-1)
		}
	}
	w := few()
	w.Amounts[0] = Amount{Min: math.MinInt64, Max: math.MaxInt64}
	var r *RangeError
	if _, err := NewStrategy([32]byte{}, w, Price{Epsilon: 1, Delta: 1e-8}); !errors.As(err, &r) {
		t.Errorf("the whole int64 range: %v", err)
	}
}
