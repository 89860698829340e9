// SPDX-License-Identifier: Apache-2.0

package audience

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/dp"
	"github.com/throng-dp/throng/dp/ledger"
)

// An Asked is the question turned round: which ε a build needs for every number
// of people, or every number of one family, to be within ± HalfWidth at 95 %.
type Asked struct {
	HalfWidth   float64 `json:"half_width"`       // people; of sums and means their unit
	Family      string  `json:"family,omitempty"` // all that count people if empty
	Plan        Answer  `json:"plan"`             // as it is
	WithTargets *Answer `json:"with_targets"`     // with that target on what was asked for; null where it is no cheaper
}

// An Answer is an ε and what that means for the account.
type Answer struct {
	Epsilon    float64  `json:"epsilon"`
	Share      *float64 `json:"share"`       // of one period's budget; null without an account
	BuildsLeft *int     `json:"builds_left"` // in this period, likewise
}

// Ask turns the question round: see Asked. l may be nil: then nothing is known
// of the budget. family is one of the plan's, by its name in the manifest or in
// words, or a kind; for a mean the audience has 1,000 people.
func Ask(ctx context.Context, p *plan.Plan, l *ledger.Ledger, at time.Time, halfWidth float64, family string) (*Asked, error) {
	tables, err := asked(p, family)
	if err != nil {
		return nil, err
	}
	account, _, err := accountFor(ctx, p, l)
	if err != nil {
		return nil, err
	}
	width := func(t int) float64 { return halfWidth * math.Pow10(p.Releases[t].Decimals) }
	epsilon, err := dp.LeastEpsilon(p.Digest, p.Workload, priceOf(p, account), func(s *dp.Strategy) float64 {
		most := 0.0
		for _, t := range tables {
			most = max(most, s.Width(t)/width(t))
		}
		return most
	})
	if err != nil {
		return nil, noEpsilon(p, halfWidth, err)
	}
	if epsilon <= dp.SmallestEpsilon {
		return nil, &fault.Error{Kind: fault.Usage, Code: "usage.target-error", Where: "--target-error",
			Msg:  fmt.Sprintf("any price brings ±%s: epsilon %g does already", plain(halfWidth), epsilon),
			Hint: "a smaller number, such as ±50"}
	}
	a := &Asked{HalfWidth: halfWidth, Family: family}
	if a.Plan, err = answer(ctx, p, l, account, at, epsilon); err != nil {
		return nil, err
	}
	return a, a.withTargets(ctx, p, l, account, at, tables, width)
}

// withTargets asks again with a target on the tables asked for, where theirs is
// not smaller: the noise then moves to where nothing was asked.
func (a *Asked) withTargets(ctx context.Context, p *plan.Plan, l *ledger.Ledger, account *ledger.Account, at time.Time,
	tables []int, width func(int) float64) error {
	q := *p
	q.Workload.Tables = slices.Clone(p.Workload.Tables)
	for _, t := range tables {
		if had := q.Workload.Tables[t].Target; had == 0 || had > width(t) {
			q.Workload.Tables[t].Target = width(t)
		}
	}
	epsilon, err := dp.LeastEpsilon(q.Digest, q.Workload, priceOf(&q, account), func(*dp.Strategy) float64 { return 0 })
	// Where targets help nothing, or no ε meets them all, the plan is told as it is.
	if err == nil && epsilon < a.Plan.Epsilon {
		with, err := answer(ctx, &q, l, account, at, epsilon)
		if err != nil {
			return err
		}
		a.WithTargets = &with
	}
	return nil
}

// asked returns the tables of a family, of all that count people for none.
func asked(p *plan.Plan, family string) ([]int, error) {
	var tables, kind []int
	var known []string
	for t := range p.Releases {
		r := &p.Releases[t]
		people := p.Workload.Tables[t].Kind != dp.Sum && p.Workload.Tables[t].Kind != dp.Mean
		if family == "" && people || family != "" && (family == r.Family() || family == name(r)) {
			tables = append(tables, t)
		}
		if family == r.Kind {
			kind = append(kind, t)
		}
		if !slices.Contains(known, r.Family()) {
			known = append(known, r.Family())
		}
	}
	if len(tables) == 0 {
		tables = kind // no family has this name: `overlap` is that of two
	}
	if len(tables) == 0 {
		return nil, &fault.Error{Kind: fault.Usage, Code: "usage.family", Where: "--family",
			Msg: fmt.Sprintf("the plan releases no %q", family), Hint: "one of " + strings.Join(known, ", ")}
	}
	return tables, nil
}

// answer tells what an ε means for the account.
func answer(ctx context.Context, p *plan.Plan, l *ledger.Ledger, account *ledger.Account, at time.Time, epsilon float64) (Answer, error) {
	q := *p
	q.Privacy.Epsilon = epsilon
	s, err := Strategy(&q, account)
	if err != nil || account == nil {
		return Answer{Epsilon: epsilon}, err
	}
	status, err := l.Status(ctx, account.Name, at)
	if err != nil {
		return Answer{}, err
	}
	left, err := l.Left(ctx, account.Name, s.Cost(), at)
	return Answer{Epsilon: epsilon, Share: new(share(s.Cost(), status.Cap)), BuildsLeft: &left}, err
}

func noEpsilon(p *plan.Plan, halfWidth float64, err error) error {
	var beyond *dp.EpsilonError
	if !errors.As(err, &beyond) {
		return noNoise(p, err)
	}
	return &fault.Error{Kind: fault.Usage, Code: "usage.target-error", Where: "--target-error",
		Msg: fmt.Sprintf("no epsilon brings ±%s: at %.3g, about the largest that noise can be drawn for, it is ±%.3g",
			plain(halfWidth), beyond.Epsilon, halfWidth*beyond.Excess),
		Hint: "a larger number, such as ±50"}
}

// plain writes a number as its author would.
func plain(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
