// SPDX-License-Identifier: Apache-2.0

package accountant

import (
	"errors"
	"fmt"
	"math"
)

// An Event is one use of a mechanism with fixed parameters. Neighbours differ
// by one person added or removed; those of RandomizedResponse have one person's
// answer replaced. All events here are symmetric: removing a person is told
// from adding one equally well. The interface is sealed, because a wrong loss
// distribution is a wrong promise.
type Event interface {
	add(to *account, times int) error
}

// A Gaussian adds normal noise of standard deviation Sigma to a query of this
// L2 sensitivity.
type Gaussian struct{ Sigma, Sensitivity float64 }

// A Laplace adds Laplace noise of scale Scale to a query of this L1
// sensitivity.
type Laplace struct{ Scale, Sensitivity float64 }

// A DiscreteGaussian adds a whole number x with chance proportional to
// exp(-x²/2σ²) to a whole count of this sensitivity (Canonne, Kamath, Steinke
// 2020).
type DiscreteGaussian struct {
	Sigma       float64
	Sensitivity int
}

// A DiscreteLaplace adds a whole number x with chance proportional to
// exp(-A|x|) to a whole count of this sensitivity (Ghosh, Roughgarden,
// Sundararajan 2009).
type DiscreteLaplace struct {
	A           float64
	Sensitivity int
}

// A RandomizedResponse answers, with chance Noise, uniformly from Buckets
// answers, the true one among them, and else truthfully (Warner 1965).
type RandomizedResponse struct {
	Noise   float64
	Buckets int
}

// An Approximate is any mechanism of which no more is known than that it is
// (Epsilon, Delta)-DP: partition selection, an exponential mechanism, or, with
// Epsilon 0, a threshold on noised counts that are paid for already.
type Approximate struct{ Epsilon, Delta float64 }

// An Exponential is an exponential mechanism of bounded range: the odds between
// any two answers change by a factor of e^Epsilon at most (Durfee and Rogers
// 2019). It is Epsilon-DP, and its ρ is Epsilon²/8 (Cesar and Rogers 2021), a
// quarter of what an event that is Epsilon-DP may have.
type Exponential struct{ Epsilon float64 }

// A Repeated is an event composed with itself Times times, each with noise of
// its own.
type Repeated struct {
	Event Event
	Times int
}

// ErrEvent is what Compose wraps when an event's parameters mean nothing.
var ErrEvent = errors.New("not a privacy event")

// most bounds how often one event is composed: beyond it float64 sums of
// logarithms are no longer exact enough to promise anything.
const most = 1 << 30

// widest is the largest σ of discrete noise, or sensitivity of a discrete Laplace
// count: their losses are listed one by one.
const widest = 1 << 18

// account is a list of events, put in order and merged: what is left of the
// list does not depend on its order.
type account struct {
	events int
	mu2    float64 // Σ μ² of the Gaussian events; they merge exactly
	normal map[Gaussian]int
	kept   float64      // log of the chance that no (ε, δ) event fails outright
	rho    float64      // Σ ρ of zero-concentrated DP
	losses map[loss]int // the others, and how often each
}

func (e Gaussian) add(to *account, times int) error {
	if !scale(e.Sigma) || !amount(e.Sensitivity) {
		return fmt.Errorf("gaussian: σ %g, sensitivity %g: %w", e.Sigma, e.Sensitivity, ErrEvent)
	}
	mu2 := float64(times) * (e.Sensitivity / e.Sigma) * (e.Sensitivity / e.Sigma)
	to.mu2 += mu2
	to.rho += mu2 / 2
	to.normal[e] += times
	return nil
}

func (e Laplace) add(to *account, times int) error {
	if !scale(e.Scale) || !amount(e.Sensitivity) {
		return fmt.Errorf("laplace: scale %g, sensitivity %g: %w", e.Scale, e.Sensitivity, ErrEvent)
	}
	return to.pure(exponential{e.Sensitivity / e.Scale}, times)
}

func (e DiscreteGaussian) add(to *account, times int) error {
	if !scale(e.Sigma) || e.Sigma > widest || e.Sensitivity < 0 {
		return fmt.Errorf("discrete gaussian: σ %g, sensitivity %d: %w", e.Sigma, e.Sensitivity, ErrEvent)
	}
	if e.Sensitivity == 0 {
		return nil
	}
	to.rho += float64(times) * math.Pow(float64(e.Sensitivity)/e.Sigma, 2) / 2
	to.losses[normalLattice{e.Sigma, float64(e.Sensitivity)}] += times
	return nil
}

func (e DiscreteLaplace) add(to *account, times int) error {
	switch {
	case !scale(e.A) || e.Sensitivity < 0 || e.Sensitivity > widest:
		return fmt.Errorf("discrete laplace: a %g, sensitivity %d: %w", e.A, e.Sensitivity, ErrEvent)
	case e.Sensitivity <= 1:
		return to.pure(pair{e.A * float64(e.Sensitivity)}, times)
	}
	return to.pure(geometric{e.A, e.Sensitivity}, times)
}

func (e RandomizedResponse) add(to *account, times int) error {
	if !(e.Noise > 0 && e.Noise <= 1) || e.Buckets < 2 {
		return fmt.Errorf("randomized response: noise %g, %d buckets: %w", e.Noise, e.Buckets, ErrEvent)
	}
	epsilon := math.Log1p((1 - e.Noise) / e.Noise * float64(e.Buckets))
	if e.Buckets == 2 {
		return to.pure(pair{epsilon}, times)
	}
	return to.pure(response{epsilon, e.Buckets}, times)
}

func (e Approximate) add(to *account, times int) error {
	if !amount(e.Epsilon) || !(e.Delta >= 0 && e.Delta <= 1) {
		return fmt.Errorf("approximate: ε %g, δ %g: %w", e.Epsilon, e.Delta, ErrEvent)
	}
	to.kept += float64(times) * math.Log1p(-e.Delta)
	return to.pure(pair{e.Epsilon}, times)
}

func (e Exponential) add(to *account, times int) error {
	if !amount(e.Epsilon) {
		return fmt.Errorf("exponential: ε %g: %w", e.Epsilon, ErrEvent)
	}
	if e.Epsilon > 0 {
		to.rho += float64(times) * e.Epsilon * e.Epsilon / 8
		to.losses[pair{e.Epsilon}] += times
	}
	return nil
}

func (e Repeated) add(to *account, times int) error {
	if e.Event == nil || e.Times < 0 || e.Times > most/max(times, 1) {
		return fmt.Errorf("repeated %d times: %w", e.Times, ErrEvent)
	}
	to.events += (e.Times - 1) * times
	if e.Times == 0 {
		return nil
	}
	return e.Event.add(to, e.Times*times)
}

// pure adds a mechanism that is ε-DP, at ε²/2 of ρ (Bun and Steinke 2016,
// proposition 1.4).
func (to *account) pure(l loss, times int) error {
	epsilon := l.limit()
	if math.IsInf(epsilon, 1) {
		return fmt.Errorf("ε is infinite: %w", ErrEvent)
	}
	if epsilon > 0 {
		to.rho += float64(times) * epsilon * epsilon / 2
		to.losses[l] += times
	}
	return nil
}

func scale(x float64) bool  { return x > 0 && !math.IsInf(x, 1) }
func amount(x float64) bool { return x >= 0 && !math.IsInf(x, 1) }
