// SPDX-License-Identifier: Apache-2.0

package local

import (
	"context"
	"testing"

	"github.com/throng-dp/throng/audience/rule/ruletest"
	"github.com/throng-dp/throng/dp"
	"pgregory.net/rapid"
)

// TestOverlapsEqualInterpreter holds the exact overlaps of two and of three, as
// they stand in the tallies, to the reference: how many people are in all of the
// segments, on random rules, people, files, shards and workers.
func TestOverlapsEqualInterpreter(t *testing.T) {
	inThree := int64(0)
	rapid.Check(t, func(rt *rapid.T) {
		tr := newTrial(rt, t, ruletest.Draw(rt))
		p := tr.in.Plan
		p.Bands = nil
		w := &p.Workload
		w.Segments, w.Bound, w.Tables = len(p.Segments), len(p.Segments), []dp.Table{{Kind: dp.Population}}
		for i := range w.Segments {
			w.Tables = append(w.Tables, dp.Table{Kind: dp.Reach, Segments: []int{i}})
		}
		pairs := rapid.Bool().Draw(rt, "pairs")
		for i := range w.Segments {
			for j := range i {
				if pairs {
					w.Tables = append(w.Tables, dp.Table{Kind: dp.Overlap, Segments: []int{i, j}})
				}
				for k := range j {
					w.Tables = append(w.Tables, dp.Table{Kind: dp.Overlap, Segments: []int{j, k, i}})
				}
			}
		}
		var err error
		tr.in.Strategy, err = dp.NewStrategy(p.Digest, *w, dp.Price{Epsilon: 1, Delta: 1e-8})
		if err != nil {
			rt.Fatal(err)
		}
		tallies, err := Engine{}.Tally(context.Background(), tr.in)
		if err != nil {
			rt.Fatal(err)
		}
		got, reference := dp.ExactForTest(t, tallies), tr.interpreter(rt)
		if len(got) != len(w.Tables) {
			rt.Fatalf("%d numbers of %d tables", len(got), len(w.Tables))
		}
		for i, table := range w.Tables {
			want := int64(0)
			for _, a := range reference {
				in := true
				for _, s := range table.Segments {
					in = in && a[len(tr.lets)+s] == true
				}
				if in {
					want++
				}
			}
			if got[i] != want {
				rt.Fatalf("%d people in all of %v, but %d by the interpreter\n%s", got[i], table.Segments, want, tr.c)
			}
			if len(table.Segments) == 3 {
				inThree += want
			}
		}
	})
	if inThree == 0 {
		t.Error("nobody was in three segments: this test proves nothing")
	}
}
