// SPDX-License-Identifier: Apache-2.0

package local

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/throng-dp/throng/audience/cleanroom"
	"github.com/throng-dp/throng/dp"
)

// facts are the golden facts of the gift shop, numbers and tables of numbers.
func facts(t *testing.T) (numbers map[string]float64, tables map[string]map[string]int64) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(retail, "golden.json"))
	if err != nil {
		t.Fatal(err)
	}
	var golden struct {
		Facts map[string]struct{ Value json.RawMessage }
	}
	if err := json.Unmarshal(text, &golden); err != nil {
		t.Fatal(err)
	}
	numbers, tables = map[string]float64{}, map[string]map[string]int64{}
	for name, f := range golden.Facts {
		var n float64
		var m map[string]int64
		if json.Unmarshal(f.Value, &n) == nil {
			numbers[name] = n
		} else if json.Unmarshal(f.Value, &m) == nil {
			tables[name] = m
		}
	}
	return numbers, tables
}

func goldenInput(t testing.TB) *cleanroom.Input {
	return retailInput(t, "testdata/golden.yaml")
}

// TestGoldenFacts holds the exact counts of a plan of sixty segments to what an
// independent engine counted.
func TestGoldenFacts(t *testing.T) {
	numbers, tables := facts(t)
	in := goldenInput(t)
	total := exact(t, in)
	got := reaches(t, in, total)
	want := map[string]float64{
		"": numbers["users"], "movers": numbers["users_with_more_than_one_country"],
		"a": numbers["segment_A_christmas_365d"], "b": numbers["segment_B_ge3_orders_180d"], "c": numbers["segment_C_outside_GB"],
		"d": numbers["segment_D_returned_90d"], "e": numbers["segment_E_lapsed"],
		"a-or-b": numbers["segment_A_or_B"], "a-and-b-not-d": numbers["segment_A_and_B_not_D"],
		"buyers": float64(tables["users_by_type"]["purchase"]), "returners": float64(tables["users_by_type"]["return"]),
	}
	for _, n := range []int{7, 30, 90, 180, 365} {
		want[fmt.Sprintf("active-%d", n)] = numbers[fmt.Sprintf("active_users_last_%dd", n)]
		for _, k := range []int{1, 2, 3, 5, 10} {
			want[fmt.Sprintf("orders-%d-%d", k, n)] = numbers[fmt.Sprintf("users_ge_%d_orders_last_%dd", k, n)]
		}
	}
	for id := range got {
		kind, value, _ := strings.Cut(id, "-")
		switch kind {
		case "category":
			want[id] = float64(tables["buyers_by_category"][strings.ReplaceAll(value, "-", " ")])
		case "country":
			if value != "null" {
				value = strings.ToUpper(value)
			}
			want[id] = float64(tables["buyers_by_country"][value])
		case "spend":
			want[id] = numbers[fmt.Sprintf("users_spend_ge_%s_last_365d", value)]
		}
		if above, ok := strings.CutPrefix(id, "a-above-"); ok {
			want[id] = float64(tables["segment_A_spend_above_365d"][above])
		}
	}
	for id, n := range got {
		if w, ok := want[id]; !ok || float64(n) != w {
			t.Errorf("%q: %d people, want %v", id, n, w)
		}
	}
	if len(want) != len(got) {
		t.Errorf("%d facts, %d reaches", len(want), len(got))
	}
	checkOverlaps(t, in, total, numbers)
	checkTables(t, in, total, numbers, tables)
}

func checkOverlaps(t *testing.T, in *cleanroom.Input, total [][]int64, numbers map[string]float64) {
	t.Helper()
	seen := 0
	for i, table := range in.Plan.Workload.Tables {
		if table.Kind != dp.Overlap {
			continue
		}
		pair := in.Plan.Segments[table.Segments[0]].ID + in.Plan.Segments[table.Segments[1]].ID
		want, ok := map[string]float64{"ab": numbers["segment_A_and_B"], "ac": numbers["segment_A_and_C"]}[pair]
		if ok {
			seen++
			if float64(total[i][0]) != want {
				t.Errorf("%s: %d people, want %v", pair, total[i][0], want)
			}
		}
	}
	if seen != 2 {
		t.Errorf("%d overlaps are facts, want 2", seen)
	}
}

func checkTables(t *testing.T, in *cleanroom.Input, total [][]int64, numbers map[string]float64, tables map[string]map[string]int64) {
	t.Helper()
	cells := func(fact string, labels ...string) (n []int64) {
		for _, l := range labels {
			n = append(n, tables[fact][l])
		}
		return n
	}
	var upTo20 []string
	for k := range 20 {
		upTo20 = append(upTo20, fmt.Sprint(k+1))
	}
	want := map[string][]int64{
		"orders_ever": append(cells("orders_per_user_histogram", upTo20...), 0),
		"recency":     append(cells("recency_days_histogram", "a:0-6", "b:7-29", "c:30-89", "d:90-179", "e:180-364", "f:365+"), 0),
		"home":        cells("segment_A_by_latest_country_365d", "GB", "DE", "FR", "ES", "NL", "IE", "(other)"),
		"orders_365":  append(cells("segment_A_by_orders_365d", "0", "1", "2", "3", "5", "10"), 0),
		"500":         {int64(math.Round(100 * numbers["segment_A_spend_clipped_at_500_365d"]))},
		"5000":        {int64(math.Round(100 * numbers["segment_A_spend_clipped_at_5000_365d"]))},
	}
	seen := map[string]bool{}
	for i, table := range in.Plan.Workload.Tables {
		var name string
		switch table.Kind {
		case dp.Breakdown, dp.Frequency:
			name = in.Plan.Bands[table.By[0]].Let
		case dp.Sum, dp.Mean:
			name = fmt.Sprint(in.Plan.Totals[table.Amount].Max / 100)
		default:
			continue
		}
		seen[name] = true
		if !slices.Equal(total[i], want[name]) {
			t.Errorf("%s: %v, want %v", name, total[i], want[name])
		}
	}
	if len(seen) != len(want) {
		t.Errorf("tables %v were counted, want %d", seen, len(want))
	}
}
