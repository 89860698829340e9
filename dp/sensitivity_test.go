// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"bytes"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// A recorder notes every row in units of its noise, and adds none.
type recorder struct{ rows []float64 }

func (r *recorder) draw(m mechanism, x int64, s step) (float64, error) {
	r.rows = append(r.rows, float64(x)/m.realised(s))
	return float64(x), nil
}

// rowsOf runs the real counting and measuring code on people.
func rowsOf(t *testing.T, s *Strategy, people []person) []float64 {
	t.Helper()
	counts, err := tally(t, s, people).consume(s)
	if err != nil {
		t.Fatal(err)
	}
	r := &recorder{}
	if _, err := s.design.measure(counts, r); err != nil {
		t.Fatal(err)
	}
	return r.rows
}

// everybody calls f with every person that a workload allows: all sets of
// segments up to the bound, all cells, the ends and the middle of each amount.
func everybody(w *Workload, f func(person)) {
	var cells func(p person, a int)
	var amounts func(p person, a int)
	amounts = func(p person, a int) {
		if a == len(w.Amounts) {
			f(p)
			if over := w.Segments - w.Bound; over > 0 && len(p.kept) == w.Bound {
				for p.over = range uint32(over + 1) {
					f(p)
				}
			}
			return
		}
		r := w.Amounts[a]
		for _, v := range []int64{r.Min, (r.Min + r.Max) / 2, r.Max} {
			p.amounts = append(p.amounts[:a:a], v)
			amounts(p, a+1)
		}
	}
	cells = func(p person, a int) {
		if a == len(w.Attributes) {
			amounts(p, 0)
			return
		}
		for c := range max(1, w.Attributes[a]) {
			p.cells = append(p.cells[:a:a], uint32(c))
			cells(p, a+1)
		}
	}
	for mask := range 1 << w.Segments {
		var p person
		for s := range w.Segments {
			if mask>>s&1 == 1 {
				p.kept = append(p.kept, s)
			}
		}
		if len(p.kept) <= w.Bound {
			cells(p, 0)
		}
	}
}

// TestChargeIsTheWorstPerson adds every possible person to some data and
// measures what really changes, in units of the noise that is really drawn: the
// most is the charge, up to the millionth by which rows round differently.
func TestChargeIsTheWorstPerson(t *testing.T) {
	small := func(segments, bound int) Workload {
		w := shop(segments, bound)
		w.Attributes = []int{3, 1, 2}
		return w
	}
	told := func(w Workload) Workload {
		w.Tables = append(w.Tables, Table{Kind: PeopleOver}, Table{Kind: Dropped})
		return w
	}
	lopsided := small(5, 2)
	lopsided.Tables = lopsided.Tables[:len(lopsided.Tables)-6] // some pairs only
	for name, w := range map[string]Workload{
		"uncapped": small(4, 4), "capped": small(5, 3), "cap told": told(small(4, 2)), "cap told, few dropped": told(small(4, 3)), "one": small(3, 1), "pairs": lopsided,
		"triples": tripled(5, 4),
		"reach":   {Segments: 3, Bound: 3, Tables: []Table{{Kind: Population}, {Kind: Reach, Segments: []int{0}}, {Kind: Reach, Segments: []int{2}}}},
	} {
		for _, m := range []mechanism{gaussian, laplace} {
			s := forced(t, w, m, 1)
			data := invent(&w, rand.New(rand.NewPCG(5, 6)), 20)
			before := rowsOf(t, s, data)
			worst := 0.0
			everybody(&w, func(p person) {
				cost := 0.0
				for i, x := range rowsOf(t, s, append(data[:20:20], p)) {
					cost += math.Pow(math.Abs(x-before[i]), m.power())
				}
				worst = max(worst, cost)
			})
			if worst > s.charge || worst < s.charge*(1-5e-6) {
				t.Errorf("%s, %v: the worst person costs %.9g, charged is %.9g", name, m, worst, s.charge)
			}
			if c := s.Cost(); float64(max(c.MuSquared, c.Epsilon)) < worst/pico {
				t.Errorf("%s, %v: the ledger is charged %+v", name, m, c)
			}
		}
	}
}

