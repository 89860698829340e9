// SPDX-License-Identifier: Apache-2.0

package accountant

import (
	"fmt"
	"math"
)

// Zero-concentrated DP (Bun and Steinke 2016) is the cheap account: ρ adds up,
// also when later events depend on earlier answers. It needs some δ, and says a
// larger ε than the loss distribution does: by 6 % for many small events, far
// more for a few pure ones.

// Rho is the sum of the events' ρ: D²/2σ² of a Gaussian, discrete or not, ε²/2
// of an event that is ε-DP. The events are ρ-zCDP, but for Outside.
func (c *Composition) Rho() float64 { return c.rho }

// ZCDP returns an ε for which the events are (ε, δ)-DP by their ρ.
func (c *Composition) ZCDP(delta float64) (float64, error) {
	rest := delta - c.Outside()
	if !(rest > 0) {
		return 0, fmt.Errorf("δ %g, and the events fail with chance %g: %w", delta, c.Outside(), ErrUnattainable)
	}
	return EpsilonOfRho(c.rho, rest), nil
}

// Least returns the smallest ε that any account here proves for the events at a
// δ: the sum of their ε, ρ, or the loss distribution. Neither of the last two is
// the smaller one always: ρ knows of the bounded range of Exponential.
func (c *Composition) Least(delta float64) (float64, error) {
	least, err := c.Epsilon(delta)
	if by, failed := c.ZCDP(delta); failed == nil && (err != nil || by < least) {
		least, err = by, nil
	}
	if sum := c.Basic(); c.Outside() <= delta && !math.IsInf(sum, 1) && (err != nil || sum < least) {
		least, err = sum, nil
	}
	return least, err
}

// EpsilonOfRho returns the smallest ε >= 0 for which every ρ-zCDP mechanism is
// known to be (ε, δ)-DP: the least over all orders a > 1 of
// aρ + log(1/aδ)/(a-1) + log(1-1/a) (Canonne, Kamath, Steinke 2020,
// proposition 12). +Inf where there is none.
func EpsilonOfRho(rho, delta float64) float64 {
	switch {
	case !(rho >= 0) || !(delta > 0) || math.IsInf(rho, 1):
		return math.Inf(1)
	case rho == 0 || delta >= 1:
		return 0
	}
	best := overOrders(func(b float64) float64 {
		return (1+b)*rho - (math.Log1p(b)+math.Log(delta))/b + math.Log(b/(1+b))
	})
	return math.Max(best*(1+guard), 0)
}

// DeltaOfRho returns the smallest δ that the same bound gives for ε >= 0.
func DeltaOfRho(rho, epsilon float64) float64 {
	switch {
	case !(rho >= 0) || !(epsilon >= 0) || math.IsInf(rho, 1):
		return 1
	case rho == 0 || math.IsInf(epsilon, 1):
		return 0
	}
	log := overOrders(func(b float64) float64 {
		return b*((1+b)*rho-epsilon+math.Log(b/(1+b))) - math.Log1p(b)
	})
	return math.Min(math.Exp(log+math.Abs(log)*guard), 1)
}

// RhoOf returns the largest ρ for which every ρ-zCDP mechanism is known to be
// (ε, δ)-DP; 0 outside ε > 0 and 0 < δ < 1.
func RhoOf(epsilon, delta float64) float64 {
	if !(epsilon > 0) || !(delta > 0 && delta < 1) || math.IsInf(epsilon, 1) {
		return 0
	}
	low, high := 0.0, 1.0
	for EpsilonOfRho(high, delta) <= epsilon {
		low, high = high, 2*high
	}
	for {
		middle := low + (high-low)/2
		if middle <= low || middle >= high || high-low < 1e-14*high {
			return low
		}
		if EpsilonOfRho(middle, delta) <= epsilon {
			low = middle
		} else {
			high = middle
		}
	}
}

// overOrders is the least value of f over orders 1+b: on a coarse ladder first,
// then by golden section between the neighbours. Whatever it finds is a bound.
func overOrders(f func(b float64) float64) float64 {
	at := func(x float64) float64 { return f(math.Exp(x)) }
	best, x := math.Inf(1), 0.0
	for y := -40.0; y <= 40; y += 0.5 {
		if v := at(y); v < best {
			best, x = v, y
		}
	}
	const ratio = 0.6180339887498949
	low, high := x-0.5, x+0.5
	a, b := high-ratio*(high-low), low+ratio*(high-low)
	va, vb := at(a), at(b)
	for range 60 {
		if va < vb {
			high, b, vb = b, a, va
			a = high - ratio*(high-low)
			va = at(a)
		} else {
			low, a, va = a, b, vb
			b = low + ratio*(high-low)
			vb = at(b)
		}
	}
	return math.Min(best, math.Min(va, vb))
}
