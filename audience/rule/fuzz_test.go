// SPDX-License-Identifier: Apache-2.0

package rule_test

import (
	"strings"
	"testing"

	"github.com/throng-dp/throng/audience/rule"
)

// FuzzCheck holds Check to its promises: it never panics; every fault has a
// place in the text and a message, and none tells of a rule that the walk took
// and CEL did not; without a fault there is a set.
func FuzzCheck(f *testing.F) {
	f.Add("orders.filter(o, o.gift).sum(o, o.amount * o.quantity) > 3", "row.country in [\"GB\"]", "bought.exists(o, o.days_ago < 7) && in_segment(\"t\")")
	f.Add("person.age % 7", "has(row.amount)", "a > 1 ? person.vip : orders.latest(o, o.gift)")
	f.Add("orders.min(o, o.event_time + duration('1h'))", "row.amount / 2.0 >= 3", "a < timestamp('2011-12-09T00:00:00Z')")
	f.Add("orders.latest(o, o.`Invoice No`)", "!", "a.startsWith(each.category) || as_of - as_of > a")
	f.Fuzz(func(t *testing.T, let, where, segment string) {
		set, faults := rule.Check(shop(),
			[]rule.Source{{Name: "a", Text: let}},
			[]rule.Source{{Name: "s", Text: segment, Each: each}, {Name: "t", Text: "person.vip"}},
			[]rule.Source{{Name: "orders", Text: where}})
		if (set == nil) == (len(faults) == 0) {
			t.Fatalf("set %v, faults %v", set, faults)
		}
		texts := map[string]string{"let": let, "where": where, "segment": segment}
		for _, fault := range faults {
			lines := strings.Split(texts[fault.In], "\n")
			switch {
			case fault.Msg == "" || fault.Line < 1 || fault.Column < 1 || fault.Line > len(lines):
				t.Errorf("incomplete: %v", fault)
			case fault.Column > len([]rune(lines[fault.Line-1]))+1:
				t.Errorf("beyond the line's end: %v", fault)
			case strings.Contains(fault.Msg, "disagree") || strings.Contains(fault.Msg, "@"):
				t.Errorf("speaks of the inside: %v", fault)
			}
		}
		if set != nil && rule.Canonical(set.Segments[0].Expr) == "" {
			t.Error("no canonical text")
		}
	})
}
