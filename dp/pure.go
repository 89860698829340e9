// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"fmt"
	"math"
	"slices"

	"github.com/throng-dp/throng/dp/accountant"
	"github.com/throng-dp/throng/dp/ledger"
)

// A pureLoad is what one build asks of the pure line beside its vector: a fixed
// list of exponential mechanisms, and of selections that may name what nobody
// declared. It follows from the workload, so its price is known before a row is
// read.
type pureLoad struct {
	everybody pureList   // what every person takes part in
	segments  []pureList // what a person kept in a segment takes part in besides
}

// A pureList has a weight for each exponential mechanism: its ε is the weight
// times a unit that all of them share. All of them have bounded range: the odds
// between any two answers change by a factor of e^ε at most.
type pureList []float64

// A pureCharge is (ε, δ) of the pure line.
type pureCharge struct{ epsilon, delta float64 }

func (l *pureLoad) empty() bool {
	return len(l.everybody) == 0 && !slices.ContainsFunc(l.segments, func(s pureList) bool { return len(s) > 0 })
}

// worst is the list of the worst person, who is kept in bound segments. With
// every list in falling order, the largest bound weights at each place are no
// smaller than what any set of bound segments has there: exact where one
// segment's list is nowhere below another's, an upper bound elsewhere.
func (l *pureLoad) worst(bound int) pureList {
	lists := make([]pureList, len(l.segments))
	longest := 0
	for i, s := range l.segments {
		lists[i] = slices.Clone(s)
		slices.SortFunc(lists[i], falling)
		longest = max(longest, len(s))
	}
	worst := slices.Clone(l.everybody)
	for at := range longest {
		var column []float64
		for _, s := range lists {
			if at < len(s) {
				column = append(column, s[at])
			}
		}
		slices.SortFunc(column, falling)
		worst = append(worst, column[:min(bound, len(column))]...)
	}
	return worst
}

func falling(a, b float64) int {
	switch {
	case a > b:
		return -1
	case a < b:
		return 1
	}
	return 0
}

// composed is an ε that the mechanisms of a list cost together at a unit: the
// smallest of three that hold for such a list, whatever δ is left for it. Their
// parameters are fixed beforehand; what later ones work on may depend on
// earlier answers.
func (l pureList) composed(unit, delta float64) (float64, error) {
	times := map[float64]int{}
	for _, w := range l {
		times[w]++
	}
	var events []accountant.Event
	for w, n := range times {
		events = append(events, accountant.Repeated{Event: accountant.Exponential{Epsilon: unit * w}, Times: n})
	}
	c, err := accountant.Compose(events...)
	if err != nil {
		return 0, err
	}
	return c.Least(delta)
}

// calibrate returns the largest unit at which the worst person's list costs no
// more than a charge, and what it costs then.
func (l *pureLoad) calibrate(bound int, most pureCharge) (unit float64, c pureCharge, err error) {
	list := l.worst(bound)
	sum := 0.0
	for _, w := range list {
		sum += w
	}
	if !(sum > 0) || !(most.epsilon >= 100*pico) {
		return 0, pureCharge{}, fmt.Errorf("%w: ε %g of the pure line", ErrPrice, most.epsilon)
	}
	budget := most.epsilon - 2*pico
	cost := func(unit float64) (float64, error) { return list.composed(unit, most.delta) }
	low, high := budget/sum*(1-1e-9), budget/sum // plain addition always holds
	if most.delta <= 0 || len(list) < 2 {
		epsilon, err := list.composed(low, 0) // what costs no δ is proven without any
		return low, pureCharge{epsilon: epsilon}, err
	}
	if _, err = cost(low); err != nil {
		return 0, pureCharge{}, err
	}
	var epsilon float64
	for range 60 {
		if epsilon, err = cost(2 * high); err != nil || epsilon > budget {
			break
		}
		low, high = 2*high, 2*high
	}
	high *= 2
	for high/low > 1+1e-6 {
		middle := math.Sqrt(low * high)
		if epsilon, err = cost(middle); err == nil && epsilon <= budget {
			low = middle
		} else {
			high = middle
		}
	}
	if epsilon, err = cost(low); err != nil || epsilon > budget {
		return 0, pureCharge{}, fmt.Errorf("%w: ε %g, δ %g of the pure line", ErrPrice, most.epsilon, most.delta)
	}
	return low, pureCharge{epsilon, most.delta}, nil
}

// purely returns what a build may take of the pure line beside its vector: what
// the price says; else the share of the account's pure line that the build takes
// of the Gaussian one, and no more than the price of the vector. Without a pure
// line it is that price, so that errors can be told; the ledger refuses to pay.
func (p Price) purely() pureCharge {
	c := pureCharge{p.PureEpsilon, p.PureDelta}
	l := p.Lines
	share := 1.0
	if line := accountant.Mu(l.Epsilon, l.Delta); line > 0 {
		mu := accountant.Mu(p.Epsilon, p.Delta)
		share = min(1, mu*mu/(line*line))
	}
	if c.epsilon == 0 {
		if c.epsilon = p.Epsilon; l.PureEpsilon > 0 {
			c.epsilon = min(p.Epsilon, share*l.PureEpsilon)
		}
	}
	if c.delta == 0 && l != (ledger.Lines{}) {
		c.delta = min(p.Delta, share*l.PureDelta)
	}
	return c
}
