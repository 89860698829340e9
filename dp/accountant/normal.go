// SPDX-License-Identifier: Apache-2.0

package accountant

import "math"

// CDF returns Φ(x), with full relative accuracy in the lower tail.
func CDF(x float64) float64 { return 0.5 * math.Erfc(-x/math.Sqrt2) }

// Tail returns 1-Φ(x), with full relative accuracy in the upper tail.
func Tail(x float64) float64 { return 0.5 * math.Erfc(x/math.Sqrt2) }

// Quantile returns x with Φ(x) = p, for p in (0, 1), with full relative
// accuracy for small p. For p near 1 ask for -Quantile(1-p) with an exact 1-p.
func Quantile(p float64) float64 {
	switch {
	case !(p >= 0 && p <= 1):
		return math.NaN()
	case p > 0.5:
		return -Quantile(1 - p)
	}
	if p == 0 {
		return math.Inf(-1)
	}
	// Newton on log Φ, which is concave: it cannot overshoot from the left, and
	// no step loses digits in the tail, where the standard library's inverse has
	// none left.
	log := math.Log(p)
	x := -math.Sqrt(-2 * log)
	for range 50 {
		step := (logCDF(x) - log) * mills(-x) // Φ/φ is Mills' ratio of -x
		x -= step
		if math.Abs(step) <= 1e-15*(1-x) {
			break
		}
	}
	return x
}

// logCDF returns log Φ(x) for x <= 0, also where Φ underflows.
func logCDF(x float64) float64 { return logDensity(x) + math.Log(mills(-x)) }

// HalfWidth returns z such that a normal variable of standard deviation 1 lies
// within ±z with the given confidence.
func HalfWidth(confidence float64) float64 { return -Quantile((1 - confidence) / 2) }

// logDensity is the logarithm of the normal density.
func logDensity(x float64) float64 {
	return -x*x/2 - 0.5*math.Log(2*math.Pi)
}

// tailFrom is where the continued fraction of Mills' ratio takes over from the
// direct quotient; below it the quotient loses less than two digits.
const tailFrom = 3

// mills is Mills' ratio (1-Φ(x))/φ(x).
func mills(x float64) float64 {
	if x < tailFrom {
		return Tail(x) / math.Exp(logDensity(x))
	}
	return 1 / (x + fraction(x))
}

// slope is 1 - x·mills(x), which is minus the derivative of Mills' ratio,
// without the cancellation that the formula has for large x.
func slope(x float64) float64 {
	if x < tailFrom {
		return 1 - x*mills(x)
	}
	t := fraction(x)
	return t / (x + t)
}

// fraction is Laplace's continued fraction 1/(x + 2/(x + 3/(x + …))). From x = 3
// on eighty terms leave nothing of a float64.
func fraction(x float64) float64 {
	t := 0.0
	for n := 80; n >= 1; n-- {
		t = float64(n) / (x + t)
	}
	return t
}

// LaplaceHalfWidth returns x such that a Laplace variable of scale 1 lies within
// ±x but for a chance of alpha.
func LaplaceHalfWidth(alpha float64) float64 { return -math.Log(alpha) }

// EachOf returns the chance of error that each of k independent intervals may
// have for all of them to hold but for a chance of alpha (Šidák 1967).
func EachOf(k int, alpha float64) float64 { return -math.Expm1(math.Log1p(-alpha) / float64(k)) }
