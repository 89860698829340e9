// SPDX-License-Identifier: Apache-2.0

package dp

import "math"

// A centre is what memberships of a feature are measured around: for a person
// who is kept in the segments j with x_j = 1, the fraction
//
//	c(x) = (p + Σ own_j·x_j) / q,  0 <= c(x) <= 1.
//
// p/q is the same for everybody; own_j/q makes it grow with a person's own
// memberships, so that somebody who is in many segments, all of which would
// move the same way, costs less: what all segments have in common is measured
// with more noise than what tells them apart.
type centre struct {
	p, q int64
	own  []int64 // of each segment; nil: none
	sum  int64   // of own
}

// fixed is the part that is the same for everybody.
func (c *centre) fixed() float64 { return float64(c.p) / float64(c.q) }

// share is what being kept in a segment adds to the centre.
func (c *centre) share(segment int) float64 {
	if c.own == nil {
		return 0
	}
	return float64(c.own[segment]) / float64(c.q)
}

// rest is 1 less what being kept in all segments adds.
func (c *centre) rest() float64 { return float64(c.q-c.sum) / float64(c.q) }

// out and in are what a person outside and inside a segment costs, of a centre
// that is the same for everybody.
func (c *centre) out(power float64) float64 { return math.Pow(c.fixed(), power) }
func (c *centre) in(power float64) float64  { return math.Pow(1-c.fixed(), power) }

// multiple is what a row of a degree is multiplied by to be an integer, and
// most is the largest factor that a person's memberships then give its entries.
func (c *centre) multiple(degree int) float64 { return math.Pow(float64(c.q), float64(degree)) }

func (c *centre) most(degree int) float64 {
	return math.Pow(float64(max(c.q-c.p, c.p+c.sum)), float64(degree)) // q·c(x) <= p + sum
}

// fraction returns the centre with the smallest denominator, up to limit, that
// is near to fixed and to the shares of classes of segments: within a fiftieth
// of the largest share. Its shares are in the order of the classes.
func fraction(fixed float64, shares []float64, sizes []int, limit int64) (c centre, own []int64) {
	largest, sum := 0.0, 0.0
	for g, s := range shares {
		largest = max(largest, s)
		sum += s * float64(sizes[g])
	}
	if sum < 0.01 {
		shares, largest = make([]float64, len(shares)), 0 // not worth it
	}
	best := math.Inf(1)
	for q := int64(1); q <= limit; q++ {
		p := int64(math.Round(fixed * float64(q)))
		off := math.Abs(float64(p)/float64(q)-fixed) / 0.005
		ms := make([]int64, len(shares))
		total := p
		for g, s := range shares {
			ms[g] = int64(math.Round(s * float64(q)))
			total += ms[g] * int64(sizes[g])
			if largest > 0 {
				off = max(off, math.Abs(float64(ms[g])/float64(q)-s)/(0.02*largest))
			}
		}
		if total >= q && total > p || 2*p > q {
			continue
		}
		if off < best {
			best, c, own = off, centre{p: p, q: q}, ms
		}
		if best <= 1 {
			break
		}
	}
	return c, own
}
