// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"fmt"
	"slices"

	"github.com/throng-dp/throng/audience/rule"
)

// checkTestValues checks the columns and values of the plan's tests, now that
// their kinds are known.
func (c *compiler) checkTestValues() {
	r := &testRun{File: c.File, plan: c.plan, kinds: kindsOf(c.plan.Rules.Schema)}
	for i := range c.doc.Tests {
		t := &c.doc.Tests[i]
		for k := range t.Person {
			c.checkTestField(&t.Person[k], r.kinds[""], "people")
		}
		for k := range t.Events {
			rows := &t.Events[k]
			for j := range rows.Value {
				c.checkTestRow(rows.Value[j], rows.Key, r)
			}
		}
		for k := range t.Expect {
			e := &t.Expect[k]
			l := c.lets[e.Key]
			switch _, ok := testValue(e.Value.Value, r.letKind(e.Key), c.zone); {
			case l == nil:
			case l.Expr == nil:
				c.add(c.at(&e.Key), fmt.Sprintf("%q is a list of events", e.Key), fmt.Sprintf("expect a let of %s.size()", e.Key))
			case !ok:
				c.add(c.at(&e.Value), fmt.Sprintf("%s is %s", e.Key, kindName[l.Type.Kind]), domainHint(l.Type.Kind))
			}
		}
	}
}

func (c *compiler) checkTestRow(row entries[scalar], table string, r *testRun) {
	name := c.timeName(table)
	kinds := map[string]rule.Kind{name: rule.Timestamp}
	for column, kind := range r.kinds[table] {
		kinds[column] = kind
	}
	for i := range row {
		switch {
		case row[i].Key != daysAgo:
			c.checkTestField(&row[i], kinds, table)
		case row.at(name) >= 0:
			c.add(c.at(&row[i].Key), fmt.Sprintf("days_ago and %s: both say when", name), "keep one")
		}
	}
}

func (c *compiler) checkTestField(f *entry[scalar], kinds map[string]rule.Kind, table string) {
	kind, ok := kinds[f.Key]
	if !ok {
		var known []string
		for name := range kinds {
			known = append(known, name)
		}
		slices.Sort(known)
		hint := c.suggest(f.Key, known)
		if why := c.views[table].hidden[f.Key]; why != "" {
			hint = why
		}
		c.add(c.at(&f.Key), fmt.Sprintf("%s has no column %q", table, f.Key), hint)
		return
	}
	if _, ok := testValue(f.Value.Value, kind, c.zone); !ok {
		c.add(c.at(&f.Value), fmt.Sprintf("%s is %s", f.Key, kindName[kind]), testHint(kind))
	}
}

func testHint(kind rule.Kind) string {
	if kind == rule.Timestamp {
		return "write 2024-06-15T12:00:00Z"
	}
	return domainHint(kind)
}
