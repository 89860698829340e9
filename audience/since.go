// SPDX-License-Identifier: Apache-2.0

package audience

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/dp/ledger"
)

// A Since is what became of a plan: what people who review it want to see. It
// tells ids and names, prices and errors, and no rule: where it is posted is
// read by more people than the plan is.
type Since struct {
	Added     []Label       `json:"added"` // audiences
	Removed   []Label       `json:"removed"`
	Changed   []Label       `json:"changed"`   // with another rule, or one that something it refers to makes another
	Renamed   []Label       `json:"renamed"`   // with the rule as it was, and another name
	Counted   bool          `json:"counted"`   // other numbers, or numbers of other people, than before: a build of a day that is released needs --restate
	Otherwise []string      `json:"otherwise"` // what else is not as it was, in words
	Numbers   []NumberSince `json:"numbers"`
	Before    Price         `json:"before"`
	After     Price         `json:"after"`
}

// A Label names an audience.
type Label struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// A NumberSince is a family of numbers in two plans; null where one has none.
type NumberSince struct {
	Family string       `json:"family"`
	Name   string       `json:"name"`
	Before *FamilyError `json:"before"`
	After  *FamilyError `json:"after"`
}

// A Price is what a build of a plan costs.
type Price struct {
	Epsilon    float64  `json:"epsilon"`
	Delta      float64  `json:"delta"`
	PureEps    float64  `json:"pure_epsilon"`
	Share      *float64 `json:"share"`             // of one period's budget; null without an account
	BuildsLeft *int     `json:"builds_left"`       // in this period, likewise
	Lifetime   *Total   `json:"lifetime"`          // after one build, likewise
	Refused    string   `json:"refused,omitempty"` // why a build would be refused
}

// Compare tells what became of the plan before in the plan after, which e
// explains. Both are priced on their own accounts.
func (e *Explanation) Compare(ctx context.Context, before, after *plan.Plan, l *ledger.Ledger, at time.Time) error {
	was, err := Explain(ctx, before, l, at)
	if err != nil {
		return err
	}
	s := &Since{Added: []Label{}, Removed: []Label{}, Changed: []Label{}, Renamed: []Label{}, Otherwise: []string{}, Numbers: []NumberSince{},
		Before: was.price(), After: e.price(), Counted: before.Digest != after.Digest}
	s.segments(before, after)
	s.Otherwise = append(s.Otherwise, after.Since(before)...)
	s.numbers(was.Families, e.Families)
	e.Since = s
	return nil
}

func (e *Explanation) price() Price {
	p := Price{Epsilon: e.Epsilon, Delta: e.Delta, PureEps: e.PureEps, Refused: e.Refused}
	if b := e.Budget; b != nil {
		p.Share, p.BuildsLeft, p.Lifetime = &b.Share, &b.BuildsLeft, &b.Lifetime
	}
	return p
}

func (s *Since) segments(before, after *plan.Plan) {
	was := map[string]*plan.Segment{}
	for i := range before.Segments {
		was[before.Segments[i].ID] = &before.Segments[i]
	}
	for i := range after.Segments {
		now := &after.Segments[i]
		then, label := was[now.ID], Label{now.ID, now.Name}
		switch {
		case then == nil:
			s.Added = append(s.Added, label)
		case then.Version != now.Version:
			s.Changed = append(s.Changed, label)
		case then.Name != now.Name:
			s.Renamed = append(s.Renamed, label)
		}
		delete(was, now.ID)
	}
	for i := range before.Segments {
		if then := &before.Segments[i]; was[then.ID] != nil {
			s.Removed = append(s.Removed, Label{then.ID, then.Name})
		}
	}
}

func (s *Since) numbers(before, after []FamilyError) {
	was := map[string]*FamilyError{}
	for i := range before {
		was[before[i].Family] = &before[i]
	}
	for i := range after {
		now := &after[i]
		s.Numbers = append(s.Numbers, NumberSince{now.Family, now.Name, was[now.Family], now})
		delete(was, now.Family)
	}
	for i := range before {
		if then := &before[i]; was[then.Family] != nil {
			s.Numbers = append(s.Numbers, NumberSince{then.Family, then.Name, then, nil})
		}
	}
}

// Summary tells in one line what became of the plan.
func (s *Since) Summary() string {
	var parts []string
	for _, x := range []struct {
		n    int
		what string
	}{
		{len(s.Added), "added"}, {len(s.Removed), "removed"}, {len(s.Changed), "with another rule"}, {len(s.Renamed), "with another name"},
	} {
		if x.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", x.n, x.what))
		}
	}
	switch {
	case len(parts) > 0:
		return "audiences: " + strings.Join(parts, ", ")
	case s.Counted:
		return "the same audiences, otherwise counted or priced"
	}
	return "the same audiences, counted and priced as before"
}
