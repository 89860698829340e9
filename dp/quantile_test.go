// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	dpagg "github.com/google/differential-privacy/go/v3/dpagg"
	"github.com/google/differential-privacy/go/v3/noise"

	"github.com/throng-dp/throng/dp/accountant"
	"github.com/throng-dp/throng/dp/ledger"
)

// crowdsFor returns a picker by real draws.
func crowdsFor(t testing.TB, epsilon float64, places int) picker {
	crowds := map[uint64]*crowd{}
	return func(at *split, n int, loss func(int) int64) (int, error) {
		e, err := at.mechanism(epsilon, places)
		if err != nil {
			t.Fatal(err)
		}
		if crowds[e.base] == nil {
			crowds[e.base] = newCrowd(e)
		}
		return crowds[e.base].pick(n, loss)
	}
}

// TestQuantilesBeatTheTree compares mean absolute rank errors of nine deciles
// with those of the library's quantile tree at equal ρ, on log-normal spend. It
// prints the ratio, and holds it to 0.75 over each of the four cases. Both
// sides draw real noise. The ratio is 0.2 to 0.5, with a deviation of a tenth of
// it: a false alarm has a chance below 1e-9.
func TestQuantilesBeatTheTree(t *testing.T) {
	at := []int{1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000}
	all := splits(at)
	for _, c := range []struct {
		n    int
		rho  float64
		runs int
	}{{3000, 0.0005, 24}, {3000, 0.005, 24}, {30_000, 0.0005, 6}, {30_000, 0.005, 6}} {
		rng := rand.New(rand.NewPCG(7, uint64(c.n)))
		epsilon := math.Sqrt(8 * c.rho / float64(depthOf(len(at))))
		places := (&Grid{Points: 1001}).places()
		pick := crowdsFor(t, epsilon, places)
		mu := math.Sqrt(2 * c.rho)
		treeDelta := 1e-8
		treeEpsilon := accountant.Epsilon(mu, treeDelta)
		ours, theirs := 0.0, 0.0
		for range c.runs {
			values := make([]float64, c.n)
			people := make([]int64, 1001)
			for i := range values {
				values[i] = min(1000, math.Exp(4+rng.NormFloat64()))
				people[int(math.Round(values[i]))]++
			}
			slices.Sort(values)
			got, err := quantilesOf(newStaircase(people, places), all, pick)
			if err != nil {
				t.Fatal(err)
			}
			tree, err := dpagg.NewBoundedQuantiles(&dpagg.BoundedQuantilesOptions{Epsilon: treeEpsilon, Delta: treeDelta,
				MaxPartitionsContributed: 1, MaxContributionsPerPartition: 1, Lower: 0, Upper: 1000, Noise: noise.Gaussian()})
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range values {
				if err := tree.Add(v); err != nil {
					t.Fatal(err)
				}
			}
			for i, q := range at {
				v, err := tree.Result(float64(q) / ranks)
				if err != nil {
					t.Fatal(err)
				}
				ours += offBy(values, float64(got[i]), float64(q)/ranks)
				theirs += offBy(values, v, float64(q)/ranks)
			}
		}
		runs := float64(c.runs * len(at))
		t.Logf("n %d, ρ %g: %.3f %% of people, the tree %.3f %%, ratio %.2f", c.n, c.rho, 100*ours/runs, 100*theirs/runs, ours/theirs)
		if ours > 0.75*theirs {
			t.Errorf("n %d, ρ %g: ratio %.2f", c.n, c.rho, ours/theirs)
		}
	}
}

// offBy is how far from q the share of sorted values below x is.
func offBy(values []float64, x, q float64) float64 {
	below, _ := slices.BinarySearch(values, x)
	upto, _ := slices.BinarySearch(values, math.Nextafter(x, math.Inf(1)))
	n := float64(len(values))
	return max(0, float64(below)/n-q, q-float64(upto)/n)
}

// worstRatio is the largest logarithm of the ratio of the chances of any answers
// of a split and all below it, on two histograms: exact chances, in 200 bits. As
// logarithms of one answer after the other add up, and what comes after a place
// depends on that place alone, the largest sum is found place by place.
type worstRatio struct {
	all     []split
	a, b    *staircase
	epsilon float64
	powers  map[uint64][]*big.Float
	known   map[[3]int]float64
}

