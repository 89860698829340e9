// SPDX-License-Identifier: Apache-2.0

package audience

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/dp"
	"github.com/throng-dp/throng/dp/ledger"
)

// A Shortfall is the ledger's refusal for want of budget, together with what
// used it up, when there is some again, and what would fit. It follows from the
// plan, the policy and the ledger. errors.Is sees the ledger's error.
type Shortfall struct {
	Account string    `json:"account"`
	Asked   float64   `json:"epsilon_asked"` // what the build would be charged, as an ε at Delta
	Share   float64   `json:"share"`         // of a period
	Left    float64   `json:"share_left"`    // of a period, of the same kind, and under the ceiling
	Delta   float64   `json:"delta"`
	UsedBy  []Used    `json:"used_by"` // the posts that took most, largest first
	Held    []Held    `json:"held"`
	Frees   *string   `json:"frees"` // the day on which the build fits; null: never
	Never   string    `json:"never,omitempty"`
	Cheaper []Cheaper `json:"cheaper"` // plans that fit what is left

	why  error
	paid int // builds of the period
}

// A Used is a post that took budget.
type Used struct {
	Release string  `json:"release"`
	Account string  `json:"account"` // that asked: itself, or one that divides it
	Plan    string  `json:"plan"`
	Date    string  `json:"date"`
	Posted  string  `json:"posted"`
	Epsilon float64 `json:"epsilon"`
	Share   float64 `json:"share"` // of a period
}

// A Held is budget that a build holds that did not end, or not yet.
type Held struct {
	Account string  `json:"account"`
	Plan    string  `json:"plan"`
	Date    string  `json:"date"`
	Epsilon float64 `json:"epsilon"`
	Share   float64 `json:"share"`
	State   string  `json:"state"` // running, kept or unread: see ledger.Holding
	Until   *string `json:"until"` // of running: when it counts as dead unless it says that it lives
}

// Error is the ledger's word for it; where another period brings nothing, with
// why.
func (s *Shortfall) Error() string {
	if errors.Is(s.why, ledger.ErrCeiling) || errors.Is(s.why, ledger.ErrNoPureLine) {
		return s.why.Error()
	}
	return ledger.ErrExhausted.Error()
}

// Unwrap returns the ledger's refusal.
func (s *Shortfall) Unwrap() error { return s.why }

// Hint says in one line what is left and what can be done.
func (s *Shortfall) Hint() string {
	var r *ledger.Refusal
	_ = errors.As(s.why, &r)
	do := "ask the owner of the budget for more"
	if len(s.Cheaper) > 0 {
		do = "write one of the plans below, or " + do
	}
	switch {
	case r == nil:
		return do
	case errors.Is(s.why, ledger.ErrNoPureLine):
		return r.Hint
	case s.Frees == nil:
		return s.Never + "; " + do
	}
	paid := fmt.Sprintf("%d builds are", s.paid)
	if s.paid == 1 {
		paid = "1 build is"
	}
	return fmt.Sprintf("%s paid in this period; %s; wait for the next one, or %s", paid, r.Detail, do)
}

// mostUsed is how many posts a refusal names.
const mostUsed = 3

// A quote is what an account has for a plan.
type quote struct {
	room      *ledger.Room
	shortfall *Shortfall // nil: a build fits
	cheaper   []Cheaper
}

// quoteFor judges a plan's price by what its account has left. date may be
// empty: no build in particular.
func quoteFor(ctx context.Context, l *ledger.Ledger, a *ledger.Account, p *plan.Plan, date string, s *dp.Strategy, at time.Time) (*quote, error) {
	q := &quote{}
	var err error
	if q.room, err = l.Room(ctx, a.Name, at); err != nil {
		return nil, err
	}
	if date != "" {
		q.room = q.room.For(p.Name, date)
	}
	b := &bargain{plan: p, account: a, now: s, part: halfOf(s.Cost()), left: func(c ledger.Cost) *int { return new(q.room.Builds(c)) }}
	why := q.room.Refuses(s.Cost())
	if why != nil {
		b.part = q.room.Fraction
	}
	q.cheaper = b.cheaper()
	if why == nil {
		return q, nil
	}
	q.shortfall = &Shortfall{Account: a.Name, Asked: a.Worth(s.Cost()), Share: q.room.Share(s.Cost()), Left: q.room.Fraction(s.Cost()) * q.room.Share(s.Cost()),
		Delta: a.Lines.Delta + a.Lines.PureDelta, Cheaper: q.cheaper, why: why, paid: q.room.Paid()}
	return q, q.shortfall.explain(ctx, l, q.room, a, s.Cost(), at)
}

// halfOf makes half of a price what is affordable.
func halfOf(c ledger.Cost) func(ledger.Cost) float64 {
	return func(d ledger.Cost) float64 {
		if s := share(d, c); s > 0.5 {
			return 0.5 / s
		}
		return 1
	}
}

// explain fills in what used the budget up, and when there is some.
func (s *Shortfall) explain(ctx context.Context, l *ledger.Ledger, room *ledger.Room, a *ledger.Account, c ledger.Cost, at time.Time) error {
	s.UsedBy = []Used{}
	used, err := l.UsedBy(ctx, room.Binds(c), at, errors.Is(s.why, ledger.ErrCeiling), mostUsed)
	if err != nil {
		return err
	}
	for _, u := range used {
		s.UsedBy = append(s.UsedBy, Used{u.Release, u.Account, u.Plan, u.Date, u.At.UTC().Format(time.RFC3339), a.Worth(u.Cost), u.Share})
	}
	s.Held = Holding(room, a, at)
	next, err := l.Room(ctx, a.Name, room.Frees())
	if err != nil {
		return err
	}
	switch later := next.Refuses(c); {
	case later == nil:
		s.Frees = new(room.Frees().Format(time.DateOnly))
	case errors.Is(later, ledger.ErrCeiling):
		s.Never = "no new period lifts the lifetime ceiling"
	case errors.Is(later, ledger.ErrNoPureLine):
		s.Never = "the account was opened without a pure line"
	default:
		s.Never = "one build asks for more than the account has in a whole period"
	}
	return nil
}

// Holding returns what is held of an account.
func Holding(room *ledger.Room, a *ledger.Account, at time.Time) []Held {
	all := []Held{}
	for _, h := range room.Holdings(at) {
		x := Held{Account: h.Account, Plan: h.Plan, Date: h.Date, Epsilon: a.Worth(h.Charge), Share: h.Share, State: h.State}
		if !h.Until.IsZero() {
			x.Until = new(h.Until.UTC().Format(time.RFC3339))
		}
		all = append(all, x)
	}
	return all
}
