// SPDX-License-Identifier: Apache-2.0

package rule_test

import (
	"strings"
	"testing"

	"github.com/throng-dp/throng/audience/rule"
)

// shop is a schema with a column of every kind.
func shop() rule.Schema {
	return rule.Schema{
		HasPeople: true,
		Person:    []rule.Column{{Name: "age", Kind: rule.Int}, {Name: "country", Kind: rule.String}, {Name: "vip", Kind: rule.Bool}, {Name: "email", Kind: rule.String, Key: true}},
		Tables: []rule.Table{
			{Name: "orders", Columns: []rule.Column{
				{Name: "event_type", Kind: rule.String}, {Name: "country", Kind: rule.String}, {Name: "order_no", Kind: rule.String, Key: true},
				{Name: "amount", Kind: rule.Double}, {Name: "quantity", Kind: rule.Int}, {Name: "gift", Kind: rule.Bool},
				{Name: "event_time", Kind: rule.Timestamp}, {Name: "Invoice No", Kind: rule.String}, {Name: "in", Kind: rule.Int}, {Name: "package", Kind: rule.Int},
			}},
			{Name: "visits", Columns: []rule.Column{{Name: "page", Kind: rule.String}, {Name: "seconds", Kind: rule.Int}}},
		},
	}
}

func source(texts ...string) []rule.Source {
	var all []rule.Source
	for _, t := range texts {
		name, text, _ := strings.Cut(t, ": ")
		all = append(all, rule.Source{Name: name, Text: text})
	}
	return all
}

// checked returns the canonical text of one rule, and of the faults if it has any.
func checked(text string) string {
	set, faults := rule.Check(shop(), nil, []rule.Source{{Name: "s", Text: text, Each: map[string]rule.Value{"category": "a", "n": int64(3), "x": 2.5, "b": true}}}, nil)
	if set != nil {
		return rule.Canonical(set.Segments[0].Expr)
	}
	var b strings.Builder
	for _, f := range faults {
		b.WriteString(f.String() + "\n")
	}
	return b.String()
}

func TestPrintout(t *testing.T) {
	for _, s := range []string{
		`orders.exists(o, o.country == "GB" && o.amount > 100)`,
		`orders.filter(o, o.gift).filter(x, has(x.country)).sum(o, o.amount * o.quantity) >= 100.5`,
		"orders.latest(o, o.country) in [\"GB\", each.category] || visits.size() > each.n && person.age < 30",
		`orders.min(o, o.event_time) < as_of - duration("24h") ? orders.days_since() % 7 == 1 : person.vip`,
		`orders.exists(o, o.order_no == "a" || o.contry == 'x' || o.amount == 100) && orders.exist(o, o.foo)`,
		"orders.exists(o, o.`Invoice No`.startsWith(\"x\") && o.`in` == -5 && o.package == 1 && double(o.quantity) / 2.0 > 1.0 && o.event_time < timestamp('2011-02-03T04:05:06Z'))",
		`orders.distinct(o, o.order_no) > 3 && orders.all(o, o.amount < 3.0) && orders.max(o, o.date) == "2011-01-01" && orders.count(o, o.gift) == 1`,
		`orders.sum(e, e.country) > 3 && orders.sum(e, e.gift) > 3`, `orders`, `orders.filter(o, o.gift)`, `1`, `orders.exists(o, visits.exists(v, v.page == o.country))`,
		`orders.exists(o, o == o)`, `orders.exists(o, o.event_time == null) || 1u == 2u`, `orders.exists(orders, true) && orders.exists(true)`, `orders.exists(o, o.amount / o.quantity > 1 || o.quantity / 2 > 1 || o.amount / 2 > 1)`,
		`orders.exists(o, o.event_time > as_of - duration("7d"))`, `in_segment("t") || in_segment("s")`, `exists(orders, o, o.gift)`, `matches("a", "b") || person.contry == "x"`, `orders.map(o, o.amount)`, `orders[0].amount > 1`, `person.email == "x"`, `each.foo == 1`,
		`orders.exists(o, o.gift < true)`, `true &&`, ``, `orders.exists(o, o.country = "GB")`, `orders.latest(o, o.order_no) == "a"`,
	} {
		t.Logf("%s\n   %s", s, checked(s))
	}
}
