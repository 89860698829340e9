// SPDX-License-Identifier: Apache-2.0

package rule_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/throng-dp/throng/audience/rule"
)

// shop is a schema with a column of every kind.
func shop() rule.Schema {
	return rule.Schema{
		HasPeople: true,
		Person: []rule.Column{
			{Name: "age", Kind: rule.Int}, {Name: "country", Kind: rule.String}, {Name: "vip", Kind: rule.Bool},
			{Name: "email", Kind: rule.String, Key: true}, {Name: "balance", Kind: rule.Double},
		},
		Tables: []rule.Table{
			{Name: "orders", Columns: []rule.Column{
				{Name: "country", Kind: rule.String}, {Name: "event_type", Kind: rule.String}, {Name: "order_no", Kind: rule.String, Key: true},
				{Name: "amount", Kind: rule.Double}, {Name: "quantity", Kind: rule.Int}, {Name: "gift", Kind: rule.Bool},
				{Name: "event_time", Kind: rule.Timestamp}, {Name: "Invoice No", Kind: rule.String}, {Name: "in", Kind: rule.Int},
				{Name: "package", Kind: rule.Int}, {Name: "size", Kind: rule.Int}, {Name: "device", Kind: rule.Int, Key: true},
			}},
			{Name: "visits", Columns: []rule.Column{{Name: "page", Kind: rule.String}, {Name: "seconds", Kind: rule.Int}, {Name: "date", Kind: rule.Int}}},
		},
	}
}

var each = map[string]rule.Value{"category": "a", "n": int64(3), "x": 2.5, "on": true}

// segment is a plan with one segment, "s".
func segment(text string) []rule.Source {
	return []rule.Source{{Name: "s", Text: text, Each: each}}
}

// TestAccepted holds the checker to the language: what it takes, and what it
// compiles that to.
func TestAccepted(t *testing.T) {
	tests := []struct{ name, rule, want string }{
		{"exists", `orders.exists(o, o.country == "GB")`, `(exists (events orders) (== (event "country" string) "GB"))`},
		{"all", `orders.all(o, o.gift)`, `(all (events orders) (event "gift" bool))`},
		{"count", `orders.count(o, !o.gift) > 1`, `(> (count (events orders) (! (event "gift" bool))) 1)`},
		{"size", `orders.size() >= 2`, `(>= (count (events orders) none) 2)`},
		{"sum of ints", `orders.sum(o, o.quantity) > 1`, `(> (sum (events orders) (event "quantity" int)) 1)`},
		{"sum of doubles", `orders.sum(o, o.amount) > 1.5`, `(> (sum (events orders) (event "amount" double)) 1.5e+00)`},
		{"min", `orders.min(o, o.event_time) < as_of`, `(< (min (events orders) (event "event_time" timestamp)) as_of)`},
		{"max", `orders.max(o, o.country) == "GB"`, `(== (max (events orders) (event "country" string)) "GB")`},
		{"latest", `orders.latest(o, o.gift)`, `(latest (events orders) (event "gift" bool))`},
		{"distinct keys", `orders.distinct(o, o.order_no) > 3`, `(> (distinct (events orders) (event "order_no" string)) 3)`},
		{"days_since", `orders.days_since() < 7`, `(< (days_since (events orders) none) 7)`},
		{"filters in a chain", `orders.filter(o, o.gift).filter(x, x.days_ago < 7).size() > 0`,
			`(> (count (events orders (event "gift" bool) (< (event "days_ago" int) 7)) none) 0)`},
		{"person", `person.vip && person.age < 30`, `(&& (person "vip" bool) (< (person "age" int) 30))`},
		{"days", `orders.exists(o, o.date == "2011-12-09" && o.month == 12 && o.weekday == 5)`,
			`(exists (events orders) (&& (&& (== (event "date" string) "2011-12-09") (== (event "month" int) 12)) (== (event "weekday" int) 5)))`},
		{"date hides a column", `visits.exists(v, v.date == "2011-12-09")`, `(exists (events visits) (== (event "date" string) "2011-12-09"))`},
		{"columns that are no identifiers", "orders.exists(o, o.`Invoice No`.endsWith(\"1\") && o.`in` == -5 && o.package == 1 && o.size == 1)",
			`(exists (events orders) (&& (&& (endsWith (event "Invoice No" string) "1") (== (event "in" int) -5)) (&& (== (event "package" int) 1) (== (event "size" int) 1))))`},
		{"has", `orders.exists(o, has(o.country)) || has(person.email)`, `(|| (exists (events orders) (has (event "country" string))) (has (person "email" string)))`},
		{"in", `person.country in ["GB", each.category]`, `(in (person "country" string) "GB" "a")`},
		{"each", `person.age == each.n || person.balance > each.n || person.balance == each.x || each.on`,
			`(|| (|| (== (person "age" int) 3) (> (person "balance" double) 3e+00)) (|| (== (person "balance" double) 2.5e+00) true))`},
		{"ternary", `person.vip ? person.age > 1 : person.age > 2`, `(if (person "vip" bool) (> (person "age" int) 1) (> (person "age" int) 2))`},
		{"double by an int literal", `person.balance > 100 && 1 <= person.balance`, `(&& (> (person "balance" double) 1e+02) (<= 1e+00 (person "balance" double)))`},
		{"int times double", `2 * person.balance > 1.0 && person.balance * person.age > 1.0`,
			`(&& (> (* (double 2) (person "balance" double)) 1e+00) (> (* (person "balance" double) (double (person "age" int))) 1e+00))`},
		{"division", `double(person.age) / 2.0 > 1.0 && person.age % 7 == 1`, `(&& (> (/ (double (person "age" int)) 2e+00) 1e+00) (== (% (person "age" int) 7) 1))`},
		{"minus", `-person.age < -5 && -0.0 == -person.balance`, `(&& (< (- (person "age" int)) -5) (== 0e+00 (- (person "balance" double))))`},
		{"times", `orders.max(o, o.event_time) > as_of - duration("36h") || as_of > duration("1h") + timestamp("2011-12-09T01:00:00+01:00")`,
			`(|| (> (max (events orders) (event "event_time" timestamp)) (- as_of (duration 129600000000000))) (> as_of (+ (time 2011-12-09T00:00:00Z) (duration 3600000000000))))`},
		{"as_of inside a macro", `orders.exists(o, o.event_time < as_of)`, `(exists (events orders) (< (event "event_time" timestamp) as_of))`},
		{"comments and lines", "// who\nperson.vip // yes\n && true", `(&& (person "vip" bool) true)`},
		{"keys by order", `person.email < "m" || person.email.startsWith("a")`, `(|| (< (person "email" string) "m") (startsWith (person "email" string) "a"))`},
		{"in and bools", `person.vip in [true] && person.vip == false`, `(&& (in (person "vip" bool) true) (== (person "vip" bool) false))`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			set, faults := rule.Check(shop(), nil, segment(test.rule), nil)
			if len(faults) > 0 {
				t.Fatalf("%s: %v", test.rule, faults)
			}
			if got := rule.Canonical(set.Segments[0].Expr); got != test.want {
				t.Errorf("%s\n got %s\nwant %s", test.rule, got, test.want)
			}
		})
	}
}

