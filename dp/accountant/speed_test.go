// SPDX-License-Identifier: Apache-2.0

package accountant_test

import (
	"testing"
	"time"

	"github.com/throng-dp/throng/dp/accountant"
)

// mixed are n events, no two alike: as much work as a list of them can be.
func mixed(n int) []accountant.Event {
	events := make([]accountant.Event, n)
	for i := range events {
		x := 1 + float64(i)/float64(n)
		switch i % 6 {
		case 0:
			events[i] = accountant.Gaussian{Sigma: 40 * x, Sensitivity: 1}
		case 1:
			events[i] = accountant.Laplace{Scale: 50 * x, Sensitivity: 1}
		case 2:
			events[i] = accountant.DiscreteGaussian{Sigma: 40 * x, Sensitivity: 1 + i%2}
		case 3:
			events[i] = accountant.DiscreteLaplace{A: 0.02 * x, Sensitivity: 1 + i%3}
		case 4:
			events[i] = accountant.Approximate{Epsilon: 0.02 * x, Delta: 1e-12}
		case 5:
			events[i] = accountant.RandomizedResponse{Noise: 0.99 - 0.01*x, Buckets: 2 + i%4}
		}
	}
	return events
}

// nights are a year of nightly builds: Gaussian counts, and every night a
// selection and a Laplace count of other parameters.
func nights() []accountant.Event {
	var events []accountant.Event
	for i := range 365 {
		events = append(events, accountant.Gaussian{Sigma: 100, Sensitivity: 1}, accountant.Approximate{Epsilon: 0.002, Delta: 1e-12},
			accountant.Laplace{Scale: float64(1000 + 100*(i%7)), Sensitivity: 1})
	}
	return events
}

// TestSpeed prints how long a question takes from the list of events on, and
// fails only where it takes ten times what it should: machines are shared.
func TestSpeed(t *testing.T) {
	for _, c := range []struct {
		name   string
		events []accountant.Event
		goal   time.Duration
	}{
		{"500 different events of six kinds", mixed(500), 200 * time.Millisecond},
		{"365 nights of three events", nights(), 50 * time.Millisecond},
	} {
		best := time.Hour
		var epsilon float64
		for range 3 {
			start := time.Now()
			var err error
			if epsilon, err = compose(t, c.events...).Epsilon(1e-8); err != nil {
				t.Fatal(err)
			}
			best = min(best, time.Since(start))
		}
		b, err := compose(t, c.events...).EpsilonBracket(1e-8)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %v (goal %v); ε at δ 1e-8 is %.6f, at least %.6f", c.name, best.Round(100*time.Microsecond), c.goal, epsilon, b.Low)
		if best > 10*c.goal {
			t.Errorf("%s took %v, want %v", c.name, best, c.goal)
		}
		if b.Low < 0.99*b.High {
			t.Errorf("%s: bracket %v is wider than 1%%", c.name, b)
		}
	}
}

func BenchmarkMixed500(b *testing.B) { benchmark(b, mixed(500)) }
func BenchmarkNights(b *testing.B)   { benchmark(b, nights()) }

func benchmark(b *testing.B, events []accountant.Event) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := compose(b, events...).Epsilon(1e-8); err != nil {
			b.Fatal(err)
		}
	}
}
