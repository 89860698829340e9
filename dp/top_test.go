// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/release"
)

// podium asks for the commonest cells of one attribute with 4 of them and other,
// in each segment.
func podium(segments, bound, most int) Workload {
	w := Workload{Segments: segments, Bound: bound, Attributes: []int{5}, Tables: []Table{{Kind: Population}}}
	for s := range segments {
		w.Tables = append(w.Tables, Table{Kind: Reach, Segments: []int{s}}, Table{Kind: Top, Segments: []int{s}, By: []int{0}, Most: most})
	}
	return w
}

var bothLines = ledger.Lines{Epsilon: 1, Delta: 1e-8, PureEpsilon: 1}

// TestTopChoice: counts where the vector has them anyway, where they rank better,
// and where there is no ε to pick with.
func TestTopChoice(t *testing.T) {
	within := podium(2, 2, 1)
	within.Tables = append(within.Tables, Table{Kind: Breakdown, Segments: []int{0}, By: []int{0}})
	for _, c := range []struct {
		name  string
		w     Workload
		lines ledger.Lines
		want  []bool
	}{
		{"one of four", podium(2, 2, 1), bothLines, []bool{true, true}},
		{"two of four", podium(2, 2, 2), bothLines, []bool{true, true}},
		{"three of four", podium(2, 2, 3), bothLines, []bool{false, false}},
		{"no pure line", podium(2, 2, 1), ledger.Lines{Epsilon: 1, Delta: 1e-8}, []bool{false, false}},
		{"no account", podium(2, 2, 1), ledger.Lines{}, []bool{false, false}},
		{"the vector is on the pure line", podium(2, 2, 1), ledger.Lines{PureEpsilon: 1}, []bool{false, false}},
		{"a breakdown of one", within, bothLines, []bool{false, true}},
	} {
		s, err := NewStrategy([32]byte{1}, c.w, Price{Epsilon: 1, Delta: 1e-8, Lines: c.lines})
		if err != nil {
			t.Fatal(err)
		}
		picked := false
		for i, want := range c.want {
			if s.Top(2+2*i).Picked != want {
				t.Errorf("%s: segment %d is picked: %v", c.name, i, !want)
			}
			picked = picked || want
		}
		if cost := s.Cost(); picked != (cost.Epsilon > 0 && cost.MuSquared > 0) && c.lines.Epsilon > 0 {
			t.Errorf("%s costs %+v", c.name, cost)
		}
	}
}

// TestTopWithoutNoise: by counts, the commonest are told in order with what a
// breakdown of the same says, and other is none of them.
func TestTopWithoutNoise(t *testing.T) {
	w := podium(2, 2, 3)
	w.Tables = append(w.Tables, Table{Kind: Breakdown, Segments: []int{0}, By: []int{0}})
	for _, m := range []mechanism{gaussian, laplace} {
		s := forced(t, w, m, 1)
		var people []person
		for cell, n := range []int{20, 70, 0, 50, 100} {
			for range n {
				people = append(people, person{kept: []int{0, 1}, cells: []uint32{uint32(cell)}, names: []string{""}})
			}
		}
		got, err := publish(t.Context(), reserve(s), s, tally(t, s, people), draftOf(&w), silent{})
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range []int{2, 4} {
			var cells []string
			for _, c := range got.Tables[i].Cells {
				cells = append(cells, fmt.Sprintf("%s %d", c.Key[0], *c.Estimate))
			}
			if text := strings.Join(cells, ", "); text != "1 70, 3 50, 0 20" {
				t.Errorf("%v, table %d: %s", m, i, text)
			}
		}
		if all := got.Tables[5].Cells; *all[1].Estimate != 70 || *all[1].StdDev != *got.Tables[2].Cells[0].StdDev {
			t.Errorf("%v: the breakdown says otherwise: %+v", m, all[1])
		}
	}
}

// TestTopPicks publishes picks through a real ledger: names without numbers, and
// of categories that lie far apart the right ones.
func TestTopPicks(t *testing.T) {
	w := podium(2, 2, 2)
	s, err := NewStrategy([32]byte{1}, w, Price{Epsilon: 1, Delta: 1e-8, Lines: bothLines})
	if err != nil {
		t.Fatal(err)
	}
	var people []person
	for cell, n := range []int{200, 900, 0, 500, 5000} {
		for range n {
			people = append(people, person{kept: []int{0, 1}, cells: []uint32{uint32(cell)}, names: []string{""}})
		}
	}
	l := account(t, bothLines)
	res, err := l.Reserve(t.Context(), request(s, "2011-12-09"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := Publish(t.Context(), res, s, tally(t, s, people), draftOf(&w))
	if err != nil {
		t.Fatal(err)
	}
	table := got.Tables[2]
	// ε is 1/4 a pick: 300 and 400 people apart, another order has a chance of e^-75.
	if !table.Picked || table.Cells[0].Key[0] != "1" || table.Cells[1].Key[0] != "3" ||
		table.Cells[0].Estimate != nil || table.Cells[0].Status != release.Named {
		t.Errorf("%+v", table)
	}
	if e := s.picker.epsilon(); e > 0.25 || e < 0.2499 || got.Privacy.PureEpsilon > 1 || got.Privacy.PureEpsilon < 0.999 {
		t.Errorf("ε %g a pick, %g in all", e, got.Privacy.PureEpsilon)
	}
	w.MinReach = 100_000
	s, err = NewStrategy([32]byte{1}, w, Price{Epsilon: 1, Delta: 1e-8, Lines: bothLines})
	if err != nil {
		t.Fatal(err)
	}
	got, err = publish(t.Context(), reserve(s), s, tally(t, s, people), draftOf(&w), library{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range got.Tables[2].Cells {
		if c.Key != nil || c.Status != release.Withheld {
			t.Errorf("a withheld segment tells %+v", c)
		}
	}
}

// TestTopPicksArePaid computes the exact chance of every outcome of two picks, for
// some counts and for those with one person more: no chance changes by more than
// what is charged, whatever category the person is in.
func TestTopPicksArePaid(t *testing.T) {
	w := podium(1, 1, 2)
	s, err := NewStrategy([32]byte{1}, w, Price{Epsilon: 1, Delta: 1e-8, Lines: bothLines})
	if err != nil {
		t.Fatal(err)
	}
	outcomes := func(counts []int64) map[[2]int]float64 {
		losses, all := make([]int64, len(counts)), map[[2]int]float64{}
		for i, n := range counts {
			losses[i] = -n
		}
		first := chances(s.picker, losses, nil)
		for a, p := range first {
			masses := []int64{1, 1, 1, 1}
			masses[a] = 0
			for b, q := range chances(s.picker, losses, masses) {
				all[[2]int{a, b}] = p * q
			}
		}
		return all
	}
	worst := 0.0
	for _, counts := range [][]int64{{0, 0, 0, 0}, {3, 2, 2, 1}, {30, 30, 0, 0}, {40, 1, 0, 0}, {200, 190, 185, 180}} {
		before := outcomes(counts)
		for c := range counts {
			more := append([]int64(nil), counts...)
			more[c]++
			for outcome, p := range outcomes(more) {
				if q := before[outcome]; p > 0 || q > 0 {
					worst = max(worst, math.Abs(math.Log(p/q)))
				}
			}
		}
	}
	if worst > s.beside.epsilon || worst < 0.5*s.beside.epsilon {
		t.Errorf("chances change by e^%.6g, charged is %.6g", worst, s.beside.epsilon)
	}
}
