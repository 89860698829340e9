// SPDX-License-Identifier: Apache-2.0

package segment

import (
	"testing"

	"pgregory.net/rapid"
)

// TestOwnedSet: each value of each person is new once, however often the table
// has grown and whatever values collide.
func TestOwnedSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, there := newOwnedSet(), map[ownedValue]bool{}
		value := rapid.OneOf(rapid.Int64(), rapid.Int64Range(-3, 3), rapid.SampledFrom([]int64{int64(s.seed), 1 << 62, -1 << 63}))
		for range rapid.IntRange(1, 20).Draw(t, "times") {
			var some []ownedValue
			for range rapid.IntRange(0, atOnce).Draw(t, "values") {
				some = append(some, ownedValue{value.Draw(t, "value"), rapid.OneOf(rapid.Uint32Range(1, 9), rapid.Uint32Range(1, 1<<32-1)).Draw(t, "owner")})
			}
			var want, got []ownedValue
			for _, v := range some {
				if !there[v] {
					want = append(want, v)
				}
				there[v] = true
			}
			s.add(some, func(v ownedValue) { got = append(got, v) })
			if len(got) != len(want) || s.used != len(there) {
				t.Fatalf("%d values are new and %d there, want %d and %d", len(got), s.used, len(want), len(there))
			}
			for i, v := range got {
				if v != want[i] {
					t.Fatalf("%v is new, want %v", v, want[i])
				}
			}
		}
	})
}
