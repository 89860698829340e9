// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"

	"github.com/throng-dp/throng/audience"
	"github.com/throng-dp/throng/audience/cleanroom/local"
	"github.com/throng-dp/throng/audience/fault"
	pages "github.com/throng-dp/throng/audience/report"
	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/release"
)

// writeBudget writes the page of accounts. Only its owner may read the file: it
// names plans and what they paid.
func (s *session) writeBudget(file string, l *ledger.Ledger, list []statusJSON) error {
	b := &pages.Budget{At: now()}
	for i := range list {
		a, err := s.budgetOf(l, &list[i])
		if err != nil {
			return err
		}
		b.Accounts = append(b.Accounts, *a)
	}
	var page bytes.Buffer
	if err := pages.WriteBudget(&page, b); err != nil {
		return err
	}
	if err := putFile(file, page.Bytes(), 0o600); err != nil {
		return &fault.Error{Kind: fault.Output, Code: "output.write", Where: file, Msg: "cannot be written", Err: cause(err)}
	}
	s.talk.say("written: %s", file)
	return nil
}

func (s *session) budgetOf(l *ledger.Ledger, j *statusJSON) (*pages.Account, error) {
	st, err := l.Status(s.ctx, j.Account, now())
	if err != nil {
		return nil, err
	}
	a := &pages.Account{Name: j.Account, Lineage: j.Lineage, From: st.From, To: st.To, Epsilon: j.Epsilon, Of: j.Of.Epsilon + j.Of.PureEpsilon,
		Used: shareOf(st.Spent, st.Cap), Held: shareOf(st.Held, st.Cap),
		Lifetime: release.Lifetime{Epsilon: j.Lifetime.Epsilon, Delta: j.Lifetime.Delta, Builds: j.Lifetime.Builds, Ceiling: st.Account.Ceiling}}
	if j.Rate != nil {
		a.BuildsLeft = "At this rate: " + j.Rate.words()
	}
	if a.Charges, err = s.charges(l, st); err != nil {
		return nil, err
	}
	if j.Plan != nil {
		a.WhatIf, err = s.whatIf(l)
	}
	return a, err
}

// charges are the releases that an account paid in its period. Tries that were
// not charged are left out: that one failed is nobody's to know who was not told.
func (s *session) charges(l *ledger.Ledger, st *ledger.Status) ([]pages.Charge, error) {
	entries, err := l.History(s.ctx, st.Account.Name)
	if err != nil {
		return nil, err
	}
	var all []pages.Charge
	var sum ledger.Cost
	for _, e := range entries {
		if e.Type != "post" || e.At.Before(st.From) || !e.At.Before(st.To) {
			continue
		}
		sum.MuSquared, sum.Epsilon, sum.Delta = sum.MuSquared+e.Cost.MuSquared, sum.Epsilon+e.Cost.Epsilon, sum.Delta+e.Cost.Delta
		who := e.Account
		if e.Actor != "" {
			who += ", signed by " + e.Actor
		}
		all = append(all, pages.Charge{At: e.At, Who: who, Plan: e.Plan, Date: e.Date,
			Epsilon: st.Account.Worth(e.Cost), Share: shareOf(e.Cost, st.Cap), Used: shareOf(sum, st.Cap)})
	}
	return all, nil
}

// shareOf is the part of a period that a cost takes, on the line where it takes
// most.
func shareOf(c, of ledger.Cost) float64 {
	return max(ratio(c.MuSquared, of.MuSquared), ratio(c.Epsilon, of.Epsilon), ratio(c.Delta, of.Delta))
}

// whatIf prices the plan that was named at other ε.
func (s *session) whatIf(l *ledger.Ledger) (*pages.WhatIf, error) {
	path := s.Path("plan")
	file, err := planAt(path)
	if err != nil {
		return nil, err
	}
	a, err := l.Account(s.ctx, file.Head().Account)
	if err != nil {
		return nil, err
	}
	p, err := audience.Compile(s.ctx, file, local.Engine{}, s.dataRoot(file.Head().Home), a.Policy.NeverRead)
	if err != nil {
		return nil, err
	}
	prices, err := audience.WhatIfs(s.ctx, p, l, now())
	if err != nil {
		return nil, err
	}
	w := &pages.WhatIf{Plan: p.Name}
	for i := range prices {
		x := &prices[i]
		out := pages.Point{Epsilon: x.Epsilon, Own: x.Own, Share: x.Share, Builds: x.Builds, Size: x.Size, Smallest: x.Smallest}
		for k := range x.Families {
			out.Errors = append(out.Errors, pages.Off{Name: x.Families[k].Name, Within: within(&x.Families[k])})
		}
		w.Points = append(w.Points, out)
	}
	return w, nil
}
