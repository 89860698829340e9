// SPDX-License-Identifier: Apache-2.0

package audience_test

import (
	"slices"
	"testing"

	"github.com/throng-dp/throng/audience"
	"github.com/throng-dp/throng/dp/release"
)

// TestVerifyOverlaps: one of three is no larger than its audiences, nor than those
// of two that are released; what is withheld binds nothing.
func TestVerifyOverlaps(t *testing.T) {
	overlaps := func(reach, pair, three int64) *release.Release {
		r := &release.Release{Throng: 1, ID: "invented", Plan: "invented", Date: "2024-02-29"}
		add := func(kind string, n int64, segments ...string) {
			low, high, unbiased, sd := n, n+9, float64(n), 2.5
			r.Tables = append(r.Tables, release.Table{Kind: kind, Segments: segments, Cells: []release.Cell{{Estimate: &n, Lower: &low, Upper: &high,
				Unbiased: &unbiased, StdDev: &sd, Status: release.Released}}})
		}
		for _, id := range []string{"a", "b", "c"} {
			r.Segments = append(r.Segments, release.Segment{ID: id, Status: release.Released})
			add(release.Reach, reach, id)
		}
		add(release.Overlap, pair, "a", "c")
		add(release.Overlap, three, "a", "b", "c")
		return r
	}
	for _, c := range []struct {
		reach, pair, three int64
		want               []string
	}{
		{100, 40, 40, nil},
		{100, 40, 41, []string{"overlap a and b and c is larger than the overlap of c and a"}},
		{100, 101, 40, []string{"overlap a and c is larger than one of its audiences"}},
		{30, 30, 31, []string{"overlap a and b and c is larger than one of its audiences"}},
	} {
		if got := audience.Verify(overlaps(c.reach, c.pair, c.three)); !slices.Equal(got, c.want) {
			t.Errorf("%+v: %q", c, got)
		}
	}
}
