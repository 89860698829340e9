// SPDX-License-Identifier: Apache-2.0

package release_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/throng-dp/throng/dp/release"
)

// tripled is giftShop with two overlaps of three, of which one is withheld.
func tripled() *release.Release {
	r := giftShop()
	n, lower, upper, unbiased, sd := int64(204), int64(120), int64(288), 204.3, 42.7
	r.Tables = append(r.Tables,
		release.Table{Kind: release.Overlap, Segments: []string{"regulars", "bought-garden", "abroad"}, Cells: []release.Cell{
			{Estimate: &n, Lower: &lower, Upper: &upper, Unbiased: &unbiased, StdDev: &sd, Status: release.Released, Readable: true}}},
		release.Table{Kind: release.Overlap, Segments: []string{"regulars", "abroad", "wholesale"}, Cells: []release.Cell{{Status: release.Withheld}}})
	return r
}

// TestOverlapsOfThree: they are stored, found in any order, apart from overlaps of
// two, and named in the flat form and in differences.
func TestOverlapsOfThree(t *testing.T) {
	text, err := release.Encode(tripled())
	if err != nil {
		t.Fatal(err)
	}
	r, err := release.Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(tripled(), r); diff != "" {
		t.Fatal(diff)
	}
	three := r.Overlap("abroad", "regulars", "bought-garden")
	if three == nil || *three.Estimate != 204 {
		t.Error("an overlap of three is not found")
	}
	if two := r.Overlap("regulars", "abroad"); two == nil || *two.Estimate == 204 {
		t.Error("an overlap of two is taken for one of three")
	}
	if r.Overlap("regulars", "bought-garden", "lapsed") != nil || r.Overlap("regulars") != nil {
		t.Error("found what is not there")
	}
	var rows []string
	for row := range r.Cells() {
		if strings.Contains(row.Second, release.Joint) {
			rows = append(rows, strings.Join([]string{row.Kind, row.Segment, row.Second, row.Status}, "|"))
		}
	}
	want := []string{"overlap|regulars|bought-garden × abroad|released", "overlap|regulars|abroad × wholesale|withheld"}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	families := map[string]int{}
	for i := range r.Tables {
		families[r.Tables[i].Family()]++
	}
	if families["overlap"] != 36 || families["overlap of three"] != 2 {
		t.Errorf("families: %v", families)
	}
	after := tripled()
	grow(after.Overlap("regulars", "bought-garden", "abroad"), 300)
	for _, n := range release.Diff(r, after).Numbers {
		moved := n.Difference != nil && *n.Difference != 0
		if moved != (n.Second == "bought-garden × abroad") {
			t.Errorf("of %s and %s: %+v", n.Segment, n.Second, n)
		}
	}
	for name, segments := range map[string][]string{
		"a segment with itself": {"regulars", "abroad", "regulars"},
		"speaks of 4 segments":  {"regulars", "abroad", "lapsed", "bought-garden"},
		"speaks of 1 segments":  {"regulars"},
		"of a withheld segment": {"regulars", "wholesale", "lapsed"},
	} {
		bad := tripled()
		bad.Tables[len(bad.Tables)-2].Segments = segments
		if err := bad.Validate(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v: %v, want %q", segments, err, name)
		}
	}
	part, err := r.Only([]string{"regulars", "abroad"})
	if err != nil {
		t.Fatal(err)
	}
	if part.Overlap("regulars", "abroad") == nil || part.Overlap("regulars", "abroad", "bought-garden") != nil {
		t.Error("a part has more or less than its segments")
	}
}
