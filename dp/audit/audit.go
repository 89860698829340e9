// SPDX-License-Identifier: Apache-2.0

// Package audit says what a run of an attack proves. An attack guesses, of many
// independent releases, which of two neighbouring data sets each was made of;
// from how often it is right follows a lower bound on the privacy loss that
// holds with a stated confidence, whatever the mechanism is inside. A bound
// above what is claimed proves the claim wrong; one below proves nothing but
// that this attack failed.
package audit

import (
	"math"

	"gonum.org/v1/gonum/mathext"

	"github.com/throng-dp/throng/dp/accountant"
)

// Counts are the outcomes of one attack, with a rule of guessing that was fixed
// before: of Runs releases of either data set, how often it said "the person is
// there".
type Counts struct {
	Runs  int // of each data set
	Hits  int // the person was there
	False int // the person was not
}

// Interval returns the exact bounds on the chance of an event that was seen hits
// times in runs independent ones (Clopper and Pearson 1934). Either is wrong
// with probability at most (1-confidence)/2.
func Interval(hits, runs int, confidence float64) (low, high float64) {
	k, n, side := float64(hits), float64(runs), (1-confidence)/2
	low, high = 0, 1
	if hits > 0 {
		low = mathext.InvRegIncBeta(k, n-k+1, side)
	}
	if hits < runs {
		high = mathext.InvRegIncBeta(k+1, n-k, 1-side)
	}
	return low, high
}

// Mu returns a lower bound on μ of a mechanism that is μ-GDP: every test of it
// has Φ⁻¹(power) - Φ⁻¹(level) <= μ (Dong, Roth, Su 2019). It finds an error of a
// tenth in the noise where the bound on ε of (ε, δ) finds none (Nasr et al.
// 2023). Only where noise is claimed to be Gaussian.
func (c Counts) Mu(confidence float64) float64 {
	low, _ := Interval(c.Hits, c.Runs, confidence)
	_, high := Interval(c.False, c.Runs, confidence)
	if low <= 0 || high >= 1 {
		return 0
	}
	return max(0, accountant.Quantile(low)-accountant.Quantile(high))
}

// Epsilon returns a lower bound on ε of any (ε, δ)-DP mechanism.
func (c Counts) Epsilon(delta, confidence float64) float64 {
	low, _ := Interval(c.Hits, c.Runs, confidence)
	_, high := Interval(c.False, c.Runs, confidence)
	if low <= delta || high <= 0 {
		return 0
	}
	return max(0, math.Log((low-delta)/high))
}

// Accuracy returns a lower bound on the share of right guesses, if either data
// set is as likely as the other, and the share that was seen.
func (c Counts) Accuracy(confidence float64) (low, seen float64) {
	right := c.Hits + c.Runs - c.False
	low, _ = Interval(right, 2*c.Runs, confidence)
	return low, float64(right) / float64(2*c.Runs)
}

// BestAccuracy is the largest share of right guesses that μ-GDP allows.
func BestAccuracy(mu float64) float64 { return accountant.CDF(mu / 2) }
