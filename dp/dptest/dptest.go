// SPDX-License-Identifier: Apache-2.0

package dptest

import (
	"math"
	"slices"
	"testing"
)

// Rate asserts that hits of n independent trials came with probability p. By
// Chernoff, the share of hits strays to q with probability at most
// exp(-n·KL(q‖p)), on either side.
func Rate(tb testing.TB, what string, hits, n int, p, falseAlarm float64) {
	tb.Helper()
	q := float64(hits) / float64(n)
	if float64(n)*divergence(q, p) > math.Log(2/falseAlarm) {
		tb.Errorf("%s: %d of %d = %.5f, want %.5f", what, hits, n, q, p)
	}
}

// divergence is that of Kullback and Leibler between two coins.
func divergence(q, p float64) float64 {
	d := 0.0
	if q > 0 {
		d += q * math.Log(q/p)
	}
	if q < 1 {
		d += (1 - q) * math.Log((1-q)/(1-p))
	}
	return d
}

// Spread asserts that independent normal variables of mean 0 have a variance.
// Their sum of squares over it is chi-square, whose tails Laurent and Massart
// (2000) bound: n + 2√(nx) + 2x above and n - 2√(nx) below, each with
// probability exp(-x).
func Spread(tb testing.TB, what string, xs []float64, variance, falseAlarm float64) {
	tb.Helper()
	n, sum := float64(len(xs)), 0.0
	for _, x := range xs {
		sum += x * x / variance
	}
	x := math.Log(2 / falseAlarm)
	if sum > n+2*math.Sqrt(n*x)+2*x || sum < n-2*math.Sqrt(n*x) {
		tb.Errorf("%s: variance is %.5f of what it should be, of %d", what, sum/n, len(xs))
	}
}

// Distribution asserts that independent variables have a distribution function
// (Kolmogorov and Smirnov), by the bound of Massart (1990) on the largest
// distance: 2·exp(-2nd²).
func Distribution(tb testing.TB, what string, xs []float64, cdf func(float64) float64, falseAlarm float64) {
	tb.Helper()
	xs = slices.Sorted(slices.Values(xs))
	n, distance := float64(len(xs)), 0.0
	for i, x := range xs {
		f := cdf(x)
		distance = max(distance, f-float64(i)/n, float64(i+1)/n-f)
	}
	if limit := math.Sqrt(math.Log(2/falseAlarm) / (2 * n)); distance > limit {
		tb.Errorf("%s: distance to the distribution is %.5f, more than %.5f, of %d", what, distance, limit, len(xs))
	}
}

// Unrelated asserts that pairs of independent variables of mean 0 and variance
// 1, normal ones, are not related: given the xs, the sum of x·y is normal with
// variance Σx², so its tail is 2·exp(-t²/2).
func Unrelated(tb testing.TB, what string, xs, ys []float64, falseAlarm float64) {
	tb.Helper()
	sum, squares := 0.0, 0.0
	for i, x := range xs {
		sum += x * ys[i]
		squares += x * x
	}
	if t := math.Abs(sum) / math.Sqrt(squares); t > math.Sqrt(2*math.Log(2/falseAlarm)) {
		tb.Errorf("%s: related, by %.1f standard deviations, of %d", what, t, len(xs))
	}
}

// Bins asserts that independent variables have a distribution function, by how
// many fall into each of k bins of equal chance: what the chi-square test looks
// at, with a bound that holds for every n. The divergence of the shares from 1/k
// exceeds x/n with probability at most exp(-x)·(ex/(k-1))^(k-1), for x > k-1
// (Agrawal 2020).
func Bins(tb testing.TB, what string, xs []float64, cdf func(float64) float64, k int, falseAlarm float64) {
	tb.Helper()
	counts := make([]int, k)
	for _, x := range xs {
		counts[min(k-1, int(cdf(x)*float64(k)))]++
	}
	n, free, x := float64(len(xs)), float64(k-1), 0.0
	for _, c := range counts {
		if c > 0 {
			x += float64(c) * math.Log(float64(c)*float64(k)/n)
		}
	}
	if x > free && x-free*(1+math.Log(x/free)) > math.Log(1/falseAlarm) {
		tb.Errorf("%s: %d bins hold %v of %d, want equally many", what, k, counts, len(xs))
	}
}
