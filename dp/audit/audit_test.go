// SPDX-License-Identifier: Apache-2.0

package audit_test

import (
	"math"
	"testing"

	"github.com/throng-dp/throng/dp/audit"
)

// binomialTail is the chance of at least k hits in n, added up term by term.
func binomialTail(k, n int, p float64) float64 {
	sum := 0.0
	for i := k; i <= n; i++ {
		a, _ := math.Lgamma(float64(n + 1))
		b, _ := math.Lgamma(float64(i + 1))
		c, _ := math.Lgamma(float64(n - i + 1))
		sum += math.Exp(a - b - c + float64(i)*math.Log(p) + float64(n-i)*math.Log1p(-p))
	}
	return sum
}

// TestInterval holds the bounds to their definition: under the lower one so many
// hits or more have exactly the chance that is allowed, under the upper one so
// many or fewer.
func TestInterval(t *testing.T) {
	for _, c := range []struct{ hits, runs int }{{0, 10}, {1, 10}, {7, 10}, {10, 10}, {836, 1000}, {3, 1000}} {
		const confidence = 0.99
		low, high := audit.Interval(c.hits, c.runs, confidence)
		if c.hits > 0 {
			if got := binomialTail(c.hits, c.runs, low); math.Abs(got-0.005) > 1e-8 {
				t.Errorf("%+v: at %g, the chance of as many is %g", c, low, got)
			}
		} else if low != 0 {
			t.Errorf("%+v: lower bound %g", c, low)
		}
		if c.hits < c.runs {
			if got := 1 - binomialTail(c.hits+1, c.runs, high); math.Abs(got-0.005) > 1e-8 {
				t.Errorf("%+v: at %g, the chance of as few is %g", c, high, got)
			}
		} else if high != 1 {
			t.Errorf("%+v: upper bound %g", c, high)
		}
	}
}

// TestBounds holds what is concluded to counts whose truth is known.
func TestBounds(t *testing.T) {
	// Power 0.8413 at level 0.1587 is μ = 2.
	c := audit.Counts{Runs: 1_000_000, Hits: 841_345, False: 158_655}
	if mu := c.Mu(0.999); mu < 1.98 || mu > 2 {
		t.Errorf("μ >= %g, want a little less than 2", mu)
	}
	if eps := c.Epsilon(0, 0.999); eps < 1.65 || eps > math.Log(0.841345/0.158655) {
		t.Errorf("ε >= %g", eps)
	}
	if low, seen := c.Accuracy(0.999); seen != 0.841345 || low > seen || low < 0.8400 {
		t.Errorf("accuracy %g, at least %g", seen, low)
	}
	if best := audit.BestAccuracy(2); math.Abs(best-0.841345) > 1e-6 {
		t.Errorf("best accuracy %g", best)
	}
	blind := audit.Counts{Runs: 1000, Hits: 500, False: 510}
	if blind.Mu(0.999) != 0 || blind.Epsilon(0, 0.999) != 0 {
		t.Errorf("guessing blindly proves μ %g, ε %g", blind.Mu(0.999), blind.Epsilon(0, 0.999))
	}
	for _, c := range []audit.Counts{{Runs: 10}, {Runs: 10, Hits: 10, False: 10}} {
		if c.Mu(0.999) != 0 || c.Epsilon(1e-8, 0.999) != 0 {
			t.Errorf("%+v proves μ %g, ε %g", c, c.Mu(0.999), c.Epsilon(1e-8, 0.999))
		}
	}
	if sure := (audit.Counts{Runs: 1000, Hits: 1000}); sure.Mu(0.999) < 4 || sure.Epsilon(1e-8, 0.999) < 4 {
		t.Errorf("always right proves μ %g, ε %g", sure.Mu(0.999), sure.Epsilon(1e-8, 0.999))
	}
}
