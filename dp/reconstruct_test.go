// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestWithoutNoise holds that measuring and reconstructing without noise gives
// back every count: the strategy answers the workload and nothing else.
func TestWithoutNoise(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, m := range []mechanism{gaussian, laplace} {
		for _, bound := range []int{1, 3, 5} {
			w := shop(5, bound)
			s := forced(t, w, m, 1)
			people := invent(&w, rng, 1000)
			want := count(&w, people)
			tallies := tally(t, s, people)
			exact := ExactForTest(t, tallies)
			for _, cells := range want {
				for _, n := range cells {
					if exact[0] != n {
						t.Fatalf("%v, bound %d: the builder counts otherwise", m, bound)
					}
					exact = exact[1:]
				}
			}
			got, err := s.design.measure(tallies.open().counts, silent{})
			if err != nil {
				t.Fatal(err)
			}
			for i, cells := range s.design.reconstruct(got).cells {
				for c, x := range cells {
					if math.Abs(x-float64(want[i][c])) > 1e-6 {
						t.Fatalf("%v, bound %d: table %d (kind %d) cell %d = %v, want %d", m, bound, i, w.Tables[i].Kind, c, x, want[i][c])
					}
				}
			}
			if _, err := publish(t.Context(), reserve(s), s, tallies, draftOf(&w), library{}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// An impulse answers one draw with noise of exactly its scale, all others with
// none, to an empty population.
type impulse struct{ at, drawn int }

func (p *impulse) draw(m mechanism, _ int64, s step) (float64, error) {
	p.drawn++
	if p.drawn-1 == p.at {
		return m.realised(s), nil
	}
	return 0, nil
}

// responses returns what a design says when one row after the other has noise
// of its scale.
func responses(t testing.TB, s *Strategy) []*unbiased {
	t.Helper()
	counts := make([]int64, s.layout.size)
	var out []*unbiased
	for at := 0; ; at++ {
		src := &impulse{at: at}
		m, err := s.design.measure(counts, src)
		if err != nil {
			t.Fatal(err)
		}
		if at == src.drawn {
			return out
		}
		out = append(out, s.design.reconstruct(m))
	}
}

// TestErrorsAreExact holds that the errors told before the build are those of
// the numbers released: the whole linear map from noise to cells is walked
// through, row by row, and there is no randomness in it. Realised noise may
// exceed the planned by a millionth.
func TestErrorsAreExact(t *testing.T) {
	for _, m := range []mechanism{gaussian, laplace} {
		for _, bound := range []int{2, 4} {
			w := shop(4, bound)
			if bound == 2 {
				w.Attributes = []int{3, 1, 2}
			}
			s := forced(t, w, m, 1)
			rows := responses(t, s)
			for i := range s.workload.Tables {
				for c := range s.workload.Cells(i) {
					var xs []float64
					for _, u := range rows {
						xs = append(xs, u.cells[i][c])
					}
					s.holdsErrors(t, fmt.Sprintf("table %d cell %d", i, c), xs, s.design.tableVariance(i), func() mixture { return s.design.mixture(i) })
				}
				for from := range s.workload.tails(i) {
					s.holdsTail(t, tail{i, from}, rows)
				}
			}
		}
	}
}

// holdsTail compares what a tail answers to each row's noise with the plan, and
// how it moves with the reach.
func (s *Strategy) holdsTail(t *testing.T, at tail, rows []*unbiased) {
	t.Helper()
	var xs []float64
	both, seg := 0.0, s.workload.Tables[at.table].Segments[0]
	for _, u := range rows {
		xs = append(xs, u.tail(at))
		both += s.design.mechanism.variance() * u.tail(at) * u.reach[seg]
	}
	want, covariance := s.design.tailVariance(at)
	s.holdsErrors(t, fmt.Sprintf("%+v", at), xs, want, func() mixture { return s.design.tailMixture(at) })
	if math.Abs(both-covariance) > 5e-6*covariance {
		t.Errorf("%v: %+v: covariance with the reach %g, planned %g", s.design.mechanism, at, both, covariance)
	}
}

// holdsErrors compares what a number answers to each row's noise with the plan.
func (s *Strategy) holdsErrors(t *testing.T, name string, xs []float64, want float64, mixed func() mixture) {
	t.Helper()
	squares := 0.0
	for _, x := range xs {
		squares += x * x
	}
	if got := s.design.mechanism.variance() * squares; math.Abs(got-want) > 5e-6*want {
		t.Errorf("%v: %s: variance %g, planned %g", s.design.mechanism, name, got, want)
	}
	if s.design.mechanism == gaussian {
		return
	}
	var planned []float64
	for _, term := range mixed() {
		for range int(math.Round(term.count)) {
			planned = append(planned, term.scale)
		}
	}
	// Rows that do not reach the number answer with a rounding error at most.
	xs = slices.DeleteFunc(slices.Clone(xs), func(x float64) bool { return math.Abs(x) < 1e-9 })
	for i := range xs {
		xs[i] = math.Abs(xs[i])
	}
	planned = slices.DeleteFunc(planned, func(x float64) bool { return x < 1e-9 })
	slices.Sort(xs)
	slices.Sort(planned)
	if !slices.EqualFunc(xs, planned, func(a, b float64) bool { return math.Abs(a-b) <= 5e-6*b }) {
		t.Errorf("%s: mixes %v, planned %v", name, xs, planned)
	}
}
