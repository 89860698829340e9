// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"fmt"
	"math"
	"time"

	"github.com/throng-dp/throng/dp/accountant"
)

// at returns the balance of a period: a fresh one if it was never drawn on.
func at(all []Balance, t *terms, period int) Balance {
	for _, b := range all {
		if b.Period == period {
			return b
		}
	}
	return Balance{Account: t.Name, Period: period, Cap: t.caps}
}

// balance returns the balance of a period that has been drawn on.
func balance(tx Tx, account string, period int) (Balance, error) {
	all, err := tx.Balances(account)
	if err != nil {
		return Balance{}, err
	}
	for _, b := range all {
		if b.Period == period {
			return b, nil
		}
	}
	return Balance{}, damaged("account %s: a reservation of a period without a balance", account)
}

// room refuses what does not fit into the period, or of a whole under the
// ceiling: a lifetime is that of the people, whichever part is charged.
func (t *terms) room(all []Balance, b Balance, need Cost) error {
	if err := t.Lacks(need); err != nil {
		return err
	}
	used := b.Held.plus(b.Spent)
	if !used.plus(need).within(b.Cap) {
		return t.exhausted(b, need)
	}
	if t.Ceiling <= 0 || t.whole != nil {
		return nil
	}
	total := t.lifetime(all, need, true)
	if total.Epsilon > t.Ceiling {
		return &Refusal{Reason: ErrCeiling,
			Detail: fmt.Sprintf("the total of %s would be ε %.4g at δ %.3g, its ceiling is %v", t.Name, total.Epsilon, total.Delta, t.Ceiling),
			Hint:   "the ceiling was fixed when the account was opened; a plan with more noise may still fit"}
	}
	return nil
}

// Lacks refuses a cost that no period of the account will ever cover, since the
// account was opened without the line that it draws on.
func (a *Account) Lacks(c Cost) error {
	l := a.Lines
	if (c.Epsilon == 0 || l.PureEpsilon > 0) && (c.Delta == 0 || l.PureDelta > 0) {
		return nil
	}
	what, flags := fmt.Sprintf("ε %.3g", float64(c.Epsilon)/pico), "--pure-epsilon E"
	if c.Delta > 0 {
		flags += " --pure-delta D"
		what += fmt.Sprintf(" and δ %.3g", float64(c.Delta)/atto)
	}
	return &Refusal{Reason: ErrNoPureLine,
		Detail: fmt.Sprintf("a build takes %s of one, account %s has ε %v and δ %v", what, a.Name, l.PureEpsilon, l.PureDelta),
		Hint: "quantiles and selection are paid from it, and the owner gives it to an account on opening: " +
			"throng ledger account NAME … " + flags + "; or leave them out of the plan"}
}

// exhausted says what is left and when the next period begins.
func (t *terms) exhausted(b Balance, need Cost) error {
	left := b.Cap.minus(b.Held.plus(b.Spent))
	_, to := t.bounds(b.Period)
	return &Refusal{Reason: ErrExhausted,
		Detail: fmt.Sprintf("account %s has %s left of its period, which ends on %s", t.Name, t.inWords(left, need), to.Format(time.DateOnly)),
		Hint:   "wait for the next period, or ask for less: fewer segments, fewer tables, a smaller epsilon"}
}

// inWords names what is left of the line that did not have enough.
func (t *terms) inWords(left, need Cost) string {
	switch {
	case need.MuSquared > left.MuSquared:
		eps := epsilonOf(left.MuSquared, gaussianDelta(t.Lines))
		return fmt.Sprintf("ε %.3g at δ %.3g", eps, t.Lines.Delta)
	case need.Epsilon > left.Epsilon:
		return fmt.Sprintf("ε %.3g of its pure line", float64(left.Epsilon)/pico)
	case need.Delta > left.Delta:
		return fmt.Sprintf("δ %.3g of its pure line", float64(left.Delta)/atto)
	}
	return fmt.Sprintf("δ %.3g for samplers' tails", float64(left.Tail)/atto)
}

// epsilonOf returns ε at δ of what is charged on a Gaussian line.
func epsilonOf(muSquared int64, delta float64) float64 {
	if muSquared <= 0 {
		return 0
	}
	return accountant.Epsilon(math.Sqrt(float64(muSquared)/pico), delta)
}

// lifetime returns the total over all periods, together with more that is to be
// charged in a period. μ² of the periods adds up and is told as the ε at one
// period's δ; pure lines add up. Tails add to δ once they outgrow their share of
// one period's.
func (t *terms) lifetime(all []Balance, more Cost, held bool) Total {
	var total Total
	sum := more
	for _, b := range all {
		sum, total.Builds = sum.plus(b.Spent), total.Builds+b.Builds
		if held {
			sum = sum.plus(b.Held)
		}
	}
	delta := gaussianDelta(t.Lines)
	total.Epsilon = epsilonOf(sum.MuSquared, delta) + float64(sum.Epsilon)/pico
	total.Delta = max(t.Lines.Delta, delta+float64(sum.Tail)/atto) + float64(sum.Delta)/atto
	return total
}
