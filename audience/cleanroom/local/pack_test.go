// SPDX-License-Identifier: Apache-2.0

package local

import (
	"cmp"
	"math"
	"testing"

	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/cleanroom/internal/segment"
	"github.com/throng-dp/throng/audience/rule"
	"pgregory.net/rapid"
)

// TestPackedRowsKeepOrder: rows compare as their bytes do, and come back.
func TestPackedRowsKeepOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		null := func() []bool { return rapid.SliceOfN(rapid.Bool(), 2, 2).Draw(rt, "null") }
		columns := []*event.Vector{
			{Kind: rule.Timestamp, Null: null(), Int: rapid.SliceOfN(rapid.Int64(), 2, 2).Draw(rt, "times")},
			{Kind: rule.String, Null: null(), String: rapid.SliceOfN(rapid.StringMatching("[\x00-\x02\u00ff]{0,4}"), 2, 2).Draw(rt, "texts")},
			{Kind: rule.Double, Null: null(), Double: rapid.SliceOfN(rapid.SampledFrom([]float64{0, 1, -1, 5e-324, -5e-324, math.MaxFloat64, -math.MaxFloat64, 2.5}), 2, 2).Draw(rt, "doubles")},
			{Kind: rule.Bool, Null: null(), Int: rapid.SliceOfN(rapid.Int64Range(0, 1), 2, 2).Draw(rt, "bools")},
			{Kind: rule.Int, Null: null(), Int: rapid.SliceOfN(rapid.SampledFrom([]int64{0, 1, -1, math.MaxInt64, math.MinInt64}), 2, 2).Draw(rt, "ints")},
		}
		var packed [2]string
		back := make([]*event.Vector, len(columns))
		for i, c := range columns {
			back[i] = &event.Vector{Kind: c.Kind, Null: []bool{}}
		}
		for row := range packed {
			var b []byte
			for _, c := range columns {
				b = packCell(b, c, row)
			}
			packed[row] = string(b)
			unpackCells(packed[row], back)
		}
		want := 0
		for i, c := range columns {
			var cells [2][3]any
			for row := range cells {
				n, d, s, isNull := segment.At(c, row)
				if bn, bd, bs, bNull := segment.At(back[i], row); bn != n || bd != d || bs != s || bNull != isNull {
					rt.Fatalf("column %d, row %d comes back as %v %v %q %v", i, row, bn, bd, bs, bNull)
				}
				cells[row] = [3]any{n, d, s}
			}
			if want != 0 {
				continue
			}
			a, b := cells[0], cells[1]
			switch {
			case c.Null[0] || c.Null[1]:
				want = cmp.Compare(truth(c.Null[1]), truth(c.Null[0]))
			default:
				want = cmp.Or(cmp.Compare(a[0].(int64), b[0].(int64)), cmp.Compare(a[1].(float64), b[1].(float64)), cmp.Compare(a[2].(string), b[2].(string)))
			}
		}
		if got := cmp.Compare(packed[0], packed[1]); got != want {
			rt.Fatalf("compare as %d, want %d", got, want)
		}
	})
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}
