// SPDX-License-Identifier: Apache-2.0

package local

import (
	"fmt"
	"slices"
	"testing"

	"github.com/throng-dp/throng/audience/cleanroom/internal/segment"
)

// TestTextsOfOneHash: kept as they are, keys are compared in full. Where the hash
// of many is one, each is found as itself, and who is not there is not found.
func TestTextsOfOneHash(t *testing.T) {
	const people = 1000
	for _, hashes := range []uint64{1, 7} {
		t.Run(fmt.Sprint(hashes), func(t *testing.T) {
			d, err := open(t.Context(), inputFrom(t, peopleData(t), peoplePlan))
			if err != nil {
				t.Fatal(err)
			}
			defer d.close()
			p := newPeople(d, 16, nil, nil)
			p.expect = people
			defer p.close()
			deal := (&run{people: p}).newDeal(d.events[0])
			deal.keys.Hash = func(text []byte) (uint64, bool) { return uint64(text[len(text)-1]) % hashes, true }
			dealOut := func(numbers []int, do func(*shard, []entry)) {
				deal.keys.Turn(packedKeys("somebody's name %09d", numbers))
				rows := make([]uint32, len(numbers))
				for i := range rows {
					rows[i] = uint32(i)
				}
				deal.add(rows)
				deal.each(do)
			}
			there, absent := make([]int, people), make([]int, people)
			for i := range there {
				there[i], absent[i] = i, i+people
			}
			dealOut(append(slices.Clone(there), there...), func(s *shard, entries []entry) { // everybody twice
				for i := range entries {
					s.arrive(&entries[i], deal)
				}
			})
			found := 0
			for _, s := range p.shards {
				s.state.Person = nil
				s.settle(false, 0, &segment.Scratch{})
				found += s.state.People
			}
			if found != people {
				t.Fatalf("%d people, want %d", found, people)
			}
			var key []byte
			dealOut(there, func(s *shard, entries []entry) {
				numbers := make([]uint32, len(entries))
				s.find(entries, deal, numbers)
				for i, n := range numbers {
					if n == nobody {
						t.Fatal("somebody is not found")
					}
					key = s.key(key[:0], int(n))
					if got := string(key); got != string(deal.text(&entries[i])) {
						t.Fatalf("%q is taken for %q", deal.text(&entries[i]), got)
					}
				}
			})
			dealOut(absent, func(s *shard, entries []entry) {
				numbers := make([]uint32, len(entries))
				s.find(entries, deal, numbers)
				if i := slices.IndexFunc(numbers, func(n uint32) bool { return n != nobody }); i >= 0 {
					t.Fatalf("%q is taken for %q", deal.text(&entries[i]), s.key(key[:0], int(numbers[i])))
				}
			})
		})
	}
}
