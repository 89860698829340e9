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

// room refuses what does not fit into the period or under the ceiling.
func (t *terms) room(all []Balance, b Balance, need Cost) error {
	used := b.Held.plus(b.Spent)
	if !used.plus(need).within(b.Cap) {
		return t.exhausted(b, need)
	}
	if t.Ceiling <= 0 {
		return nil
	}
	total := t.lifetime(all, b.Period, need, true)
	if total.Epsilon > t.Ceiling {
		return &Refusal{Reason: ErrExhausted,
			Detail: fmt.Sprintf("account %s: its lifetime total would be ε %.4g at δ %.3g, and its ceiling is %v", t.Name, total.Epsilon, total.Delta, t.Ceiling),
			Hint:   "the ceiling was fixed when the account was opened; a plan with more noise may still fit"}
	}
	return nil
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

// epsilonOf returns ε at δ of what is charged on a Gaussian line. A δ near 1
// promises nothing: the ε of a smaller one holds there too.
func epsilonOf(muSquared int64, delta float64) float64 {
	if muSquared <= 0 {
		return 0
	}
	return accountant.Epsilon(math.Sqrt(float64(muSquared)/pico), min(delta, 0.1))
}

// lifetime returns the total over all periods, together with more that is to be
// charged in a period. Periods that were never drawn on grant nothing, so the
// δ is the account's for each period that was: the μ² of all periods adds up,
// tails stay within their share of each period's δ, pure lines add up.
func (t *terms) lifetime(all []Balance, period int, more Cost, held bool) Total {
	var sum Cost
	total, periods, counted := Total{}, 0, false
	for _, b := range all {
		used := b.Spent
		if held {
			used = used.plus(b.Held)
		}
		if b.Period == period {
			used, counted = used.plus(more), true
		}
		if used != (Cost{}) {
			periods++
		}
		sum, total.Builds = sum.plus(used), total.Builds+b.Builds
	}
	if !counted && more != (Cost{}) {
		sum, periods = sum.plus(more), periods+1
	}
	n := float64(max(periods, 1))
	total.Epsilon = epsilonOf(sum.MuSquared, n*gaussianDelta(t.Lines)) + float64(sum.Epsilon)/pico
	total.Delta = n * (t.Lines.Delta + t.Lines.PureDelta)
	return total
}
