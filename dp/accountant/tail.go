// SPDX-License-Identifier: Apache-2.0

package accountant

import (
	"math"
	"slices"
	"sort"
)

// A tail answers δ(ε) = Σ p_l·(1-e^{ε-l})⁺ for a composed loss distribution
// that was tilted for an ε nearby.
type tail struct {
	loss  []float64
	over  []float64 // over[k] is δ(loss[k])
	under []float64 // under[k] is Σ_{j>=k} p_j·e^{loss[k]-loss[j]}

	t, logM, logLost float64
	slip             float64 // what onGrid may have taken off the loss
	guard            float64 // relative rounding of a δ
}

func newTail(s scatter, t, slip float64) *tail {
	order := make([]int, len(s.loss))
	for i := range order {
		order[i] = i
	}
	if !sort.Float64sAreSorted(s.loss) {
		slices.SortStableFunc(order, func(i, j int) int {
			switch {
			case s.loss[i] < s.loss[j]:
				return -1
			case s.loss[i] > s.loss[j]:
				return 1
			}
			return 0
		})
	}
	n := len(order)
	a := &tail{
		loss: make([]float64, n), over: make([]float64, n), under: make([]float64, n),
		t: t, logM: s.logM, logLost: math.Log(s.lost), slip: slip,
		// Some hundred thousand additions of numbers that are not negative, and
		// exponentials of differences of numbers as large as logM.
		guard: 1e-10 + 16*unit*math.Abs(s.logM),
	}
	// From the top down every term is positive: nothing cancels.
	over, under, above := 0.0, 0.0, math.Inf(1)
	for k := n - 1; k >= 0; k-- {
		l := s.loss[order[k]]
		if under > 0 {
			over += under * -math.Expm1(l-above)
			under *= math.Exp(l - above)
		}
		under += s.q[order[k]] * math.Exp(s.logM-t*l)
		a.loss[k], a.over[k], a.under[k] = l, over, under
		above = l
	}
	return a
}

// delta is δ(ε) without the lost mass, and a bound on what that may add.
func (a *tail) delta(epsilon float64) (delta, lost float64) {
	k := sort.SearchFloat64s(a.loss, epsilon)
	if k < len(a.loss) {
		delta = a.over[k] + a.under[k]*-math.Expm1(epsilon-a.loss[k])
	}
	return delta, math.Exp(a.logM + a.logLost - a.t*epsilon)
}

// bound is δ(ε) from the given side, and whether the lost mass hardly matters to
// it, or the answer is too small to matter.
func (a *tail) bound(epsilon float64, to side) (delta float64, sharp bool) {
	if to == above {
		d, lost := a.delta(epsilon - a.slip)
		delta = math.Min(d*(1+a.guard)+lost, 1)
		return delta, lost <= delta/100 || delta < 1e-12
	}
	d, lost := a.delta(epsilon)
	return math.Max(d*(1-a.guard)-lost, 0), lost <= d/100 || d < 1e-12
}

// epsilon is the smallest ε >= 0 with a δ(ε) of at most δ, and no more than
// limit, from the given side; and whether the lost mass hardly matters to it.
func (a *tail) epsilon(delta, limit float64, to side) (epsilon float64, sharp bool) {
	guarded := 1 + a.guard
	if to == below {
		guarded = 1 - a.guard
	}
	solve := func(delta float64) float64 {
		return least0(limit, func(epsilon float64) bool {
			d, _ := a.delta(epsilon)
			return d*guarded <= delta
		})
	}
	blurred := solve(delta)
	if to == above {
		epsilon = least0(limit, func(epsilon float64) bool {
			d, _ := a.bound(epsilon, above)
			return d <= delta
		})
	} else {
		// The lost mass weighs more the smaller ε is, so the lower bound of δ(ε)
		// falls on both sides of the answer. It is above δ on all of [from, answer)
		// if it is so with the lost mass at its most.
		from := math.Max(0, blurred-1/a.t)
		_, most := a.delta(from)
		if epsilon = solve(delta + most); epsilon <= from {
			epsilon = 0
		}
	}
	_, lost := a.delta(epsilon)
	return epsilon, lost <= delta/100 || math.Abs(epsilon-blurred) <= 1e-5*epsilon
}

// least0 is the smallest x in [0, limit] that a monotone test accepts, to the
// last digit from above; limit if it accepts none below.
func least0(limit float64, accepts func(float64) bool) float64 {
	if accepts(0) {
		return 0
	}
	low, high := 0.0, math.Min(1, limit)
	for high < limit && !accepts(high) {
		low, high = high, math.Min(2*high, limit)
	}
	for {
		middle := low + (high-low)/2
		if middle <= low || middle >= high {
			return high
		}
		if accepts(middle) {
			high = middle
		} else {
			low = middle
		}
	}
}
