// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/throng-dp/throng/dp/dptest"
	"github.com/throng-dp/throng/dp/release"
)

// TestAntitonicIsNearest compares the pools with a search over all ways to cut
// the numbers into pools: the optimum is one of them.
func TestAntitonicIsNearest(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 500 {
		n := 1 + rng.IntN(8)
		xs, weights := make([]float64, n), make([]float64, n)
		for i := range xs {
			xs[i], weights[i] = float64(rng.IntN(9)), 0.25+rng.Float64()
		}
		got := antitonic(xs, weights)
		for i := 1; i < n; i++ {
			if got[i] > got[i-1] {
				t.Fatalf("%v becomes %v, which rises", xs, got)
			}
		}
		least := math.Inf(1)
		for cuts := range 1 << (n - 1) {
			if cost, ok := pooled(xs, weights, cuts); ok {
				least = min(least, cost)
			}
		}
		if cost := distance2(xs, got, weights); cost > least+1e-9 {
			t.Fatalf("%v becomes %v at %g, best is %g", xs, got, cost, least)
		}
	}
}

func distance2(xs, ys, weights []float64) float64 {
	sum := 0.0
	for i := range xs {
		sum += weights[i] * (xs[i] - ys[i]) * (xs[i] - ys[i])
	}
	return sum
}

// pooled returns what it costs to replace the numbers between cuts by their
// means, if these do not rise.
func pooled(xs, weights []float64, cuts int) (float64, bool) {
	ys := make([]float64, len(xs))
	first, before := 0, math.Inf(1)
	for i := range xs {
		if i+1 < len(xs) && cuts>>i&1 == 0 {
			continue
		}
		sum, weight := 0.0, 0.0
		for j := first; j <= i; j++ {
			sum, weight = sum+weights[j]*xs[j], weight+weights[j]
		}
		if sum/weight > before {
			return 0, false
		}
		for j := first; j <= i; j++ {
			ys[j] = sum / weight
		}
		first, before = i+1, sum/weight
	}
	return distance2(xs, ys, weights), true
}

// TestTailsCover draws 4,000 releases and counts how often the intervals of a
// tail and of its share hold the truth: between 93 and 97 %, shares under
// Laplace noise at least 94 %. Tails of one release depend on one another, so
// each is judged on its own. False alarms: below 1e-6, 16 assertions at 1e-8.
func TestTailsCover(t *testing.T) {
	const releases, alarm = 4000, 1e-8
	w := Workload{Segments: 2, Bound: 2, Attributes: []int{5, 2}, Tables: []Table{
		{Kind: Population}, {Kind: Reach, Segments: []int{0}}, {Kind: Reach, Segments: []int{1}},
		{Kind: Frequency, Segments: []int{1}, By: []int{0}},
		{Kind: Breakdown, Segments: []int{1}, By: []int{1, 0}},
	}}
	for _, m := range []mechanism{gaussian, laplace} {
		s := forced(t, w, m, 1)
		people := invent(&w, rand.New(rand.NewPCG(21, 22)), 4000)
		truth := count(&w, people)
		counts, err := tally(t, s, people).consume(s)
		if err != nil {
			t.Fatal(err)
		}
		n := w.tails(3)
		hits, shares := make([]int, n), make([]int, n)
		for range releases {
			got, err := s.design.measure(counts, library{})
			if err != nil {
				t.Fatal(err)
			}
			u := s.design.reconstruct(got)
			for from := range n {
				exact := int64(0)
				for _, c := range truth[3][from : len(truth[3])-1] {
					exact += c
				}
				at := tail{3, from}
				if math.Abs(u.tail(at)-float64(exact)) <= s.tailWidth(at).width {
					hits[from]++
				}
				// Its ends are rounded outwards by a thousandth at most.
				share, p := s.tailShare(at, u), float64(exact)/float64(truth[2][0])
				if share.Lower <= p && p <= share.Upper {
					shares[from]++
				}
			}
		}
		for from := range n {
			dptest.Rate(t, "a tail", hits[from], releases, Confidence, alarm)
			if rate := float64(hits[from]) / releases; rate < 0.93 || rate > 0.97 {
				t.Errorf("%v: tail %d is covered in %.3f", m, from, rate)
			}
			if rate := float64(shares[from]) / releases; rate < 0.93 {
				t.Errorf("%v: share %d is covered in %.3f", m, from, rate)
			}
		}
	}
}

// released publishes what is counted of people.
func released(t *testing.T, s *Strategy, people []person) *release.Release {
	t.Helper()
	r, err := publish(t.Context(), reserve(s), s, tally(t, s, people), draftOf(&s.workload), library{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestTailsHold: whatever the noise, tails do not rise, lie between 0 and the
// reach, and their unbiased numbers are the sums of the bins'.
func TestTailsHold(t *testing.T) {
	w := shop(4, 3)
	rng := rand.New(rand.NewPCG(31, 32))
	for _, m := range []mechanism{gaussian, laplace} {
		s := forced(t, w, m, 0.2)
		for _, size := range []int{0, 3, 60, 3000} {
			r := released(t, s, invent(&w, rng, size))
			for i := range r.Tables {
				table := &r.Tables[i]
				if n := w.tails(i); len(table.AtLeast) != n {
					t.Fatalf("%d tails of a %s, want %d", len(table.AtLeast), table.Kind, n)
				}
				reach := int64(0)
				for c := range table.Cells {
					reach += *table.Cells[c].Estimate
				}
				before := reach
				for from, it := range table.AtLeast {
					sum := 0.0
					for _, c := range table.Cells[from : len(table.Cells)-1] {
						sum += *c.Unbiased
					}
					if math.Abs(sum-*it.Unbiased) > 0.05*float64(len(table.Cells))+1e-6 {
						t.Errorf("tail %d is %g, its bins %g", from, *it.Unbiased, sum)
					}
					if *it.Estimate < 0 || *it.Estimate > before {
						t.Errorf("%d people, %d have fewer", *it.Estimate, before)
					}
					if it.Share.Lower > it.Share.Estimate || it.Share.Upper < it.Share.Estimate {
						t.Errorf("share %+v", *it.Share)
					}
					before = *it.Estimate
				}
			}
		}
	}
}
