// SPDX-License-Identifier: Apache-2.0

package audience

import (
	"fmt"

	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/dp/ledger"
)

// Warnings says what should be thought about in a plan, and why its account
// would refuse a build. account may be nil: nothing is known of it then.
func Warnings(p *plan.Plan, account *ledger.Account) []string {
	w := advice(p, account)
	if account == nil {
		return w
	}
	s, err := Strategy(p, account)
	if err != nil {
		return w
	}
	if err := account.Policy.Judge(ask(p), s.Cost()); err != nil {
		w = append(w, fmt.Sprintf("a build would be %v", err))
	}
	if err := account.Lacks(s.Cost()); err != nil {
		w = append(w, fmt.Sprintf("a build would be refused: %v", err))
	}
	return w
}

// ApprovalOf is what an approver signs of a plan: what it counts, and the price
// of one build on its account.
func ApprovalOf(p *plan.Plan, account *ledger.Account) (*ledger.Approval, error) {
	s, err := Strategy(p, account)
	if err != nil {
		return nil, err
	}
	return &ledger.Approval{Account: account.Name, Plan: p.Name, Digest: p.Digest, Price: s.Cost()}, nil
}

// advice says what is allowed in a plan and should be thought about.
func advice(p *plan.Plan, account *ledger.Account) []string {
	w := []string{}
	say := func(format string, a ...any) { w = append(w, fmt.Sprintf(format, a...)) }
	if p.OptOuts == nil {
		say("opt_outs: none; nobody's choice is applied, and every manifest says so")
	}
	if p.Privacy.MaxSegments < len(p.Segments) {
		say("max_segments: people in more than %d audiences are counted in %d of them only, so every number is too low by what the cap cuts off; the release says how much that is",
			p.Privacy.MaxSegments, p.Privacy.MaxSegments)
	}
	for _, c := range p.Cleared {
		say("%s is treated as a category, not as a key; every manifest says so", c)
	}
	w = append(w, p.Advice()...)
	if account == nil {
		for i := range p.Findings {
			say("%s: a build is refused unless the account's policy says sensitive: [%s]", &p.Findings[i], p.Findings[i].Class)
		}
		return w
	}
	policy := &account.Policy
	if len(policy.Text) == 0 {
		say("account %s has no policy: the plan's own limits hold, whatever they are, and nobody's age is asked", account.Name)
	}
	if account.Ceiling == 0 {
		say("account %s has no lifetime ceiling: what people pay adds up over periods without end", account.Name)
	}
	if n := policy.PeopleAtMost; n > 0 && p.Privacy.Delta > 1/(10*float64(n)) {
		say("delta %g is more than 1/(10 × people_at_most): with %d people at most, ask for %.0e or less", p.Privacy.Delta, n, 1/(10*float64(n)))
	}
	return w
}
