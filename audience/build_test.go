// SPDX-License-Identifier: Apache-2.0

package audience_test

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/throng-dp/throng/audience"
	"github.com/throng-dp/throng/audience/cleanroom"
	"github.com/throng-dp/throng/audience/cleanroom/local"
	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/dp"
	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/ledger/sqlite"
	"github.com/throng-dp/throng/dp/release"
)

const (
	planFile = "../datasets/plans/gift-shop.yaml"
	dataRoot = "../datasets/online-retail"
	lastDay  = "2011-12-09"
)

// shopPlan parses the demo's plan; edit may change its text.
func shopPlan(t testing.TB, edit func(string) string) *plan.File {
	t.Helper()
	text, err := os.ReadFile(planFile)
	if err != nil {
		t.Fatal(err)
	}
	if edit != nil {
		text = []byte(edit(string(text)))
	}
	file, err := plan.Parse(planFile, text)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// freshLedger makes a ledger with the demo's account.
func freshLedger(t testing.TB) (*ledger.Ledger, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ledger.db")
	l, err := sqlite.Create(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	err = l.OpenAccount(t.Context(), ledger.Account{Name: "gift-shop", Lineage: "gift-shop-customers",
		Lines: ledger.Lines{Epsilon: 8, Delta: 1e-7}, Period: 364})
	if err != nil {
		t.Fatal(err)
	}
	return l, path
}

func shopJob(t testing.TB, l *ledger.Ledger) audience.Job {
	t.Helper()
	return audience.Job{Plan: shopPlan(t, nil), Date: lastDay, Engine: local.Engine{}, Ledger: l, Root: dataRoot,
		Out: filepath.Join(t.TempDir(), "releases")}
}

func status(t testing.TB, l *ledger.Ledger) *ledger.Status {
	t.Helper()
	s, err := l.Status(t.Context(), "gift-shop", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestBuild follows a release from the ledger to its folder and back.
func TestBuild(t *testing.T) {
	l, _ := freshLedger(t)
	job := shopJob(t, l)
	first, err := audience.Build(t.Context(), job)
	if err != nil {
		t.Fatal(err)
	}
	again, err := audience.Build(t.Context(), job)
	if err != nil {
		t.Fatal(err)
	}
	if first.Existing || !again.Existing || again.Spent != (ledger.Cost{}) || status(t, l).Builds != 1 {
		t.Errorf("first existing: %v, again existing: %v, builds: %d", first.Existing, again.Existing, status(t, l).Builds)
	}
	if diff := cmp.Diff(first.Release, again.Release); diff != "" {
		t.Errorf("a re-run gives another release:\n%s", diff)
	}
	if wrong := audience.Verify(first.Release); wrong != nil {
		t.Errorf("verify: %q", wrong)
	}
	read, err := audience.ReadFolder(first.Path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first.Release, read, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("read back from its folder (-ledger +folder):\n%s", diff)
	}
	if differ, err := audience.Differ(first.Path, read); err != nil || differ != nil {
		t.Errorf("what was read back writes other files: %q, %v", differ, err)
	}
	for name, mode := range map[string]os.FileMode{".": 0o755, "catalog.json": 0o644, "report.html": 0o644} {
		if info, err := os.Stat(filepath.Join(first.Path, name)); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v, want %v", name, info.Mode().Perm(), err, mode)
		}
	}
	info, err := os.Stat(filepath.Join(first.Path, "cells.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	if got := info.ModTime().UTC().Format(time.RFC3339Nano); got != read.Issued {
		t.Errorf("a file's time is %s, finer or other than the release's %s", got, read.Issued)
	}
}

// TestFolders reads two days back from their folders alone: the second one
// tells what changed since the first.
func TestFolders(t *testing.T) {
	l, _ := freshLedger(t)
	job := shopJob(t, l)
	for _, job.Date = range []string{"2011-12-08", lastDay} {
		built, err := audience.Build(t.Context(), job)
		if err != nil {
			t.Fatal(err)
		}
		read, err := audience.ReadFolder(built.Path)
		if err != nil {
			t.Fatal(err)
		}
		if differ, err := audience.Differ(built.Path, read); err != nil || differ != nil {
			t.Errorf("%s: what was read back writes other files: %q, %v", job.Date, differ, err)
		}
	}
}

// TestDamagedFolder writes a release where a damaged one stands: whatever is
// there, what is paid is written, and nobody's files are lost.
func TestDamagedFolder(t *testing.T) {
	l, _ := freshLedger(t)
	job := shopJob(t, l)
	for _, text := range []string{"", "{", "{}", `{"release": {"id": ".."}}`, `{"release": {"id": "../../x"}}`, `{"release": 3}`} {
		first, err := audience.Build(t.Context(), job)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(first.Path, "manifest.json"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		for _, job.Restate = range []bool{false, true} {
			built, err := audience.Build(t.Context(), job)
			if err != nil {
				t.Fatalf("manifest %q, restate %v: %v", text, job.Restate, err)
			}
			if differ, err := audience.Differ(built.Path, built.Release); err != nil || differ != nil {
				t.Errorf("manifest %q: %q, %v", text, differ, err)
			}
			kept, _ := filepath.Glob(filepath.Join(filepath.Dir(built.Path), "superseded", "*", "manifest.json"))
			if len(kept) == 0 {
				t.Errorf("manifest %q: what stood there is gone", text)
			}
		}
		job.Restate = false
	}
}

// TestPlanIsReadable holds the demo's plan to its own advice: most of its
// numbers are readable.
func TestPlanIsReadable(t *testing.T) {
	l, _ := freshLedger(t)
	r, err := audience.Build(t.Context(), shopJob(t, l))
	if err != nil {
		t.Fatal(err)
	}
	readable, all := 0, 0
	for row := range r.Release.Cells() {
		all++
		if row.Readable {
			readable++
		}
	}
	if len(r.Release.Segments) < 12 || 4*readable < 3*all {
		t.Errorf("%d audiences; %d of %d numbers are readable", len(r.Release.Segments), readable, all)
	}
}

// TestBuildsAtOnce runs several builds of one day: one is charged, the others
// write its bytes or are told to come back.
func TestBuildsAtOnce(t *testing.T) {
	_, path := freshLedger(t)
	out := filepath.Join(t.TempDir(), "releases")
	var wg sync.WaitGroup
	results, errs := make([]*audience.Result, 4), make([]error, 4)
	for i := range results {
		wg.Go(func() {
			l, err := sqlite.Open(t.Context(), path, sqlite.Options{})
			if err != nil {
				errs[i] = err
				return
			}
			defer l.Close()
			job := shopJob(t, l)
			job.Out = out
			results[i], errs[i] = audience.Build(t.Context(), job)
		})
	}
	wg.Wait()
	drawn := 0
	for i, err := range errs {
		var f *fault.Error
		switch {
		case err == nil && !results[i].Existing:
			drawn++
		case err != nil && (!errors.As(err, &f) || f.Kind != fault.Later):
			t.Errorf("build %d: %v", i, err)
		}
	}
	l, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if builds := status(t, l).Builds; drawn != 1 || builds != 1 {
		t.Errorf("drawn %d times, charged %d times", drawn, builds)
	}
}

// A failing engine counts nothing and fails when told.
type failing struct {
	local.Engine
	check, tally error
	before       func()
}

func (e failing) Check(ctx context.Context, in *cleanroom.Input) error {
	if e.check != nil {
		return e.check
	}
	return e.Engine.Check(ctx, in)
}

func (e failing) Tally(ctx context.Context, in *cleanroom.Input) (dp.Tallies, error) {
	if e.before != nil {
		e.before()
	}
	if e.tally != nil {
		return dp.Tallies{}, e.tally
	}
	return e.Engine.Tally(ctx, in)
}

// TestFailures holds a build that fails to R20 and R31: what fails before a row
// is read costs nothing, what fails later keeps its budget held for the next
// try, which is charged once.
func TestFailures(t *testing.T) {
	damaged := &fault.Error{Kind: fault.Input, Code: "input.damaged", Where: "events.parquet", Msg: "a page is damaged"}
	full := &fault.Error{Kind: fault.Output, Code: "output.write", Msg: "no space is left"}
	ctx, cancel := context.WithCancel(t.Context())
	for _, c := range []struct {
		name   string
		ctx    context.Context
		engine failing
		held   bool
	}{
		{"checked before", t.Context(), failing{check: damaged}, false},
		{"damage found while reading", t.Context(), failing{tally: damaged}, true},
		{"a full disk, which no row can fill", t.Context(), failing{tally: full}, false},
		{"a signal", ctx, failing{before: cancel}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, _ := freshLedger(t)
			job := shopJob(t, l)
			job.Engine = c.engine
			if _, err := audience.Build(c.ctx, job); err == nil {
				t.Fatal("no error")
			}
			if s := status(t, l); s.Builds != 0 || (s.Held.MuSquared > 0) != c.held {
				t.Errorf("%d builds, held: %v, want held: %v", s.Builds, s.Held.MuSquared > 0, c.held)
			}
			if _, err := os.Stat(job.Out); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("something was written: %v", err)
			}
			runs, err := filepath.Glob(filepath.Join(filepath.Dir(job.Out), "operator", "gift-shop", lastDay, "*", "run.json"))
			if err != nil || len(runs) != 1 {
				t.Errorf("records of the run: %q, %v", runs, err)
			}
			job.Engine = local.Engine{}
			if _, err := audience.Build(t.Context(), job); err != nil {
				t.Fatal(err)
			}
			if s := status(t, l); s.Builds != 1 || s.Held.MuSquared != 0 {
				t.Errorf("after the next try: %d builds, held %v", s.Builds, s.Held.MuSquared > 0)
			}
		})
	}
}

// TestCeiling tells a lifetime that is used up from a period that is: nobody
// waits for the next one.
func TestCeiling(t *testing.T) {
	l, _ := freshLedger(t)
	err := l.OpenAccount(t.Context(), ledger.Account{Name: "capped", Lines: ledger.Lines{Epsilon: 8, Delta: 1e-7}, Period: 364, Ceiling: 1.2})
	if err != nil {
		t.Fatal(err)
	}
	job := shopJob(t, l)
	job.Plan = shopPlan(t, func(s string) string { return strings.Replace(s, "account: gift-shop", "account: capped", 1) })
	if _, err := audience.Build(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	job.Date = "2011-12-08"
	var f *fault.Error
	if _, err = audience.Build(t.Context(), job); !errors.As(err, &f) || f.Kind != fault.Refused || f.Code != "refused.ceiling" {
		t.Fatalf("a build beyond the ceiling: %v", err)
	}
	p, err := audience.Compile(t.Context(), job.Plan, local.Engine{}, dataRoot, nil)
	if err != nil {
		t.Fatal(err)
	}
	e, err := audience.Explain(t.Context(), p, l, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for _, said := range []string{f.Error(), e.Refused + e.RefusedHint} {
		if !strings.Contains(said, "its ceiling is 1.2") || strings.Contains(said, "period ends") || strings.Contains(said, "paid in this period") {
			t.Errorf("said: %s", said)
		}
	}
}

// TestExplain holds what is promised beforehand to what is released: the same
// errors, the same price.
func TestExplain(t *testing.T) {
	l, _ := freshLedger(t)
	p, err := audience.Compile(t.Context(), shopPlan(t, nil), local.Engine{}, dataRoot, nil)
	if err != nil {
		t.Fatal(err)
	}
	e, err := audience.Explain(t.Context(), p, l, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if e.Budget == nil || e.Budget.BuildsLeft != 52 || e.Refused != "" || len(e.Cheaper) == 0 {
		t.Errorf("budget %+v, refused %q, %d cheaper plans", e.Budget, e.Refused, len(e.Cheaper))
	}
	r, err := audience.Build(t.Context(), shopJob(t, l))
	if err != nil {
		t.Fatal(err)
	}
	if r.Spent != e.Cost || r.Release.Privacy.Lifetime.Epsilon != e.Budget.Lifetime.Epsilon {
		t.Errorf("promised %+v and lifetime %g, charged %+v and %g", e.Cost, e.Budget.Lifetime.Epsilon, r.Spent, r.Release.Privacy.Lifetime.Epsilon)
	}
	i := slices.IndexFunc(e.Families, func(f audience.FamilyError) bool { return f.Kind == release.Reach })
	if got := r.Release.Reach("recent"); *got.StdDev > e.Families[i].HalfWidth/1.9 {
		t.Errorf("an audience's standard deviation is %g, promised ± %g", *got.StdDev, e.Families[i].HalfWidth)
	}
	// The manifest names the families alike.
	for i, f := range r.Release.Privacy.Families {
		if g := e.Families[i]; g.Family != f.Family || g.Cells != f.Cells || math.Abs(g.StdDev-f.StdDev) > 0.051 {
			t.Errorf("family %d: explained %+v, released %+v", i, g, f)
		}
	}
}

// TestExplainWarns says so where a plan's cells drown, and where δ is large.
func TestExplainWarns(t *testing.T) {
	countries := strings.Split("AE AT AU BE BH BR CA CH CY CZ DE DK ES FI FR GB GR IE IL IS IT JP KR LB LT MT NG NL NO PL PT SA SE SG TH US XA XB XC ZA", " ")
	file := shopPlan(t, func(s string) string {
		s = strings.Replace(s, "  home: ", "  everywhere: {of: 'bought.latest(o, o.country)', domain: ["+strings.Join(countries, ", ")+"]}\n  home: ", 1)
		s = strings.Replace(s, "delta: 1e-8", "delta: 1e-6", 1)
		return strings.Replace(s, "  - {breakdown: [home]", "  - {breakdown: [everywhere]}\n  - {breakdown: [home]", 1)
	})
	p, err := audience.Compile(t.Context(), file, local.Engine{}, dataRoot, nil)
	if err != nil {
		t.Fatal(err)
	}
	said := strings.Join(audience.Warnings(p, &ledger.Account{Policy: ledger.Policy{PeopleAtMost: 1_000_000}}), "\n")
	if !strings.Contains(said, "1/(10 × people_at_most)") {
		t.Errorf("nothing is said of δ: %s", said)
	}
	e, err := audience.Explain(t.Context(), p, nil, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if said := strings.Join(e.Warnings, "\n"); !strings.Contains(said, `typical cells of "by everywhere" drown`) || strings.Contains(said, "by home") {
		t.Errorf("warnings: %s", said)
	}
}
