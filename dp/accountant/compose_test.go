// SPDX-License-Identifier: Apache-2.0

package accountant_test

import (
	"errors"
	"math"
	"testing"

	"github.com/throng-dp/throng/dp/accountant"
)

// table is a mechanism by definition: the chance of each answer for each of two
// neighbours.
type table struct{ p, q []float64 }

func (a table) and(b table) table {
	var c table
	for i := range a.p {
		for j := range b.p {
			c.p, c.q = append(c.p, a.p[i]*b.p[j]), append(c.q, a.q[i]*b.q[j])
		}
	}
	return c
}

func (a table) delta(epsilon float64) float64 {
	d := 0.0
	for i, p := range a.p {
		d += math.Max(0, p-math.Exp(epsilon)*a.q[i])
	}
	return d
}

// noised is the table of a count of 0 or `sensitivity` with noise of these
// weights, cut far out.
func noised(weight func(x float64) float64, sensitivity int) table {
	const far = 60
	var a table
	total := 0.0
	for x := -far; x <= far+sensitivity; x++ {
		a.p = append(a.p, weight(float64(x)))
		a.q = append(a.q, weight(float64(x-sensitivity)))
	}
	for x := -2 * far; x <= 2*far; x++ {
		total += weight(float64(x))
	}
	for i := range a.p {
		a.p[i], a.q[i] = a.p[i]/total, a.q[i]/total
	}
	return a
}

func response(noise float64, buckets int) table {
	a := table{p: make([]float64, buckets), q: make([]float64, buckets)}
	for i := range a.p {
		a.p[i], a.q[i] = noise/float64(buckets), noise/float64(buckets)
	}
	a.p[0] += 1 - noise
	a.q[1] += 1 - noise
	return a
}

// TestDefinition holds brackets to the definition of (ε, δ)-DP, summed over all
// answers of two or three mechanisms.
func TestDefinition(t *testing.T) {
	geometric := func(a float64) func(float64) float64 {
		return func(x float64) float64 { return math.Exp(-a * math.Abs(x)) }
	}
	normal := func(sigma float64) func(float64) float64 {
		return func(x float64) float64 { return math.Exp(-x * x / 2 / sigma / sigma) }
	}
	type event struct {
		accountant.Event
		table
	}
	dlap1 := event{accountant.DiscreteLaplace{A: 0.9, Sensitivity: 1}, noised(geometric(0.9), 1)}
	dlap3 := event{accountant.DiscreteLaplace{A: 0.7, Sensitivity: 3}, noised(geometric(0.7), 3)}
	dgauss := event{accountant.DiscreteGaussian{Sigma: 2.3, Sensitivity: 1}, noised(normal(2.3), 1)}
	narrow := event{accountant.DiscreteGaussian{Sigma: 0.4, Sensitivity: 2}, noised(normal(0.4), 2)}
	coin := event{accountant.RandomizedResponse{Noise: 0.6, Buckets: 2}, response(0.6, 2)}
	many := event{accountant.RandomizedResponse{Noise: 0.85, Buckets: 7}, response(0.85, 7)}
	for name, events := range map[string][]event{
		"discrete Laplace":           {dlap1},
		"twice, sensitivity 3":       {dlap3, dlap3},
		"discrete Gaussian":          {dgauss},
		"discrete Gaussian, narrow":  {narrow, narrow},
		"two of different noise":     {dgauss, dlap3},
		"responses":                  {coin, many, many},
		"a response and two counts":  {many, dgauss, dlap1},
		"the same discrete Gaussian": {dgauss, dgauss, coin},
	} {
		t.Run(name, func(t *testing.T) {
			all := table{[]float64{1}, []float64{1}}
			var list []accountant.Event
			for _, e := range events {
				all = all.and(e.table)
				list = append(list, e.Event)
			}
			c := compose(t, list...)
			for _, epsilon := range []float64{0, 0.1, 0.5, 1, 2, 3} {
				b, err := c.DeltaBracket(epsilon)
				want := all.delta(epsilon)
				if err != nil || b.High < want*(1-1e-12)-1e-15 || b.Low > want*(1+1e-12)+1e-15 {
					t.Errorf("ε %g: δ in %v, %v; by definition %.15g", epsilon, b, err, want)
				}
				if b.High > want*(1+1e-4)+1e-13 || b.Low < want*(1-1e-2)-1e-13 {
					t.Errorf("ε %g: δ in %v is wide; by definition %.15g", epsilon, b, want)
				}
			}
		})
	}
}

