// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/differential-privacy/go/v3/dpagg"
	"pgregory.net/rapid"

	"github.com/throng-dp/throng/dp/accountant"
	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/release"
)

// market is a workload with two attributes whose categories nobody declared: the
// first in every segment, the second in each other one.
func market(segments, bound int) Workload {
	w := Workload{Segments: segments, Bound: bound, Attributes: []int{3, Unknown, Unknown}, Tables: []Table{{Kind: Population}}}
	for s := range segments {
		one := []int{s}
		w.Tables = append(w.Tables, Table{Kind: Reach, Segments: one}, Table{Kind: Breakdown, Segments: one, By: []int{1}},
			Table{Kind: Breakdown, Segments: one, By: []int{0}})
		if s%2 == 1 {
			w.Tables = append(w.Tables, Table{Kind: Breakdown, Segments: one, By: []int{2}})
		}
	}
	return w
}

// finding plans a market on an account whose pure line has both.
func finding(t testing.TB, w Workload, lines ledger.Lines) *Strategy {
	t.Helper()
	s, err := NewStrategy([32]byte{1}, w, Price{Epsilon: 1, Delta: 1e-8, Lines: lines})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var onlyDelta = ledger.Lines{Epsilon: 1, Delta: 1e-8, PureDelta: 1e-8}

// namedBy counts people by the words of the contract.
func namedBy(w *Workload, people []person) []map[string]int64 {
	out := make([]map[string]int64, len(w.Tables))
	for i, t := range w.Tables {
		if !w.discovers(i) {
			continue
		}
		out[i] = map[string]int64{}
		for _, p := range people {
			if name := p.names[t.By[0]]; name != "" && slices.Contains(p.kept, t.Segments[0]) {
				out[i][name]++
			}
		}
	}
	return out
}

// TestFound holds the counts of categories to counting, however people are spread
// over shards.
func TestFound(t *testing.T) {
	w := market(4, 3)
	s := finding(t, w, onlyDelta)
	rapid.Check(t, func(rt *rapid.T) {
		people := invent(&w, rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1)), rapid.IntRange(0, 150).Draw(rt, "people"))
		shards := rapid.IntRange(1, 4).Draw(rt, "shards")
		var all Tallies
		for i := range shards {
			b := NewBuilder(s, i, shards)
			for p := i; p < len(people); p += shards {
				if err := b.Add(blockOf(&w, people[p:p+1])); err != nil {
					rt.Fatal(err)
				}
			}
			if i == 0 {
				all = b.Tallies()
			} else if err := all.Merge(b.Tallies()); err != nil {
				rt.Fatal(err)
			}
		}
		for i, want := range namedBy(&w, people) {
			if got := FoundForTest(t, all)[i]; !maps.Equal(got, want) {
				rt.Fatalf("table %d: %v, want %v", i, got, want)
			}
		}
	})
}

// TestFoundMovesByOne adds every kind of person to some data, with categories that
// are there and that are not, and measures what moves: one category by 1 in each
// table of a segment that the person is kept in, and nothing else. Together with
// the declared tables the worst person costs what is charged, under both kinds of
// noise.
func TestFoundMovesByOne(t *testing.T) {
	w := market(4, 3)
	for _, m := range []mechanism{gaussian, laplace} {
		s := finding(t, w, onlyDelta)
		if m == laplace {
			if err := s.calibrateLaplace(1); err != nil {
				t.Fatal(err)
			}
		}
		data := invent(&w, rand.New(rand.NewPCG(3, 4)), 25)
		before, rows := FoundForTest(t, tally(t, s, data)), rowsOf(t, s, data)
		worst := 0.0
		everybody(&w, func(p person) {
			for _, names := range [][]string{{"", "", ""}, {"", "x", "y"}, {"", "alone", "alone"}, {"", "x", ""}} {
				p.names = names
				with := slices.Concat(data[:25], []person{p})
				cost, cells := 0.0, 0
				for i, x := range rowsOf(t, s, with) {
					cost += math.Pow(math.Abs(x-rows[i]), m.power())
				}
				for i, after := range FoundForTest(t, tally(t, s, with)) {
					for name, n := range after {
						if n == before[i][name] {
							continue
						}
						table := w.Tables[i]
						if n != before[i][name]+1 || name != names[table.By[0]] || !slices.Contains(p.kept, table.Segments[0]) {
							t.Fatalf("table %d: %q moved by %d", i, name, n-before[i][name])
						}
						step, _ := m.step(s.design.categoryScale(place{table.Segments[0], table.By[0]}), 1)
						cost += math.Pow(1/m.realised(step), m.power())
						cells++
					}
					if len(after) < len(before[i]) {
						t.Fatalf("table %d lost a category", i)
					}
				}
				if cells > s.discovery.most {
					t.Fatalf("a person is in %d categories, δ is spent for %d", cells, s.discovery.most)
				}
				worst = max(worst, cost)
			}
		})
		if worst > s.charge || worst < s.charge*(1-5e-6) {
			t.Errorf("%v: the worst person costs %.9g, charged is %.9g", m, worst, s.charge)
		}
	}
}

