// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"fmt"
	"math"
	"slices"

	"github.com/throng-dp/throng/dp/accountant"
)

// Judge holds a build to the policy: what it asks, and what it costs, so that
// no build can ask for little and be charged much. Approvals are judged where
// they are known: see Approved.
func (p *Policy) Judge(a Ask, c Cost) error {
	type limit struct {
		what           string
		asked, allowed float64
		broken         bool
	}
	m, l := p.Most, p.Least
	for _, x := range []limit{
		{"epsilon", a.Epsilon, m.Epsilon, m.Epsilon > 0 && !(a.Epsilon <= m.Epsilon)},
		{"delta", a.Delta, m.Delta, m.Delta > 0 && !(a.Delta <= m.Delta)},
		{"segments", float64(a.Segments), float64(m.Segments), m.Segments > 0 && a.Segments > m.Segments},
		{"lookback in days", float64(a.Lookback), float64(m.Lookback), m.Lookback > 0 && a.Lookback > m.Lookback},
	} {
		if x.broken {
			return refusedByPolicy("%s: %v asked, at most %v allowed", x.what, x.asked, x.allowed)
		}
	}
	for _, s := range a.Sensitive {
		if !slices.Contains(p.Sensitive, s.Class) {
			return &Refusal{Reason: ErrPolicy, Detail: "sensitive: " + s.What,
				Hint: fmt.Sprintf("leave the audience out; only the owner of the account may allow it, by `sensitive: [%s]` in its policy", s.Class)}
		}
	}
	switch {
	case a.MinReach < l.MinReach:
		return refusedByPolicy("min_reach: %d asked, at least %d allowed", a.MinReach, l.MinReach)
	case l.MinAge > 0 && !a.HasAge:
		return refusedByPolicy("min_age: nobody's age is known to the plan, at least %d required", l.MinAge)
	case a.NoOptOuts && (p.OptOuts.MaxAge > 0 || p.OptOuts.MaxShrink > 0):
		return &Refusal{Reason: ErrPolicy, Detail: "opt_outs: none asked, and the policy limits how old people's choices may be, or how much they may shrink",
			Hint: "name the source of choices under data.opt_outs, or ask the owner of the account for another policy"}
	}
	return p.judgeCost(c)
}

// judgeCost compares the charge itself with the policy's largest build.
func (p *Policy) judgeCost(c Cost) error {
	if err := p.judgePure(c); err != nil {
		return err
	}
	m := p.Most
	if m.Epsilon <= 0 || m.Delta <= 0 || c.MuSquared == 0 {
		return nil
	}
	mu := accountant.Mu(m.Epsilon, m.Delta)
	// The realised noise scale may be 10^-6 finer than the one asked for.
	if float64(c.MuSquared) > math.Ceil(mu*mu*pico*(1+2e-6))+1 {
		return refusedByPolicy("epsilon: the charge is beyond the (%v, %v) allowed", m.Epsilon, m.Delta)
	}
	return nil
}

// judgePure compares what the pure line is charged. A policy that has no words
// for it allows as much as on the other line; one that has them allows that
// beside a vector, whichever line the vector is charged to.
func (p *Policy) judgePure(c Cost) error {
	m := p.Most
	epsilon, delta := m.Epsilon, m.Delta
	if m.PureEpsilon > 0 {
		if epsilon = m.PureEpsilon; c.MuSquared == 0 {
			epsilon += m.Epsilon
		}
	}
	if m.PureDelta > 0 {
		delta = m.PureDelta
	}
	if most, err := units(epsilon, pico); epsilon > 0 && err == nil && c.Epsilon > most+1 {
		return refusedByPolicy("pure_epsilon: the pure line is charged ε %.6g, at most %v allowed", float64(c.Epsilon)/pico, epsilon)
	}
	if most, err := units(delta, atto); delta > 0 && err == nil && c.Delta > most+1 {
		return refusedByPolicy("pure_delta: the pure line is charged δ %.3g, at most %v allowed", float64(c.Delta)/atto, delta)
	}
	return nil
}

func refusedByPolicy(format string, args ...any) error {
	return &Refusal{Reason: ErrPolicy, Detail: fmt.Sprintf(format, args...),
		Hint: "change the plan, or ask the owner of the account for another policy"}
}
