// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"math/bits"
	"math/rand/v2"
	"testing"
)

// TestPairsAreCounted holds both ways of counting pairs to the definition, for
// people in few and in most of forty segments.
func TestPairsAreCounted(t *testing.T) {
	const segments = 40
	w := Workload{Segments: segments, Bound: segments, Tables: []Table{{Kind: Population}}}
	for i := range segments {
		w.Tables = append(w.Tables, Table{Kind: Reach, Segments: []int{i}})
	}
	for i := range segments {
		for j := range i {
			w.Tables = append(w.Tables, Table{Kind: Overlap, Segments: []int{i, j}})
		}
	}
	s, err := NewStrategy([32]byte{}, w, Price{Epsilon: 1, Delta: 1e-8})
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(5, 6))
	b := NewBuilder(s, 0, 1)
	want := make([]int64, len(s.layout.pairs))
	ways := map[bool]int{}
	for range 300 {
		k := &Block{People: 1 + r.IntN(64), Kept: make([]uint64, segments)}
		everybody := ^uint64(0) >> (64 - k.People)
		rare := r.IntN(6) // each more halves the memberships
		for i := range k.Kept {
			k.Kept[i] = everybody
			for range rare {
				k.Kept[i] &= r.Uint64()
			}
		}
		before := b.seal.in.meeting.blocks
		if err := b.Add(k); err != nil {
			t.Fatal(err)
		}
		ways[b.seal.in.meeting.blocks > before]++
		if r.IntN(20) == 0 {
			b.seal.in.settle() // as after very many blocks
		}
		for i, p := range s.layout.pairs {
			want[i] += int64(bits.OnesCount64(k.Kept[p[0]] & k.Kept[p[1]]))
		}
	}
	if ways[true] < 50 || ways[false] < 50 {
		t.Fatal("one of the two ways was hardly taken")
	}
	counts, err := b.Tallies().consume(s)
	if err != nil {
		t.Fatal(err)
	}
	for i, at := range s.layout.pair {
		if counts[at] != want[i] {
			t.Fatalf("pair %v is counted wrong", s.layout.pairs[i])
		}
	}
}
