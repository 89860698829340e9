// SPDX-License-Identifier: Apache-2.0

package segment

import (
	"math/rand/v2"
	"testing"
)

// TestSlicing holds bit planes to the records' bits, for words of which few bits
// are used and for crowds of every size.
func TestSlicing(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for range 300 {
		used := make([]int, 1+random.IntN(4))
		for w := range used {
			used[w] = 1 + random.IntN(64)
		}
		people := 1 + random.IntN(300)
		state := &State{People: people, Stride: KeyWords + len(used)}
		for range people {
			state.Records = append(state.Records, random.Uint64(), random.Uint64())
			for _, bits := range used {
				state.Records = append(state.Records, random.Uint64()&first(bits))
			}
		}
		from := random.IntN(people) &^ 63
		n := people - from
		var s slicing
		s.read(state, used, from, n)
		for w, bits := range used {
			for bit := range bits {
				for person := range n {
					want := state.Records[(from+person)*state.Stride+KeyWords+w] >> bit & 1
					got := s.bits[(w*64+bit)*s.blocks+person/64] >> (person % 64) & 1
					if got != want {
						t.Fatalf("bit %d of %d of person %d of %d: %d, want %d", bit, bits, person, n, got, want)
					}
				}
			}
		}
	}
}
