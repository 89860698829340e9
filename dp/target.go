// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"fmt"
	"math"
	"slices"

	"github.com/throng-dp/throng/dp/accountant"
)

// A TargetError says that the targets of a workload's tables cannot all be met
// at a price.
type TargetError struct {
	Table   int     // the one that is missed by most
	Epsilon float64 // the least ε that meets all, at the same δ, rounded up to 4 digits
}

func (e *TargetError) Error() string {
	return fmt.Sprintf("dp: table %d cannot be as accurate as its target at this price: the least ε at which all can is %g", e.Table, e.Epsilon)
}

// EpsilonFor returns the least ε, at p's δ, at which every count of people is
// within ±halfWidth at confidence 0.95; p's ε says nothing here. Sums and means,
// which are no people, keep the targets that they have.
func EpsilonFor(w Workload, p Price, halfWidth float64) (float64, error) {
	if !(halfWidth > 0) || math.IsInf(halfWidth, 1) {
		return 0, fmt.Errorf("dp: a half width of %g", halfWidth)
	}
	w = w.clone()
	for i := range w.Tables {
		if k := w.Tables[i].Kind; k != Sum && k != Mean && k != Quantiles && k != PeopleOver && k != Dropped {
			w.Tables[i].Target = halfWidth
		}
	}
	if err := w.validate(); err != nil {
		return 0, err
	}
	if err := w.fit(); err != nil {
		return 0, err
	}
	p.Lines.Epsilon, p.Lines.PureEpsilon = 0, 0
	s := &Strategy{workload: w, layout: newLayout(&w), price: p}
	d := newDesign(&s.workload, s.layout, gaussian, nil)
	_, worst, _ := s.level(d, 1)
	return s.leastEpsilon(gaussian, worst)
}

// targeted tells whether any table has a target.
func (w *Workload) targeted() bool {
	for i := range w.Tables {
		if w.Tables[i].Target > 0 {
			return true
		}
	}
	return false
}

// goals returns the half-width that is wanted of each table, or 0. What makes
// the largest variance small wants them in proportion, whatever they are.
func (w *Workload) goals() []float64 {
	goals := make([]float64, len(w.Tables))
	relative := w.Objective == LargestVariance && !w.targeted()
	for i := range w.Tables {
		t := &w.Tables[i]
		goals[i] = t.Target
		if relative && t.Kind != Sum && t.Kind != Mean {
			goals[i] = 1
			if t.Weight > 0 {
				goals[i] = 1 / math.Sqrt(t.Weight)
			}
		}
	}
	return goals
}

// Steps of the two searches below, for each of two shapes, and how much of a
// target they leave to the rounding of realised noise and to the sampler's δ.
const (
	targetSteps  = 40
	targetMargin = 1e-3
)

// meet returns a design that costs the worst person no more than budget, meets
// all targets and has about the least error among those that do. The problem is
// convex in the variances of the measurements: minimise a weighted sum of
// variances, each below its target. Weights that grow where a target is missed
// and shrink where it is met are its multipliers.
func (s *Strategy) meet(d *design, budget float64) (*design, error) {
	d.calibrate(budget)
	missed, worst := d.missed()
	levelled := s.workload.Objective == LargestVariance
	if worst <= 1 && !levelled {
		return d, nil
	}
	best, least, at := s.level(d, budget)
	if levelled && (least <= 1 || !s.workload.targeted()) {
		return best, nil
	}
	if least > 1 {
		epsilon, err := s.leastEpsilon(d.mechanism, budget*math.Pow(least, d.mechanism.power()/2))
		if err != nil {
			return nil, err
		}
		return nil, &TargetError{Table: at, Epsilon: epsilon}
	}
	base, weights := d.weights, slices.Clone(d.weights)
	extra := make([]float64, len(base))
	for i := range extra {
		if s.workload.Tables[i].Target > 0 {
			extra[i] = base[i] / 4
		}
	}
	for range 2 {
		for range targetSteps {
			for i := range weights {
				// Variances fall like the root of their weights. The margin makes
				// the limit one that meets the targets.
				by := missed[i] * (1 + targetMargin)
				extra[i] *= by * by
				weights[i] = base[i] + extra[i]
			}
			e := d.reweighted(weights)
			e.calibrate(budget)
			if missed, worst = e.missed(); worst <= 1 && e.error() < best.error() {
				best = e
			}
		}
		d = newDesign(&s.workload, s.layout, d.mechanism, slices.Clone(weights))
	}
	return best, nil
}

// level returns the design whose largest miss at a budget is the least, that
// miss as a ratio of variances, and the table that has it.
func (s *Strategy) level(d *design, budget float64) (best *design, least float64, at int) {
	d.calibrate(budget)
	best, base := d, d.weights
	missed, least := d.missed()
	weights, all := make([]float64, len(base)), make([]float64, len(base))
	total := 0.0
	for i, goal := range s.workload.goals() {
		if goal > 0 {
			weights[i] = base[i]
			total += base[i]
		}
	}
	for range 2 {
		for range targetSteps {
			sum := 0.0
			for i := range weights {
				weights[i] *= missed[i]
				sum += weights[i]
			}
			for i := range all {
				weights[i] *= total / sum
				// What has no target is measured too, with next to no say.
				all[i] = weights[i] + 1e-6*base[i]/float64(len(all))
			}
			e := d.reweighted(all)
			e.calibrate(budget)
			worst := 0.0
			if missed, worst = e.missed(); worst < least {
				best, least = e, worst
			}
		}
		d = newDesign(&s.workload, s.layout, d.mechanism, slices.Clone(all))
	}
	missed, _ = best.missed()
	return best, least, slices.Index(missed, least)
}

// reweighted returns a design for other weights of tables: a Gaussian one of the
// same shape.
func (d *design) reweighted(weights []float64) *design {
	weights = slices.Clone(weights)
	if d.mechanism == gaussian {
		return d.shaper.reweighted(d, weights)
	}
	return newDesign(d.workload, d.layout, d.mechanism, weights)
}

// missed returns, of every table, its variance over what its target allows, 0
// where it has none, and the largest.
func (d *design) missed() (ratios []float64, worst float64) {
	ratios = d.workload.goals()
	for i, goal := range ratios {
		if goal > 0 {
			allowed := goal * (1 - targetMargin) / d.width()
			ratios[i] = d.typicalVariance(i) / (allowed * allowed)
			worst = max(worst, ratios[i])
		}
	}
	return ratios, worst
}

// leastEpsilon returns the least ε, at the price's δ, whose budget is as large.
func (s *Strategy) leastEpsilon(m mechanism, budget float64) (float64, error) {
	epsilon := budget // of Laplace noise
	if m == gaussian {
		low, high := 1e-6, 1.0
		for ; accountant.Mu(high, s.price.Delta) < math.Sqrt(budget); high *= 2 {
			if high > 1e6 {
				return 0, fmt.Errorf("%w: targets that no noise meets", ErrPrice)
			}
		}
		for high/low > 1+1e-6 {
			if middle := math.Sqrt(low * high); accountant.Mu(middle, s.price.Delta) < math.Sqrt(budget) {
				low = middle
			} else {
				high = middle
			}
		}
		epsilon = high
	}
	digits := math.Pow(10, 3-math.Floor(math.Log10(epsilon)))
	return math.Ceil(epsilon*digits) / digits, nil
}
