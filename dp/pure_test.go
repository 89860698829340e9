// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"math"
	"testing"

	"github.com/throng-dp/throng/dp/accountant"
	"github.com/throng-dp/throng/dp/ledger"
)

// TestPureLoad holds the unit of a list of exponential mechanisms to what the
// worst person may be charged: plain addition without a δ, the smallest valid
// account with one.
func TestPureLoad(t *testing.T) {
	four := pureList{1, 1, 1, 1}
	for _, c := range []struct {
		name   string
		load   pureLoad
		bound  int
		most   pureCharge
		events int
	}{
		{"one segment", pureLoad{segments: []pureList{four}}, 1, pureCharge{epsilon: 1}, 4},
		{"one of three", pureLoad{segments: []pureList{four, four, four}}, 1, pureCharge{epsilon: 1}, 4},
		{"two of three", pureLoad{segments: []pureList{four, four, four}}, 2, pureCharge{epsilon: 1}, 8},
		{"everybody too", pureLoad{everybody: pureList{1}, segments: []pureList{four, four}}, 2, pureCharge{epsilon: 0.3}, 9},
		{"fewer than the bound", pureLoad{segments: []pureList{four, nil, four}}, 3, pureCharge{epsilon: 1}, 8},
		{"twelve of fifty, a δ", pureLoad{segments: repeated(four, 50)}, 12, pureCharge{1, 1e-9}, 48},
		{"twelve of fifty, a small ε", pureLoad{segments: repeated(four, 50)}, 12, pureCharge{0.05, 1e-9}, 48},
	} {
		unit, charge, err := c.load.calibrate(c.bound, c.most)
		if err != nil {
			t.Fatal(err)
		}
		if charge.epsilon > c.most.epsilon || charge.epsilon < c.most.epsilon*(1-1e-4) || charge.delta > c.most.delta {
			t.Errorf("%s: charged %+v, may be %+v", c.name, charge, c.most)
		}
		if c.most.delta == 0 {
			if sum := unit * float64(c.events); math.Abs(sum-c.most.epsilon) > 1e-6*c.most.epsilon {
				t.Errorf("%s: %d times ε %g is not %g", c.name, c.events, unit, c.most.epsilon)
			}
			continue
		}
		// What ρ = ε²/8 each allows is a lower end: Least takes no larger charge.
		byRho := math.Sqrt(8 * accountant.RhoOf(c.most.epsilon, c.most.delta) / float64(c.events))
		if unit < byRho*(1-1e-4) || unit < c.most.epsilon/float64(c.events)*(1-1e-6) {
			t.Errorf("%s: a unit of %g, by ρ alone %g", c.name, unit, byRho)
		}
	}
}

func repeated(l pureList, n int) []pureList {
	out := make([]pureList, n)
	for i := range out {
		out[i] = l
	}
	return out
}

// TestPureWorst holds the worst list to every set of kept segments: at each
// place, in falling order, it has no smaller weight.
func TestPureWorst(t *testing.T) {
	segments := []pureList{{3, 1}, {2, 2, 2}, {}, {5}, {0.5, 4}}
	l := pureLoad{everybody: pureList{7}, segments: segments}
	for bound := 1; bound <= len(segments); bound++ {
		worst := total(l.worst(bound))
		best := 0.0
		for set := range 1 << len(segments) {
			sum, kept := 7.0, 0
			for i, s := range segments {
				if set>>i&1 == 1 {
					kept++
					sum += total(s)
				}
			}
			if kept <= bound {
				best = max(best, sum)
			}
		}
		if worst < best {
			t.Errorf("bound %d: %g, and some person has %g", bound, worst, best)
		}
		if bound == len(segments) && worst != best {
			t.Errorf("no cap: %g, want %g", worst, best)
		}
	}
}

func total(l pureList) float64 {
	sum := 0.0
	for _, w := range l {
		sum += w
	}
	return sum
}

// TestPurely holds the default share of the pure line.
func TestPurely(t *testing.T) {
	lines := ledger.Lines{Epsilon: 8, Delta: 1e-7, PureEpsilon: 4, PureDelta: 1e-8}
	share := math.Pow(accountant.Mu(1, 1e-8)/accountant.Mu(8, 1e-7), 2)
	for _, c := range []struct {
		name  string
		price Price
		want  pureCharge
	}{
		{"as the plan says", Price{Epsilon: 1, Delta: 1e-8, PureEpsilon: 0.25, PureDelta: 1e-10, Lines: lines}, pureCharge{0.25, 1e-10}},
		{"a share", Price{Epsilon: 1, Delta: 1e-8, Lines: lines}, pureCharge{4 * share, 1e-8 * share}},
		{"no account", Price{Epsilon: 1, Delta: 1e-8}, pureCharge{1, 0}},
		{"no pure line", Price{Epsilon: 1, Delta: 1e-8, Lines: ledger.Lines{Epsilon: 8, Delta: 1e-7}}, pureCharge{1, 0}},
		{"only a pure line", Price{Epsilon: 1, Delta: 1e-8, Lines: ledger.Lines{PureEpsilon: 3}}, pureCharge{1, 0}},
	} {
		if got := c.price.purely(); math.Abs(got.epsilon-c.want.epsilon) > 1e-12 || math.Abs(got.delta-c.want.delta) > 1e-20 {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

// TestPureOne holds that one mechanism, which is charged no δ, is charged all of
// its ε: what it costs at a δ is less, and somebody would have to pay for that.
func TestPureOne(t *testing.T) {
	for _, delta := range []float64{0, 1e-9, 1e-3} {
		load := pureLoad{segments: []pureList{{1}}}
		unit, charge, err := load.calibrate(1, pureCharge{0.5, delta})
		if err != nil {
			t.Fatal(err)
		}
		if charge.delta != 0 || charge.epsilon < unit || charge.epsilon > 0.5 {
			t.Errorf("δ %g: ε %.12g is charged (%.12g, %g)", delta, unit, charge.epsilon, charge.delta)
		}
	}
}

// TestOnlyAPureLine holds a build whose account has no other line to what the
// plan may take of it, vector and quantiles together.
func TestOnlyAPureLine(t *testing.T) {
	w := shop(3, 2)
	w.Grids = []Grid{{-10, 5, 41}}
	w.Tables = append(w.Tables, Table{Kind: Quantiles, Segments: []int{0}, At: []int{5000}})
	s, err := NewStrategy([32]byte{1}, w, Price{Epsilon: 1, Delta: 1e-8, Lines: ledger.Lines{PureEpsilon: 1}})
	if err != nil {
		t.Fatal(err)
	}
	if c := s.Cost(); s.Mechanism() != "laplace" || c.Epsilon > 1e12 || c.Epsilon < 999e9 {
		t.Errorf("%s noise is charged %d of 10^12", s.Mechanism(), c.Epsilon)
	}
}
