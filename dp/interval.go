// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"math"

	"github.com/throng-dp/throng/dp/accountant"
	"github.com/throng-dp/throng/dp/release"
)

// expected is what the plan knows of the noise of a table's cells.
type expected struct{ deviation, width float64 }

// cell returns the released form of a number: its interval has 95 % and is
// centred on the unbiased number, with exact quantiles of the planned noise;
// integers are rounded outwards.
func (s *Strategy) cell(t int, e expected, unbiased float64, estimate int64) release.Cell {
	width := e.width
	kind := s.workload.Tables[t].Kind
	low, high := int64(math.Floor(unbiased-width)), int64(math.Ceil(unbiased+width))
	negative := kind == Sum && s.workload.Amounts[s.workload.Tables[t].Amount].Min < 0
	if !negative {
		// An empty cell with much negative noise is not proven to be empty.
		low, high = max(low, 0), max(high, 1)
	}
	n := &cellNumbers{estimate, min(low, estimate), max(high, estimate), decimal(unbiased, 10), decimal(e.deviation, 10)}
	return release.Cell{
		Estimate: &n.estimate,
		Lower:    &n.lower,
		Upper:    &n.upper,
		Unbiased: &n.unbiased,
		StdDev:   &n.deviation,
		Status:   release.Released,
		Readable: width < math.Abs(float64(estimate))/2,
	}
}

// cellNumbers are those of a cell, side by side: there may be hundreds of thousands.
type cellNumbers struct {
	estimate, lower, upper int64
	unbiased, deviation    float64
}

// decimal rounds to fractions of 1/parts, without a negative zero.
func decimal(x float64, parts float64) float64 {
	if math.Abs(x) >= 1<<50 {
		return math.Round(x) // a float64 has no decimals to give there
	}
	return math.Round(x*parts)/parts + 0
}

// A ratio is a released mean: a sum over a reach, both noisy.
type ratio struct{ value, low, high, deviation float64 }

// mean computes a mean from released numbers alone: the sum over the reach, the
// middle of its range where no reach was found. The sum was measured as
// distances c from the middle, so the mean is middle + c/r. Its interval is
// Fieller's (1954): the means m for which c + (middle-m)·r, whose noise is known
// for each m, lies within its own interval; everything, where the reach cannot
// be told from 0.
func (s *Strategy) mean(u *unbiased, t int) ratio {
	table := &s.workload.Tables[t]
	seg, a := table.Segments[0], s.workload.Amounts[table.Amount]
	low, high := float64(a.Min), float64(a.Max)
	middle := (low + high) / 2
	c, r, z := u.centred[t], u.reach[seg], s.design.width()
	vc, vr := s.design.centredVariance(t), s.design.reachVariance(seg)

	m := ratio{value: middle, low: low, high: high, deviation: (high - low) / 2}
	if r > 0 {
		m.value = min(max(middle+c/r, low), high)
		d := m.value - middle
		m.deviation = min(m.deviation, math.Sqrt(vc+d*d*vr)/r)
	}
	if square := r*r - z*z*vr; r > 0 && square > 0 {
		root := z * math.Sqrt(c*c*vr+vc*square)
		clip := func(x float64) float64 { return min(max(middle+x, low), high) }
		m.low, m.high = clip((c*r-root)/square), clip((c*r+root)/square)
	}
	return m
}

// meanCell returns the released form of a mean. Its own number is no unbiased
// one: no ratio is.
func (s *Strategy) meanCell(m ratio, estimate int64) release.Cell {
	low, high := int64(math.Floor(m.low)), int64(math.Ceil(m.high))
	return release.Cell{
		Estimate: &estimate,
		Lower:    new(min(low, estimate)),
		Upper:    new(max(high, estimate)),
		Unbiased: new(decimal(m.value, 10)),
		StdDev:   new(decimal(m.deviation, 10)),
		Status:   release.Released,
		Readable: (m.high-m.low)/2 < math.Abs(float64(estimate))/2,
	}
}

// atLeast returns the probability that the reach of table t is at least n,
// given its unbiased number and nothing else.
func (s *Strategy) atLeast(t int, unbiased float64, n int64) float64 {
	beyond := unbiased - (float64(n) - 0.5) // between n-1 and n
	p := 0.0
	if s.design.mechanism == laplace {
		p = s.widths.find(s.design.mixture(t)).above(-beyond)
	} else {
		p = accountant.CDF(beyond / s.StdDev(t, 0))
	}
	return decimal(p, 1000)
}
