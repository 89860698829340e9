// SPDX-License-Identifier: Apache-2.0

package export

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/throng-dp/throng/dp/release"
)

// TestCatalogIsWrittenAsByEncodingJSON compares what is written by hand with
// encoding/json's text, for releases with cells of every state and texts that have
// to be escaped.
func TestCatalogIsWrittenAsByEncodingJSON(t *testing.T) {
	odd := "\u2028 <b> \"segments\":null,\"overlaps\":null, \"cells\":null \\ & \u00e9\n"
	nothing := &release.Release{Throng: 1, Date: "2011-12-09"}
	released, other := cellOf(3, 2.5), cellOf(-4, -1234567890123.5)
	whole := &release.Release{Throng: 1, Date: "2011-12-09", Who: odd, Publisher: odd,
		Segments: []release.Segment{{ID: "a", Name: odd, Status: release.Released}, {ID: odd, Name: `"breakdowns":null`, Status: release.Withheld}},
		Tables: []release.Table{
			{Kind: release.Reach, Segments: []string{"a"}, Cells: []release.Cell{released}},
			{Kind: release.Breakdown, Segments: []string{"a"}, By: []string{odd, "x"}, Cells: []release.Cell{
				keyed(released, odd, "y"), keyed(other, `"cells":null`, ""), keyed(release.Cell{Status: release.Withheld}, "c", "d")}},
			{Kind: release.Breakdown, Segments: []string{odd}, By: []string{"q"}, Found: &release.Found{Rule: release.Threshold, Threshold: 2.5}, Cells: []release.Cell{
				keyed(release.Cell{Status: release.Withheld}, release.Other)}},
			{Kind: release.Overlap, Segments: []string{"a", odd}, Cells: []release.Cell{other}},
			{Kind: release.Overlap, Segments: []string{odd, "a", "a"}, Cells: []release.Cell{{Status: release.Withheld}}},
		}}
	releases := []*release.Release{nothing, whole}
	files, err := filepath.Glob(filepath.Join("..", "..", "dp", "release", "testdata", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if r, err := release.Decode(bytes.TrimSpace(text)); err == nil {
			releases = append(releases, r)
		}
	}
	for i, r := range releases {
		c := newCatalog(r)
		want, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.marshal()
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("release %d: %v\n%s\nencoding/json writes\n%s", i, err, got, want)
		}
	}
}

func cellOf(n int64, x float64) release.Cell {
	return release.Cell{Estimate: &n, Lower: new(n - 1), Upper: new(n + 1), Unbiased: &x, StdDev: new(0.1), Status: release.Released, Readable: n > 0}
}

func keyed(c release.Cell, key ...string) release.Cell {
	c.Key = key
	return c
}
