// SPDX-License-Identifier: Apache-2.0

package release

import "math"

// confidence is that of everything that is computed from released numbers.
const confidence = 0.95

// deviations returns how many standard deviations a number of the release is off
// at most, but for a chance of alpha (above 0, at most 0.05). Of Laplace noise, or
// a sum of such noises, no more than of a single Laplace variable: that one has the
// heaviest tail of all with the same deviation, and beyond 95 % heavier ones than a
// normal variable (privacy R19).
func (p *Privacy) deviations(alpha float64) float64 {
	normal := math.Sqrt2 * math.Erfinv(1-alpha)
	if p.Mechanism != laplace {
		return normal
	}
	return math.Max(normal, -math.Log(alpha)/math.Sqrt2)
}

const laplace = "laplace"

// AtLeast returns the chance that a number of people is n or more, by the released
// number and its noise alone: nothing is assumed of the people beforehand. It has
// three decimals, since more would only print the noise's own digits, and is nil
// where the number is withheld. A sum of Laplace noises is taken as a single one.
func (p *Privacy) AtLeast(c *Cell, n int64) *float64 {
	if c == nil || c.Unbiased == nil || c.StdDev == nil {
		return nil
	}
	chance := 1.0
	if n > 0 {
		chance = p.below(*c.Unbiased-(float64(n)-0.5), *c.StdDev) // between n-1 and n
	}
	chance = math.Round(1000*chance) / 1000
	return &chance
}

// below returns the chance that noise of some standard deviation is x or less.
func (p *Privacy) below(x, deviation float64) float64 {
	switch {
	case deviation == 0 && x < 0:
		return 0
	case deviation == 0:
		return 1
	case p.Mechanism != laplace:
		return math.Erfc(-x/(deviation*math.Sqrt2)) / 2
	}
	tail := math.Exp(-math.Sqrt2*math.Abs(x)/deviation) / 2
	if x < 0 {
		return tail
	}
	return 1 - tail
}
