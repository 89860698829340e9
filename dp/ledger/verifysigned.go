// SPDX-License-Identifier: Apache-2.0

package ledger

import "fmt"

// What was signed is verified with the keys that were known at that entry, and
// in use.

// signedTerms returns the terms that an entry opens an account with. They are
// signed if they had to be.
func (v *verifier) signedTerms(r *Record) ([]byte, error) {
	if r.Actor == "" && !v.ring.closed() {
		return r.Text, nil
	}
	terms, actor, err := v.ring.openTerms(r.Text, r.Seq)
	if err != nil {
		return nil, err
	}
	if actor != r.Actor {
		return nil, fmt.Errorf("it was signed by %s, not by %s", actor, r.Actor)
	}
	return []byte(terms), nil
}

// signedRun makes sure that a runner signed a reservation, if there are runners.
// Whether the signature is theirs is judged later, with those of the page: there
// may be one for each build that ever was.
func (v *verifier) signedRun(r *Record) error {
	v.ring.later = func(k *Key, message, sig []byte) {
		v.seals = append(v.seals, seal{r.Seq, r.Reservation, k, message, sig})
	}
	defer func() { v.ring.later = nil }()
	return v.ring.signedRun(r)
}

// approve makes sure that an approval was signed by a key that was in use.
func (v *verifier) approve(r *Record) (wrong string) {
	key, err := v.ring.approval(r)
	if err != nil {
		return err.Error()
	}
	if key.Role != r.Reason {
		return key.Name + " is no " + r.Reason
	}
	return ""
}

// grant raises the cap of a period: by what two approvers signed, and once.
func (v *verifier) grant(t *terms, r *Record) (wrong string) {
	g, err := v.ring.openGrant(r.Text)
	if err != nil {
		return err.Error()
	}
	at := period{t.Name, r.Period}
	sum := v.granted[at].plus(g.Add)
	caps, err := t.raised(sum)
	if err != nil {
		return err.Error()
	}
	b := v.balance(t, r.Period)
	b.Cap = b.Cap.plus(r.Cost)
	switch {
	case g.complete() != nil, v.signed[g.id], g.Account != t.Name, g.period != r.Period, g.Reason != r.Reason, names(g.who) != r.Actor:
		return "it is not the grant that was signed"
	case !b.Cap.near(caps):
		return "it adds more than was granted"
	case t.whole != nil && !b.Cap.within(v.balance(t.whole, r.Period).Cap):
		return t.Name + " has more than " + t.whole.Name
	}
	v.signed[g.id], v.granted[at], v.balances[at] = true, sum, b
	return ""
}

// accept makes sure that two approvers signed an acceptance, and once.
func (v *verifier) accept(r *Record) (wrong string) {
	a, d, err := v.ring.openAcceptance(r.Text)
	if err != nil {
		return err.Error()
	}
	if d.complete() != nil || v.signed[d.id] || *a != (Acceptance{Account: r.Account, Plan: r.Plan, Date: r.Date, Reason: r.Reason}) || names(d.who) != r.Actor {
		return "it is not the acceptance that was signed"
	}
	v.signed[d.id] = true
	return ""
}

// near reports whether caps are no larger than computed: a later accountant may
// differ in the last digits of μ², never more.
func (c Cost) near(computed Cost) bool {
	return float64(c.MuSquared) <= float64(computed.MuSquared)*(1+1e-9) && c.Epsilon <= computed.Epsilon &&
		c.Delta <= computed.Delta && c.Tail <= computed.Tail
}
