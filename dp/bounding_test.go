// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// capped is a workload of reaches that tells what its cap cuts off.
func capped(segments, bound int) Workload {
	w := Workload{Segments: segments, Bound: bound, Tables: []Table{{Kind: Population}, {Kind: PeopleOver}, {Kind: Dropped}}}
	for s := range segments {
		w.Tables = append(w.Tables, Table{Kind: Reach, Segments: []int{s}})
	}
	return w
}

// TestBoundingIsTold publishes what a cap cuts off: numbers and shares whose
// intervals hold the truth. Over 60 releases of 4 intervals, each of 95 %, more
// than 36 misses have a chance below 1e-7.
func TestBoundingIsTold(t *testing.T) {
	w := capped(6, 2)
	rng := rand.New(rand.NewPCG(2, 8))
	misses := 0
	for _, m := range []mechanism{gaussian, laplace} {
		s := forced(t, w, m, 3)
		if d := s.design.prices(); math.Abs(d.others/s.design.worst(d)-2*boundingShare) > boundingShare/100 {
			t.Errorf("%v: %.4f of the price", m, d.others/s.design.worst(d))
		}
		for range 30 {
			people := invent(&w, rng, 2000)
			over, dropped, kept := 0.0, 0.0, 0.0
			for _, p := range people {
				if p.over > 0 {
					over++
					dropped += float64(min(p.over, 2))
				}
				kept += float64(len(p.kept))
			}
			r, err := publish(t.Context(), reserve(s), s, tally(t, s, people), draftOf(&w), library{})
			if err != nil {
				t.Fatal(err)
			}
			for i, truth := range []struct{ number, share float64 }{{over, over / 2000}, {dropped, dropped / (dropped + kept)}} {
				c, f := &r.Tables[1+i].Cells[0], r.Tables[1+i].Share
				if float64(*c.Lower) > truth.number || float64(*c.Upper) < truth.number {
					misses++
				}
				if f.Lower > truth.share || f.Upper < truth.share {
					misses++
				}
				if f.Lower > f.Estimate || f.Upper < f.Estimate || f.Lower < 0 || f.Upper > 1 {
					t.Errorf("a share of %+v", *f)
				}
			}
		}
	}
	if misses > 36 {
		t.Errorf("%d of 240 intervals miss the truth", misses)
	}
}

// TestBoundingRefuses what a cap cannot have cut off.
func TestBoundingRefuses(t *testing.T) {
	w := capped(5, 3)
	s := forced(t, w, gaussian, 1)
	for name, c := range map[string]struct {
		p  person
		ok bool
	}{
		"over the cap":         {person{kept: []int{0, 1, 2}, over: 2}, true},
		"at the cap":           {person{kept: []int{0, 1, 2}}, true},
		"more than there are":  {person{kept: []int{0, 1, 2}, over: 3}, false},
		"below the cap, over":  {person{kept: []int{0, 1}, over: 1}, false},
		"in none, and is over": {person{over: 1}, false},
	} {
		if err := NewBuilder(s, 0, 1).Add(blockOf(&w, []person{c.p})); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	k := blockOf(&w, []person{{kept: []int{0}}})
	k.Over = nil
	if NewBuilder(s, 0, 1).Add(k) == nil {
		t.Error("a block that does not say who is over the cap is counted")
	}
	for name, change := range map[string]func(*Workload){
		"no cap": func(w *Workload) { w.Bound = 5 },
		"twice":  func(w *Workload) { w.Tables = append(w.Tables, Table{Kind: Dropped}) },
		"target": func(w *Workload) { w.Tables[1].Target = 5 },
	} {
		w := capped(5, 3)
		w.Tables = slices.Clone(w.Tables)
		change(&w)
		if _, err := NewStrategy([32]byte{}, w, Price{Epsilon: 1, Delta: 1e-8}); err == nil {
			t.Errorf("%s: planned", name)
		}
	}
}
