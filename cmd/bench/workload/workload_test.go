// SPDX-License-Identifier: Apache-2.0

package workload

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/audience/rule"
)

func columns(s *plan.Source) ([]rule.Column, error) {
	var all []rule.Column
	for _, name := range []string{"age_band", "region", "language", "event_type", "category", "country", "platform"} {
		all = append(all, rule.Column{Name: name, Kind: rule.String})
	}
	all = append(all, rule.Column{Name: "app_version", Kind: rule.String}, rule.Column{Name: "business_id", Kind: rule.Int})
	return append(all, rule.Column{Name: "amount", Kind: rule.Double}, rule.Column{Name: "event_time", Kind: rule.Timestamp}), nil
}

// TestPlansCompile has Throng read what the benchmarks count, as an author's.
func TestPlansCompile(t *testing.T) {
	for name, n := range map[string]int{"w2": 2, "w50": 50, "w200": 200, Mixed: len(mixedRules)} {
		dir := t.TempDir()
		if err := Write(dir, name); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, name+".yaml")
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := plan.Parse(file, text)
		if err != nil {
			t.Fatal(err)
		}
		p, err := parsed.Compile(columns)
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Segments) != n || p.Privacy.MaxSegments != n {
			t.Errorf("%d segments capped at %d, want %d and no cap", len(p.Segments), p.Privacy.MaxSegments, n)
		}
		policy, err := os.ReadFile(filepath.Join(dir, Policy))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := plan.ParsePolicy(Policy, policy); err != nil {
			t.Error(err)
		}
	}
}

// TestWorkloadsStayTheSame: a benchmark whose question changes compares nothing.
func TestWorkloadsStayTheSame(t *testing.T) {
	a, err := json.Marshal(many(300))
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(many(300))
	if err != nil {
		t.Fatal(err)
	}
	if string(a) != string(b) {
		t.Error("two calls, two workloads")
	}
	if n := len(w50()); n != 50 {
		t.Errorf("%d segments in w50", n)
	}
	ids := map[string]bool{}
	for _, s := range many(300) {
		ids[s.ID] = true
	}
	if len(ids) != 300 {
		t.Errorf("%d ids of 300 segments", len(ids))
	}
}

func TestRulesReadAsAuthorsWriteThem(t *testing.T) {
	for _, c := range []struct {
		rule Rule
		want string
	}{
		{times(20), "events.size() >= 20"},
		{once(types("a"), days(7)), `events.exists(e, e.event_type == "a" && e.days_ago < 7)`},
		{times(2, hours(36)), `events.count(e, e.event_time >= as_of - duration("36h")) >= 2`},
		{spent(50_05, platform("ios")), `events.filter(e, e.platform == "ios").sum(e, e.amount) >= 50.05`},
		{spent(30_00), `events.sum(e, e.amount) >= 30.00`},
		{all(not(profile("x", "a")), anyOf(once(), times(2))), `!(person.x == "a") && (events.size() >= 1 || events.size() >= 2)`},
		{not(once()), `!(events.size() >= 1)`},
		{profile("language", "es", "pt"), `person.language in ["es", "pt"]`},
	} {
		if got := c.rule.cel(); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

func TestNamesOfWorkloads(t *testing.T) {
	for _, name := range []string{"", "w", "w1", "w1001", "w050", "50", "wide", "w5 "} {
		if Write(t.TempDir(), name) == nil {
			t.Errorf("%q is a workload", name)
		}
	}
}
