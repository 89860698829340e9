// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"testing"
)

// reference is the workload of the project's accuracy goals: 50 segments,
// people in at most 12, 9,125 cells beside the population.
func reference() Workload {
	w := Workload{Segments: 50, Bound: 12, Attributes: []int{20, 6, 11}, Tables: []Table{{Kind: Population}}}
	for s := range w.Segments {
		one := []int{s}
		w.Tables = append(w.Tables,
			Table{Kind: Reach, Segments: one},
			Table{Kind: Breakdown, Segments: one, By: []int{0}},
			Table{Kind: Breakdown, Segments: one, By: []int{1}},
			Table{Kind: Breakdown, Segments: one, By: []int{0, 1}},
			Table{Kind: Frequency, Segments: one, By: []int{2}})
	}
	for i := range w.Segments {
		for j := range i {
			w.Tables = append(w.Tables, Table{Kind: Overlap, Segments: []int{j, i}})
		}
	}
	return w
}

func TestReference(t *testing.T) {
	s, err := NewStrategy([32]byte{}, reference(), Price{Epsilon: 1, Delta: 1e-8})
	if err != nil {
		t.Fatal(err)
	}
	t.Log(s.design.centres, s.Cost(), s.charge)
	for _, f := range s.Families() {
		t.Logf("%+v", f)
	}
}
