// SPDX-License-Identifier: Apache-2.0

package audience

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/dp"
	"github.com/throng-dp/throng/dp/ledger"
)

// Warnings says what is allowed in a plan and should be thought about. account
// may be nil: nothing is known of it then.
func Warnings(p *plan.Plan, account *ledger.Account) []string {
	w := []string{}
	say := func(format string, a ...any) { w = append(w, fmt.Sprintf(format, a...)) }
	if p.OptOuts == nil {
		say("opt_outs: none; nobody's choice is applied, and every manifest says so")
	}
	if p.Privacy.MaxSegments < len(p.Segments) {
		say("max_segments: people in more than %d audiences are counted in %d of them only, so every number is too low by what the cap cuts off; the release says how much that is",
			p.Privacy.MaxSegments, p.Privacy.MaxSegments)
	}
	for _, c := range p.Cleared {
		say("%s is treated as a category, not as a key; every manifest says so", c)
	}
	if account == nil {
		return w
	}
	policy := &account.Policy
	if len(policy.Text) == 0 {
		say("account %s has no policy: the plan's own limits hold, whatever they are", account.Name)
	}
	if s, err := Strategy(p, account); err == nil {
		if err := policy.Judge(ask(p), s.Cost()); err != nil {
			say("a build would be %v", err)
		}
		if err := account.Lacks(s.Cost()); err != nil {
			say("a build would be refused: %v", err)
		}
	}
	if account.Ceiling == 0 {
		say("account %s has no lifetime ceiling: what people pay adds up over periods without end", account.Name)
	}
	if n := policy.PeopleAtMost; n > 0 && p.Privacy.Delta > 1/(10*float64(n)) {
		say("delta %g is more than 1/(10 × people_at_most): with %d people at most, ask for %.0e or less", p.Privacy.Delta, n, 1/(10*float64(n)))
	}
	return w
}

// A Cheaper is a smaller plan, at the same price: how far off its audiences
// would be, and what it could cost to be as far off as this plan's.
type Cheaper struct {
	What       string  `json:"what"`
	HalfWidth  float64 `json:"half_width"`
	Share      float64 `json:"share"` // of this plan's price, for this plan's error of an audience
	BuildsLeft int     `json:"builds_left"`
}

// mostCheaper is how many smaller plans are told.
const mostCheaper = 3

// cheaper looks for smaller plans: without one family of tables, and without
// any but the sizes of audiences.
func (e *Explanation) cheaper(ctx context.Context, p *plan.Plan, l *ledger.Ledger, a *ledger.Account, at time.Time) {
	e.Cheaper = []Cheaper{}
	now := e.reachError()
	if now == 0 {
		return
	}
	var names []string
	for _, f := range e.Families {
		if f.Kind != "population" && f.Kind != "reach" && !slices.Contains(names, f.Name) {
			names = append(names, f.Name)
		}
	}
	for _, n := range names {
		e.tryWithout(ctx, p, l, a, at, "without "+n, func(r *plan.Release) bool { return name(r) == n })
	}
	if len(names) > 1 {
		e.tryWithout(ctx, p, l, a, at, "sizes of audiences alone", func(r *plan.Release) bool {
			return r.Kind != "population" && r.Kind != "reach"
		})
	}
	slices.SortStableFunc(e.Cheaper, func(x, y Cheaper) int {
		switch {
		case x.Share < y.Share:
			return -1
		case x.Share > y.Share:
			return 1
		}
		return 0
	})
	e.Cheaper = e.Cheaper[:min(len(e.Cheaper), mostCheaper)]
}

func (e *Explanation) reachError() float64 {
	for i := range e.Families {
		if e.Families[i].Kind == "reach" {
			return e.Families[i].HalfWidth
		}
	}
	return 0
}

// tryWithout prices the plan without some tables. Half-widths of Gaussian noise
// go with 1/μ, so the charge for today's error goes with the square of their
// ratio.
func (e *Explanation) tryWithout(ctx context.Context, p *plan.Plan, l *ledger.Ledger, a *ledger.Account, at time.Time,
	what string, drop func(*plan.Release) bool) {
	smaller := *p
	smaller.Releases, smaller.Workload.Tables = nil, nil
	for t := range p.Releases {
		if !drop(&p.Releases[t]) {
			smaller.Releases = append(smaller.Releases, p.Releases[t])
			smaller.Workload.Tables = append(smaller.Workload.Tables, p.Workload.Tables[t])
		}
	}
	s, err := Strategy(&smaller, a)
	if err != nil || s.Mechanism() != e.Mechanism {
		return
	}
	c := Cheaper{What: what, HalfWidth: reachOf(s, &smaller)}
	ratio := c.HalfWidth / e.reachError()
	c.Share = ratio * ratio
	if e.Mechanism != "gaussian" {
		c.Share = ratio
	}
	if c.HalfWidth == 0 || c.Share > 0.97 {
		return
	}
	if a != nil {
		cost := s.Cost()
		cost.MuSquared = int64(float64(cost.MuSquared) * c.Share)
		cost.Epsilon = int64(float64(cost.Epsilon) * c.Share)
		if left, err := l.Left(ctx, a.Name, cost, at); err == nil {
			c.BuildsLeft = left
		}
	}
	e.Cheaper = append(e.Cheaper, c)
}

// reachOf is the largest half-width of a size of an audience.
func reachOf(s *dp.Strategy, p *plan.Plan) float64 {
	most := 0.0
	for t := range p.Workload.Tables {
		if p.Workload.Tables[t].Kind == dp.Reach {
			most = max(most, s.Width(t))
		}
	}
	return most
}
