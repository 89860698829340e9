// SPDX-License-Identifier: Apache-2.0

package accountant_test

import (
	"math"
	"testing"
	"time"

	"github.com/throng-dp/throng/dp/accountant"
)

// TestEven holds the rules of selection to how many people a partition needs
// for an even chance. A threshold on counts that are released anyway, at σ 42,
// has the δ of the others and no ε at all. The figures wanted of thresholds are
// rounded, some up.
func TestEven(t *testing.T) {
	for _, c := range []struct {
		epsilon, delta        float64
		l0                    int
		optimal, normal, free int
	}{
		{1, 1e-8, 1, 19, 31, 237},
		{1, 1e-8, 3, 54, 55, 245},
		{1, 1e-8, 12, 214, 112, 254},
		{1, 1e-8, 50, 887, 236, 264},
		{0.2, 1e-9, 12, 1106, 594, 269},
	} {
		optimal := accountant.EvenGeometric(c.epsilon, c.delta, c.l0)
		normal := accountant.GaussianThreshold(c.epsilon, c.delta, c.l0).At
		free := accountant.CountThreshold(42, c.delta, c.l0).At
		if optimal != c.optimal || math.Abs(normal-float64(c.normal)) >= 1 || math.Abs(free-float64(c.free)) >= 1 {
			t.Errorf("ε %g δ %g, %d partitions: %d optimal, %g normal, %g free; want %d, %d, %d",
				c.epsilon, c.delta, c.l0, optimal, normal, free, c.optimal, c.normal, c.free)
		}
		if k := accountant.KeepGeometric(optimal, c.epsilon, c.delta, c.l0); k < 0.5 {
			t.Errorf("%d people are kept with chance %g", optimal, k)
		}
		if k := accountant.KeepGeometric(optimal-1, c.epsilon, c.delta, c.l0); k >= 0.5 {
			t.Errorf("%d people are kept with chance %g already", optimal-1, k)
		}
	}
	if n := accountant.EvenGeometric(1, 0, 1); n != math.MaxInt {
		t.Errorf("without δ %d people are kept", n)
	}
}

// TestSinglePerson computes the chance that any of the partitions is kept in
// which one person is alone: δ, never more, and all of it.
func TestSinglePerson(t *testing.T) {
	for _, delta := range []float64{1e-12, 1e-9, 1e-8, 1e-4, 0.3} {
		for _, l0 := range []int{1, 2, 7, 50, 1000} {
			for _, sigma := range []float64{0.7, 5, 42, 1e5} {
				one := accountant.CountThreshold(sigma, delta, l0).Keep(1)
				any := -math.Expm1(float64(l0) * math.Log1p(-one))
				if any > delta*(1+1e-9) || any < delta*(1-1e-9) {
					t.Errorf("σ %g, %d partitions: kept with chance %.12g, δ is %g", sigma, l0, any, delta)
				}
			}
			one := accountant.KeepGeometric(1, 1, delta, l0)
			if any := float64(l0) * one; any > delta*(1+1e-12) {
				t.Errorf("the optimal rule keeps with chance %.12g, δ is %g", any, delta)
			}
		}
	}
}

// TestEvenGeometricSmall holds EvenGeometric, which jumps, to the recurrence step
// by step, also where that takes long, and to an answer at once for any ε.
func TestEvenGeometricSmall(t *testing.T) {
	for _, epsilon := range []float64{2, 0.999, 0.5, 0.01, 1e-4} {
		for _, delta := range []float64{1e-3, 1e-9} {
			for _, l0 := range []int{1, 12} {
				n := accountant.EvenGeometric(epsilon, delta, l0)
				if accountant.KeepGeometric(n, epsilon, delta, l0) < 0.5 || accountant.KeepGeometric(n-1, epsilon, delta, l0) >= 0.5 {
					t.Errorf("ε %g, δ %g, %d: %d is not the first", epsilon, delta, l0, n)
				}
			}
		}
	}
	at := time.Now()
	if n := accountant.EvenGeometric(1e-10, 1e-15, 100); n < 1e12 || time.Since(at) > 5*time.Second {
		t.Errorf("%d people after %v", n, time.Since(at))
	}
}
