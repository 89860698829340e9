// SPDX-License-Identifier: Apache-2.0

package rule_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/throng-dp/throng/audience/rule"
)

// sources makes rules of "name: text".
func sources(rules ...string) []rule.Source {
	var all []rule.Source
	for _, r := range rules {
		name, text, _ := strings.Cut(r, ": ")
		all = append(all, rule.Source{Name: name, Text: text})
	}
	return all
}

func TestLetsComeInTheOrderOfTheirReferences(t *testing.T) {
	set, faults := rule.Check(shop(), sources(
		"often: bought_180.distinct(o, o.order_no) >= least",
		"bought_180: bought.filter(o, o.days_ago < 180)",
		"least: person.vip ? 2 : 3",
		"bought: orders.filter(o, o.event_type == \"purchase\")",
		"home: bought.latest(o, o.country)",
	), sources("s: often && home == \"GB\""), nil)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	var got []string
	for _, l := range set.Lets {
		if l.Type.Events != "" {
			got = append(got, l.Name+" "+l.From.String())
		} else {
			got = append(got, l.Name+" "+l.Type.Kind.String()+" "+rule.Canonical(l.Expr))
		}
	}
	want := []string{
		`bought (events orders (== (event "event_type" string) "purchase"))`,
		`bought_180 (events orders (== (event "event_type" string) "purchase") (< (event "days_ago" int) 180))`,
		`least int (if (person "vip" bool) 2 3)`,
		`often bool (>= (distinct (events orders (== (event "event_type" string) "purchase") (< (event "days_ago" int) 180)) (event "order_no" string)) (let least int))`,
		`home string (latest (events orders (== (event "event_type" string) "purchase")) (event "country" string))`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if got := rule.Canonical(set.Segments[0].Expr); got != `(&& (let often bool) (== (let home string) "GB"))` {
		t.Error(got)
	}
}

func TestSegmentsComeInTheOrderOfTheirReferences(t *testing.T) {
	set, faults := rule.Check(shop(), nil, sources(`a: in_segment("b") && in_segment("c")`, `b: !in_segment("c")`, "c: person.vip", `d-1: in_segment("a")`), nil)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	if want := []int{2, 1, 0, 3}; !slices.Equal(set.Order, want) {
		t.Errorf("order %v, want %v", set.Order, want)
	}
	if got := rule.Canonical(set.Segments[1].Expr); got != `(! (in_segment "c"))` {
		t.Error(got)
	}
}

func TestFaultsOfSets(t *testing.T) {
	tests := []struct {
		name                  string
		lets, segments, where []rule.Source
		want                  []string
	}{
		{name: "lets in a circle", lets: sources("a: b + 1", "b: c", "c: person.age + a", "d: a"),
			want: []string{"1:14 lets go round in a circle: a → b → c → a | let one of them do without the other"}},
		{name: "a let of itself", lets: sources("a: a + 1"), want: []string{"1:1 lets go round in a circle: a → a | let one of them do without the other"}},
		{name: "segments in a circle", segments: sources(`a: in_segment("b")`, `b: person.vip || in_segment("a")`),
			want: []string{"1:15 segments go round in a circle: a → b → a | let one of them do without the other"}},
		{name: "a fault of a let is told once", lets: sources("a: person.agee", "b: a + 1"), segments: sources("s: a > 1 && b > 2 && persn.vip"),
			want: []string{`1:1 data.people has no column "agee" | did you mean "age"?`, `1:19 unknown name "persn" | did you mean "person"?`}},
		{name: "names of lets", lets: sources("orders: 1", "person: 1", "int: 1", "a-b: 1", "ok: 1", "ok: 2"), want: []string{
			"1:1 orders is a table already | rename the let", `1:1 "person" means something else in rules | rename the let`,
			`1:1 "int" is a word of the rule language | rename the let`, `1:1 "a-b" is no name for rules: letters, digits and _ only, no digit first | rename the let`,
			"1:1 two lets are called ok | rename one of them"}},
		{name: "two segments", segments: sources("a: true", "a: true"), want: []string{`1:1 two segments are called "a" | rename one of them`}},
		{name: "let inside a macro", lets: sources("home: person.country"), segments: sources("s: orders.exists(o, o.country == home)"),
			want: []string{"1:31 inside a macro a rule sees the event, not home | say it outside, beside the macro: home… && orders.exists(o, …)"}},
		{name: "variable is a let", lets: sources("o: person.country"), segments: sources("s: orders.exists(o, true)"),
			want: []string{"1:15 o is taken: a table, a let or person has this name | call the event e"}},
		{name: "in_segment in a let", lets: sources(`a: in_segment("s")`), segments: sources("s: true"),
			want: []string{"1:1 in_segment stands in rules of segments only | write the shared condition as a let and use that in both"}},
		{name: "each in a let", lets: sources(`a: each.category`), want: []string{`1:1 each has no "category" | only the rules of segments have each`}},
		{name: "a let of a duration", lets: sources(`a: duration("1h")`), want: []string{"1:1 a let is no duration | write the duration where it is used"}},
		{name: "a key through a let", lets: sources("mail: person.email"), segments: sources(`s: mail == "a"`),
			want: []string{"1:6 person.email is a key: rules do not look for one person, order or device (==) | count it with distinct; if it is no key, say so in the plan: columns: {email: {role: category}}"}},
		{name: "where sees a row", where: sources("orders: row.country == \"GB\" && person.vip && visits.size() > 1 && row.foo"), want: []string{
			"1:24 where sees one row of orders, not person | columns are written row.country", "1:45 where sees one row, not all events | columns are written row.country",
			`1:59 table orders has no column "foo" | it has days_ago, date, month, weekday, country, event_type, order_no, amount, quantity, gift, event_time, Invoice No`}},
		{name: "where is a condition", where: sources("orders: row.amount"), want: []string{"1:1 a rule is a condition; this one is a double | compare it with something"}},
		{name: "where of no table", where: sources("order: true"), want: []string{`1:1 where of an unknown table "order"`}},
		{name: "in_segment in where", segments: sources("s: true"), where: sources(`orders: in_segment("s")`),
			want: []string{"1:1 in_segment is about a person; inside a macro or a where a rule sees one event | say it outside, beside the macro"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, faults := rule.Check(shop(), test.lets, test.segments, test.where)
			sameFaults(t, faults, test.want...)
		})
	}
}

func TestFaultsTellTheirRule(t *testing.T) {
	_, faults := rule.Check(shop(), sources("a: 1", "b: x"), sources("s: true", "t: x"), sources("orders: true", "visits: x"))
	var got []string
	for _, f := range faults {
		got = append(got, f.In)
		if f.Index != 1 {
			t.Errorf("%s %d, want 1", f.In, f.Index)
		}
	}
	if want := []string{"let", "segment", "where"}; !slices.Equal(got, want) {
		t.Errorf("faults of %v, want %v", got, want)
	}
}

func TestPersonNeedsPeople(t *testing.T) {
	schema := shop()
	schema.HasPeople, schema.Person = false, nil
	_, faults := rule.Check(schema, nil, sources("s: person.age > 3 && has(person.x)"), nil)
	sameFaults(t, faults,
		"1:1 the plan has no data.people | person.x needs a people table in the plan's data",
		"1:23 the plan has no data.people | person.x needs a people table in the plan's data")
}

func TestWhere(t *testing.T) {
	set, faults := rule.Check(shop(), nil, nil, sources(`orders: row.country != "GB" && row.days_ago < 9 && row.event_time < as_of`))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	want := `(&& (&& (!= (event "country" string) "GB") (< (event "days_ago" int) 9)) (< (event "event_time" timestamp) as_of))`
	if got := rule.Canonical(set.Where["orders"]); got != want {
		t.Errorf("got %s", got)
	}
}

func TestSchemasThatRulesCannotName(t *testing.T) {
	for _, name := range []string{"list", "as_of", "a b", ""} {
		set, faults := rule.Check(rule.Schema{Tables: []rule.Table{{Name: name}}}, nil, sources("s: true"), nil)
		if set != nil || len(faults) != 1 || faults[0].In != "schema" {
			t.Errorf("table %q: %v", name, faults)
		}
	}
}

func TestLimits(t *testing.T) {
	tests := []struct{ name, rule, want string }{
		{"too long", "person.vip //" + strings.Repeat("x", 64<<10), "1:1 the rule is longer than 64 KiB | name its parts with let"},
		{"too deep", "1" + strings.Repeat("+1", 150) + " > 2", "1:102 the rule is nested more than 100 deep | name its parts with let"},
		{"too many brackets", strings.Repeat("(", 3000), "1:1 the rule is nested more than 100 deep | name its parts with let"},
		{"no UTF-8", "\"\xff\" == \"\"", "1:1 the rule is not valid UTF-8"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, faults := rule.Check(shop(), nil, segment(test.rule), nil)
			sameFaults(t, faults, test.want)
		})
	}
	long := "false" + strings.Repeat(" || person.vip", 2000)
	if _, faults := rule.Check(shop(), nil, segment(long), nil); len(faults) > 0 {
		t.Errorf("a long row of conditions: %v", faults)
	}
}
