// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"errors"
	"math"
	"testing"
)

// TestTargets holds required accuracies to what is released: met where the
// price allows it, and else told with the ε that would do, which does.
func TestTargets(t *testing.T) {
	price := Price{Epsilon: 1, Delta: 1e-8}
	for _, m := range []mechanism{gaussian, laplace} {
		w := shop(4, 4)
		free := forced(t, w, m, 1)
		// One breakdown, all overlaps and means are wanted a fifth better than they come.
		for i := range w.Tables {
			if k := w.Tables[i].Kind; k == Overlap || k == Mean || i == 2 {
				w.Tables[i].Target = 0.8 * free.Width(i)
			}
		}
		met := forced(t, w, m, 1)
		for i := range w.Tables {
			if got, want := met.Width(i), w.Tables[i].Target; want > 0 && got > want {
				t.Errorf("%v: table %d has ±%g, wanted ±%g", m, i, got, want)
			}
		}
		t.Logf("%v: error %.1f with targets, %.1f without", m, met.design.error(), free.design.error())
		if met.design.error() < free.design.error() || met.design.error() > 1.5*free.design.error() {
			t.Errorf("%v: error %g with targets, %g without", m, met.design.error(), free.design.error())
		}
		if m == gaussian {
			met.holdsTargets(t)
		}
	}
	w := shop(4, 4)
	for i := range w.Tables {
		if k := w.Tables[i].Kind; k == Overlap || k == Reach {
			w.Tables[i].Target = 8
		}
	}
	_, err := NewStrategy([32]byte{}, w, price)
	var miss *TargetError
	if !errors.As(err, &miss) || miss.Epsilon <= 1 || w.Tables[miss.Table].Target == 0 {
		t.Fatalf("targets beyond the price: %v", err)
	}
	t.Log(err)
	price.Epsilon = miss.Epsilon
	if _, err := NewStrategy([32]byte{}, w, price); err != nil {
		t.Errorf("at the ε that was told: %v", err)
	}
	price.Epsilon = miss.Epsilon * 0.99
	if _, err := NewStrategy([32]byte{}, w, price); !errors.As(err, &miss) {
		t.Errorf("at 0.99 of the ε that was told: %v", err)
	}
}

// TestEpsilonFor turns the question round: a workload planned at the ε that is
// told has every count within the half width, and at less it has not.
func TestEpsilonFor(t *testing.T) {
	w := shop(5, 3)
	const wanted = 60
	epsilon, err := EpsilonFor(w, Price{Delta: 1e-8}, wanted)
	if err != nil {
		t.Fatal(err)
	}
	for i := range w.Tables {
		if k := w.Tables[i].Kind; k != Sum && k != Mean {
			w.Tables[i].Target = wanted
		}
	}
	s, err := NewStrategy([32]byte{}, w, Price{Epsilon: epsilon, Delta: 1e-8})
	if err != nil {
		t.Fatal(err)
	}
	largest := 0.0
	for i := range w.Tables {
		if w.Tables[i].Target > 0 {
			largest = math.Max(largest, s.HalfWidth(i, 0))
		}
	}
	t.Logf("ε %g: every count within ±%.2f", epsilon, largest)
	if largest > wanted || largest < 0.97*wanted {
		t.Errorf("the largest half width is %g", largest)
	}
	for _, bad := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		if _, err := EpsilonFor(w, Price{Delta: 1e-8}, bad); err == nil {
			t.Errorf("a half width of %g: an answer", bad)
		}
	}
}

// holdsTargets holds a design with targets to the best that there is with them.
// What the targets added to the weights are multipliers: by weak duality no
// mechanism that meets the targets has a weighted variance below the bound for
// all weights, less the multipliers times what the targets allow.
func (s *Strategy) holdsTargets(t *testing.T) {
	t.Helper()
	d := s.design
	least, own := s.floor(), s.own()
	lower, ours := least.value, 0.0
	missed, _ := d.missed()
	for i, weight := range balanced(d.workload) {
		v := d.weighed(own, i)
		ours += weight * v
		if missed[i] > 0 {
			lower -= (d.weights[i] - weight) * v / missed[i]
		}
	}
	ratio := math.Sqrt(ours / lower)
	t.Logf("%.4f of the bound for these targets", ratio)
	if ratio > 1.15 || ratio < 1-1e-6 {
		t.Errorf("%.4f of the bound for these targets", ratio)
	}
}
