// SPDX-License-Identifier: Apache-2.0

package export_test

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/throng-dp/throng/dp/release"
)

// tripled is giftShop with overlaps of three, one of them withheld.
func tripled(t testing.TB) *release.Release {
	t.Helper()
	r := giftShop(t)
	n, lower, upper, unbiased, sd := int64(204), int64(120), int64(288), 204.3, 42.7
	three := release.Cell{Estimate: &n, Lower: &lower, Upper: &upper, Unbiased: &unbiased, StdDev: &sd, Status: release.Released, Readable: true}
	r.Tables = append(r.Tables,
		release.Table{Kind: release.Overlap, Segments: []string{"regulars", "abroad", "wholesale"}, Cells: []release.Cell{{Status: release.Withheld}}},
		release.Table{Kind: release.Overlap, Segments: []string{"regulars", "bought-garden", "abroad"}, Cells: []release.Cell{three}})
	if err := r.Validate(); err != nil {
		t.Fatal(err)
	}
	return r
}

// TestOverlapsOfThree: the catalogue lists the three, the flat forms join the two
// others, and their columns are those of releases without.
func TestOverlapsOfThree(t *testing.T) {
	r := tripled(t)
	if s := string(write(t, r, "json")); !strings.Contains(s, `{"segments": ["regulars", "bought-garden", "abroad"], "estimate": 204,`) {
		t.Error("the catalogue does not list the overlap of three")
	}
	text := write(t, r, "csv")
	if !bytes.HasPrefix(text, write(t, giftShop(t), "csv")) {
		t.Error("other rows change with the overlaps of three")
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, row := range rows[len(rows)-2:] {
		got = append(got, strings.Join(row[3:], ","))
	}
	want := []string{
		"regulars,abroad × wholesale,overlap,,,,,,,,withheld,,,0,",
		"regulars,bought-garden × abroad,overlap,,,204,120,288,204.3,42.7,released,true,,0,",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("rows are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	type cell struct {
		Segment  *string `parquet:"segment,optional"`
		Second   *string `parquet:"second,optional"`
		Estimate *int64  `parquet:"estimate,optional"`
	}
	file := write(t, r, "parquet")
	cells, err := parquet.Read[cell](bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	last := cells[len(cells)-1]
	if deref(last.Segment) != "regulars" || deref(last.Second) != "bought-garden × abroad" || last.Estimate == nil || *last.Estimate != 204 {
		t.Errorf("the last row of cells.parquet is of %s and %s", deref(last.Segment), deref(last.Second))
	}
	if cells[len(cells)-2].Estimate != nil {
		t.Error("a withheld overlap has a number")
	}
}
