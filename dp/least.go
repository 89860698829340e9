// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"errors"
	"fmt"
	"math"
)

// Prices between which LeastEpsilon looks.
const (
	SmallestEpsilon = 1e-3
	largestEpsilon  = 100
)

// An EpsilonError says that no ε brings what was asked: at Epsilon, the largest
// that noise can be drawn for, the numbers are still Excess times too far off.
type EpsilonError struct{ Epsilon, Excess float64 }

func (e *EpsilonError) Error() string {
	return fmt.Sprintf("dp: at ε %.4g the numbers are %.3g times too far off", e.Epsilon, e.Excess)
}

// LeastEpsilon returns the smallest ε, rounded up to three digits, at which a
// workload is answered well enough: the targets of its tables are met, and
// excess, how many times too far off a strategy's numbers are for the caller, is
// at most 1. It looks no lower than SmallestEpsilon; p tells all else of the
// price.
func LeastEpsilon(digest [32]byte, w Workload, p Price, excess func(*Strategy) float64) (float64, error) {
	q := &quest{p: p, at: func(p Price) (float64, error) {
		s, err := NewStrategy(digest, w, p)
		var missed *TargetError
		switch {
		case errors.As(err, &missed):
			return max(missed.Epsilon/p.Epsilon, 1.01), nil
		case err != nil:
			return 0, err
		}
		return excess(s), nil
	}}
	return q.least()
}

// A quest looks for an ε by what strategies say at others.
type quest struct {
	p  Price
	at func(Price) (float64, error)
}

// excess at an ε.
func (q *quest) excess(epsilon float64) (float64, error) {
	q.p.Epsilon = epsilon
	return q.at(q.p)
}

// A trial is an ε and how many times too far off the numbers are there.
type trial struct{ epsilon, excess float64 }

func (q *quest) least() (float64, error) {
	low, high, err := q.bracket()
	if err != nil {
		return 0, err
	}
	if low.epsilon == high.epsilon {
		return low.epsilon, nil
	}
	// Errors go about with 1/ε, so between the logarithms of two trials a line
	// is nearly right; the middle every third time keeps a crooked one short.
	for i := 1; high.epsilon/low.epsilon > 1.0005; i++ {
		slope := math.Log(high.epsilon/low.epsilon) / math.Log(low.excess/high.excess)
		next := high.epsilon * math.Pow(high.excess, slope) * (1 + 1e-4)
		if i%3 == 0 || !(next > low.epsilon && next < high.epsilon) {
			next = math.Sqrt(low.epsilon * high.epsilon)
		}
		x, err := q.excess(next)
		if err != nil {
			return 0, err
		}
		if x > 1 {
			low = trial{next, x}
		} else {
			high = trial{next, x}
		}
	}
	return roundUp3(high.epsilon), nil
}

// bracket finds an ε that is too small and one that does; the same twice, if
// the smallest does.
func (q *quest) bracket() (low, high trial, err error) {
	low.epsilon = SmallestEpsilon
	if low.excess, err = q.excess(low.epsilon); err != nil || low.excess <= 1 {
		return low, low, err
	}
	refused := largestEpsilon * 1.02 // the smallest ε known to protect nobody
	for refused/low.epsilon > 1.01 {
		if high.epsilon = 1.05 * low.epsilon * low.excess; high.epsilon >= refused {
			high.epsilon = math.Sqrt(low.epsilon * refused)
		}
		high.excess, err = q.excess(high.epsilon)
		switch {
		case errors.Is(err, ErrPrice):
			refused = high.epsilon
		case err != nil || high.excess <= 1:
			return low, high, err
		default:
			low = high
		}
	}
	return low, high, &EpsilonError{low.epsilon, low.excess}
}

// roundUp3 rounds up to three digits.
func roundUp3(x float64) float64 {
	digits := 2 - int(math.Floor(math.Log10(x)))
	if digits < 0 {
		unit := math.Pow10(-digits)
		return math.Ceil(x/unit-1e-9) * unit
	}
	// Dividing by a whole number gives the double that prints with so few digits.
	unit := math.Pow10(digits)
	return math.Ceil(x*unit-1e-9) / unit
}
