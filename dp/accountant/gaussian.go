// SPDX-License-Identifier: Apache-2.0

package accountant

import "math"

// guard keeps a solved value on its safe side against the rounding of the
// functions that it was solved with.
const guard = 1e-13

// Delta returns the smallest δ for which a μ-GDP mechanism is (ε, δ)-DP:
// Φ(μ/2-ε/μ) - e^ε Φ(-μ/2-ε/μ) (Balle and Wang 2018, theorem 8). μ and ε are
// not negative.
func Delta(mu, epsilon float64) float64 {
	return math.Exp(LogDelta(mu, epsilon))
}

// LogDelta returns the natural logarithm of Delta, which does not underflow.
func LogDelta(mu, epsilon float64) float64 {
	switch {
	case !(mu >= 0) || !(epsilon >= 0) || math.IsInf(mu, 1):
		return 0
	case mu == 0 || math.IsInf(epsilon, 1):
		return math.Inf(-1)
	}
	// With a = ε/μ - μ/2 and b = ε/μ + μ/2 we have e^ε φ(b) = φ(a), hence
	// δ = φ(a)·(M(a) - M(b)) with Mills' ratio M: no exponential of ε, and no
	// difference of two tails that agree in all but their last digits.
	a, b := epsilon/mu-mu/2, epsilon/mu+mu/2
	switch {
	case mu < 0.1:
		return logDensity(a) + math.Log(integrate(slope, a, b))
	case a > 0:
		return logDensity(a) + math.Log(mills(a)-mills(b))
	default:
		return math.Log(Tail(a) - math.Exp(epsilon+math.Log(Tail(b))))
	}
}

// Mu returns the largest μ that is (ε, δ)-DP, for ε >= 0 and 0 < δ < 1; 0
// outside.
func Mu(epsilon, delta float64) float64 {
	if !(epsilon >= 0) || !(delta > 0 && delta < 1) || math.IsInf(epsilon, 1) {
		return 0
	}
	want := math.Log(delta)
	low, high := 0.0, 1.0
	for LogDelta(high, epsilon) <= want {
		low, high = high, 2*high
	}
	for {
		middle := low + (high-low)/2
		if middle <= low || middle >= high {
			return low * (1 - guard)
		}
		if LogDelta(middle, epsilon) <= want {
			low = middle
		} else {
			high = middle
		}
	}
}

// Epsilon returns the smallest ε >= 0 for which a μ-GDP mechanism is (ε, δ)-DP;
// +Inf where there is none.
func Epsilon(mu, delta float64) float64 {
	switch {
	case !(mu >= 0) || !(delta > 0) || math.IsInf(mu, 1):
		return math.Inf(1)
	case delta >= 1 || mu == 0:
		return 0
	}
	want := math.Log(delta)
	if LogDelta(mu, 0) <= want {
		return 0
	}
	low, high := 0.0, 1.0
	for LogDelta(mu, high) > want {
		low, high = high, 2*high
	}
	for {
		middle := low + (high-low)/2
		if middle <= low || middle >= high {
			return high * (1 + guard)
		}
		if LogDelta(mu, middle) <= want {
			high = middle
		} else {
			low = middle
		}
	}
}

// Sigma returns the smallest standard deviation of Gaussian noise that makes a
// query of this L2 sensitivity (ε, δ)-DP; +Inf outside the domain of Mu.
func Sigma(epsilon, delta, sensitivity float64) float64 {
	return sensitivity / Mu(epsilon, delta)
}

// Nodes and weights of Gauss and Legendre on [-1, 1], the positive half.
var (
	nodes   = [...]float64{0.1834346424956498, 0.5255324099163290, 0.7966664774136267, 0.9602898564975363}
	weights = [...]float64{0.3626837833783620, 0.3137066458778873, 0.2223810344533745, 0.1012285362903763}
)

// integrate returns the integral of a smooth f over a short interval: the
// eight-point rule is exact to the last digit for slope over a tenth.
func integrate(f func(float64) float64, a, b float64) float64 {
	middle, half := (a+b)/2, (b-a)/2
	sum := 0.0
	for i, x := range nodes {
		sum += weights[i] * (f(middle-half*x) + f(middle+half*x))
	}
	return half * sum
}
