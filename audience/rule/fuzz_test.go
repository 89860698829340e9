// SPDX-License-Identifier: Apache-2.0

package rule_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/throng-dp/throng/audience/rule"
)

// promises holds Check to its promises: it never panics; every fault has a
// place in the text and a message, and none tells of a rule that the walk took
// and CEL did not; without a fault there is a set.
func promises(t interface{ Fatalf(string, ...any) }, let, where, segment string) (ok bool) {
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
			t.Fatalf("incomplete: %v", fault)
		case fault.Column > len([]rune(lines[fault.Line-1]))+1:
			t.Fatalf("beyond the line's end: %v", fault)
		case strings.Contains(fault.Msg, "disagree"):
			t.Fatalf("%v\n%s\n%s\n%s", fault, let, where, segment)
		}
	}
	return set != nil
}

func FuzzCheck(f *testing.F) {
	f.Add("orders.filter(o, o.gift).sum(o, o.amount * o.quantity) > 3", "row.country in [\"GB\"]", "bought.exists(o, o.days_ago < 7) && in_segment(\"t\")")
	f.Add("person.age % 7", "has(row.amount)", "a > 1 ? person.vip : orders.latest(o, o.gift)")
	f.Add("orders.min(o, o.event_time + duration('1h'))", "row.amount / 2.0 >= 3", "a < timestamp('2011-12-09T00:00:00Z')")
	f.Add("orders.latest(o, o.`Invoice No`)", "!", "a.startsWith(each.category) || as_of - as_of > a")
	f.Fuzz(func(t *testing.T, let, where, segment string) { promises(t, let, where, segment) })
}

// TestNonsense draws rules that parse and mostly have no type: whatever the
// walk lets through, CEL must too.
func TestNonsense(t *testing.T) {
	good := 0
	rapid.Check(t, func(t *rapid.T) {
		let, where := nonsense(t, "o", 2), nonsense(t, "row", 2)
		if promises(t, let, "true", "true") {
			good++
		}
		promises(t, "1", where, nonsense(t, "o", 2))
	})
	if good == 0 {
		t.Error("not one rule was good")
	}
}

var leaves = []string{
	"1", "2", "-1", "0", "1.5", "-0.0", `"GB"`, "true", "null", "1u", "b'x'", "as_of", "person", "person.age", "person.vip", "person.balance", "person.country", "person.email",
	"orders", "visits", "each", "each.n", "each.category", "each.on", "a", "v", "v.amount", "v.country", "v.gift", "v.event_time", "v.order_no", "v.days_ago", "v.quantity",
	`duration("1h")`, `timestamp("2011-12-09T00:00:00Z")`, `[1, 2]`, `["GB"]`, "[]", `[1.5]`, "[true]", "unknown", "has(v.gift)", "has(person.age)", `in_segment("t")`,
	"bool", "int", "list", "google.protobuf.Timestamp", "type(1)", "v.in", "{1: 2}", "orders.size()", "visits.days_since()", "orders.country", `""`, "9223372036854775807",
}

// nonsense draws an expression; %s are its parts.
func nonsense(t *rapid.T, v string, depth int) string {
	forms := []string{
		"(%s && %s)", "(%s || %s)", "(%s == %s)", "(%s != %s)", "(%s < %s)", "(%s >= %s)", "(%s + %s)", "(%s - %s)", "(%s * %s)", "(%s / %s)", "(%s %% %s)", "(%s in %s)",
		"(%s ? %s : %s)", "!(%s)", "-(%s)", "double(%s)", "size(%s)", "has(%s)", "int(%s)", "dyn(%s)", "string(%s)", "duration(%s)", "timestamp(%s)", "in_segment(%s)",
		"%s.startsWith(%s)", "%s.contains(%s)", "%s.size()", "%s.days_since()", "%s.exists(v, %s)", "%s.all(v, %s)", "%s.count(v, %s)", "%s.filter(v, %s)", "%s.sum(v, %s)",
		"%s.min(v, %s)", "%s.max(v, %s)", "%s.latest(v, %s)", "%s.distinct(v, %s)", "orders.latest(v, %s)", "orders.sum(v, %s)", "orders.filter(v, %s).max(v, %s)", "%s[%s]", "%s.country", "[%s, %s]",
	}
	if depth == 0 || rapid.IntRange(0, 3).Draw(t, "leaf") == 0 {
		leaf := rapid.SampledFrom(leaves).Draw(t, "leaf")
		if v == "row" {
			leaf = strings.ReplaceAll(leaf, "v.", "row.")
		}
		return leaf
	}
	parts := strings.Split(rapid.SampledFrom(forms).Draw(t, "form"), "%s")
	text := parts[0]
	for _, p := range parts[1:] {
		text += nonsense(t, v, depth-1) + p
	}
	return strings.ReplaceAll(text, "%%", "%")
}