// TestGaussian finds the exact answer, with nothing but Gaussian events; and
// 2e-5 above it where another event, next to nothing, sends them through the grid,
// also for a δ that no untilted Fourier transform could see.
func TestGaussian(t *testing.T) {
	for _, sigma := range []float64{0.3, 1, 5, 60, 900} {
		events := []accountant.Event{
			accountant.Gaussian{Sigma: sigma, Sensitivity: 0.6},
			accountant.Repeated{Event: accountant.Gaussian{Sigma: 2 * sigma, Sensitivity: 0.4}, Times: 16},
		}
		mu := math.Sqrt(0.36+16*0.04) / sigma
		exact := compose(t, events...)
		grid := compose(t, append(events, accountant.Approximate{Epsilon: 1e-9 / sigma})...)
		for _, delta := range []float64{0.05, 1e-3, 1e-8, 1e-12, 1e-30, 1e-100, 1e-250} {
			want := accountant.Epsilon(mu, delta)
			if got, err := exact.Epsilon(delta); err != nil || math.Abs(got-want) > 1e-12*want {
				t.Errorf("σ %g δ %g: ε = %.15g, %v, want %.15g", sigma, delta, got, err, want)
			}
			b, err := grid.EpsilonBracket(delta)
			tolerance := 2e-5
			if delta < 1e-11 {
				tolerance = 1e-4 // up to 1/128 of δ is set aside
			}
			if err != nil || b.High < want || b.Low > want*(1+1e-9) || b.High > want*(1+tolerance)+1e-9 || b.Low < 0.99*want {
				t.Errorf("σ %g δ %g: on a grid %v, %v, want %.15g", sigma, delta, b, err, want)
			}
		}
	}
}

