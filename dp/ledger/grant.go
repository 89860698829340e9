// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"fmt"
	"strconv"
	"time"
)

// A Grant adds to the present period of an account: ε and δ to either line that
// it has. The lifetime ceiling stays the last word.
type Grant struct {
	Account  string
	Add      Lines
	Reason   string // one line
	From, To string // first day of the period, and of the next one; NewGrant does not look at them
}

// NewGrant returns the text of a grant for two approvers to sign. It names this
// ledger, the account and the period, and is good for once. A grant that the
// account cannot have is refused here already.
func (l *Ledger) NewGrant(ctx context.Context, g Grant) (text []byte, err error) {
	if err := oneLine(g.Reason); err != nil {
		return nil, err
	}
	err = l.store.View(ctx, func(tx Tx) error {
		m, err := tx.Meta()
		if err != nil {
			return err
		}
		t, err := find(tx, g.Account)
		if err != nil {
			return err
		}
		period := t.period(later(l.now(), m.Clock))
		if _, _, err := t.granted(tx, period, g.Add); err != nil {
			return err
		}
		from, to := t.bounds(period)
		text = []byte(newPage("grant", "ledger", m.ID, "grant", random(), "account", g.Account, "period", strconv.Itoa(period),
			"from", from.Format(time.DateOnly), "to", to.Format(time.DateOnly),
			"epsilon", decimal(g.Add.Epsilon), "delta", decimal(g.Add.Delta),
			"pure_epsilon", decimal(g.Add.PureEpsilon), "pure_delta", decimal(g.Add.PureDelta), "reason", g.Reason).text())
		return nil
	})
	return text, err
}

// later is ledger time outside of a transaction.
func later(now, clock time.Time) time.Time {
	if now = now.UTC(); now.Before(clock) {
		return clock
	}
	return now
}

