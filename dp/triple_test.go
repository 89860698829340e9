// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// tripled is a workload of reaches, all overlaps of two and all of three.
func tripled(segments, bound int) Workload {
	w := audiences(segments, bound, []int{3}, func(int) []Table { return []Table{{Kind: Breakdown, By: []int{0}}} }, everyPair)
	for i := range segments {
		for j := range i {
			for k := range j {
				w.Tables = append(w.Tables, Table{Kind: Overlap, Segments: []int{j, i, k}})
			}
		}
	}
	return w
}

// TestTriples holds overlaps of three to what holds for every number: without
// noise they come back exactly, their errors are those told before, and estimates
// fit in their pairs.
func TestTriples(t *testing.T) {
	for _, m := range []mechanism{gaussian, laplace} {
		w := tripled(5, 4)
		s := forced(t, w, m, 1)
		people := invent(&w, rand.New(rand.NewPCG(41, 42)), 500)
		want := count(&w, people)
		tallies := tally(t, s, people)
		got, err := s.design.measure(tallies.open().counts, silent{})
		if err != nil {
			t.Fatal(err)
		}
		u := s.design.reconstruct(got)
		for i, cells := range u.cells {
			for c, x := range cells {
				if math.Abs(x-float64(want[i][c])) > 1e-6 {
					t.Fatalf("%v: table %d cell %d = %v, want %d", m, i, c, x, want[i][c])
				}
			}
		}
		rows := responses(t, s)
		for i := range w.Tables {
			for c := range w.Cells(i) {
				var xs []float64
				for _, u := range rows {
					xs = append(xs, u.cells[i][c])
				}
				s.holdsErrors(t, fmt.Sprintf("table %d cell %d", i, c), xs, s.design.tableVariance(i), func() mixture { return s.design.mixture(i) })
			}
		}
		counts, err := tallies.consume(s)
		if err != nil {
			t.Fatal(err)
		}
		noisy, err := s.design.measure(counts, library{})
		if err != nil {
			t.Fatal(err)
		}
		estimates := s.estimates(s.design.reconstruct(noisy))
		pairs := map[[2]int]int64{}
		for i, table := range w.Tables {
			if table.Kind == Overlap && len(table.Segments) == 2 {
				pairs[ordered(table.Segments)] = estimates[i][0]
			}
		}
		for i, table := range w.Tables {
			if len(table.Segments) != 3 {
				continue
			}
			for j := range 3 {
				if pair := []int{table.Segments[j], table.Segments[(j+1)%3]}; estimates[i][0] > pairs[ordered(pair)] {
					t.Errorf("%v: more people in segments %v than in %v", m, table.Segments, pair)
				}
			}
		}
	}
	bad := tripled(4, 3)
	bad.Tables[len(bad.Tables)-1].Segments = []int{0, 1, 0}
	if _, err := NewStrategy([32]byte{}, bad, Price{Epsilon: 1, Delta: 1e-8}); err == nil {
		t.Error("an overlap of a segment with itself is planned")
	}
}
