// SPDX-License-Identifier: Apache-2.0

package audience

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/dp"
	"github.com/throng-dp/throng/dp/ledger"
)

// A WhatIf is a plan at another ε: what a build would take, and how far off its
// numbers would be. It follows from the plan, the policy and the ledger; no row
// is read.
type WhatIf struct {
	Epsilon  float64       `json:"epsilon"`
	Own      bool          `json:"own"`         // the plan's own ε
	Share    float64       `json:"share"`       // of a period, of one build
	Builds   int           `json:"builds_left"` // in this period
	Size     float64       `json:"half_width"`  // of an audience's size, at 95 %; 0: none is released
	Smallest int           `json:"smallest_readable_audience"`
	Families []FamilyError `json:"families"`
}

// steps are the ε that are tried: each about a third more than the one before.
var steps = []float64{0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 1, 1.5, 2, 3, 4, 5, 7, 10, 15, 20}

// WhatIfs prices a plan at its own ε and at others: from an eighth of it to eight
// times it, as far as the policy lets a build ask for it and noise can be drawn.
// Targets of the plan are loosened or tightened with the price.
func WhatIfs(ctx context.Context, p *plan.Plan, l *ledger.Ledger, at time.Time) ([]WhatIf, error) {
	a, err := l.Account(ctx, p.Privacy.Account)
	if err != nil {
		return nil, err
	}
	own, err := Strategy(p, a)
	if err != nil {
		return nil, err
	}
	room, err := l.Room(ctx, a.Name, at)
	if err != nil {
		return nil, err
	}
	grid := append(slices.Clone(steps), p.Privacy.Epsilon)
	slices.Sort(grid)
	var all []WhatIf
	for _, epsilon := range slices.Compact(grid) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		is := p.Privacy.Epsilon
		if epsilon != is && (epsilon < is/8 || epsilon > is*8 || epsilon < dp.SmallestEpsilon || a.Policy.Most.Epsilon > 0 && epsilon > a.Policy.Most.Epsilon) {
			continue
		}
		q := *p
		q.Privacy.Epsilon = epsilon
		if epsilon != is {
			q.Workload.Tables, _ = loosen(p, is/epsilon)
		}
		s, err := own.For(q.Digest, q.Workload, priceOf(&q, a))
		var missed *dp.TargetError
		if errors.Is(err, dp.ErrPrice) || errors.As(err, &missed) {
			continue // not to be had at this price
		}
		if err != nil {
			return nil, err
		}
		e := &Explanation{}
		e.families(&q, s)
		all = append(all, WhatIf{Epsilon: epsilon, Own: epsilon == is, Share: room.Share(s.Cost()), Builds: room.Builds(s.Cost()),
			Size: reachOf(s, &q), Smallest: e.Smallest, Families: e.Families})
	}
	return all, nil
}
