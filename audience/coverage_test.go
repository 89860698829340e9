// SPDX-License-Identifier: Apache-2.0

package audience_test

import (
	"math"
	"strings"
	"testing"

	"github.com/throng-dp/throng/audience"
	"github.com/throng-dp/throng/audience/cleanroom"
	"github.com/throng-dp/throng/audience/cleanroom/local"
	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/audience/rule"
	"github.com/throng-dp/throng/dp"
)

// everything releases all that can be released of the demo's audiences.
const everything = `release:
  - reach
  - {breakdown: [spend_band]}
  - {breakdown: [home, spend_band]}
  - overlap
  - {frequency: orders_365, bins: [0, 1, 2, 3, 5, 10]}
  - {sum: spend, min: 0, max: 5000, unit: GBP}

tests:`

// exactCells counts a plan without noise.
func exactCells(t *testing.T, p *plan.Plan) []int64 {
	t.Helper()
	s, err := audience.Strategy(p, nil)
	if err != nil {
		t.Fatal(err)
	}
	cal, err := rule.NewCalendar(p.Zone, lastDay, p.Lookback)
	if err != nil {
		t.Fatal(err)
	}
	tallies, err := local.Engine{}.Tally(t.Context(), &cleanroom.Input{Plan: p, Calendar: cal, Strategy: s, Root: dataRoot, BoundKey: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	return dp.ExactForTest(t, tallies)
}

// TestCoverage builds the demo's audiences 20 times on fresh accounts and
// compares the released numbers with the exact ones: 95 % of the intervals
// around unbiased numbers hold the truth.
//
// Cells of one build share noise, so the share of a build spreads by 0.010 (from
// 150 builds), that of 20 builds by 0.0023: a correct program stays within ± 0.02
// but for eight standard deviations, a chance below 1e-12. It sees noise that is
// 9 % larger or 9 % smaller than what the intervals say.
func TestCoverage(t *testing.T) {
	const builds = 20
	file := shopPlan(t, func(s string) string {
		return s[:strings.Index(s, "\nrelease:")+1] + everything + s[strings.Index(s, "\ntests:")+len("\ntests:"):]
	})
	p, err := audience.Compile(t.Context(), file, local.Engine{}, dataRoot, nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := audience.Strategy(p, nil)
	if err != nil {
		t.Fatal(err)
	}
	exact := exactCells(t, p)
	inside, all := 0, 0
	for range builds {
		l, _ := freshLedger(t)
		job := shopJob(t, l)
		job.Plan = file
		r, err := audience.Build(t.Context(), job)
		if err != nil {
			t.Fatal(err)
		}
		i, in := 0, 0
		for k := range r.Release.Tables {
			for c, cell := range r.Release.Tables[k].Cells {
				if math.Abs(*cell.Unbiased-float64(exact[i])) <= s.HalfWidth(k, c) {
					in++
				}
				i++
			}
		}
		if i != len(exact) {
			t.Fatalf("%d cells released, %d counted", i, len(exact))
		}
		inside, all = inside+in, all+i
	}
	if share := float64(inside) / float64(all); share < 0.93 || share > 0.97 {
		t.Errorf("%.2f %% of %d intervals hold the truth, want 95 %% ± 2 %%", 100*share, all)
	}
}
