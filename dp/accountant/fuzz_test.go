// SPDX-License-Identifier: Apache-2.0

package accountant_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/throng-dp/throng/dp/accountant"
)

// some is a random list of up to six kinds of events.
func some(r *rand.Rand) []accountant.Event {
	size := math.Exp2(float64(r.IntN(8)) - 3)
	var events []accountant.Event
	for range 1 + r.IntN(6) {
		times := 1 + r.IntN(1<<r.IntN(7))
		noise := size * math.Sqrt(float64(times)) * (0.5 + 4*r.Float64())
		var e accountant.Event
		switch r.IntN(6) {
		case 0:
			e = accountant.Gaussian{Sigma: noise, Sensitivity: 1 + r.Float64()}
		case 1:
			e = accountant.Laplace{Scale: noise, Sensitivity: 1 + r.Float64()}
		case 2:
			e = accountant.DiscreteGaussian{Sigma: noise, Sensitivity: 1 + r.IntN(3)}
		case 3:
			e = accountant.DiscreteLaplace{A: 1 / noise, Sensitivity: 1 + r.IntN(5)}
		case 4:
			e = accountant.RandomizedResponse{Noise: 0.1 + 0.9*r.Float64(), Buckets: 2 + r.IntN(5)}
		case 5:
			e = accountant.Approximate{Epsilon: 1 / noise, Delta: 1e-13 * float64(r.IntN(2))}
		}
		events = append(events, accountant.Repeated{Event: e, Times: times})
	}
	return events
}

// FuzzCompose holds whatever is composed to this: the lower bound is below the
// upper one; ε falls as δ grows; one event more does not make ε less; δ at that ε
// is the δ asked for, or less; neither basic composition nor zCDP says less. The
// grid may change from question to question: for that 2e-4 of ε are allowed, and
// 1e-6.
func FuzzCompose(f *testing.F) {
	for seed := range uint64(16) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		events := some(rand.New(rand.NewPCG(seed, 5)))
		slack := func(x float64) float64 { return x*(1+2e-4) + 1e-6 }
		c, less := compose(t, events...), compose(t, events[1:]...)
		last := math.Inf(1)
		for _, delta := range []float64{1e-11, 1e-8, 1e-7, 1e-4, 0.1} {
			b, err := c.EpsilonBracket(delta)
			if errors.Is(err, accountant.ErrUnattainable) && delta < c.Outside()*1.001 {
				continue
			}
			if err != nil {
				t.Fatalf("%+v δ %g: %v", events, delta, err)
			}
			if !(b.Low >= 0 && b.Low <= b.High) || b.High > slack(last) || b.High > c.Basic() {
				t.Errorf("%+v δ %g: ε in %v after %g, basic %g", events, delta, b, last, c.Basic())
			}
			last = b.High
			if e, err := less.Epsilon(delta); err != nil || e > slack(b.High) {
				t.Errorf("%+v δ %g: without the first ε = %g, %v, with it %g", events, delta, e, err, b.High)
			}
			if d, err := c.Delta(b.High); err != nil || d > delta*(1+1e-2) {
				t.Errorf("%+v δ %g: ε = %g gives δ %g, %v", events, delta, b.High, d, err)
			}
			if z, err := c.ZCDP(delta); err == nil && b.High > slack(z) {
				t.Errorf("%+v δ %g: ε = %g, zCDP says %g", events, delta, b.High, z)
			}
		}
	})
}
