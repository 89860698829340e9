// SPDX-License-Identifier: Apache-2.0

package local

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/audience/rule"
	"github.com/throng-dp/throng/audience/rule/ruletest"
)

// situations are what a person may have said, and when the person could: rows
// of choices, of windows and of signals, and whether the person is counted.
// Dates are far from those that ruletest draws.
var situations = []struct {
	name, choice, window, signal string
	counted                      bool
}{
	{"silent, the window has closed", "", "old,", "0", true},
	{"silent, the window is open", "", "open,", "0", false},
	{"silent, nobody knows when it began", "", "new,", "0", false},
	{"silent, accepted long ago", "", "new,1990-01-01", "0", true},
	{"silent, of a cohort that nobody knows", "", "odd,", "0", false},
	{"silent, and no source names the person", "", "", "0", false},
	{"opted out", "out,1990-01-01", "old,", "0", false},
	{"opted out for want of a word", ",", "old,", "0", false},
	{"opted out, and in again", "out,1990-01-01;in,1990-01-02", "old,", "0", true},
	{"opted in, the window is open", "in,1990-01-02", "open,", "0", true},
	{"opted in, and no window names the person", "in,1990-01-02", "", "0", true},
	{"opted in, and the signals say no", "in,1990-01-02", "old,", "1", false},
	{"the signals are silent", "", "old,", "", false},
	{"no source of signals names the person", "", "old,", "-", true},
}

// TestWindowsAndSignalsAreRemoval: with choices, windows and signals, a plan
// counts what it would count had the rows of those who are left out never been
// there.
func TestWindowsAndSignalsAreRemoval(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := ruletest.Draw(rt)
		left := *c
		left.People = nil
		choices, windows, signals := "key,choice,at\n", "key,cohort,accepted\n", "key,gpc\n"
		for i, p := range c.People {
			s := situations[rapid.IntRange(0, len(situations)-1).Draw(rt, fmt.Sprint("situation of ", i))]
			if s.choice != "" {
				for _, one := range strings.Split(s.choice, ";") {
					choices += p.Key + "," + one + "\n"
				}
			}
			if s.window != "" {
				windows += p.Key + "," + s.window + "\n"
			}
			if s.signal != "-" {
				signals += p.Key + "," + s.signal + "\n"
			}
			if s.counted {
				left.People = append(left.People, p)
			}
		}
		chosen, deleted := newTrial(rt, t, c), newTrial(rt, t, &left)
		for name, text := range map[string]string{"choices.csv": choices, "windows.csv": windows, "signals.csv": signals} {
			if err := os.WriteFile(filepath.Join(chosen.in.Root, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		chosen.in.Plan.Purpose = "ads"
		chosen.in.Plan.OptOuts = []plan.OptOuts{
			{Files: []string{"choices.csv"}, Person: "key", Choice: "choice", From: "at"},
			{Files: []string{"windows.csv"}, Person: "key", Cohort: "cohort", Accepted: "accepted", Windows: []plan.Window{
				{Cohort: "old", Opens: "1980-01-01", Closes: "1980-02-01"}, {Cohort: "open", Closes: "2200-01-01"}, {Cohort: "new", Days: 30}}},
			{Files: []string{"signals.csv"}, Person: "key", Signals: plan.Signals{GPC: "gpc"}},
		}
		chosen.compare(rt, chosen.engine(rt), deleted.engine(rt), "the count without their rows")
		chosen.in.Plan.Bands, deleted.in.Plan.Bands = nil, nil
		if got, want := chosen.pairs(rt), deleted.pairs(rt); !maps.Equal(got, want) {
			rt.Fatalf("pairs %v, want %v\n%s", got, want, chosen.c)
		}
	})
}

// TestOneSnapshotOfChoices is F27: an opt-out that arrives during a run is not
// of its snapshot; the next run obeys it.
func TestOneSnapshotOfChoices(t *testing.T) {
	dir := t.TempDir()
	at := date(t, "2011-12-05")
	file(t, dir, "visits.parquet", []rule.Column{{Name: "who", Kind: rule.String}, {Name: "at", Kind: rule.Timestamp}},
		[]rule.Value{"anna", at}, []rule.Value{"bert", at}, []rule.Value{"carl", at})
	choices := filepath.Join(dir, "out.csv")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(choices, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("who\nanna\n")
	in := inputFrom(t, dir, `throng: 1
name: visits
data:
  events: {visits: {files: visits.parquet, person: who, time: at}}
  opt_outs: {files: out.csv, person: who}
purpose: ads
lookback: 30d
privacy: {account: a, epsilon: 1, delta: 1e-8}
segments: [{id: visited, rule: visits.size() > 0}]
release: [reach]
`)
	count := func(r *run) (n int64) {
		t.Helper()
		defer r.data.close()
		defer r.people.close()
		if err := r.collect(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, s := range r.people.shards {
			n += int64(s.state.People)
		}
		return n
	}
	first, err := begin(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	write("who\nanna\nbert\n") // arrives now
	if n := count(first); n != 2 {
		t.Errorf("the run that began before counts %d people, want 2", n)
	}
	second, err := begin(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if n := count(second); n != 1 {
		t.Errorf("the next run counts %d people, want 1", n)
	}
}