// TestSpelling holds the canonical text to what it promises digests.
func TestSpelling(t *testing.T) {
	canonical := func(text string) string {
		set, faults := rule.Check(shop(), nil, segment(text), nil)
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		return rule.Canonical(set.Segments[0].Expr)
	}
	same := canonical(`orders.exists(o, o.country == "GB" && o.amount > 100)`)
	if got := canonical("orders . exists(event, // any\n ((event.country) == 'G\\x42') && event.amount > 100.0)"); got != same {
		t.Errorf("%s\nis not\n%s", got, same)
	}
	for _, other := range []string{
		`orders.exists(o, o.country == "GB" || o.amount > 100)`, `orders.exists(o, o.country == "GB" && o.amount >= 100)`,
		`orders.exists(o, o.event_type == "GB" && o.amount > 100)`, `orders.exists(o, o.country == "GB\" 1" && o.amount > 100)`,
		`orders.filter(o, o.country == "GB").exists(o, o.amount > 100)`, `orders.all(o, o.country == "GB" && o.amount > 100)`,
	} {
		if canonical(other) == same {
			t.Errorf("%s is not told from the first rule", other)
		}
	}
}

// brief is a fault as tests write it.
func brief(f rule.Fault) string {
	s := fmt.Sprintf("%d:%d %s", f.Line, f.Column, f.Msg)
	if f.Hint != "" {
		s += " | " + f.Hint
	}
	return s
}

func briefs(faults []rule.Fault) []string {
	var all []string
	for _, f := range faults {
		all = append(all, brief(f))
	}
	return all
}

func sameFaults(t *testing.T, faults []rule.Fault, want ...string) {
	t.Helper()
	if got := briefs(faults); !slices.Equal(got, want) {
		t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}
