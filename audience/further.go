// SPDX-License-Identifier: Apache-2.0

package audience

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/dp"
	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/release"
)

// A Further is what an account's budget is for one plan: how many builds, and
// how far off an audience's size would be in a single one that takes all that is
// left. It follows from the plan, the policy and the ledger; no row is read.
type Further struct {
	Plan      string  `json:"plan"`
	Epsilon   float64 `json:"epsilon"` // of the plan
	Share     float64 `json:"share"`   // of a period, of one build
	Builds    int     `json:"builds_left"`
	HalfWidth float64 `json:"half_width"` // of an audience's size, as the plan is
	All       *AllOf  `json:"all_of_it"`  // null: nothing is left
}

// An AllOf is one build that takes all that is left, or as much as the policy
// lets it.
type AllOf struct {
	Epsilon   float64 `json:"epsilon"`
	HalfWidth float64 `json:"half_width"`
}

// FurtherBuilds tells what an account's budget is for a plan.
func FurtherBuilds(ctx context.Context, p *plan.Plan, l *ledger.Ledger, at time.Time) (*Further, error) {
	a, err := l.Account(ctx, p.Privacy.Account)
	if err != nil {
		return nil, err
	}
	s, err := Strategy(p, a)
	if err != nil {
		return nil, err
	}
	room, err := l.Room(ctx, a.Name, at)
	if err != nil {
		return nil, err
	}
	f := &Further{Plan: p.Name, Epsilon: p.Privacy.Epsilon, Share: room.Share(s.Cost()), Builds: room.Builds(s.Cost()), HalfWidth: reachOf(s, p)}
	b := &bargain{plan: p, account: a, now: s, part: room.Multiple}
	for part := b.afford(s); part > 0; part *= 0.995 {
		q := *p
		q.Privacy.Epsilon = min(down(s.PartEpsilon(part)), largest)
		if q.Privacy.Epsilon < dp.SmallestEpsilon {
			return f, nil
		}
		q.Workload.Tables, _ = loosen(p, max(1, s.Wider(part)))
		t, err := s.For(q.Digest, q.Workload, priceOf(&q, a))
		if errors.Is(err, dp.ErrPrice) {
			return f, nil // beyond the largest ε that noise can be drawn for
		}
		if err != nil {
			return nil, err
		}
		if room.Refuses(t.Cost()) == nil {
			f.All = &AllOf{q.Privacy.Epsilon, reachOf(t, &q)}
			return f, nil
		}
	}
	return f, nil
}

// largest ε that a plan may ask for.
const largest = 100

// SpentAgain tells how far off an audience's size would be in a release like
// one that was posted, if it were charged something else: Gaussian noise goes
// with 1/μ, Laplace noise with 1/ε. It is 0 where the release tells no such
// error or nothing is to be charged.
func SpentAgain(r *release.Release, was, is ledger.Cost) float64 {
	for _, f := range r.Privacy.Families {
		if f.Family != release.Reach {
			continue
		}
		if r.Privacy.Mechanism == "gaussian" {
			return f.HalfWidth * wider(was.MuSquared, is.MuSquared, 0.5)
		}
		return f.HalfWidth * wider(was.Epsilon, is.Epsilon, 1)
	}
	return 0
}

// wider is by how much noise grows that is charged something else.
func wider(was, is int64, power float64) float64 {
	if was <= 0 || is <= 0 {
		return 0
	}
	return math.Pow(float64(was)/float64(is), power)
}
