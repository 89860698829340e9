// SPDX-License-Identifier: Apache-2.0

package accountant_test

import (
	"errors"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/throng-dp/throng/dp/accountant"
)

// accounting is a file of reference answers, made with dp-accounting 0.6.0 and,
// where an exact answer exists, with many digits.
type accounting struct {
	Cases []accountingCase
}

type accountingCase struct {
	ID           string
	Events       []eventVector
	Compositions int
	Outside      float64  `json:"outside_delta"`
	Rho          *float64 `json:"zcdp_rho"`
	Basic        *float64 `json:"pure_epsilon_basic"`
	Epsilons     []answer `json:"epsilon_at_delta"`
	Deltas       []answer `json:"delta_at_epsilon"`
}

type answer struct {
	Delta, Epsilon                       float64
	Pessimistic, Optimistic, Exact, ZCDP *float64
	Unattainable                         bool
	BelowResolution                      bool `json:"below_resolution"`
}

// truth is the largest number that the true answer is known not to be below.
func (a answer) truth() float64 {
	if a.Exact != nil {
		return *a.Exact
	}
	return *a.Optimistic
}

// ceiling is the reference's upper bound, or the truth where it is above that.
func (a answer) ceiling() float64 {
	if a.Exact != nil {
		return math.Max(*a.Exact, *a.Pessimistic)
	}
	return *a.Pessimistic
}

type eventVector struct {
	Type        string
	Count       *int
	Sigma       float64
	L2          *float64 `json:"l2_sensitivity"`
	Scale       float64
	L1          *float64 `json:"l1_sensitivity"`
	A           float64
	Sensitivity *int
	Noise       float64 `json:"noise_parameter"`
	Buckets     int     `json:"num_buckets"`
	Epsilon     float64
	Delta       float64
}

func or[T any](p *T, otherwise T) T {
	if p == nil {
		return otherwise
	}
	return *p
}

func (v eventVector) event(t *testing.T) accountant.Event {
	t.Helper()
	var e accountant.Event
	switch v.Type {
	case "gaussian":
		e = accountant.Gaussian{Sigma: v.Sigma, Sensitivity: or(v.L2, 1)}
	case "laplace":
		e = accountant.Laplace{Scale: v.Scale, Sensitivity: or(v.L1, 1)}
	case "discrete_laplace":
		e = accountant.DiscreteLaplace{A: v.A, Sensitivity: or(v.Sensitivity, 1)}
	case "discrete_gaussian":
		e = accountant.DiscreteGaussian{Sigma: v.Sigma, Sensitivity: or(v.Sensitivity, 1)}
	case "randomized_response":
		e = accountant.RandomizedResponse{Noise: v.Noise, Buckets: v.Buckets}
	case "approx_dp":
		e = accountant.Approximate{Epsilon: v.Epsilon, Delta: v.Delta}
	default:
		t.Fatalf("an event of type %q", v.Type)
	}
	return accountant.Repeated{Event: e, Times: or(v.Count, 1)}
}

func (c accountingCase) events(t *testing.T) []accountant.Event {
	t.Helper()
	var events []accountant.Event
	for _, v := range c.Events {
		events = append(events, v.event(t))
	}
	return events
}

