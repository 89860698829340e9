// SPDX-License-Identifier: Apache-2.0

package local

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestRanks puts people with any hashes into a table and finds them and nobody
// else, in tables so crowded that most people stand elsewhere than at home.
func TestRanks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hashes := rapid.SliceOfN(rapid.OneOf(rapid.Uint32(), rapid.Uint32Max(1<<20), rapid.SampledFrom([]uint32{0, 1<<32 - 1, 1 << 31})), 0, 300).Draw(t, "hashes")
		slots := slotsOf(len(hashes)) / rapid.SampledFrom([]uint64{1, 2, 4}).Draw(t, "crowded")
		r := ranks{slots: slots}
		homes := make([]uint32, len(hashes))
		for i, h := range hashes {
			homes[i] = r.home(h)
		}
		order := byHome(homes, slots)
		if want := inOrder(homes); !slices.Equal(order, want) {
			t.Fatalf("sorted as %v, want %v", order, want)
		}
		r = newRanks(len(order), slots, func(number int) uint32 { return homes[order[number]] })
		for number, i := range order {
			met := false
			for slot := r.home(hashes[i]); ; slot++ {
				n, taken := r.in(slot)
				if !taken {
					break
				}
				met = met || n == uint32(number)
			}
			if !met {
				t.Fatalf("person %d is not found", number)
			}
		}
		next := uint32(0)
		for slot := range uint32(slots) {
			n, taken := r.in(slot)
			if n != next {
				t.Fatalf("%d people are before slot %d, not %d", next, slot, n)
			}
			if taken {
				next++
			}
		}
	})
}

func inOrder(homes []uint32) []uint32 {
	order := make([]uint32, len(homes))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortStableFunc(order, func(a, b uint32) int { return int(homes[a]) - int(homes[b]) })
	return order
}