// TestMost holds the cost of the worst person, by classes and by its upper
// bound, to trying all sets of segments, whatever the prices.
func TestMost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 9).Draw(t, "segments")
		bound := rapid.IntRange(1, n).Draw(t, "bound")
		kinds := rapid.IntRange(1, n).Draw(t, "kinds")
		size := func(high float64, label string) float64 { return rapid.Float64Range(0, high).Draw(t, label) }
		p := &priceList{base: size(5, "base"), gain: make([]float64, n)}
		gains, bonus := make([]float64, kinds), map[[2]int]float64{}
		for k := range gains {
			gains[k] = size(5, "gain") - 1
		}
		for i := range n {
			p.gain[i] = gains[i%kinds]
			for j := range i {
				at := [2]int{min(i%kinds, j%kinds), max(i%kinds, j%kinds)}
				if _, ok := bonus[at]; !ok {
					bonus[at] = size(3, "bonus")
				}
				p.pairs, p.bonus = append(p.pairs, [2]int{j, i}), append(p.bonus, bonus[at])
			}
		}
		if rapid.Bool().Draw(t, "triples") {
			extra := map[[3]int]float64{}
			for i := range n {
				for j := range i {
					for k := range j {
						at := orderedTriple([]int{i % kinds, j % kinds, k % kinds})
						if _, ok := extra[at]; !ok {
							extra[at] = size(2, "extra")
						}
						p.triples, p.extra = append(p.triples, [3]int{k, j, i}), append(p.extra, extra[at])
					}
				}
			}
		}
		for range rapid.IntRange(0, 2).Draw(t, "shared features") {
			o := ownPrice{share: make([]float64, n), price: make([]float64, n), rest: 1}
			shares, prices := make([]float64, kinds), make([]float64, kinds)
			for k := range shares {
				shares[k], prices[k] = size(0.9/float64(n), "share"), size(3, "price")
			}
			for i := range n {
				o.share[i], o.price[i] = shares[i%kinds], prices[i%kinds]
				o.rest -= o.share[i]
				o.total += o.price[i]
			}
			if o.total > 0 {
				p.own = append(p.own, o)
			}
		}
		exact := p.trySets(bound)
		if c := p.classes(); c != nil { // nil: alike, but for their pairs
			all, _ := counts(c.sizes, bound, tried)
			by := p.tryCounts(c, all)
			if by < exact-1e-9*(1+exact) {
				t.Fatalf("by classes %g, the worst set costs %g", by, exact)
			}
			if worst := p.asClasses(t, c).trySets(bound); math.Abs(by-worst) > 1e-9*(1+worst) {
				t.Fatalf("by classes %g, the worst set with the gains of its classes costs %g", by, worst)
			}
		}
		if upper := p.upper(bound); upper < exact-1e-9 {
			t.Fatalf("at most %g, the worst set costs %g", upper, exact)
		}
	})
}

// asClasses returns the prices with each gain raised to the largest of its class,
// which may be one of single precision above it and no more.
func (p *priceList) asClasses(t *rapid.T, c *priceClasses) *priceList {
	q := *p
	q.gain = slices.Clone(p.gain)
	for i := range q.gain {
		g := slices.IndexFunc(c.first, func(first int) bool { return bytes.Equal(p.key(first), p.key(i)) })
		q.gain[i] = c.gain[g]
		if up := q.gain[i] - p.gain[i]; up < 0 || up > math.Abs(p.gain[i])*0x1p-23+0x1p-149 {
			t.Fatalf("gain %g counts as %g", p.gain[i], q.gain[i])
		}
	}
	return &q
}

// TestBeyond holds the bit-sliced count to counting.
func TestBeyond(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kept := rapid.SliceOfN(rapid.Uint64(), 1, 40).Draw(t, "kept")
		bound := rapid.IntRange(0, len(kept)).Draw(t, "bound")
		got := beyond(kept, bound)
		for p := range 64 {
			n := 0
			for _, k := range kept {
				n += int(k >> p & 1)
			}
			if (n > bound) != (got>>p&1 == 1) {
				t.Fatalf("person %d is in %d of at most %d: %v", p, n, bound, got>>p&1 == 1)
			}
		}
	})
}
