// SPDX-License-Identifier: Apache-2.0

package accountant

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestRoundOff compares Fourier transforms with direct sums: the error is never
// above its bound, for smooth, spiky and lattice distributions of any length.
func TestRoundOff(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	shapes := map[string]func(i, n int) float64{
		"smooth":  func(i, n int) float64 { z := 12 * (float64(i)/float64(n) - 0.5); return math.Exp(-z * z / 2) },
		"uniform": func(int, int) float64 { return r.Float64() },
		"spiky":   func(int, int) float64 { return math.Pow(r.Float64(), 40) },
		"lattice": func(i, _ int) float64 { return max(0, float64(1-i%31)) },
	}
	by := &convolver{}
	worst := 0.0
	for name, shape := range shapes {
		for _, n := range []int{130, 1000, 3001, 9000} {
			a, b := make([]float64, n), make([]float64, n/2+1)
			for i := range a {
				a[i] = shape(i, n)
			}
			copy(b, a)
			for _, q := range [][]float64{a, b} {
				s := sum(q)
				for i := range q {
					q[i] /= s
				}
			}
			want := direct(a, b)
			got, bound := by.transformed(a, b)
			off := 0.0
			for i := range got {
				off += math.Abs(got[i] - want[i])
			}
			if off > bound || len(got) != len(want) {
				t.Errorf("%s of %d: off by %g, bound %g", name, n, off, bound)
			}
			worst = math.Max(worst, off/bound)
		}
	}
	t.Logf("error at most %.3f of its bound", worst)
}

// TestTilt holds that a tilt changes nothing but what is lost, and that this is
// bounded.
func TestTilt(t *testing.T) {
	by := &convolver{}
	for _, l := range []loss{pair{0.3}, response{0.7, 5}, exponential{0.4}, geometric{0.2, 4}, normalLattice{3.1, 2}, normalLattice{0.4, 1}} {
		flat := newTail(l.composed(5, 0, above, by).scattered(), 0, 0)
		for _, tilt := range []float64{0.5, 3, 12} {
			p := l.composed(5, tilt, above, by)
			if moment := p.logM; moment > 5*l.logMoment(tilt)+1e-5 {
				t.Errorf("%#v tilt %g: log moment %g above its bound %g", l, tilt, moment, 5*l.logMoment(tilt))
			}
			steep := newTail(p.scattered(), tilt, 0)
			for _, epsilon := range []float64{0, 0.4, 1, 1.4} {
				a, lostA := flat.delta(epsilon)
				b, lostB := steep.delta(epsilon)
				if math.Abs(a-b) > lostA+lostB+1e-12 {
					t.Errorf("%#v tilt %g ε %g: δ = %.15g, untilted %.15g, lost %g and %g", l, tilt, epsilon, b, a, lostB, lostA)
				}
			}
		}
	}
}
