// SPDX-License-Identifier: Apache-2.0

package event

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestShifted compares indexes of every length and place with what is asked for,
// one after the other.
func TestShifted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		entries := rapid.IntRange(0, 20).Draw(t, "entries")
		picks := rapid.SliceOfN(rapid.OneOf(rapid.Int32Range(0, int32(max(0, entries-1))), rapid.Int32Range(0, int32(max(0, entries-1))),
			rapid.Int32Range(0, 21), rapid.SampledFrom([]int32{-1, math.MinInt32, math.MaxInt32})), 0, 40).Draw(t, "picks")
		want := true
		for _, x := range picks {
			want = want && x >= 0 && int(x) < entries
		}
		to := make([]uint32, len(picks)+1)
		if got := shifted(to, picks, entries); got != want {
			t.Fatalf("of %d entries: %v, want %v", entries, got, want)
		}
		for i, x := range picks {
			if to[i] != uint32(x)+1 {
				t.Fatalf("index %d becomes %d", x, to[i])
			}
		}
		if to[len(picks)] != 0 {
			t.Fatal("wrote behind the end")
		}
	})
}

// TestShiftedFinds looks for one index too many at every place of a run.
func TestShiftedFinds(t *testing.T) {
	for n := 1; n < 40; n++ {
		for at := range n {
			for _, bad := range []int32{7, math.MaxInt32, -1, math.MinInt32} {
				picks := make([]int32, n)
				if picks[at] = 6; !shifted(make([]uint32, n), picks, 7) {
					t.Fatalf("%d of 7 entries is said to be none", picks[at])
				}
				if picks[at] = bad; shifted(make([]uint32, n), picks, 7) {
					t.Fatalf("%d is said to be one of 7 entries, at %d of %d", bad, at, n)
				}
			}
		}
	}
}

// TestSpreadUp puts values where they belong, wherever some are missing.
func TestSpreadUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		has := rapid.SliceOfN(rapid.Bool(), 0, 50).Draw(t, "has")
		var values, want []uint32
		for _, h := range has {
			x := uint32(0)
			if h {
				x = uint32(len(values) + 1)
				values = append(values, x)
			}
			want = append(want, x)
		}
		gap := len(has) - len(values)
		s := append(make([]uint32, gap), values...)
		for i := range gap {
			s[i] = 99
		}
		spreadUp(s, has, gap)
		if !slices.Equal(s, want) {
			t.Fatalf("%v, want %v", s, want)
		}
	})
}