func decimal(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

// SignedBy returns what a grant says, and the approvers who signed it. A
// signature by anybody else, one that is forged, and a grant that was applied or
// is of another ledger or period are errors.
func (l *Ledger) SignedBy(ctx context.Context, signed []byte) (said *Grant, who []string, err error) {
	err = l.store.View(ctx, func(tx Tx) error {
		m, err := tx.Meta()
		if err != nil {
			return err
		}
		g, err := l.readGrant(tx, signed, later(l.now(), m.Clock))
		if err != nil {
			return err
		}
		said = &g.Grant
		for _, key := range g.who {
			who = append(who, key.Name)
		}
		return nil
	})
	return said, who, err
}

// Grant applies a grant that two different approvers have signed, and returns
// what it says.
func (l *Ledger) Grant(ctx context.Context, signed []byte) (*Grant, error) {
	var g *signedGrant
	err := l.update(ctx, func(tx Tx, now time.Time) (err error) {
		if g, err = l.readGrant(tx, signed, now); err != nil {
			return err
		}
		if err := g.complete(); err != nil {
			return err
		}
		b, add, err := g.terms.granted(tx, g.period, g.Add)
		if err != nil {
			return err
		}
		b.Cap = b.Cap.plus(add)
		if err := tx.SetBalance(b); err != nil {
			return err
		}
		return tx.Append(Record{Entry: Entry{Type: typeGrant, At: now, Account: g.Account, Cost: add, Reason: g.Reason, Actor: names(g.who)},
			Period: g.period, Text: signed})
	})
	if err != nil {
		return nil, err
	}
	return &g.Grant, nil
}

// A signedGrant is a grant together with who signed it.
type signedGrant struct {
	Grant
	*deed
	period int
	terms  *terms
}

// readGrant reads a signed grant, for the ledger as it is now.
func (l *Ledger) readGrant(tx Tx, signed []byte, now time.Time) (*signedGrant, error) {
	k, err := l.ring(tx)
	if err != nil {
		return nil, err
	}
	g, err := k.openGrant(signed)
	if err != nil {
		return nil, err
	}
	t, err := find(tx, g.Account)
	if err != nil {
		return nil, err
	}
	if present := t.period(now); g.period != present {
		from, _ := t.bounds(present)
		return nil, &Refusal{Reason: ErrUnsigned, Detail: "it is signed for another period than the present one, which began on " + from.Format(time.DateOnly),
			Hint: "a grant holds for one period: write and sign a new one"}
	}
	g.terms = &t
	return g, g.unused(tx, typeGrant)
}

var grantFields = []string{"ledger", "grant", "account", "period", "from", "to", "epsilon", "delta", "pure_epsilon", "pure_delta", "reason"}

// readGrantPage reads a grant that was checked before.
func readGrantPage(signed []byte) (map[string]string, error) {
	text, _, err := ReadNote(signed)
	if err != nil {
		return nil, err
	}
	return readPage(text, "grant", grantFields...)
}

// openGrant reads a grant and makes sure that approvers alone signed it.
func (k *keyring) openGrant(signed []byte) (*signedGrant, error) {
	d, err := k.openDeed(signed, "grant", grantFields)
	if err != nil {
		return nil, err
	}
	f := d.fields
	g := &signedGrant{Grant: Grant{Account: f["account"], Reason: f["reason"], From: f["from"], To: f["to"]}, deed: d}
	if g.period, err = strconv.Atoi(f["period"]); err != nil {
		return nil, invalid("a grant for no period")
	}
	if g.Add, err = addedBy(f); err != nil {
		return nil, err
	}
	return g, nil
}

// addedBy reads what the fields of a grant add: numbers as decimal writes them,
// and no others.
func addedBy(f map[string]string) (l Lines, err error) {
	for name, x := range map[string]*float64{"epsilon": &l.Epsilon, "delta": &l.Delta, "pure_epsilon": &l.PureEpsilon, "pure_delta": &l.PureDelta} {
		*x, err = strconv.ParseFloat(f[name], 64)
		if err != nil || !inRange(*x, largestEpsilon) || decimal(*x) != f[name] {
			return Lines{}, invalid("a grant whose %s is no number that it can have", name)
		}
	}
	return l, nil
}

// granted returns the balance of a period and what a grant adds to its caps. It
// refuses one that brings nothing, that a part's whole has not got, or that
// could not be used under the lifetime ceiling.
func (t *terms) granted(tx Tx, period int, add Lines) (Balance, Cost, error) {
	all, err := tx.Balances(t.Name)
	if err != nil {
		return Balance{}, Cost{}, err
	}
	sum, err := grants(tx, t.Name, period)
	if err != nil {
		return Balance{}, Cost{}, err
	}
	b := at(all, t, period)
	more, err := t.raised(sum.plus(add))
	if err != nil {
		return b, Cost{}, err
	}
	more = more.minus(b.Cap)
	if !(Cost{}).within(more) || more == (Cost{}) {
		return b, Cost{}, invalid("a grant adds something to a period: an epsilon above 0")
	}
	after := b.Cap.plus(more)
	if t.whole != nil {
		return b, more, t.partGrows(tx, period, after)
	}
	return b, more, t.underCeiling(all, period, after)
}

// raised returns the caps of a period with what was granted to it.
func (t *terms) raised(granted lines) (Cost, error) {
	add, has := granted.rounded(), t.Lines
	for _, x := range [][2]float64{{add.Epsilon, has.Epsilon}, {add.Delta, has.Delta}, {add.PureEpsilon, has.PureEpsilon}, {add.PureDelta, has.PureDelta}} {
		if !(x[0] >= 0) || x[0] > 0 && x[1] == 0 {
			return Cost{}, invalid("a grant adds to the lines that account %s has", t.Name)
		}
	}
	sum := granted.plus(t.Lines)
	a := t.Account
	a.Lines = sum.rounded()
	if err := a.valid(); err != nil {
		return Cost{}, invalid("with this grant: %v", err)
	}
	return sum.caps()
}

// partGrows refuses a part that would be larger than its whole.
func (t *terms) partGrows(tx Tx, period int, caps Cost) error {
	all, err := tx.Balances(t.whole.Name)
	if err != nil {
		return err
	}
	if !caps.within(at(all, t.whole, period).Cap) {
		return &Refusal{Reason: ErrExhausted, Detail: fmt.Sprintf("%s would have more than %s, which it is a part of", t.Name, t.whole.Name),
			Hint: "grant it to " + t.whole.Name + " first"}
	}
	return nil
}

// underCeiling refuses a period whose caps, used up, would pass the ceiling
// together with what all other periods used.
func (t *terms) underCeiling(all []Balance, period int, caps Cost) error {
	if t.Ceiling <= 0 {
		return nil
	}
	others := []Balance{{Spent: caps}}
	for _, b := range all {
		if b.Period != period {
			others = append(others, b)
		}
	}
	if total := t.lifetime(others, Cost{}, true); total.Epsilon > t.Ceiling {
		return &Refusal{Reason: ErrCeiling,
			Detail: fmt.Sprintf("used up, the period would bring the total of %s to ε %.4g, its ceiling is %v", t.Name, total.Epsilon, t.Ceiling),
			Hint:   "the ceiling was fixed when the account was opened: grant less"}
	}
	return nil
}

// grants adds up what was granted to a period.
func grants(tx Tx, account string, period int) (sum lines, err error) {
	err = tx.Signed(typeGrant, func(r Record) error {
		if r.Account != account || r.Period != period {
			return nil
		}
		f, err := readGrantPage(r.Text)
		if err != nil {
			return damaged("entry %d: its grant cannot be read", r.Seq)
		}
		add, err := addedBy(f)
		if err != nil {
			return damaged("entry %d: its grant cannot be read", r.Seq)
		}
		sum = sum.plus(add)
		return nil
	})
	return sum, err
}