func (w *worstRatio) at(t testing.TB, at, from, to int) float64 {
	if at == none {
		return 0
	}
	if x, ok := w.known[[3]int{at, from, to}]; ok {
		return x
	}
	p := &w.all[at]
	ra, rb := rung{p, w.a, from, to}, rung{p, w.b, from, to}
	pa, pb := w.chances(t, &ra), w.chances(t, &rb)
	worst := math.Inf(-1)
	for i := range pa {
		ratio, _ := new(big.Float).Quo(pa[i], pb[i]).Float64()
		x := math.Log(ratio) + w.at(t, p.left, from, from+i) + w.at(t, p.right, from+i, to)
		worst = max(worst, x)
	}
	w.known[[3]int{at, from, to}] = worst
	return worst
}

func (w *worstRatio) chances(t testing.TB, r *rung) []*big.Float {
	e, err := r.mechanism(w.epsilon, r.stairs.places)
	if err != nil {
		t.Fatal(err)
	}
	loss, total := r.losses(), new(big.Float).SetPrec(200)
	ps := make([]*big.Float, r.candidates())
	for i := range ps {
		ps[i] = w.power(e.base, int(loss(i)))
		total.Add(total, ps[i])
	}
	for i := range ps {
		ps[i] = new(big.Float).Quo(ps[i], total)
	}
	return ps
}

func (w *worstRatio) power(base uint64, n int) *big.Float {
	known := w.powers[base]
	if known == nil {
		known = []*big.Float{new(big.Float).SetPrec(200).SetInt64(1)}
	}
	b := new(big.Float).SetPrec(200).SetMantExp(new(big.Float).SetUint64(base), -baseBits)
	for len(known) <= n {
		known = append(known, new(big.Float).Mul(known[len(known)-1], b))
	}
	w.powers[base] = known
	return known[n]
}

// TestQuantilesPrivacy holds the answers to their price: on every small
// histogram and each with one person more, anywhere, no answers to all splits
// together have chances whose ratio exceeds e^ε, ε that of one level times their
// number; and some come near it. Few places a point, so that all can be tried.
func TestQuantilesPrivacy(t *testing.T) {
	for _, c := range []struct {
		at     []int
		places int
		people []int64
	}{
		{[]int{5000}, 64, []int64{2, 0, 1}},
		{[]int{5000}, 8, []int64{40, 0, 40}}, // what is charged and no less
		{[]int{9000}, 16, []int64{0, 3, 1}},
		{[]int{1000, 5000}, 16, []int64{3, 0, 1}},
		{[]int{2500, 5000, 7500}, 8, []int64{1, 2, 0}},
		{[]int{5000, 9000, 9900}, 8, []int64{4, 0, 0}}, // all of one value: every split parts the tie
		{[]int{1000, 3000, 5000, 7000, 9000}, 4, []int64{0, 5, 1}},
		{[]int{2500, 5000, 7500}, 8, []int64{0, 0, 0}}, // nobody
	} {
		const epsilon = 0.7
		bound, worst := epsilon*float64(depthOf(len(c.at))), 0.0
		for more := range c.people {
			next := slices.Clone(c.people)
			next[more]++
			for _, pair := range [][2][]int64{{c.people, next}, {next, c.people}} {
				w := &worstRatio{splits(c.at), newStaircase(pair[0], c.places), newStaircase(pair[1], c.places), epsilon,
					map[uint64][]*big.Float{}, map[[3]int]float64{}}
				worst = max(worst, w.at(t, 0, 0, w.a.end()))
			}
		}
		if worst > bound*(1+1e-12) || worst < bound/8 {
			t.Errorf("%v of %v: ε %g, charged %g", c.at, c.people, worst, bound)
		}
		t.Logf("%v of %v: ε %.3f, charged %.3f", c.at, c.people, worst, bound)
	}
}

// TestSplits: each quantile is answered once, by no more levels than are paid
// for, and the sides of a split are those of its answer.
func TestSplits(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	for q := 1; q <= 40; q++ {
		at := rng.Perm(ranks - 1)[:q]
		for i := range at {
			at[i]++
		}
		slices.Sort(at)
		all := splits(at)
		seen := map[int]bool{}
		for i := range all {
			s := &all[i]
			if seen[s.quantile] || s.depth > depthOf(q) || s.num <= 0 || s.num >= s.den {
				t.Fatalf("%v: split %+v", at, *s)
			}
			seen[s.quantile] = true
			if s.left != none && all[s.left].quantile >= s.quantile || s.right != none && all[s.right].quantile <= s.quantile {
				t.Fatalf("%v: split %+v has answers on the wrong side", at, *s)
			}
		}
		if len(seen) != q {
			t.Fatalf("%v: %d answers", at, len(seen))
		}
	}
	for q, want := range map[int]int{1: 1, 2: 2, 3: 2, 4: 3, 7: 3, 8: 4, 9: 4} {
		if depthOf(q) != want {
			t.Errorf("%d quantiles take %d levels, want %d", q, depthOf(q), want)
		}
	}
}

