// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/throng-dp/throng/dp/accountant"
)

// tailShare of the Gaussian line's δ is set aside for the cut tails of noise
// samplers (privacy R16): one part in a hundred. The cap in μ² is computed from
// the rest, so that both together stay within δ.
const tailShare = 100

// largest ε of a line. Nobody is protected by more, and sums stay in an int64.
const largestEpsilon = 1000

var (
	name        = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)
	accountName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}(/[a-z0-9][a-z0-9_-]{0,63})?$`)
)

const nameHint = "an account's name is up to 64 of a-z, 0-9, _ and -, and starts with a letter or digit; a sub-account is written account/name"

// terms are an account and what follows from it.
type terms struct {
	Account
	caps  Cost   // of one period
	raw   []byte // as a store keeps it; empty before it does
	whole *terms // the account that this one is a part of; nil if it is none
}

// newTerms checks an account and computes its caps, rounded down.
func newTerms(a Account) (terms, error) {
	if err := a.valid(); err != nil {
		return terms{}, err
	}
	c, err := capsOf(a.Lines)
	return terms{Account: a, caps: c}, err
}

func (a *Account) valid() error {
	l := a.Lines
	switch {
	case !accountName.MatchString(a.Name):
		return errors.New(nameHint)
	case !name.MatchString(a.Lineage):
		return fmt.Errorf("a lineage is up to 64 of a-z, 0-9, _ and -, and starts with a letter or digit")
	case !inRange(l.Epsilon, largestEpsilon), !inRange(l.PureEpsilon, largestEpsilon):
		return fmt.Errorf("epsilon lies between 0 and %d", largestEpsilon)
	case !inRange(l.Delta, 0.01), !inRange(l.PureDelta, 0.01):
		return fmt.Errorf("delta lies between 0 and 0.01")
	case (l.Epsilon > 0) != (l.Delta > 0):
		return fmt.Errorf("the Gaussian line needs an epsilon and a delta")
	case l.Epsilon == 0 && l.PureEpsilon == 0:
		return fmt.Errorf("an account without budget")
	case l.Delta > 0 && l.Delta < 1e-15:
		return fmt.Errorf("delta of the Gaussian line is below 1e-15")
	case a.Calendar == "" && (a.Period < 1 || a.Period > 36_525):
		return fmt.Errorf("a period is between 1 day and 36525 days")
	case a.Calendar != "" && (a.Period != 0 || !slices.Contains(Calendars, a.Calendar)):
		return fmt.Errorf("a period of the calendar is one of %s", strings.Join(Calendars, ", "))
	case !inRange(a.Ceiling, 1e6):
		return fmt.Errorf("the lifetime ceiling is not a number that epsilon can have")
	}
	return nil
}

// inRange is false for NaN too.
func inRange(x, top float64) bool { return x >= 0 && x <= top }

// capsOf returns what one period may charge.
func capsOf(l Lines) (c Cost, err error) { return lines{}.plus(l).caps() }

// caps returns what one period may charge.
func (x lines) caps() (c Cost, err error) {
	l := x.rounded()
	if l.Epsilon > 0 {
		mu := accountant.Mu(l.Epsilon, gaussianDelta(l))
		c.MuSquared = int64(math.Floor(mu * mu * pico * (1 - 1e-15)))
	}
	if c.Tail, err = unitsOf(x.delta, atto); err != nil {
		return Cost{}, err
	}
	c.Tail /= tailShare
	if c.Epsilon, err = unitsOf(x.pureEpsilon, pico); err != nil {
		return Cost{}, err
	}
	c.Delta, err = unitsOf(x.pureDelta, atto)
	return c, err
}

// gaussianDelta is the δ at which the Gaussian line's μ² is judged.
func gaussianDelta(l Lines) float64 { return l.Delta * (1 - 1.0/tailShare) }

// row returns the form that stores keep.
func (t *terms) row() (AccountRow, error) {
	text, err := json.Marshal(t.Account)
	return AccountRow{Name: t.Name, Lineage: t.Lineage, Parent: t.Parent(), Cap: t.caps, Terms: text}, err
}

// termsOf reads a store's row. Its caps hold as they were when the account was
// opened, whatever a later accountant would compute.
func termsOf(r AccountRow) (terms, error) {
	t := terms{caps: r.Cap, raw: r.Terms}
	if err := json.Unmarshal(r.Terms, &t.Account); err != nil {
		return terms{}, damaged("account %s: its terms cannot be read", r.Name)
	}
	if t.Name != r.Name || t.Lineage != r.Lineage || t.Parent() != r.Parent {
		return terms{}, damaged("account %s: its terms name another", r.Name)
	}
	return t, nil
}

// damaged says what is wrong with the ledger's rows.
func damaged(format string, args ...any) error {
	return &Refusal{Reason: ErrDamaged, Detail: fmt.Sprintf(format, args...),
		Hint: "stop using this ledger and restore it from a backup; ledger verify names the first bad entry"}
}

// invalid says what is wrong with a request.
func invalid(format string, args ...any) error {
	return &Refusal{Reason: ErrInvalid, Detail: fmt.Sprintf(format, args...)}
}