// TestOnePersonIsDropped publishes data in which one person is alone in every
// category: any of them is released with a chance of δ at most, and not much
// less. δ is large, so that a threshold too low by a tenth of σ shows. The false
// alarm of each of the two bounds is below 1e-7 (5.2 standard deviations).
func TestOnePersonIsDropped(t *testing.T) {
	const runs, delta = 12_000, 0.2
	w := market(3, 3)
	alone := []person{{kept: []int{0, 1, 2}, cells: []uint32{0, 0, 0}, names: []string{"", "mine", "mine"}}}
	for _, m := range []mechanism{gaussian, laplace} {
		s := finding(t, w, onlyDelta)
		if m == laplace {
			if err := s.calibrateLaplace(1); err != nil {
				t.Fatal(err)
			}
		}
		if s.discovery.most != 4 {
			t.Fatalf("a person is in %d categories", s.discovery.most)
		}
		s.discovery.price.delta = delta
		found := tally(t, s, alone).open().found
		hits := 0.0
		for range runs {
			out, err := s.survivors(found, library{})
			if err != nil {
				t.Fatal(err)
			}
			for _, kept := range out {
				if len(kept) > 0 {
					hits++
					break
				}
			}
		}
		if off := 5.2 * math.Sqrt(delta*(1-delta)/runs); math.Abs(hits/runs-delta) > off {
			t.Errorf("%v: released in %.4f of all runs, δ is %g ± %.4f", m, hits/runs, delta, off)
		}
	}
}

// TestThresholdChance computes the same for prices that are paid: the noise that
// is drawn has the realised scale, never a smaller one.
func TestThresholdChance(t *testing.T) {
	for _, bound := range []int{1, 3, 8} {
		s := finding(t, market(8, bound), onlyDelta)
		for _, p := range s.layout.found {
			step, _ := s.design.mechanism.step(s.design.categoryScale(p), 1)
			one := accountant.Tail((s.design.threshold(s.discovery, p) - 1) / s.design.mechanism.realised(step))
			any := -math.Expm1(float64(s.discovery.most) * math.Log1p(-one))
			if any > 1e-8 || any < 0.99e-8 {
				t.Errorf("bound %d: one person is seen with chance %.6g", bound, any)
			}
		}
	}
}

// many returns found counts of one place: categories of some people each.
func many(s *Strategy, people int64, categories int) *found {
	f := newFound(&s.workload, s.layout)
	for i := range categories {
		f.counts[0][f.number(s.layout.found[0].attribute, fmt.Sprint(i))] = people
	}
	return f
}

