// SPDX-License-Identifier: Apache-2.0

package accountant

import "math"

// KeepGeometric returns the chance that a partition of n people is kept by the
// optimal (ε, δ)-DP selection, the truncated geometric rule (Desfontaines, Voss,
// Gipson, Mandayam 2022), where a person is in at most l0 partitions.
func KeepGeometric(n int, epsilon, delta float64, l0 int) float64 {
	if !(epsilon >= 0) || !(delta >= 0) || l0 < 1 {
		return 0
	}
	epsilon, delta = epsilon/float64(l0), delta/float64(l0)
	keep := 0.0
	for range n {
		keep = math.Min(math.Exp(epsilon)*keep+delta, 1-math.Exp(-epsilon)*(1-keep-delta))
		if keep >= 1 {
			return 1
		}
	}
	return keep
}

// EvenGeometric returns the smallest number of people whose partition KeepGeometric
// keeps with an even chance at least.
func EvenGeometric(epsilon, delta float64, l0 int) int {
	if !(epsilon >= 0) || !(delta > 0) || l0 < 1 {
		return math.MaxInt
	}
	epsilon, delta = epsilon/float64(l0), delta/float64(l0)
	keep, n := 0.0, 0
	// At first the left side is the smaller one: δ(e^nε - 1)/(e^ε - 1), up to where
	// both are equal. A small ε would take millions of steps to come near it.
	if near := (1 - 1e-6) * (1 - delta) / (1 + math.Exp(epsilon)); epsilon > 0 && epsilon < 1 && near > delta {
		steps := math.Floor(math.Log1p(near*math.Expm1(epsilon)/delta) / epsilon)
		keep, n = delta*math.Expm1(steps*epsilon)/math.Expm1(epsilon), int(steps)
	}
	for ; keep < 0.5; n++ {
		keep = math.Min(math.Exp(epsilon)*keep+delta, 1-math.Exp(-epsilon)*(1-keep-delta))
	}
	return n
}

// A Threshold keeps a partition whose count with normal noise of deviation Sigma
// is at least At.
type Threshold struct{ Sigma, At float64 }

// GaussianThreshold is (ε, δ)-DP selection by noised counts, where a person is in
// at most l0 partitions: half of δ pays for the noise, half for the chance that
// one of l0 partitions of a single person is kept.
func GaussianThreshold(epsilon, delta float64, l0 int) Threshold {
	return CountThreshold(Sigma(epsilon, delta/2, math.Sqrt(float64(l0))), delta/2, l0)
}

// CountThreshold is selection by counts that are released anyway, with normal
// noise of deviation sigma that is paid for already: all of δ pays for the chance
// that one of l0 partitions, in which a single person is alone, is kept.
func CountThreshold(sigma, delta float64, l0 int) Threshold {
	return Threshold{Sigma: sigma, At: 1 - sigma*Quantile(Single(delta, l0))}
}

// Single is the chance with which each of l0 partitions of a single person may
// be kept, so that any of them is with a chance of δ.
func Single(delta float64, l0 int) float64 {
	return -math.Expm1(math.Log1p(-delta) / float64(l0))
}

// Keep returns the chance that a partition of n people is kept.
func (t Threshold) Keep(n int) float64 { return Tail((t.At - float64(n)) / t.Sigma) }
