// SPDX-License-Identifier: Apache-2.0

package local

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/cleanroom/internal/identity"
	"github.com/throng-dp/throng/audience/cleanroom/internal/segment"
	"github.com/throng-dp/throng/audience/rule"
)

// BenchmarkKernels measures finding rows' people, in rows: dealing them out to
// shards and looking them up, of a million people in no order.
func BenchmarkKernels(b *testing.B) {
	const everybody, batches, batch = 1_000_000, 64, 4096
	rows := make([]uint32, batch)
	for i := range rows {
		rows[i] = uint32(i)
	}
	for _, k := range []struct{ name, format string }{{"short keys", "+49%010d"}, {"keys of 32 digits", "%032d"}, {"verbatim keys", "customer-%031d"},
		{"integers of 19 digits", "1%018d"}} {
		b.Run("people, "+k.name, func(b *testing.B) {
			in := inputFrom(b, peopleData(b), peoplePlan)
			d, err := open(b.Context(), in)
			if err != nil {
				b.Fatal(err)
			}
			defer d.close()
			p := newPeople(d, 16, nil, nil)
			p.expect = everybody
			defer p.close()
			deal := (&run{people: p}).newDeal(d.events[0])
			dealOut := func(people []int, do func(*shard, []entry)) {
				deal.keys.Turn(packedKeys(k.format, people))
				deal.add(rows[:len(people)])
				deal.each(do)
			}
			all := rand.New(rand.NewPCG(1, 2)).Perm(everybody)
			for from := 0; from < everybody; from += batch {
				dealOut(all[from:min(from+batch, everybody)], func(s *shard, entries []entry) {
					for i := range entries {
						s.arrive(&entries[i], deal)
					}
				})
			}
			for _, s := range p.shards {
				s.state.Person = nil // keys alone
				s.settle(false, 0, &segment.Scratch{})
			}
			vectors := make([]*event.Vector, batches)
			for i := range vectors {
				some := make([]int, batch)
				for j := range some {
					some[j] = rand.IntN(everybody)
				}
				vectors[i] = packedKeys(k.format, some)
			}
			numbers, next := make([]uint32, batch), 0
			for b.Loop() {
				deal.keys = identity.Codes{Hash: p.hashText}
				deal.keys.Turn(vectors[next%batches])
				next++
				deal.add(rows)
				deal.each(func(s *shard, entries []entry) { s.find(entries, deal, numbers[:len(entries)]) })
			}
			b.ReportMetric(batch*float64(b.N)/1e6/b.Elapsed().Seconds(), "Mrows/s")
		})
	}
}

// packedKeys are keys as a scan has them.
func packedKeys(format string, people []int) *event.Vector {
	texts := &event.Texts{}
	for _, n := range people {
		key := fmt.Sprintf(format, n)
		texts.Spans = append(texts.Spans, event.Span{At: uint32(len(texts.Bytes)), Len: uint32(len(key))})
		texts.Bytes = append(texts.Bytes, key...)
	}
	texts.Bytes = append(texts.Bytes, make([]byte, event.TextPadding)...)
	return &event.Vector{Kind: rule.String, Texts: texts}
}