func compose(t testing.TB, events ...accountant.Event) *accountant.Composition {
	t.Helper()
	c, err := accountant.Compose(events...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestAccounting holds every case to four rules: never below the truth; never
// more than a little above the reference's pessimistic answer; the lower bound
// never above that; the same whatever the order of events.
func TestAccounting(t *testing.T) {
	var v accounting
	vectors(t, "accounting.json", &v)
	if len(v.Cases) == 0 {
		t.Fatal("no cases")
	}
	checks, above, excess := 0, 0, 0.0
	start := time.Now()
	for _, c := range v.Cases {
		t.Run(c.ID, func(t *testing.T) {
			events := c.events(t)
			got := compose(t, events...)
			slices.Reverse(events)
			again := compose(t, events...)
			if got.Len() != c.Compositions {
				t.Errorf("%d events, want %d", got.Len(), c.Compositions)
			}
			if o := got.Outside(); math.Abs(o-c.Outside) > 1e-9*math.Abs(c.Outside)+1e-18 {
				t.Errorf("outside δ = %.12g, want %.12g", o, c.Outside)
			}
			if c.Rho != nil && math.Abs(got.Rho()-*c.Rho) > 1e-9**c.Rho {
				t.Errorf("ρ = %.12g, want %.12g", got.Rho(), *c.Rho)
			}
			if c.Basic != nil && math.Abs(got.Basic()-*c.Basic) > 1e-9**c.Basic {
				t.Errorf("basic ε = %.12g, want %.12g", got.Basic(), *c.Basic)
			}
			for _, a := range c.Epsilons {
				checks++
				if worse := checkEpsilon(t, c, a, got, again); worse > 0 {
					above, excess = above+1, math.Max(excess, worse)
				}
			}
			for _, a := range c.Deltas {
				checks++
				checkDelta(t, a, got, again)
			}
		})
	}
	t.Logf("%d cases, %d answers with brackets in %v; ε above the reference in %d, by at most %.2g",
		len(v.Cases), checks, time.Since(start).Round(time.Millisecond), above, excess)
}

func checkEpsilon(t *testing.T, c accountingCase, a answer, got, again *accountant.Composition) (excess float64) {
	t.Helper()
	b, err := got.EpsilonBracket(a.Delta)
	if a.Unattainable {
		if !errors.Is(err, accountant.ErrUnattainable) {
			t.Errorf("δ %g: %v, %v; want that there is none", a.Delta, b, err)
		}
		return 0
	}
	if err != nil {
		t.Errorf("δ %g: %v", a.Delta, err)
		return 0
	}
	if b.High < a.truth()-1e-9 {
		t.Errorf("δ %g: ε = %.12g, below the true %.12g", a.Delta, b.High, a.truth())
	}
	if most := a.ceiling() + 2e-4 + 2e-6*float64(c.Compositions); b.High > most {
		t.Errorf("δ %g: ε = %.12g, reference %.12g", a.Delta, b.High, *a.Pessimistic)
	}
	if b.Low > a.ceiling()+1e-9 || b.Low > b.High || a.Exact != nil && b.Low > *a.Exact+1e-9 {
		t.Errorf("δ %g: lower bound %.12g of %.12g", a.Delta, b.Low, *a.Pessimistic)
	}
	if other, err := again.Epsilon(a.Delta); err != nil || math.Abs(other-b.High) > 1e-9*b.High {
		t.Errorf("δ %g: ε = %.17g, in another order %.17g, %v", a.Delta, b.High, other, err)
	}
	if a.ZCDP != nil {
		if z, err := got.ZCDP(a.Delta); err != nil || math.Abs(z-*a.ZCDP) > 1e-6*z {
			t.Errorf("δ %g: zCDP ε = %.12g, %v, want %.12g", a.Delta, z, err, *a.ZCDP)
		}
	}
	return b.High - *a.Pessimistic
}

func checkDelta(t *testing.T, a answer, got, again *accountant.Composition) {
	t.Helper()
	b, err := got.DeltaBracket(a.Epsilon)
	if err != nil {
		t.Errorf("ε %g: %v", a.Epsilon, err)
		return
	}
	if b.High < a.truth()*(1-1e-9)-1e-13 {
		t.Errorf("ε %g: δ = %.12g, below the true %.12g", a.Epsilon, b.High, a.truth())
	}
	if b.Low > b.High {
		t.Errorf("ε %g: bracket %v", a.Epsilon, b)
	}
	if other, err := again.Delta(a.Epsilon); err != nil || math.Abs(other-b.High) > 1e-9*b.High {
		t.Errorf("ε %g: δ = %.17g, in another order %.17g, %v", a.Epsilon, b.High, other, err)
	}
	if a.BelowResolution {
		if b.High >= 1e-12 {
			t.Errorf("ε %g: δ = %g, want less than 1e-12", a.Epsilon, b.High)
		}
		return
	}
	if b.High > a.ceiling()*(1+2e-3)+1e-12 || b.Low > a.ceiling()*(1+1e-9)+1e-13 {
		t.Errorf("ε %g: δ in [%.12g, %.12g], reference %.12g", a.Epsilon, b.Low, b.High, *a.Pessimistic)
	}
}