// TestQuantilesWithoutNoise: with an answer that is always the best one, values
// come out right, ties included, and never fall.
func TestQuantilesWithoutNoise(t *testing.T) {
	best := func(_ *split, n int, loss func(int) int64) (int, error) {
		at := 0
		for i := range n {
			if loss(i) < loss(at) {
				at = i
			}
		}
		return at, nil
	}
	at := []int{1000, 2500, 5000, 7500, 9000}
	for name, c := range map[string]struct {
		people []int64
		want   []int
	}{
		"one each":             {[]int64{1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, []int{1, 2, 5, 7, 9}},
		"six in ten have 0":    {[]int64{60, 10, 10, 10, 10}, []int{0, 0, 0, 2, 4}},
		"all have one value":   {[]int64{0, 0, 77, 0}, []int{2, 2, 2, 2, 2}},
		"one person":           {[]int64{0, 0, 1, 0}, []int{2, 2, 2, 2, 2}},
		"two values far apart": {[]int64{50, 0, 0, 0, 50}, []int{0, 0, 4, 4, 4}},
	} {
		got, err := quantilesOf(newStaircase(c.people, 64), splits(at), best)
		if err != nil || !slices.IsSorted(got) {
			t.Fatalf("%s: %v, %v", name, got, err)
		}
		stairs := newStaircase(c.people, 64)
		n := float64(stairs.below[len(c.people)])
		for i, v := range got {
			// Off by a part of a tie that a split before it parted.
			low, high := float64(stairs.below[v])-n/32, float64(stairs.below[v+1])+n/32
			if want := float64(at[i]) / ranks * n; want < low || want > high {
				t.Errorf("%s: quantile %d is %d, want %v", name, at[i], v, c.want)
			}
		}
	}
}

// TestCrowd compares how often candidates are drawn with their exact chances,
// and the weights with the true powers. It fails a correct sampler with a chance
// below 1e-9 (chi-square at 6.2 standard deviations, 3 cases).
func TestCrowd(t *testing.T) {
	const draws = 40_000
	for name, c := range map[string]struct {
		epsilon float64
		losses  []int64
	}{
		"few":         {0.5, []int64{0, 1, 2, 5, 3}},
		"far":         {1e-7, []int64{5e6, 1e6, 2e7, 1e15, 3e6, 1 << 60}},
		"all the one": {2, []int64{7, 7, 7, 7}},
	} {
		e, err := newExponential(c.epsilon)
		if err != nil {
			t.Fatal(err)
		}
		crowd := newCrowd(e)
		exact := newPowers(e.base, 256)
		least := slices.Min(c.losses)
		got, ps := make([]float64, len(c.losses)), make([]float64, len(c.losses))
		total := 0.0
		for i, l := range c.losses {
			low, high := exact.weight(uint64(l-least), 1)
			low, high = low.Rsh(low, 256-crowdFine), high.Rsh(high, 256-crowdFine)
			w := new(big.Int).SetUint64(crowd.weight(uint64(l - least)))
			if w.Cmp(high) > 0 || new(big.Int).Add(w, big.NewInt(crowdSlack)).Cmp(low) <= 0 {
				t.Errorf("%s: loss %d weighs %v, and not %v to %v", name, l, w, low, high)
			}
			ps[i] = math.Exp(float64(l-least) * math.Log(math.Ldexp(float64(e.base), -baseBits)))
			total += ps[i]
		}
		for range draws {
			i, err := crowd.pick(len(c.losses), func(i int) int64 { return c.losses[i] })
			if err != nil {
				t.Fatal(err)
			}
			got[i]++
		}
		square, free := 0.0, -1.0
		for i, p := range ps {
			want := draws * p / total
			if want < 1e-9 {
				if got[i] > 0 {
					t.Errorf("%s: candidate %d was drawn, with next to no chance", name, i)
				}
				continue
			}
			square += (got[i] - want) * (got[i] - want) / want
			free++
		}
		if limit := free * math.Pow(1-2/(9*free)+6.2*math.Sqrt(2/(9*free)), 3); square > limit {
			t.Errorf("%s: chi-square %.1f of %g degrees, more than %.1f", name, square, free, limit)
		}
	}
}

// TestRankErrorsHold draws quantiles of smooth values, of few values and of one
// value that half of the people have: the bound of ranks fails in 5 % of draws
// at most: more than 16 of the 100 answers to one kind, which come in lists of
// five, have a chance below 1e-4 even if the bound is met exactly, and it is loose
// enough that none is the rule.
func TestRankErrorsHold(t *testing.T) {
	w := Workload{Segments: 1, Bound: 1, Grids: []Grid{{0, 1, 301}}, Tables: []Table{{Kind: Population},
		{Kind: Reach, Segments: []int{0}}, {Kind: Quantiles, Segments: []int{0}, At: []int{1000, 2500, 5000, 9000, 9900}}}}
	s, err := NewStrategy([32]byte{}, w, Price{Epsilon: 1, Delta: 1e-8, PureEpsilon: 0.3})
	if err != nil {
		t.Fatal(err)
	}
	errs, rng := s.rankErrors(2), rand.New(rand.NewPCG(3, 9))
	for name, draw := range map[string]func() int{
		"smooth":       func() int { return int(min(300, max(0, 150+50*rng.NormFloat64()))) },
		"few":          func() int { return 100 * rng.IntN(4) },
		"half have it": func() int { return rng.IntN(2) * rng.IntN(301) },
	} {
		missed, largest := 0, 0.0
		for range 20 {
			const n = 2000
			counts := make([]int64, s.layout.size)
			people := counts[s.layout.tableFirst[2]:][:301]
			for range n {
				people[draw()]++
			}
			got, err := s.drawQuantiles(counts)
			if err != nil {
				t.Fatal(err)
			}
			stairs := newStaircase(people, 1)
			for i, v := range got[2] {
				want := float64(w.Tables[2].At[i]) / ranks * n
				off := max(0, float64(stairs.below[v])-want, want-float64(stairs.below[v+1]))
				if off > errs[i].of(n) {
					missed++
				}
				largest = max(largest, off/errs[i].of(n))
			}
		}
		if missed > 16 || largest < 0.02 {
			t.Errorf("%s: %d of 100 ranks are off by more than their bound; the largest error is %.2f of it", name, missed, largest)
		}
	}
	if r := s.ReadableRank(2); r < 1000 || s.RankError(2, float64(r))/float64(r) > readableRank || s.RankError(2, float64(r)*0.99)/(float64(r)*0.99) < readableRank {
		t.Errorf("readable from %d people on, where a rank is off by %g", r, s.RankError(2, float64(r)))
	}
}

// TestQuantilesCharge walks quantiles through Publish: the charge covers what
// one person kept in the most segments takes part in, and a Gaussian vector is
// charged beside it; what is written is what is drawn.
func TestQuantilesCharge(t *testing.T) {
	w := shop(3, 2)
	w.Grids = []Grid{{-10, 5, 41}}
	for s := range 3 {
		w.Tables = append(w.Tables, Table{Kind: Quantiles, Segments: []int{s}, At: []int{2500, 5000, 9900}})
	}
	lines := ledger.Lines{Epsilon: 8, Delta: 1e-7, PureEpsilon: 2}
	s, err := NewStrategy([32]byte{1}, w, Price{Epsilon: 1, Delta: 1e-8, PureEpsilon: 0.8, Lines: lines})
	if err != nil {
		t.Fatal(err)
	}
	c := s.Cost()
	q := s.quantiler(len(w.Tables) - 1)
	if spent := 2 * 2 * q.epsilon; math.Abs(spent-0.8) > 1e-8 || c.Epsilon > 8e11 || float64(c.Epsilon)*pico < spent {
		t.Errorf("two levels in two segments at ε %g, charged %+v", q.epsilon, c)
	}
	if s.Mechanism() != "gaussian" || c.MuSquared == 0 {
		t.Errorf("the vector is %s, charged %+v", s.Mechanism(), c)
	}
	l := account(t, lines)
	res, err := l.Reserve(t.Context(), request(s, "2011-12-09"))
	if err != nil {
		t.Fatal(err)
	}
	people := invent(&w, rand.New(rand.NewPCG(1, 1)), 500)
	r, err := Publish(t.Context(), res, s, tally(t, s, people), draftOf(&w))
	if err != nil {
		t.Fatal(err)
	}
	for i, table := range w.Tables {
		last := int64(-10)
		for c, cell := range r.Tables[i].Cells {
			if table.Kind != Quantiles {
				continue
			}
			if v := *cell.Estimate; v < last || v > 190 || (v+10)%5 != 0 {
				t.Errorf("table %d: quantile %d is %d after %d", i, c, v, last)
			}
			last = *cell.Estimate
		}
	}
	if p := r.Privacy; p.Epsilon < 1.79 || p.Epsilon > 1.8 || p.PureEpsilon < 0.79 || len(p.Mechanisms) != 2 {
		t.Errorf("told %+v", p)
	}
}
