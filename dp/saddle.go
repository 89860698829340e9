// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"math"

	"gonum.org/v1/gonum/floats"
)

// A saddle is the problem of how precise each measurement should be once it is
// settled what is measured: minimise Σ v_j/d_j over precisions d_j, while no
// person costs more than 1. A person of type t costs Σ d_j·φ_j(t). It is convex;
// its dual is a game against somebody who chooses a mixture q of types:
//
//	max over q of (Σ_j √(v_j·E_q φ_j))²,   d_j ∝ √(v_j / E_q φ_j).
//
// Types are how many segments of each class a person is kept in.
type saddle struct {
	v   []float64
	phi [][]float64 // of each type
	q   []float64   // of each type
}

// solve improves the mixture by multiplying each type's share with what it
// costs (Silvey, Titterington, Torsney 1978; monotone: Yu 2010), until nobody
// costs more than 1+gap. It returns the best precisions found, and their value
// scaled so that the worst type costs 1.
func (s *saddle) solve(steps int, gap float64) (best []float64, value float64) {
	mean, d := make([]float64, len(s.v)), make([]float64, len(s.v))
	value = math.Inf(1)
	for range steps {
		clear(mean)
		for t, q := range s.q {
			if q == 0 {
				continue
			}
			floats.AddScaled(mean, q, s.phi[t])
		}
		sum := 0.0
		for j, v := range s.v {
			d[j] = 0
			if v > 0 {
				x := max(mean[j], 1e-9) // what costs nobody anything still has a limit
				d[j] = math.Sqrt(v / x)
				sum += math.Sqrt(v * x)
			}
		}
		worst, total := 0.0, 0.0
		for t := range s.q {
			cost := floats.Dot(d, s.phi[t]) / sum
			worst = max(worst, cost)
			s.q[t] *= cost
			total += s.q[t]
		}
		for t := range s.q {
			if s.q[t] /= total; s.q[t] < 1e-30 {
				s.q[t] = 0
			}
		}
		if x := sum * sum * worst; x < value {
			value = x
			best = append(best[:0], d...)
			for j := range best {
				best[j] /= sum * worst
			}
		}
		if worst <= 1+gap {
			break
		}
	}
	return best, value
}
