// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/throng-dp/throng/dp/release"
)

// TestIndexes compares audiences with everyone where noise leaves something to
// compare, and where it does not, is silent.
func TestIndexes(t *testing.T) {
	cell := func(n float64, key ...string) release.Cell {
		whole, sd := int64(n), 0.0
		return release.Cell{Key: key, Estimate: &whole, Lower: &whole, Upper: &whole, Unbiased: &n, StdDev: &sd, Status: release.Released, Readable: true}
	}
	rough := cell(3, "FR")
	rough.Readable = false
	rel := &release.Release{
		Segments: []release.Segment{{ID: "all", Everyone: true, Status: release.Released}, {ID: "buyers", Status: release.Released}, {ID: "few", Status: release.Withheld}},
		Tables: []release.Table{
			{Kind: release.Population, Cells: []release.Cell{cell(1000)}},
			{Kind: release.Reach, Segments: []string{"all"}, Cells: []release.Cell{cell(1000)}},
			{Kind: release.Reach, Segments: []string{"buyers"}, Cells: []release.Cell{cell(100)}},
			{Kind: release.Reach, Segments: []string{"few"}, Cells: []release.Cell{{Status: release.Withheld}}},
			{Kind: release.Overlap, Segments: []string{"all", "buyers"}, Cells: []release.Cell{cell(100)}},
			{Kind: release.Breakdown, Segments: []string{"all"}, By: []string{"home"}, Cells: []release.Cell{cell(200, "GB"), cell(800, "FR")}},
			{Kind: release.Breakdown, Segments: []string{"buyers"}, By: []string{"home"}, Cells: []release.Cell{cell(50, "GB"), rough}},
			{Kind: release.Breakdown, Segments: []string{"all"}, By: []string{"band"}, Cells: []release.Cell{cell(200, "0"), cell(800, "1")}},
			{Kind: release.Breakdown, Segments: []string{"buyers"}, By: []string{"band"}, Cells: []release.Cell{cell(40, "1"), cell(50, "0"), cell(10, "2")}},
		},
	}
	want := []indexJSON{{Segment: "buyers", Second: "all", Index: 100, Lower: 100, Upper: 100}}
	if diff := cmp.Diff(want, pairIndexes(rel, "buyers")); diff != "" {
		t.Error(diff)
	}
	want = []indexJSON{{Segment: "buyers", By: []string{"home"}, Key: []string{"GB"}, Index: 250, Lower: 250, Upper: 250, Differs: true},
		// By their labels, in whichever order they stand; what everyone lacks is compared with nothing.
		{Segment: "buyers", By: []string{"band"}, Key: []string{"1"}, Index: 50, Lower: 50, Upper: 50, Differs: true},
		{Segment: "buyers", By: []string{"band"}, Key: []string{"0"}, Index: 250, Lower: 250, Upper: 250, Differs: true}}
	if diff := cmp.Diff(want, cellIndexes(rel, "buyers")); diff != "" {
		t.Error(diff)
	}
	for _, id := range []string{"all", "few"} {
		if got := cellIndexes(rel, id); got != nil {
			t.Errorf("%s: %+v", id, got)
		}
	}
}