// TestKeepsNoFewerThanTheLibrary lets categories of many sizes be found, and asks
// the library's selector about the same ones at the same price on the pure line:
// at no size it keeps more, and where the choice is one of the library's rules the
// share is what its formula says. A false alarm has a chance below 1e-6 in all (55
// sizes, 5.5 standard deviations).
func TestKeepsNoFewerThanTheLibrary(t *testing.T) {
	const each = 150
	rules := map[rule]bool{}
	for _, c := range []struct {
		segments       int
		epsilon, delta float64 // of the pure line
	}{{1, 1, 1e-8}, {3, 1, 1e-8}, {12, 1, 1e-8}, {12, 0.2, 1e-9}, {50, 0.05, 1e-9}} {
		w := Workload{Segments: c.segments, Bound: c.segments, Attributes: []int{Unknown}, Tables: []Table{{Kind: Population}}}
		for s := range c.segments {
			w.Tables = append(w.Tables, Table{Kind: Reach, Segments: []int{s}}, Table{Kind: Breakdown, Segments: []int{s}, By: []int{0}})
		}
		s := finding(t, w, ledger.Lines{Epsilon: 1, Delta: 1e-8, PureEpsilon: c.epsilon, PureDelta: c.delta})
		d := s.discovery
		rules[d.rule] = true
		even := s.evenFrom(d, s.layout.found[0])
		ours, theirs := 0, 0
		for _, share := range []float64{0.2, 0.5, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.4, 1.7, 2.5} {
			n := int64(math.Ceil(even * share))
			out, err := s.survivors(many(s, n, each), library{})
			if err != nil {
				t.Fatal(err)
			}
			kept := len(out[0])
			other := 0
			for range each {
				keep, err := libraryKeeps(n, c.epsilon, c.delta, int64(c.segments))
				if err != nil {
					t.Fatal(err)
				}
				if keep {
					other++
				}
			}
			ours, theirs = ours+kept, theirs+other
			chance := 0.0
			switch d.rule {
			case threshold:
				chance = accountant.CountThreshold(s.StdDev(2, 0), c.delta, d.most).Keep(int(n))
			case optimal:
				chance = accountant.KeepGeometric(int(n), d.price.epsilon, d.price.delta, d.most)
			case normal:
				chance = accountant.GaussianThreshold(d.price.epsilon, d.price.delta, d.most).Keep(int(n))
			}
			if off := 5.5*math.Sqrt(each*chance*(1-chance)) + 3; math.Abs(float64(kept)-each*chance) > off {
				t.Errorf("%+v: of %d with %d people %d are kept, expected %.1f ± %.1f", c, each, n, kept, each*chance, off)
			}
			if float64(kept) < float64(other)-5.5*math.Sqrt(each/2) {
				t.Errorf("%+v: of %d with %d people %d are kept, by the library %d", c, each, n, kept, other)
			}
		}
		t.Logf("%d categories a person, ε %g, δ %g: %s, even from %.0f people; kept %d, the library %d",
			d.most, c.epsilon, c.delta, ruleNames[d.rule], even, ours, theirs)
	}
	if len(rules) != 3 {
		t.Errorf("only %d of three rules were chosen", len(rules))
	}
}

// TestKeepRates draws with both of the library's rules, as they are asked here, and
// compares the rates with the reference's chances: each must lie in its
// Clopper-Pearson interval. The false alarm of all is below 1e-6.
func TestKeepRates(t *testing.T) {
	const draws, alarm = 2000, 1e-8
	var cases []struct {
		Epsilon, Delta float64
		L0             int
		Mechanism      string
		Probs          []struct {
			N    int64
			Keep float64
		}
	}
	readVectors(t, "partition_selection.json", &cases)
	compared := 0
	for _, c := range cases {
		d := discovery{optimal, pureCharge{c.Epsilon, c.Delta}, c.L0}
		if strings.HasPrefix(c.Mechanism, "gaussian") {
			if d.rule = normal; c.L0 <= 3 {
				continue // the library has no such rule there
			}
		}
		for _, p := range c.Probs {
			if p.Keep < 1e-3 || p.Keep > 1-1e-3 {
				continue
			}
			kept := 0
			for range draws {
				keep, err := d.keeps(p.N)
				if err != nil {
					t.Fatal(err)
				}
				if keep {
					kept++
				}
			}
			compared++
			if atMost(kept, draws, p.Keep) < alarm/2 || atMost(draws-kept, draws, 1-p.Keep) < alarm/2 {
				t.Errorf("%s, ε %g, δ %g, %d partitions: of %d with %d people %d are kept, expected %.1f",
					c.Mechanism, c.Epsilon, c.Delta, c.L0, draws, p.N, kept, draws*p.Keep)
			}
		}
	}
	if compared < 6 {
		t.Errorf("%d rates were compared", compared)
	}
}

// atMost is the chance that at most k of n happen, each with chance p.
func atMost(k, n int, p float64) float64 {
	sum := 0.0
	for i := range k + 1 {
		a, _ := math.Lgamma(float64(n + 1))
		b, _ := math.Lgamma(float64(i + 1))
		c, _ := math.Lgamma(float64(n - i + 1))
		sum += math.Exp(a - b - c + float64(i)*math.Log(p) + float64(n-i)*math.Log1p(-p))
	}
	return sum
}

