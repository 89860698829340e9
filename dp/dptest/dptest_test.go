// SPDX-License-Identifier: Apache-2.0

package dptest_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/throng-dp/throng/dp/accountant"
	"github.com/throng-dp/throng/dp/dptest"
)

// A jury records whether an assertion failed.
type jury struct {
	testing.TB
	failed bool
}

func (*jury) Helper()                 {}
func (j *jury) Errorf(string, ...any) { j.failed = true }

// TestAssertions holds that each passes what is right and sees a wrong of a few
// per cent in 100,000 draws. The seed is fixed: this tests arithmetic.
func TestAssertions(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	const n, alarm = 100_000, 1e-6
	xs, ys, wide := make([]float64, n), make([]float64, n), make([]float64, n)
	hits := 0
	for i := range xs {
		xs[i], ys[i] = rng.NormFloat64(), rng.NormFloat64()
		wide[i] = 1.03 * xs[i]
		if math.Abs(xs[i]) < 1.959963985 {
			hits++
		}
	}
	mixed := make([]float64, n)
	for i := range mixed {
		mixed[i] = ys[i] + 0.03*xs[i]
	}
	for _, c := range []struct {
		name  string
		right bool
		check func(tb testing.TB)
	}{
		{"spread", true, func(tb testing.TB) { dptest.Spread(tb, "", xs, 1, alarm) }},
		{"spread of more", false, func(tb testing.TB) { dptest.Spread(tb, "", wide, 1, alarm) }},
		{"spread of less", false, func(tb testing.TB) { dptest.Spread(tb, "", xs, 1.06, alarm) }},
		{"distribution", true, func(tb testing.TB) { dptest.Distribution(tb, "", xs, accountant.CDF, alarm) }},
		{"another", false, func(tb testing.TB) {
			dptest.Distribution(tb, "", xs, func(x float64) float64 { return accountant.CDF(1.05 * x) }, alarm)
		}},
		{"bins", true, func(tb testing.TB) { dptest.Bins(tb, "", xs, accountant.CDF, 16, alarm) }},
		{"bins of more", false, func(tb testing.TB) { dptest.Bins(tb, "", wide, accountant.CDF, 16, alarm) }},
		{"bins of another", false, func(tb testing.TB) {
			dptest.Bins(tb, "", xs, func(x float64) float64 { return 1 / (1 + math.Exp(-1.702*x)) }, 16, alarm)
		}},
		{"unrelated", true, func(tb testing.TB) { dptest.Unrelated(tb, "", xs, ys, alarm) }},
		{"related", false, func(tb testing.TB) { dptest.Unrelated(tb, "", xs, mixed, alarm) }},
		{"rate", true, func(tb testing.TB) { dptest.Rate(tb, "", hits, n, 0.95, alarm) }},
		{"another rate", false, func(tb testing.TB) { dptest.Rate(tb, "", hits, n, 0.945, alarm) }},
		{"never", false, func(tb testing.TB) { dptest.Rate(tb, "", 0, n, 0.95, alarm) }},
	} {
		j := &jury{TB: t}
		c.check(j)
		if j.failed == c.right {
			t.Errorf("%s: failed is %v", c.name, j.failed)
		}
	}
}
