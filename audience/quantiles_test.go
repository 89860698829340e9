// SPDX-License-Identifier: Apache-2.0

package audience_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/throng-dp/throng/audience"
	"github.com/throng-dp/throng/audience/cleanroom"
	"github.com/throng-dp/throng/audience/cleanroom/local"
	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/audience/rule"
	"github.com/throng-dp/throng/dp"
	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/ledger/sqlite"
	"github.com/throng-dp/throng/dp/release"
)

// withQuantiles is the demo's plan with quantiles of spend of three audiences.
func withQuantiles(privacy string) func(string) string {
	return func(text string) string {
		text = strings.Replace(text, "min_reach: 100}", "min_reach: 100"+privacy+"}", 1)
		return strings.Replace(text, "\nrelease:\n", "\nrelease:\n  - {quantiles: spend, at: [0.25, 0.5, 0.9], min: 0, max: 5000, step: 10, unit: GBP, segments: [buyers, regulars, recent]}\n", 1)
	}
}

func ledgerWith(t *testing.T, a ledger.Account) *ledger.Ledger {
	t.Helper()
	l, err := sqlite.Create(t.Context(), filepath.Join(t.TempDir(), "ledger.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	a.Name, a.Lineage, a.Period = "gift-shop", "gift-shop-customers", 364
	if err := l.OpenAccount(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	return l
}

// TestQuantilesEndToEnd builds a plan with quantiles: one charge on both lines,
// values near the truth, and files that read back.
func TestQuantilesEndToEnd(t *testing.T) {
	l := ledgerWith(t, ledger.Account{Lines: ledger.Lines{Epsilon: 8, Delta: 1e-7, PureEpsilon: 4}})
	job := shopJob(t, l)
	job.Plan = shopPlan(t, withQuantiles(", pure_epsilon: 3"))
	built, err := audience.Build(t.Context(), job)
	if err != nil {
		t.Fatal(err)
	}
	if c := built.Spent; c.MuSquared == 0 || c.Tail == 0 || c.Epsilon < 299e10 || c.Epsilon > 3e12 || c.Delta != 0 {
		t.Errorf("charged %+v", c)
	}
	p := built.Release.Privacy
	if p.Epsilon < 3.99 || p.Epsilon > 4 || p.PureEpsilon > 3 || p.Delta != 1e-8 {
		t.Errorf("told ε %g, of it pure %g, δ %g", p.Epsilon, p.PureEpsilon, p.Delta)
	}
	if len(p.Mechanisms) != 2 || p.Mechanisms[1].Name != "exponential" || p.Mechanisms[1].Line != "pure" || p.Mechanisms[1].Calls != 6 {
		t.Errorf("mechanisms %+v", p.Mechanisms)
	}
	if wrong := audience.Verify(built.Release); wrong != nil {
		t.Errorf("verify: %q", wrong)
	}
	// A rank that is off by three times its bound of 95 % has a chance below
	// (0.05/C)³·C², C the grid's 128,000 candidates: 1e-9.
	exact, strategy := exactSpend(t, l, job)
	tables := 0
	for i, table := range built.Release.Tables {
		if table.Kind != release.Quantiles {
			continue
		}
		tables++
		people := exact[tables-1]
		all := total(people)
		for c, cell := range table.Cells {
			point := *cell.Estimate / 10
			below, upto := total(people[:point]), total(people[:point+1])
			want := []float64{0.25, 0.5, 0.9}[c] * all
			if off := max(0, below-want, want-upto); off > 3*strategy.RankError(i, all) {
				t.Errorf("%s: quantile %s of spend is %d", table.Segments[0], cell.Key[0], *cell.Estimate)
			}
			if !(*cell.RankError > 0 && *cell.RankError < 0.1) || !cell.Readable {
				t.Errorf("%s: quantile %s: rank error %g", table.Segments[0], cell.Key[0], *cell.RankError)
			}
		}
	}
	if tables != 3 {
		t.Errorf("%d tables of quantiles", tables)
	}
	read, err := audience.ReadFolder(built.Path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(built.Release, read, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("read back from its folder (-ledger +folder):\n%s", diff)
	}
}

// exactSpend counts the people at every point of the grid of spend, for each
// table of quantiles.
func exactSpend(t *testing.T, l *ledger.Ledger, job audience.Job) ([][]int64, *dp.Strategy) {
	t.Helper()
	p, err := audience.Compile(t.Context(), job.Plan, job.Engine, job.Root, nil)
	if err != nil {
		t.Fatal(err)
	}
	account, err := l.Account(t.Context(), "gift-shop")
	if err != nil {
		t.Fatal(err)
	}
	s, err := audience.Strategy(p, account)
	if err != nil {
		t.Fatal(err)
	}
	cal, err := rule.NewCalendar(p.Zone, job.Date, p.Lookback)
	if err != nil {
		t.Fatal(err)
	}
	tallies, err := job.Engine.Tally(t.Context(), &cleanroom.Input{Plan: p, Calendar: cal, Strategy: s, Root: job.Root, BoundKey: []byte("key")})
	if err != nil {
		t.Fatal(err)
	}
	cells := dp.ExactForTest(t, tallies)
	var found [][]int64
	for i, table := range p.Workload.Tables {
		n := p.Workload.Cells(i)
		if table.Kind == dp.Quantiles {
			n = p.Workload.Grids[table.Grid].Points
			found = append(found, cells[:n])
		}
		cells = cells[n:]
	}
	return found, s
}

func total(counts []int64) float64 {
	sum := int64(0)
	for _, n := range counts {
		sum += n
	}
	return float64(sum)
}

// TestQuantilesNeedAPureLine refuses them before a row is read where nobody
// pays, and says who can do what about it; a policy bounds what they take.
func TestQuantilesNeedAPureLine(t *testing.T) {
	gauss := ledger.Lines{Epsilon: 8, Delta: 1e-7}
	both := ledger.Lines{Epsilon: 8, Delta: 1e-7, PureEpsilon: 4}
	policy := ledger.Policy{Most: ledger.Most{Epsilon: 1, Delta: 1e-8, PureEpsilon: 0.5}, Text: []byte("most: …")}
	for name, c := range map[string]struct {
		account ledger.Account
		privacy string
		want    string // in the error or its hint; empty: it is built
	}{
		"no pure line":              {ledger.Account{Lines: gauss}, "", "--pure-epsilon"},
		"beyond the policy":         {ledger.Account{Lines: both, Policy: policy}, ", pure_epsilon: 0.6", "pure_epsilon"},
		"within the policy":         {ledger.Account{Lines: both, Policy: policy}, ", pure_epsilon: 0.5", ""},
		"a share":                   {ledger.Account{Lines: both, Policy: policy}, "", ""},
		"more than the pure line":   {ledger.Account{Lines: both}, ", pure_epsilon: 5", "whole period"},
		"a δ that the line has not": {ledger.Account{Lines: both}, ", pure_epsilon: 1, pure_delta: 1e-9", "--pure-delta"},
	} {
		t.Run(name, func(t *testing.T) {
			l := ledgerWith(t, c.account)
			job := shopJob(t, l)
			job.Plan = shopPlan(t, withQuantiles(c.privacy))
			compiled, err := audience.Compile(t.Context(), shopPlan(t, withQuantiles(c.privacy)), local.Engine{}, dataRoot, nil)
			if err != nil {
				t.Fatal(err)
			}
			e, err := audience.Explain(t.Context(), compiled, l, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			if (e.Refused == "") != (c.want == "") || !strings.Contains(e.Refused+e.RefusedHint, c.want) {
				t.Errorf("explain: refused %q, %q", e.Refused, e.RefusedHint)
			}
			for _, f := range e.Families {
				if f.Kind == "quantiles" && (f.Note != "error of rank for 100 / 1,000 / 10,000 people" || !(f.Ranks[0] >= f.Ranks[1] && f.Ranks[1] > f.Ranks[2] && f.Ranks[2] > 0)) {
					t.Errorf("explain tells %q, %v of the quantiles", f.Note, f.Ranks)
				}
			}
			if e.PureEps <= 0 {
				t.Errorf("explain tells no price on the pure line: %+v", e)
			}
			_, err = audience.Build(t.Context(), job)
			var f *fault.Error
			switch {
			case c.want == "":
				if err != nil {
					t.Error(err)
				}
			case !errors.As(err, &f) || f.Kind != fault.Refused || !strings.Contains(f.Error()+f.Hint, c.want):
				t.Errorf("build: %v, want %q in it", err, c.want)
			}
			if c.want != "" && status(t, l).Builds != 0 {
				t.Error("it was charged")
			}
		})
	}
}

// TestQuantilesTooFine refuses grids that would not fit the memory, from the
// plan alone, at their place.
func TestQuantilesTooFine(t *testing.T) {
	f := shopPlan(t, func(text string) string {
		return strings.Replace(text, "\nrelease:\n", "\nrelease:\n  - {quantiles: spend, at: [0.5], min: 0, max: 60000, step: 0.01, unit: GBP, segments: [buyers]}\n", 1)
	})
	_, err := audience.Compile(t.Context(), f, local.Engine{}, dataRoot, nil)
	var faults plan.Errors
	if !errors.As(err, &faults) || len(faults) != 1 || !strings.Contains(faults[0].Msg, "too fine") || faults[0].Line < 40 {
		t.Errorf("%v", err)
	}
}