// TestLibraryHardThreshold: the library's hard threshold is that of its optimal
// rule, also where it selects by another; so nothing here asks for it.
func TestLibraryHardThreshold(t *testing.T) {
	hard := func(epsilon, delta float64, l0 int64) int {
		p, err := dpagg.NewPreAggSelectPartition(&dpagg.PreAggSelectPartitionOptions{Epsilon: epsilon, Delta: delta, MaxPartitionsContributed: l0})
		if err != nil {
			t.Fatal(err)
		}
		n, err := p.GetHardThreshold()
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, l0 := range []int{1, 3, 12} {
		n := hard(1, 1e-8, int64(l0))
		if k := accountant.KeepGeometric(n, 1, 1e-8, l0); k < 1-1e-12 {
			t.Errorf("%d partitions: %d people are kept with chance %g by the optimal rule", l0, n, k)
		}
		if share := hard(1/float64(l0), 1e-8/float64(l0), 1); share != n {
			t.Errorf("%d partitions: %d, and %d at a person's share", l0, n, share)
		}
	}
	// At 12 partitions a person, half of those with 113 people are kept already.
	if n := hard(1, 1e-8, 12); n < 300 {
		t.Errorf("a hard threshold of %d", n)
	}
}

// TestFoundWithoutNoise: what is measured without noise is told exactly, largest
// first; others are the rest of the segment; a small category is not told.
func TestFoundWithoutNoise(t *testing.T) {
	w := market(2, 2)
	s := finding(t, w, onlyDelta)
	var people []person
	for i := range 3000 {
		p := person{kept: []int{0, 1}, cells: []uint32{0, 0, 0}, names: []string{"", "large", ""}}
		switch {
		case i >= 2999:
			p.names[1] = "a single one"
		case i >= 2000:
			p.names[1] = ""
		case i >= 1400:
			p.names[1] = "small"
		}
		people = append(people, p)
	}
	h := reserve(s)
	got, err := publish(t.Context(), h, s, tally(t, s, people), draftOf(&w), silent{})
	if err != nil {
		t.Fatal(err)
	}
	table := got.Tables[2]
	var cells []string
	for _, c := range table.Cells {
		cells = append(cells, fmt.Sprintf("%s %d %g", c.Key[0], *c.Estimate, *c.Unbiased))
	}
	if want := "large 1400 1400; small 600 600; (other) 1000 1000"; strings.Join(cells, "; ") != want {
		t.Errorf("%s, want %s", strings.Join(cells, "; "), want)
	}
	if f := table.Found; f == nil || f.Rule != release.Threshold || f.Delta != 1e-8 || f.Threshold < 50 {
		t.Errorf("found by %+v", table.Found)
	}
	if none := got.Tables[7]; len(none.Cells) != 1 || *none.Cells[0].Estimate != 3000 {
		t.Errorf("a table without categories has %+v", none)
	}
	if c := s.Cost(); c.Delta != 1e10 || c.Epsilon != 0 || c.MuSquared == 0 {
		t.Errorf("charged %+v", c)
	}
	if p := got.Privacy; p.PureDelta != 1e-8 || p.Delta != 2e-8 || len(p.Mechanisms) != 2 {
		t.Errorf("told as %+v", p)
	}
}

// TestFoundOfAWithheldSegment: nothing is told of a withheld segment, and which
// categories it has is something.
func TestFoundOfAWithheldSegment(t *testing.T) {
	w := market(2, 2)
	w.MinReach = 10_000
	s := finding(t, w, onlyDelta)
	people := make([]person, 5000)
	for i := range people {
		people[i] = person{kept: []int{0, 1}, cells: []uint32{0, 0, 0}, names: []string{"", "shibboleth", "shibboleth"}}
	}
	h := reserve(s)
	got, err := publish(t.Context(), h, s, tally(t, s, people), draftOf(&w), library{})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(h.posted.Bytes), "shibboleth") {
		t.Error("a category of a withheld segment is in the release")
	}
	for i, table := range got.Tables {
		if w.discovers(i) && (len(table.Cells) != 1 || table.Cells[0].Status != release.Withheld) {
			t.Errorf("table %d: %+v", i, table.Cells)
		}
	}
}

// TestFoundIsPaid walks through a real ledger: an account without δ on its pure
// line refuses.
func TestFoundIsPaid(t *testing.T) {
	w := market(2, 2)
	people := invent(&w, rand.New(rand.NewPCG(1, 1)), 300)
	for _, lines := range []ledger.Lines{onlyDelta, {Epsilon: 1, Delta: 1e-8, PureEpsilon: 1, PureDelta: 1e-8}, {PureEpsilon: 1, PureDelta: 1e-8}} {
		s := finding(t, w, lines)
		l := account(t, lines)
		res, err := l.Reserve(t.Context(), request(s, "2011-12-09"))
		if err != nil {
			t.Fatalf("%+v: %v", lines, err)
		}
		if _, err := Publish(t.Context(), res, s, tally(t, s, people), draftOf(&w)); err != nil {
			t.Fatalf("%+v: %v", lines, err)
		}
		if _, err := l.Reserve(t.Context(), request(s, "2011-12-16")); !errors.Is(err, ledger.ErrExhausted) {
			t.Errorf("%+v: a second build fits an account of one: %v", lines, err)
		}
	}
	lines := ledger.Lines{Epsilon: 1, Delta: 1e-8}
	s := finding(t, w, lines)
	if _, err := account(t, lines).Reserve(t.Context(), request(s, "2011-12-09")); !errors.Is(err, ledger.ErrExhausted) {
		t.Errorf("without a pure line: %v", err)
	}
}

