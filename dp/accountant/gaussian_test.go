// SPDX-License-Identifier: Apache-2.0

package accountant_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/throng-dp/throng/dp/accountant"
)

// vectors reads a file of reference numbers: of the folder that THRONG_VECTORS
// names, or of testdata where that has none.
func vectors(t *testing.T, name string, into any) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if dir := os.Getenv("THRONG_VECTORS"); dir != "" {
		other := filepath.Join(dir, name)
		if _, err := os.Stat(other); err == nil {
			file = other
		} else {
			t.Logf("%s is not in THRONG_VECTORS, its own copy is read: %v", name, err)
		}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

type analytic struct {
	Cases []struct {
		Epsilon, Delta float64
		Unit           float64 `json:"sigma_unit_sensitivity"`
		Scaled         []struct {
			L0    int
			LInf  float64
			Sigma float64
		}
	}
	DeltaOf []struct {
		Sigma, Epsilon, Delta float64
	} `json:"delta_of"`
}

// TestSigma meets the reference from above within 1e-9.
func TestSigma(t *testing.T) {
	var v analytic
	vectors(t, "analytic_gaussian.json", &v)
	if len(v.Cases) == 0 {
		t.Fatal("no cases")
	}
	above := func(got, want float64) bool { return got >= want*(1-1e-15) && got <= want*(1+1e-9) }
	for _, c := range v.Cases {
		if got := accountant.Sigma(c.Epsilon, c.Delta, 1); !above(got, c.Unit) {
			t.Errorf("ε %g δ %g: σ = %.17g, want %.17g from above", c.Epsilon, c.Delta, got, c.Unit)
		}
		for _, s := range c.Scaled {
			l2 := s.LInf * math.Sqrt(float64(s.L0))
			if got := accountant.Sigma(c.Epsilon, c.Delta, l2); !above(got, s.Sigma*(1-1e-15)) {
				t.Errorf("ε %g δ %g L2 %g: σ = %.17g, want %.17g from above", c.Epsilon, c.Delta, l2, got, s.Sigma)
			}
		}
	}
}

func TestDelta(t *testing.T) {
	var v analytic
	vectors(t, "analytic_gaussian.json", &v)
	for _, c := range v.DeltaOf {
		got := accountant.Delta(1/c.Sigma, c.Epsilon)
		if math.Abs(got-c.Delta) > 1e-11*c.Delta {
			t.Errorf("σ %g ε %g: δ = %.17g, want %.17g", c.Sigma, c.Epsilon, got, c.Delta)
		}
	}
}

// TestSolversAgree holds the three solvers to each other over the whole range
// that a plan may ask for, and beyond what a float64 δ can hold.
func TestSolversAgree(t *testing.T) {
	for _, epsilon := range []float64{0, 1e-6, 1e-3, 0.01, 0.1, 0.5, 1, 2, 8, 20, 100} {
		for _, delta := range []float64{1e-300, 1e-40, 1e-18, 1e-12, 1e-8, 1e-5, 1e-2, 0.3} {
			mu := accountant.Mu(epsilon, delta)
			if !(mu > 0) {
				t.Fatalf("ε %g δ %g: μ = %g", epsilon, delta, mu)
			}
			if accountant.LogDelta(mu, epsilon) > math.Log(delta) {
				t.Errorf("ε %g δ %g: μ %.17g promises too much", epsilon, delta, mu)
			}
			if accountant.LogDelta(mu*(1+1e-12), epsilon) < math.Log(delta) {
				t.Errorf("ε %g δ %g: μ %.17g is not the largest", epsilon, delta, mu)
			}
			// δ hardly moves with a small ε: 1e-12 of δ is that much of ε.
			back := accountant.Epsilon(mu, delta)
			if math.Abs(back-epsilon) > 1e-9*epsilon+2e-12 {
				t.Errorf("ε %g δ %g: back from μ it is %.12g", epsilon, delta, back)
			}
		}
	}
}

// TestOutside holds that nothing outside a domain pays for something.
func TestOutside(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range [][2]float64{{-1, 0.1}, {nan, 0.1}, {inf, 0.1}, {1, 0}, {1, -1}, {1, 1}, {1, nan}} {
		if mu := accountant.Mu(c[0], c[1]); mu != 0 {
			t.Errorf("Mu(%g, %g) = %g, want 0", c[0], c[1], mu)
		}
	}
	for _, c := range [][2]float64{{-1, 0.1}, {nan, 0.1}, {inf, 0.1}, {1, 0}, {1, nan}} {
		if e := accountant.Epsilon(c[0], c[1]); !math.IsInf(e, 1) {
			t.Errorf("Epsilon(%g, %g) = %g, want +Inf", c[0], c[1], e)
		}
	}
}

func TestQuantile(t *testing.T) {
	for x := -37.0; x <= 0; x += 0.37 {
		if got := accountant.Quantile(accountant.CDF(x)); math.Abs(got-x) > 1e-13*(1-x) {
			t.Errorf("Quantile(CDF(%g)) = %.17g", x, got)
		}
	}
}

func TestIntervals(t *testing.T) {
	var v []struct {
		Noise               string
		Sigma, Scale, Alpha float64
		Simultaneous        int     `json:"simultaneous_cells"`
		HalfWidth           float64 `json:"half_width"`
	}
	vectors(t, "confidence_intervals.json", &v)
	if len(v) == 0 {
		t.Fatal("no cases")
	}
	for _, c := range v {
		alpha := accountant.EachOf(max(c.Simultaneous, 1), c.Alpha)
		got := -c.Sigma * accountant.Quantile(alpha/2)
		if c.Noise == "laplace" {
			got = c.Scale * accountant.LaplaceHalfWidth(alpha)
		}
		if math.Abs(got-c.HalfWidth) > 1e-9*c.HalfWidth {
			t.Errorf("%s σ %g b %g α %g of %d: half width %.12g, want %.12g", c.Noise, c.Sigma, c.Scale, c.Alpha, c.Simultaneous, got, c.HalfWidth)
		}
	}
}

func TestSelection(t *testing.T) {
	var v []struct {
		Epsilon, Delta   float64
		L0               int
		Mechanism        string
		Sigma, Threshold float64
		Probs            []struct {
			N    int
			Keep float64
		}
	}
	vectors(t, "partition_selection.json", &v)
	if len(v) == 0 {
		t.Fatal("no cases")
	}
	near := func(got, want float64) bool { return math.Abs(got-want) <= 1e-9*want }
	for _, c := range v {
		gaussian := strings.HasPrefix(c.Mechanism, "gaussian")
		g := accountant.GaussianThreshold(c.Epsilon, c.Delta, c.L0)
		if gaussian && (!near(g.Sigma, c.Sigma) || !near(g.At, c.Threshold)) {
			t.Errorf("ε %g δ %g l0 %d: %+v, want σ %.12g at %.12g", c.Epsilon, c.Delta, c.L0, g, c.Sigma, c.Threshold)
		}
		for _, p := range c.Probs {
			got := accountant.KeepGeometric(p.N, c.Epsilon, c.Delta, c.L0)
			if gaussian {
				got = g.Keep(p.N)
			}
			if !near(got, p.Keep) {
				t.Errorf("%s: ε %g δ %g l0 %d: %d people are kept with chance %.12g, want %.12g", c.Mechanism, c.Epsilon, c.Delta, c.L0, p.N, got, p.Keep)
			}
		}
	}
}
