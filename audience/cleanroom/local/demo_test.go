// SPDX-License-Identifier: Apache-2.0

package local

import (
	"math"
	"slices"
	"testing"

	"github.com/throng-dp/throng/dp"
)

// TestDemoPlan holds the exact counts of the plan that users see first to the
// golden facts. Nobody has opted out in those, so nobody has here: what choices
// do is held by TestOptOutIsRemoval.
func TestDemoPlan(t *testing.T) {
	numbers, tables := facts(t)
	in := retailInput(t, "../../../datasets/plans/gift-shop.yaml")
	if in.Plan.Privacy.MaxSegments != len(in.Plan.Segments) {
		t.Fatal("the demo's plan has a cap, the facts have none")
	}
	in.Plan.OptOuts = nil
	total := exact(t, in)
	got := reaches(t, in, total)
	for id, want := range map[string]float64{
		"buyers":           numbers["users_ge_1_orders_last_365d"],
		"recent":           numbers["users_ge_1_orders_last_90d"],
		"lapsing":          numbers["users_ge_1_orders_last_365d"] - numbers["users_ge_1_orders_last_90d"],
		"regulars":         numbers["segment_B_ge3_orders_180d"],
		"big-spenders":     numbers["users_spend_ge_1000_last_365d"],
		"bought-christmas": numbers["segment_A_christmas_365d"],
		"loyal-christmas":  numbers["segment_A_and_B_not_D"],
	} {
		if want == 0 || float64(got[id]) != want {
			t.Errorf("%s: %d people, want %v", id, got[id], want)
		}
	}
	orders := tables["segment_A_by_orders_365d"]
	want := map[dp.Kind][]int64{
		dp.Overlap:   {int64(numbers["segment_A_and_B"])},
		dp.Frequency: {orders["0"], orders["1"], orders["2"], orders["3"], orders["5"], orders["10"], 0},
		dp.Sum:       {int64(math.Round(100 * numbers["segment_A_spend_clipped_at_5000_365d"]))},
	}
	seen := 0
	for i, table := range in.Plan.Releases {
		kind := in.Plan.Workload.Tables[i].Kind
		christmas := slices.Equal(table.Segments, []string{"bought-christmas"})
		pair := slices.Contains(table.Segments, "bought-christmas") && slices.Contains(table.Segments, "regulars")
		if want[kind] == nil || !christmas && !pair {
			continue
		}
		seen++
		if !slices.Equal(total[i], want[kind]) {
			t.Errorf("%s of %v: %v, want %v", table.Kind, table.Segments, total[i], want[kind])
		}
	}
	if seen != len(want) {
		t.Errorf("%d tables are facts, want %d", seen, len(want))
	}
}