// TestTyped answers what has no number with an error that says so.
func TestTyped(t *testing.T) {
	gaussian := accountant.Gaussian{Sigma: 5, Sensitivity: 1}
	pure := accountant.Approximate{Epsilon: 0.3}
	leaky := accountant.Approximate{Epsilon: 0.3, Delta: 1e-9}
	for _, c := range []struct {
		name    string
		events  []accountant.Event
		delta   float64
		epsilon float64
		err     error
	}{
		{"nothing", nil, 0, 0, nil},
		{"pure at δ 0", []accountant.Event{pure, pure}, 0, 0.6, nil},
		{"a δ that is all used up", []accountant.Event{leaky, pure}, 1e-9, 0.6, nil},
		{"less than is used up", []accountant.Event{leaky, pure}, 0.9e-9, 0, accountant.ErrUnattainable},
		{"used up, with a tail", []accountant.Event{leaky, gaussian}, 1e-9, 0, accountant.ErrUnattainable},
		{"Gaussian at δ 0", []accountant.Event{gaussian}, 0, 0, accountant.ErrUnattainable},
		{"Gaussian and pure at δ 0", []accountant.Event{gaussian, pure}, 0, 0, accountant.ErrUnattainable},
		{"threshold alone", []accountant.Event{accountant.Approximate{Delta: 1e-9}}, 1e-9, 0, nil},
		{"δ 1", []accountant.Event{gaussian, pure}, 1, 0, nil},
		{"certain failure", []accountant.Event{accountant.Approximate{Delta: 1}, pure}, 0.5, 0, accountant.ErrUnattainable},
		{"δ below float64", []accountant.Event{gaussian, pure}, 1e-310, 0, accountant.ErrResolution},
		{"δ no number", []accountant.Event{gaussian, pure}, math.NaN(), 0, accountant.ErrEvent},
	} {
		got, err := compose(t, c.events...).Epsilon(c.delta)
		if !errors.Is(err, c.err) || math.Abs(got-c.epsilon) > 1e-12 {
			t.Errorf("%s: ε = %g, %v; want %g, %v", c.name, got, err, c.epsilon, c.err)
		}
	}
	nan, inf := math.NaN(), math.Inf(1)
	for _, e := range []accountant.Event{
		nil,
		accountant.Gaussian{Sigma: 0, Sensitivity: 1}, accountant.Gaussian{Sigma: nan, Sensitivity: 1}, accountant.Gaussian{Sigma: 1, Sensitivity: inf},
		accountant.Laplace{Scale: -1, Sensitivity: 1}, accountant.Laplace{Scale: 1, Sensitivity: nan},
		accountant.DiscreteGaussian{Sigma: inf, Sensitivity: 1}, accountant.DiscreteGaussian{Sigma: 1, Sensitivity: -1},
		accountant.DiscreteLaplace{A: 0, Sensitivity: 1}, accountant.DiscreteLaplace{A: 1, Sensitivity: -1},
		accountant.RandomizedResponse{Noise: 0, Buckets: 2}, accountant.RandomizedResponse{Noise: 0.5, Buckets: 1},
		accountant.Approximate{Epsilon: -1}, accountant.Approximate{Delta: 1.1}, accountant.Approximate{Epsilon: inf},
		accountant.Repeated{Times: 1}, accountant.Repeated{Event: gaussian, Times: -1},
		accountant.Repeated{Event: accountant.Repeated{Event: gaussian, Times: 1 << 20}, Times: 1 << 20},
	} {
		if _, err := accountant.Compose(e); !errors.Is(err, accountant.ErrEvent) {
			t.Errorf("%#v: %v", e, err)
		}
	}
}

// TestRepeated is the same whether events are listed or counted.
func TestRepeated(t *testing.T) {
	e := accountant.Laplace{Scale: 7, Sensitivity: 1}
	g := accountant.Gaussian{Sigma: 9, Sensitivity: 1}
	listed := compose(t, e, g, e, g, e)
	counted := compose(t, accountant.Repeated{Event: e, Times: 3}, accountant.Repeated{Event: g, Times: 2}, accountant.Repeated{Event: g})
	a, err := listed.Epsilon(1e-7)
	b, err2 := counted.Epsilon(1e-7)
	if err != nil || err2 != nil || math.Abs(a-b) > 1e-9*a || listed.Len() != 5 || counted.Len() != 5 {
		t.Errorf("%v events: ε %v, %v; %v counted: %v, %v", listed.Len(), a, err, counted.Len(), b, err2)
	}
}

// TestCalibrate finds the noise that suffices, and that a little less does not.
func TestCalibrate(t *testing.T) {
	plan := func(noise float64) []accountant.Event {
		return []accountant.Event{
			accountant.Gaussian{Sigma: noise, Sensitivity: 1},
			accountant.Repeated{Event: accountant.Laplace{Scale: 2 * noise, Sensitivity: 1}, Times: 3},
			accountant.Approximate{Epsilon: 0.1, Delta: 1e-9},
		}
	}
	noise, err := accountant.Calibrate(1, 1e-7, plan)
	if err != nil {
		t.Fatal(err)
	}
	if e, err := compose(t, plan(noise)...).Epsilon(1e-7); err != nil || e > 1 || e < 1-1e-5 {
		t.Errorf("noise %g: ε = %.9g, %v", noise, e, err)
	}
	if _, err := accountant.Calibrate(1, 1e-10, plan); !errors.Is(err, accountant.ErrUnattainable) {
		t.Errorf("less than the selection's δ: %v", err)
	}
	gaussian := func(noise float64) []accountant.Event {
		return []accountant.Event{accountant.Gaussian{Sigma: noise, Sensitivity: 1}}
	}
	want := accountant.Sigma(1, 1e-8, 1)
	if got, err := accountant.Calibrate(1, 1e-8, gaussian); err != nil || got < want || got > want*(1+2e-6) {
		t.Errorf("σ = %.9g, %v, want %.9g", got, err, want)
	}
}