// TestNamesAreHidden: which categories there are is as secret as a count.
func TestNamesAreHidden(t *testing.T) {
	w := market(1, 1)
	s := finding(t, w, onlyDelta)
	people := []person{{kept: []int{0}, cells: []uint32{0, 0, 0}, names: []string{"", "shibboleth", ""}}}
	secret := tally(t, s, people)
	b := NewBuilder(s, 0, 1)
	block := blockOf(&w, people)
	if err := b.Add(block); err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		for _, v := range []any{secret, &secret, b, *b, block, *block, []any{secret, b}, struct{ T Tallies }{secret}} {
			if text := fmt.Sprintf(verb, v); strings.Contains(text, "shibb") || strings.Contains(text, "73686962") {
				t.Errorf("%s of %T: %s", verb, v, text)
			}
		}
	}
	for _, name := range []string{strings.Repeat("n", MaxName+1), "two\nlines", release.Other, " padded "} {
		block.Names[1][0] = name
		if err := b.Add(block); err == nil || strings.Contains(err.Error(), "line") || strings.Contains(err.Error(), "padded") {
			t.Errorf("a name that may not be printed: %v", err)
		}
	}
}

// TestFoundErrors holds the deviations that are told to those of drawn numbers: of
// a category, and of others, who are a reach less two categories. Of 2,500 draws
// the sample variance is within 18 % of the true one; a correct mechanism is
// outside with a chance below 1e-8 in all (6.4 standard deviations for normal
// noise, and the mixture's tails are wider by a factor of 2 in x² at most).
func TestFoundErrors(t *testing.T) {
	const draws = 2500
	w := market(2, 2)
	var people []person
	for i := range 6000 {
		people = append(people, person{kept: []int{0, 1}, cells: []uint32{0, 0, 0}, names: []string{"", []string{"x", "y", ""}[i%3], ""}})
	}
	for _, m := range []mechanism{gaussian, laplace} {
		s := finding(t, w, onlyDelta)
		tolerance := 0.18
		if m == laplace {
			tolerance = 0.36
			if err := s.calibrateLaplace(1); err != nil {
				t.Fatal(err)
			}
		}
		counts, categories, err := tally(t, s, people).consumeAll(s)
		if err != nil {
			t.Fatal(err)
		}
		table := release.Table{Cells: []release.Cell{{Key: []string{release.Other}}}}
		squares := make([]float64, 3)
		for range draws {
			u, err := s.answer(counts, categories, library{})
			if err != nil {
				t.Fatal(err)
			}
			drawn := table
			s.fillFound(&drawn, 2, u)
			if len(drawn.Cells) != 3 {
				t.Fatalf("%v: %d cells", m, len(drawn.Cells))
			}
			for c, cell := range drawn.Cells {
				off := *cell.Unbiased - 2000
				squares[c] += off * off / (*cell.StdDev * *cell.StdDev)
			}
		}
		// The larger of two equal categories stands first: together they are right.
		for name, got := range map[string]float64{"categories": (squares[0] + squares[1]) / 2, "others": squares[2]} {
			if ratio := got / draws; math.Abs(ratio-1) > tolerance {
				t.Errorf("%v, %s: the variance is %.3f times what is told", m, name, ratio)
			}
		}
	}
}

// TestFoundTarget: a target of a table of categories is met like any other.
func TestFoundTarget(t *testing.T) {
	w := market(4, 4)
	plain := finding(t, w, onlyDelta)
	w.Tables[2].Target = plain.Width(2) * 0.8
	s := finding(t, w, onlyDelta)
	if got := s.Width(2); got > w.Tables[2].Target || s.Width(4) < plain.Width(4) {
		t.Errorf("± %.2f, wanted %.2f, without it %.2f", got, w.Tables[2].Target, plain.Width(2))
	}
	if even, before := s.Discovery(2).EvenFrom, plain.Discovery(2).EvenFrom; even >= before {
		t.Errorf("with less noise a category needs %d people, before %d", even, before)
	}
}
