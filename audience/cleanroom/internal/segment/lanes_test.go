// SPDX-License-Identifier: Apache-2.0

package segment

import (
	"math/rand/v2"
	"testing"
)

// TestCounters holds both ways of counting to counters that are numbers: groups
// of every shape, until most counters are full.
func TestCounters(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		lanes := make([]lane, 1+random.IntN(64))
		widest := 1 + random.IntN(8)
		for i := range lanes {
			lanes[i] = lane{agg: i, width: random.IntN(widest + 1)}
		}
		p := &packer{used: []int{random.IntN(65)}} // others' lanes
		g := p.groupOf(lanes)
		if len(g.planes) == 0 {
			continue
		}
		stride := KeyWords + len(p.used)
		state := &State{Stride: stride, Records: make([]uint64, 2*stride)}
		want := [2][64]int{}
		for range 200 {
			masks, rows, people := []uint64{0, random.Uint64() & first(len(lanes)), random.Uint64() & random.Uint64() & first(len(lanes))}, []uint32{0, 1, 2, 1}, []uint32{1, 0, 1, 1}
			if g.short != nil && random.IntN(2) == 0 {
				g.short.add(state, masks, rows, people)
			} else {
				for k, row := range rows {
					g.count(state.Records[int(people[k])*stride:][:stride], masks[row])
				}
			}
			for k, row := range rows {
				for i, l := range g.lanes {
					if masks[row]>>i&1 == 1 {
						want[people[k]][i] = min(want[people[k]][i]+1, 1<<l.width-1)
					}
				}
			}
		}
		for person := range want {
			record := state.Records[person*stride:][:stride]
			if record[0] != 0 || record[1] != 0 {
				t.Fatal("counting changed a key")
			}
			for i, l := range g.lanes {
				got := 0
				for bit := range l.width {
					got |= int(record[g.planes[bit].word]>>(int(g.planes[bit].shift)+i)&1) << bit
				}
				if got != want[person][i] {
					t.Fatalf("a counter of %d bits has %d, not %d (short: %v)", l.width, got, want[person][i], g.short != nil)
				}
			}
		}
	}
}