// TestZCDP holds the three directions to each other, and to the loss
// distribution, which is never worse.
func TestZCDP(t *testing.T) {
	for _, epsilon := range []float64{0.01, 0.3, 1, 8} {
		for _, delta := range []float64{1e-3, 1e-8, 1e-20} {
			rho := accountant.RhoOf(epsilon, delta)
			if got := accountant.EpsilonOfRho(rho, delta); got > epsilon || got < epsilon*(1-1e-9) {
				t.Errorf("ε %g δ %g: ρ = %g gives ε %.12g", epsilon, delta, rho, got)
			}
			if got := accountant.DeltaOfRho(rho, epsilon); math.Abs(got-delta) > 1e-6*delta {
				t.Errorf("ε %g δ %g: ρ = %g gives δ %.9g", epsilon, delta, rho, got)
			}
			c := compose(t, accountant.Gaussian{Sigma: 1 / math.Sqrt(2*rho), Sensitivity: 1})
			if e, err := c.Epsilon(delta); err != nil || e > epsilon {
				t.Errorf("ρ %g δ %g: exact ε %g, %v, above %g", rho, delta, e, err, epsilon)
			}
		}
	}
	if e := accountant.EpsilonOfRho(math.NaN(), 0.1); !math.IsInf(e, 1) {
		t.Errorf("ε of no ρ = %g", e)
	}
}

// TestExponential holds ρ = ε²/8 to the definition: every mechanism of bounded
// range is at worst one of two answers whose losses are t and t-ε (Durfee and
// Rogers 2019), and its Rényi divergence of order a is at most a·ρ. Least is
// the smallest of three accounts, each of which wins somewhere.
func TestExponential(t *testing.T) {
	for _, epsilon := range []float64{0.01, 0.3, 1, 4} {
		rho := compose(t, accountant.Exponential{Epsilon: epsilon}).Rho()
		worst := 0.0
		for share := 0.005; share < 1; share += 0.005 {
			loss := share * epsilon
			p := math.Expm1(epsilon-loss) / (math.Exp(epsilon-loss) - math.Exp(-loss))
			for _, a := range []float64{1.01, 1.5, 2, 5, 30, 200} {
				if a*loss > 600 {
					continue // beyond a float64
				}
				moment := p*math.Exp((a-1)*loss) + (1-p)*math.Exp((a-1)*(loss-epsilon))
				worst = math.Max(worst, math.Log(moment)/(a-1)/a)
			}
		}
		if worst > rho*(1+1e-6) || worst < rho*0.8 {
			t.Errorf("ε %g: ρ = %g, the worst mechanism has %g", epsilon, rho, worst)
		}
	}
	for name, c := range map[string]struct {
		event accountant.Event
		times int
		delta float64
		by    func(*accountant.Composition, float64) (float64, error)
	}{
		"sum":          {accountant.Exponential{Epsilon: 1}, 2, 0, func(c *accountant.Composition, _ float64) (float64, error) { return c.Basic(), nil }},
		"ρ":            {accountant.Exponential{Epsilon: 0.05}, 100, 1e-6, (*accountant.Composition).ZCDP},
		"distribution": {accountant.Approximate{Epsilon: 1}, 20, 1e-4, (*accountant.Composition).Epsilon},
	} {
		all := compose(t, accountant.Repeated{Event: c.event, Times: c.times})
		least, err := all.Least(c.delta)
		want, err2 := c.by(all, c.delta)
		if err != nil || err2 != nil || least != want {
			t.Errorf("%s: %g, %v; want %g, %v", name, least, err, want, err2)
		}
	}
	if _, err := accountant.Compose(accountant.Exponential{Epsilon: -1}); !errors.Is(err, accountant.ErrEvent) {
		t.Errorf("a negative ε: %v", err)
	}
}
