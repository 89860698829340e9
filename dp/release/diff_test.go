// SPDX-License-Identifier: Apache-2.0

package release_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/throng-dp/throng/dp/release"
)

// later is giftShop a week on: one audience more, one less, one with another
// rule, one that has fallen below the gate, and one that has grown.
func later() *release.Release {
	r := giftShop()
	r.ID, r.Date = "later", "2011-12-16"
	r.Segments = slices.DeleteFunc(r.Segments, func(s release.Segment) bool { return s.ID == "wholesale" })
	r.Tables = slices.DeleteFunc(r.Tables, func(t release.Table) bool { return slices.Contains(t.Segments, "wholesale") })
	r.Segments = append(r.Segments, release.Segment{ID: "gardeners", Status: release.Withheld})
	r.Segment("regulars").Version = "another"
	party := r.Segment("party-hosts")
	party.Status, party.AtLeast, party.Before = release.Withheld, nil, release.Released
	for i := range r.Tables {
		if slices.Contains(r.Tables[i].Segments, "party-hosts") {
			for c := range r.Tables[i].Cells {
				r.Tables[i].Cells[c] = release.Cell{Key: r.Tables[i].Cells[c].Key, Status: release.Withheld}
			}
			for c := range r.Tables[i].AtLeast {
				r.Tables[i].AtLeast[c] = release.Tail{Cell: release.Cell{Key: r.Tables[i].AtLeast[c].Key, Status: release.Withheld}}
			}
		}
	}
	grow(r.Reach("abroad"), 100)
	grow(r.Reach("lapsed"), 10)
	return r
}

func grow(c *release.Cell, by int64) {
	*c.Estimate += by
	*c.Lower += by
	*c.Upper += by
	*c.Unbiased += float64(by)
}

func TestDiff(t *testing.T) {
	before, after := giftShop(), later()
	if err := after.Validate(); err != nil {
		t.Fatal(err)
	}
	d := release.Diff(before, after)
	for name, got := range map[string][2][]string{
		"added":     {d.Added, {"gardeners"}},
		"changed":   {d.Changed, {"regulars"}},
		"removed":   {d.Removed, {"wholesale"}},
		"retracted": {d.Retracted, {"party-hosts"}},
	} {
		if diff := cmp.Diff(got[1], got[0]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if got := after.Retracted(); !slices.Equal(got, d.Retracted) {
		t.Errorf("Retracted() = %v", got)
	}
	reach := map[string]release.Delta{}
	for _, n := range d.Numbers {
		if n.Kind == release.Reach {
			reach[n.Segment] = n
		}
	}
	// 1.96·√(24.6² + 24.6²) = 68.2
	if n := reach["abroad"]; *n.Difference != 100 || *n.Noise != 68.2 || *n.Within {
		t.Errorf("a difference of 100 people at ±68.2: %+v", n)
	}
	if n := reach["lapsed"]; *n.Difference != 10 || !*n.Within {
		t.Errorf("a difference of 10 people at ±68.2: %+v", n)
	}
	if n := reach["party-hosts"]; n.Before == nil || n.After != nil || n.Difference != nil || n.Within != nil || n.Status != release.Withheld {
		t.Errorf("a withheld number: %+v", n)
	}
	cells := 0
	for range before.Cells() {
		cells++
	}
	if len(d.Numbers) != cells {
		t.Errorf("%d numbers, want %d", len(d.Numbers), cells)
	}
}

func TestDiffOfOneReleaseIsNothing(t *testing.T) {
	d := release.Diff(giftShop(), giftShop())
	if len(d.Added)+len(d.Changed)+len(d.Removed)+len(d.Retracted) > 0 {
		t.Error("labels differ from themselves")
	}
	for _, n := range d.Numbers {
		if n.Within != nil && (*n.Difference != 0 || !*n.Within) {
			t.Errorf("a number differs from itself: %+v", n)
		}
	}
}

func TestChangesSince(t *testing.T) {
	got := release.ChangesSince(giftShop(), later())
	want := release.Changes{Since: giftShop().ID, Date: "2011-12-09", Added: []string{"gardeners"}, Changed: []string{"regulars"}, Removed: []string{"wholesale"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(release.Changes{}, release.ChangesSince(nil, later())); diff != "" {
		t.Errorf("nothing before:\n%s", diff)
	}
}

func TestFind(t *testing.T) {
	r := giftShop()
	if c := r.Overlap("regulars", "abroad"); c == nil || c != r.Overlap("abroad", "regulars") {
		t.Error("an overlap depends on the order of its names")
	}
	if r.Overlap("regulars", "regulars") != nil || r.Reach("nobody") != nil || r.Segment("nobody") != nil {
		t.Error("found what is not there")
	}
	var kinds []string
	for _, table := range r.TablesOf("regulars") {
		kinds = append(kinds, table.Kind)
	}
	if want := []string{"reach", "breakdown", "breakdown", "frequency", "sum", "mean"}; !slices.Equal(kinds, want) {
		t.Errorf("tables of regulars: %v, want %v", kinds, want)
	}
	order := r.BySize()
	if order[0].ID != "bought-christmas" || order[len(order)-1].ID != "wholesale" {
		t.Errorf("by size, %s is first and %s last", order[0].ID, order[len(order)-1].ID)
	}
	if _, err := r.Only([]string{"regluars"}); err == nil {
		t.Error("a part of what is not there")
	}
	part, err := r.Only([]string{"regulars", "abroad"})
	if err != nil {
		t.Fatal(err)
	}
	if err := part.Validate(); err != nil {
		t.Error(err)
	}
	if len(part.Segments) != 2 || part.Population() == nil || part.Overlap("regulars", "abroad") == nil || part.Overlap("regulars", "lapsed") != nil {
		t.Error("a part has more or less than its segments")
	}
	if len(r.Segments) != 9 || len(r.Changes.Removed) != 1 {
		t.Error("taking a part changes the whole")
	}
}

func TestEdges(t *testing.T) {
	f := release.Table{Bins: []float64{0, 1, 2.5, 10}}
	for i, want := range [][2]int64{{0, 0}, {1, 2}, {3, 9}} {
		from, to := f.Edges(i)
		if from != want[0] || to == nil || *to != want[1] {
			t.Errorf("bin %d is %d to %v, want %v", i, from, to, want)
		}
	}
	if from, to := f.Edges(3); from != 10 || to != nil {
		t.Errorf("the last bin is %d to %v, want it open", from, to)
	}
}
