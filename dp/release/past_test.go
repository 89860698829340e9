// SPDX-License-Identifier: Apache-2.0

package release_test

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/throng-dp/throng/dp/release"
)

// TestWithoutPast: releases from before there was a past are read as ever.
func TestWithoutPast(t *testing.T) {
	r := giftShop()
	r.Past = nil
	text, err := release.Encode(r)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), `"past"`) {
		t.Error("what has no past tells of it")
	}
	again, err := release.Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r, again); diff != "" {
		t.Error(diff)
	}
}

// TestPastOf copies the sizes that can be compared, and no other.
func TestPastOf(t *testing.T) {
	before, now := giftShop(), giftShop()
	now.ID, now.Date = "later", "2011-12-16"
	now.Segments[0], now.Segments[1] = now.Segments[1], now.Segments[0] // the order is now's
	now.Segment("lapsed").Version = "another"
	now.Segment("abroad").BoundedBy = 3
	now.Segments = append(now.Segments, release.Segment{ID: "gardeners", Status: release.Withheld})
	p := release.PastOf(before, now)
	if p == nil || p.ID != before.ID || p.Date != before.Date || p.Population == nil || len(p.Reach) != len(now.Segments) {
		t.Fatalf("%+v", p)
	}
	for i, s := range now.Segments {
		got, was := p.Reach[i], before.Reach(s.ID)
		switch s.ID {
		case "lapsed", "abroad", "gardeners", "wholesale": // another rule, another cap, new, withheld then
			if got != nil {
				t.Errorf("%s: what cannot be compared is told", s.ID)
			}
		default:
			want := &release.Size{Estimate: *was.Estimate, Lower: *was.Lower, Upper: *was.Upper, Unbiased: *was.Unbiased, StdDev: *was.StdDev}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", s.ID, diff)
			}
		}
	}
	for name, change := range map[string]func(*release.Release){
		"who":      func(r *release.Release) { r.Who = "people who are 18 or older" },
		"lookback": func(r *release.Release) { r.LookbackDays++ },
		"opt-outs": func(r *release.Release) { r.Privacy.OptOuts = "none" },
	} {
		now := giftShop()
		change(now)
		if release.PastOf(before, now) != nil {
			t.Errorf("%s: releases of other people are compared", name)
		}
	}
}

// TestChange tells of a size what Diff tells of the two releases.
func TestChange(t *testing.T) {
	before, after := giftShop(), later()
	p := release.PastOf(before, after)
	told := 0
	for _, d := range release.Diff(before, after).Numbers {
		if d.Kind != release.Reach || d.Difference == nil {
			continue
		}
		for i, s := range after.Segments {
			if s.ID != d.Segment || p.Reach[i] == nil {
				continue
			}
			difference, noise := after.Change(after.Reach(s.ID), p.Reach[i])
			if difference != *d.Difference || noise != *d.Noise {
				t.Errorf("%s: %g within %g, Diff tells %g within %g", s.ID, difference, noise, *d.Difference, *d.Noise)
			}
			told++
		}
	}
	if told == 0 {
		t.Error("nothing was compared")
	}
}

// TestOnlyPast keeps the past of the named segments, in their order.
func TestOnlyPast(t *testing.T) {
	r := giftShop()
	part, err := r.Only([]string{"lapsed", "bought-garden"})
	if err != nil {
		t.Fatal(err)
	}
	if err := part.Validate(); err != nil {
		t.Fatal(err)
	}
	for i := range part.Past {
		if want := []*release.Size{r.Past[i].Reach[2], r.Past[i].Reach[5]}; !cmp.Equal(want, part.Past[i].Reach) {
			t.Errorf("past %d: %v", i, part.Past[i].Reach)
		}
	}
}

func TestPastIsValidated(t *testing.T) {
	for name, harm := range map[string]func(*release.Release){
		"of a withheld segment": func(r *release.Release) {
			r.Past[0].Reach[8] = &release.Size{Estimate: 3, Upper: 6, Unbiased: 3, StdDev: 2}
		},
		"of other segments": func(r *release.Release) { r.Past[0].Reach = r.Past[0].Reach[1:] },
		"upside down":       func(r *release.Release) { r.Past[0].Reach[1].Lower = 1 << 40 },
		"not a number":      func(r *release.Release) { r.Past[0].Population.Unbiased = math.NaN() },
		"two decimals":      func(r *release.Release) { r.Past[0].Reach[1].StdDev = 1.25 },
		"too long":          func(r *release.Release) { r.Past = append(r.Past, make([]release.Past, release.PastMost)...) },
		"of no release":     func(r *release.Release) { r.Past[0].ID = "" },
	} {
		r := giftShop()
		harm(r)
		if err := r.Validate(); err == nil || !strings.Contains(err.Error(), "past") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestIndex checks the formula, that its range grows with the noise of all four
// numbers, and that nothing is divided by nothing.
func TestIndex(t *testing.T) {
	cell := func(n, sd float64) *release.Cell {
		whole, lower, upper := int64(n), int64(math.Max(0, n-1.96*sd)), int64(n+1.96*sd)
		return &release.Cell{Estimate: &whole, Lower: &lower, Upper: &upper, Unbiased: &n, StdDev: &sd, Status: release.Released, Readable: true}
	}
	gauss := &release.Release{}
	exact := gauss.Index(cell(300, 0), cell(1000, 0), cell(2000, 0), cell(10000, 0))
	if exact == nil || *exact != (release.Index{Estimate: 150, Lower: 150, Upper: 150}) || exact.Differs() != 1 {
		t.Errorf("300 of 1,000 beside 2,000 of 10,000: %+v", exact)
	}
	// One number at a time is off by ten: its two ends at 98.75 % are 2.4977 times that.
	for i, want := range []release.Index{{150, 137, 163}, {150, 146, 154}, {150, 148, 152}, {150, 149, 151}} {
		sd := make([]float64, 4)
		sd[i] = 10
		if got := gauss.Index(cell(300, sd[0]), cell(1000, sd[1]), cell(2000, sd[2]), cell(10000, sd[3])); got == nil || *got != want {
			t.Errorf("noise in number %d: %+v, want %+v", i, got, want)
		}
	}
	if rough := gauss.Index(cell(30, 10), cell(100, 10), cell(2000, 10), cell(10000, 10)); rough == nil || rough.Differs() != 0 {
		t.Errorf("what cannot be told from 100 differs: %+v", rough)
	}
	if low := gauss.Index(cell(50, 1), cell(1000, 1), cell(2000, 1), cell(10000, 1)); low == nil || low.Differs() != -1 {
		t.Errorf("a quarter is not rarer: %+v", low)
	}
	for _, c := range [][4]*release.Cell{
		{cell(3, 1), cell(20, 10), cell(50, 1), cell(100, 1)},
		{cell(3, 1), cell(50, 1), cell(20, 10), cell(100, 1)},
		{cell(3, 1), cell(50, 1), {Status: release.Withheld}, cell(100, 1)},
		{nil, cell(50, 1), cell(50, 1), cell(100, 1)},
	} {
		if got := gauss.Index(c[0], c[1], c[2], c[3]); got != nil {
			t.Errorf("an index of what says nothing: %+v", got)
		}
	}
}
