// SPDX-License-Identifier: Apache-2.0

package local

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/audience/rule"
	"github.com/throng-dp/throng/audience/rule/ruletest"
	"github.com/throng-dp/throng/dp"
	"github.com/throng-dp/throng/dp/ledger"
	"pgregory.net/rapid"
)

// TestFoundEqualsInterpreter holds the categories that nobody declared, as they
// enter the tallies, to the reference: for every text of a let, how many people of
// each segment have it, on random rules, people, files, shards and workers.
func TestFoundEqualsInterpreter(t *testing.T) {
	compared := 0
	rapid.Check(t, func(rt *rapid.T) {
		tr := newTrial(rt, t, ruletest.Draw(rt))
		p := tr.in.Plan
		p.Bands = nil
		var texts []int // places among lets
		w := &p.Workload
		w.Segments, w.Bound, w.Tables = len(p.Segments), len(p.Segments), []dp.Table{{Kind: dp.Population}}
		for i := range p.Segments {
			w.Tables = append(w.Tables, dp.Table{Kind: dp.Reach, Segments: []int{i}})
		}
		kinds := map[string]rule.Kind{}
		for _, l := range tr.set.Lets {
			kinds[l.Name] = l.Type.Kind
		}
		for i, l := range tr.lets {
			if kinds[l] != rule.String {
				continue
			}
			for s := range p.Segments {
				w.Tables = append(w.Tables, dp.Table{Kind: dp.Breakdown, Segments: []int{s}, By: []int{len(p.Bands)}})
			}
			texts = append(texts, i)
			p.Bands = append(p.Bands, plan.Attribute{Let: l, Unknown: true, Cells: []string{"(other)"}})
			w.Attributes = append(w.Attributes, dp.Unknown)
		}
		var err error
		tr.in.Strategy, err = dp.NewStrategy(p.Digest, *w, dp.Price{Epsilon: 1, Delta: 1e-8, Lines: ledger.Lines{Epsilon: 1, Delta: 1e-8, PureDelta: 1e-8}})
		if err != nil {
			rt.Fatal(err)
		}
		tallies, err := Engine{}.Tally(context.Background(), tr.in)
		if err != nil {
			rt.Fatal(err)
		}
		want := make([]map[string]int64, len(w.Tables))
		for _, a := range tr.interpreter(rt) {
			for i, table := range w.Tables {
				if table.Kind != dp.Breakdown {
					continue
				}
				if want[i] == nil {
					want[i] = map[string]int64{}
				}
				name := p.Bands[table.By[0]].Name(a[texts[table.By[0]]])
				if name != "" && a[len(tr.lets)+table.Segments[0]] == true {
					want[i][name]++
					compared++
				}
			}
		}
		for i, got := range dp.FoundForTest(t, tallies) {
			if len(got)+len(want[i]) > 0 && !maps.Equal(got, want[i]) {
				rt.Fatalf("table %d: %v, but %v by the interpreter\n%s", i, got, want[i], tr.c)
			}
		}
	})
	if compared == 0 {
		t.Error("no category was compared")
	}
}

// TestFoundOfTheGiftShop counts countries that no plan names, end to end, and
// compares them with the same countries declared.
func TestFoundOfTheGiftShop(t *testing.T) {
	const text = `
throng: 1
name: found
data:
  events:
    orders: {files: events.parquet, person: user_id, time: event_time}
  opt_outs: none
purpose: ads
lookback: 365d
privacy: {account: a, epsilon: 1, delta: 1e-8, pure_delta: 1e-8, min_reach: 100}
let:
  home: {of: 'orders.latest(o, o.country)', domain: DOMAIN}
segments:
  - {id: buyers, rule: 'orders.exists(o, o.event_type == "purchase")'}
  - {id: returners, rule: 'orders.exists(o, o.event_type == "return")'}
release: [{breakdown: [home]}TOP]
`
	declared := []string{"GB", "DE", "FR", "ES", "NL"}
	in := inputFrom(t, retail, strings.NewReplacer("DOMAIN", "["+strings.Join(declared, ", ")+"]", "TOP", ", {top: 3, of: home}").Replace(text))
	want := exact(t, in)
	var err error
	in.Strategy, err = dp.NewStrategy(in.Plan.Digest, in.Plan.Workload, dp.Price{Epsilon: 1, Delta: 1e-8})
	if err != nil {
		t.Fatal(err)
	}
	counted, err := Engine{}.Tally(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if got := dp.ExactForTest(t, counted); !slices.Equal(got, slices.Concat(want...)) {
		t.Error("tables and their commonest values are counted otherwise than by the words of the contract")
	}
	in = inputFrom(t, retail, strings.NewReplacer("DOMAIN", "unknown", "TOP", "").Replace(text))
	in.Strategy, err = dp.NewStrategy(in.Plan.Digest, in.Plan.Workload, dp.Price{Epsilon: 1, Delta: 1e-8, PureDelta: 1e-8})
	if err != nil {
		t.Fatal(err)
	}
	tallies, err := Engine{}.Tally(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	found := dp.FoundForTest(t, tallies)
	for i, table := range in.Plan.Workload.Tables {
		if table.Kind != dp.Breakdown {
			continue
		}
		for c, name := range declared {
			if got := found[i][name]; got != want[i][c] || got == 0 {
				t.Errorf("segment %d has %d people of %s", table.Segments[0], got, name)
			}
		}
		if len(found[i]) <= len(declared) {
			t.Errorf("%d countries were found", len(found[i]))
		}
	}
}

// TestNameOfAText: what a category may be called depends on the text alone.
func TestNameOfAText(t *testing.T) {
	a := plan.Attribute{Unknown: true}
	for text, want := range map[string]string{
		"GB": "GB", " GB ": "GB", "": "", "(other)": "", strings.Repeat("é", 51): "", strings.Repeat("e", 100): strings.Repeat("e", 100),
		"a\nb": "a b", "a@example.com": "", "+44 20 7946 0958": "", "\x1b[31mred": "red", "b\u202ea": "ba",
	} {
		if got := a.Name(text); got != want {
			t.Errorf("%q is called %q, want %q", text, got, want)
		}
	}
	for _, v := range []rule.Value{nil, int64(3), true} {
		if got := a.Name(v); got != "" {
			t.Errorf("%v is called %q", v, got)
		}
	}
	seen := 0
	name := remembered(func(v rule.Value) string { seen++; return fmt.Sprint(v) })
	for i := range 3 * rememberedNames {
		if got := name(fmt.Sprint(i % (rememberedNames + 7))); got != fmt.Sprint(i%(rememberedNames+7)) {
			t.Fatalf("%d is remembered as %q", i, got)
		}
	}
	if seen < rememberedNames {
		t.Errorf("%d names were made", seen)
	}
}
