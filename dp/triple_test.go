// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
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

// TestTriplesFit holds estimates of overlaps of three, from numbers of every size,
// to the people that must stand behind them: those in exactly these segments, in
// one more and in none are not fewer than nobody. Where a plan releases some pairs
// alone, those that it has bind.
func TestTriplesFit(t *testing.T) {
	rng := rand.New(rand.NewPCG(43, 44)) // which numbers are tried; nothing random is judged
	for _, pairs := range [][][2]int{nil, {{0, 1}}, {{0, 1}, {1, 2}}, {{0, 1}, {1, 2}, {0, 2}}} {
		w := tripled(3, 3)
		w.Tables = slices.DeleteFunc(w.Tables, func(t Table) bool {
			return t.Kind == Overlap && len(t.Segments) == 2 && !slices.Contains(pairs, ordered(t.Segments))
		})
		s := forced(t, w, gaussian, 1)
		bound := map[string]int{}
		for range 4000 {
			u := &unbiased{reach: make([]float64, 3), centred: make([]float64, len(w.Tables))}
			// People by the segments that keep them, then noise.
			var in [8]float64
			for i := range in {
				in[i] = 300 * rng.Float64() * rng.Float64()
			}
			noisy := func(segments ...int) float64 {
				n := 30 * rng.NormFloat64()
				for kept, people := range in {
					if !slices.ContainsFunc(segments, func(s int) bool { return kept>>s&1 == 0 }) {
						n += people
					}
				}
				return n
			}
			for i := range u.reach {
				u.reach[i] = noisy(i)
			}
			for i, table := range w.Tables {
				u.cells = append(u.cells, make([]float64, w.Cells(i)))
				switch table.Kind {
				case Population:
					u.cells[i][0] = noisy()
				case Reach:
					u.cells[i][0] = u.reach[table.Segments[0]]
				case Overlap:
					u.cells[i][0] = noisy(table.Segments...)
					if len(table.Segments) == 3 {
						u.cells[i][0] += 200 * rng.NormFloat64()
					}
				}
			}
			fits(t, &w, u, s.estimates(u), bound)
		}
		// With more pairs the bounds by fewer follow from those by more.
		want := [][]string{
			{"at most a segment", "at least what everybody leaves"},
			{"at most a segment", "at most a pair", "at least a pair and a segment"},
			{"at most a pair", "at least two pairs"},
			{"at most a pair", "at least two pairs", "at most with all pairs"},
		}[len(pairs)]
		for _, name := range want {
			if bound[name] == 0 {
				t.Errorf("pairs %v: no number was at the bound %q", pairs, name)
			}
		}
	}
}

// fits holds the estimate of the triple (0, 1, 2), and notes which bounds it is at
// though it was beyond them.
func fits(t *testing.T, w *Workload, u *unbiased, estimates [][]int64, met map[string]int) {
	t.Helper()
	var people, triple int64
	var raw float64
	var reach [3]int64
	pair := map[[2]int]int64{}
	for i, table := range w.Tables {
		switch n := estimates[i][0]; {
		case table.Kind == Population:
			people = n
		case table.Kind == Reach:
			reach[table.Segments[0]] = n
		case table.Kind == Overlap && len(table.Segments) == 2:
			pair[ordered(table.Segments)] = n
		case table.Kind == Overlap:
			triple, raw = n, u.cells[i][0]
		}
	}
	type limit struct {
		name string
		at   int64
	}
	most := []limit{{"at most a segment", slices.Min(reach[:])}}
	least := []limit{{"nobody", 0}, {"at least what everybody leaves", reach[0] + reach[1] + reach[2] - 2*people}}
	outside := people - reach[0] - reach[1] - reach[2]
	for p, n := range pair {
		third := 3 - p[0] - p[1]
		most = append(most, limit{"at most a pair", n})
		least = append(least, limit{"at least a pair and a segment", n + reach[third] - people})
		outside += n
		for q, m := range pair {
			if p != q { // they share the segment that the two others leave
				shared := p[0] + p[1] + q[0] + q[1] - 3
				least = append(least, limit{"at least two pairs", n + m - reach[shared]})
			}
		}
	}
	if len(pair) == 3 {
		most = append(most, limit{"at most with all pairs", max(0, outside)})
	}
	by := func(a, b limit) int { return int(a.at - b.at) }
	top, bottom := slices.MinFunc(most, by), slices.MaxFunc(least, by)
	if triple > top.at || triple < min(bottom.at, top.at) {
		t.Fatalf("%d people in three segments of %v with pairs %v, of %d: %s, %d; %s, %d",
			triple, reach, pair, people, top.name, top.at, bottom.name, bottom.at)
	}
	if raw > float64(top.at)+1 && bottom.at < top.at {
		met[top.name]++
	}
	if raw < float64(bottom.at)-1 && bottom.at < top.at {
		met[bottom.name]++
	}
}
