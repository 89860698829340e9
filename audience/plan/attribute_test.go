// SPDX-License-Identifier: Apache-2.0

package plan_test

import (
	"math"
	"testing"

	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/audience/rule"
)

func TestCellOfAValue(t *testing.T) {
	bins := plan.Attribute{Bins: []float64{-1, 0, 0.1, 1000}, Cells: []string{"-1 to 0", "0-0.1", "0.1-1000", "1000+", "(other)"}}
	words := plan.Attribute{Domain: []rule.Value{"GB", "other"}, Cells: []string{"GB", "other", "(other)"}}
	flags := plan.Attribute{Domain: []rule.Value{true, false}, Cells: []string{"true", "false", "(other)"}}
	whole := plan.Attribute{Bins: []float64{0, 1, 1 << 53}, Cells: []string{"0", "1+", "big", "(other)"}}
	for _, tt := range []struct {
		name string
		a    *plan.Attribute
		v    rule.Value
		want int
	}{
		{"below the first bin", &bins, -1.5, 4},
		{"on the first edge", &bins, -1.0, 0},
		{"just below an edge", &bins, math.Nextafter(0, -1), 0},
		{"on an edge of sums", &bins, 100_000 / 1e6, 2},
		{"in the last bin", &bins, 1e300, 3},
		{"null in bins", &bins, nil, 4},
		{"text in bins", &bins, "1", 4},
		{"a value of the domain", &words, "GB", 0},
		{"a real value called other", &words, "other", 1},
		{"a value outside", &words, "FR", 2},
		{"null in a domain", &words, nil, 2},
		{"true", &flags, true, 0},
		{"null of a bool", &flags, nil, 2},
		{"an int on an edge", &whole, int64(1), 1},
		{"an int below 2^53", &whole, int64(1<<53 - 1), 1},
		{"an int at 2^53", &whole, int64(1 << 53), 2},
		{"never", &whole, int64(1 << 62), 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.a.Cell(tt.v); got != tt.want {
				t.Errorf("cell %d, want %d", got, tt.want)
			}
		})
	}
}

func TestUnitsOfAnAmount(t *testing.T) {
	pence := plan.Amount{Min: -500_000, Max: 500_000, Decimals: 2}
	whole := plan.Amount{Min: 0, Max: 1000}
	tenths := plan.Amount{Min: -1000, Max: 1000, Decimals: 1}
	positive := plan.Amount{Min: 10, Max: 20}
	micro := plan.Amount{Min: math.MinInt64, Max: math.MaxInt64, Decimals: 6}
	for _, tt := range []struct {
		name string
		a    *plan.Amount
		v    rule.Value
		want int64
	}{
		{"half a penny, up", &pence, 1.005, 101},
		{"half a penny, down", &pence, -1.005, -101},
		{"below half a penny", &pence, 1.004999, 100},
		{"a value no double holds", &pence, 0.29, 29},
		{"another", &pence, 1.15, 115},
		{"clipped above", &pence, 1e300, 500_000},
		{"clipped below", &pence, -1e300, -500_000},
		{"half a pound", &whole, 2.5, 3},
		{"an int", &whole, int64(7), 7},
		{"an int in tenths", &tenths, int64(7), 70},
		{"an int that overflows", &tenths, int64(math.MaxInt64), 1000},
		{"an int that overflows below", &tenths, int64(math.MinInt64), -1000},
		{"null counts as 0, clipped", &positive, nil, 10},
		{"every millionth", &micro, 4_503_599_627_370_495 / 1e6, 4_503_599_627_370_495},
		{"beyond int64", &micro, 1e300, math.MaxInt64},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.a.Units(tt.v); got != tt.want {
				t.Errorf("%d units, want %d", got, tt.want)
			}
		})
	}
}

// TestUnitsOfEveryMillionth compares units with integer arithmetic on sums as
// engines hold them: whole 10^-6 divided by 10^6.
func TestUnitsOfEveryMillionth(t *testing.T) {
	a := plan.Amount{Min: math.MinInt64, Max: math.MaxInt64, Decimals: 2}
	check := func(micros int64) {
		want := (micros + 5000) / 10_000
		if micros < 0 {
			want = (micros - 5000) / 10_000
		}
		if got := a.Units(float64(micros) / 1e6); got != want {
			t.Fatalf("%d millionths: %d units, want %d", micros, got, want)
		}
	}
	for n := range int64(50_000) {
		check(n)
		check(-n)
		check(1<<40 + n)
		check(1<<51 + n)
	}
}
