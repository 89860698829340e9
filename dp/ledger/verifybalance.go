// SPDX-License-Identifier: Apache-2.0

package ledger

import "fmt"

// balance returns what a period's entries add up to so far.
func (v *verifier) balance(t *terms, number int) Balance {
	b, ok := v.balances[period{t.Name, number}]
	if !ok {
		b = Balance{Account: t.Name, Period: number, Cap: t.caps}
	}
	return b
}

// moved follows budget from held to spent or back.
func (v *verifier) moved(t *terms, r *Record) (wrong string) {
	h := v.held[r.Reservation]
	if h.ID != "" && (h.Period != r.Period || h.Account != r.Account || h.Plan != r.Plan || h.Date != r.Date) {
		return "its reservation is another's"
	}
	resolves := r.Type == typePost || r.Type == typeVoid || r.Type == typeExpire
	switch {
	case r.Type != typeReserve && h.ID == "":
		return "nothing is reserved, or it is resolved already"
	case resolves && h.Charge != r.Cost:
		return "it is not what was reserved"
	case r.Type == typePost:
		if r.Actor != h.Owner {
			return fmt.Sprintf("%q posted what %q reserved", r.Actor, h.Owner)
		}
		v.post(r)
	case r.Type == typeKeep:
		h.Kept = true
	case r.Type == typeReserve:
		if err := v.signedRun(r); err != nil {
			return err.Error()
		}
		h = Hold{ID: r.Reservation, Account: r.Account, Plan: r.Plan, Date: r.Date, Period: r.Period,
			Charge: h.Charge.plus(r.Cost), Owner: r.Actor, Kept: h.ID != ""}
	}
	if resolves {
		delete(v.held, r.Reservation)
	} else {
		v.held[r.Reservation] = h
	}
	for _, t := range t.charged() {
		if wrong := v.charge(t, r); wrong != "" {
			return wrong
		}
	}
	return ""
}

// charge changes the balance of one of the accounts that a record is charged to,
// and judges it.
func (v *verifier) charge(t *terms, r *Record) (wrong string) {
	b, used := v.balance(t, r.Period), v.used[t.Name]
	switch r.Type {
	case typeReserve:
		b.Held, used = b.Held.plus(r.Cost), used.plus(r.Cost)
	case typePost:
		b.Held, b.Spent, b.Builds = b.Held.minus(r.Cost), b.Spent.plus(r.Cost), b.Builds+1
	case typeVoid, typeExpire:
		b.Held, used = b.Held.minus(r.Cost), used.minus(r.Cost)
	}
	if !b.Held.plus(b.Spent).within(b.Cap) || !(Cost{}).within(b.Held) || !(Cost{}).within(b.Spent) {
		return "with it account " + t.Name + " goes beyond what was granted"
	}
	v.balances[period{t.Name, r.Period}], v.used[t.Name] = b, used
	if t.Ceiling > 0 && t.whole == nil && !v.underCeiling(t, used) {
		return "with it account " + t.Name + " goes beyond its lifetime ceiling"
	}
	return ""
}

// underCeiling reports whether all that is held and spent of an account is worth
// no more than its ceiling. An ε takes some microseconds to compute, and grows
// with what it is computed of: most records are answered by a sum that is a
// little larger and was found to be under the ceiling before.
func (v *verifier) underCeiling(t *terms, used Cost) bool {
	if known := v.beneath[t.Name]; used.MuSquared <= known.MuSquared && used.Epsilon <= known.Epsilon {
		return true
	}
	delta := gaussianDelta(t.Lines)
	for _, more := range []float64{0.05, 0.001, 0} {
		sum := Cost{MuSquared: used.MuSquared + int64(more*float64(used.MuSquared)), Epsilon: used.Epsilon + int64(more*float64(used.Epsilon))}
		// A later accountant may differ in the last digits.
		if epsilonOf(sum.MuSquared, delta)+float64(sum.Epsilon)/pico <= t.Ceiling*(1+1e-9) {
			v.beneath[t.Name] = sum
			return true
		}
	}
	return false
}

// sums compares the balances and holds that are kept with those of the records.
func (v *verifier) sums(tx Tx) error {
	for name := range v.accounts {
		all, err := tx.Balances(name)
		if err != nil {
			return err
		}
		if !v.opened[name] {
			return damaged("account %s was never opened", name)
		}
		for _, b := range all {
			at := period{name, b.Period}
			if v.balances[at] != b {
				return damaged("account %s: the balance of period %d is not what its entries add up to", name, b.Period)
			}
			delete(v.balances, at)
		}
		holds, err := tx.Holds(name)
		if err != nil {
			return err
		}
		for _, h := range holds {
			o := v.held[h.ID]
			if o.Charge != h.Charge || o.Period != h.Period || o.Account != h.Account || o.Plan != h.Plan || o.Date != h.Date || o.Kept != h.Kept {
				return damaged("account %s: what is held for %s@%s is not what its entries add up to", name, h.Plan, h.Date)
			}
			delete(v.held, h.ID)
		}
	}
	if len(v.balances) > 0 || len(v.held) > 0 {
		return damaged("a balance or a reservation that entries tell of is missing")
	}
	return nil
}
