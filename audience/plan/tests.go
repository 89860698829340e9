// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/throng-dp/throng/audience/match"
	"github.com/throng-dp/throng/audience/rule"
)

// testDate is the run's date of tests that name none: a fixed one, so that a
// test that passes today passes tomorrow.
const testDate = "2024-06-15"

// allowAll are the choices of invented people.
type allowAll struct{}

func (allowAll) Allows(context.Context, string, string, time.Time) (bool, error) { return true, nil }

// RunTests runs the plan's own tests on invented people and returns the faults
// of those that fail, at their places.
func (p *Plan) RunTests() Errors {
	fs := &faults{file: p.File}
	r := &testRun{File: p.source, faults: fs, plan: p, kinds: kindsOf(p.Rules.Schema)}
	for i := range p.source.doc.Tests {
		r.run(&p.source.doc.Tests[i])
	}
	_ = fs.err() // sorts
	return fs.list
}

// A Case is one of the plan's tests: an invented person, on a day.
type Case struct {
	Name, Date string
	Person     *match.Person
}

// Cases returns the plan's tests as people.
func (p *Plan) Cases() []Case {
	r := &testRun{File: p.source, faults: &faults{file: p.File}, plan: p, kinds: kindsOf(p.Rules.Schema)}
	var all []Case
	for i := range p.source.doc.Tests {
		t := &p.source.doc.Tests[i]
		all = append(all, Case{t.Name, t.date(), r.person(t, t.date())})
	}
	return all
}

func (t *testOfRules) date() string { return cmp.Or(t.Date, testDate) }

// RuleTexts returns the rules as their author wrote them.
func (p *Plan) RuleTexts() (lets, segments, where []rule.Source) {
	lets, segments, where, _ = p.source.ruleSources()
	return lets, segments, where
}

// TimeOf returns how rules call the time of a table.
func (p *Plan) TimeOf(table string) string { return p.source.timeName(table) }

type testRun struct {
	*File
	*faults
	plan  *Plan
	kinds map[string]map[string]rule.Kind
}

// kindsOf returns the kinds of columns by table; those of people under "".
func kindsOf(s rule.Schema) map[string]map[string]rule.Kind {
	kinds := map[string]map[string]rule.Kind{"": {}}
	for _, c := range s.Person {
		kinds[""][c.Name] = c.Kind
	}
	for _, t := range s.Tables {
		kinds[t.Name] = map[string]rule.Kind{}
		for _, c := range t.Columns {
			kinds[t.Name][c.Name] = c.Kind
		}
	}
	return kinds
}

func (r *testRun) run(t *testOfRules) {
	date := t.date()
	at := r.places.at(&t.Name)
	cal, err := rule.NewCalendar(r.plan.Zone, date, r.plan.Lookback)
	if err != nil {
		r.add(at, err.Error(), "")
		return
	}
	m, err := match.Load(r.plan.Rules, cal, allowAll{})
	if err != nil {
		r.add(at, err.Error(), "")
		return
	}
	answer, err := m.Match(context.Background(), r.person(t, date), r.plan.Purpose)
	if err != nil {
		r.add(at, fmt.Sprintf("test %q: %v", t.Name, err), "")
		return
	}
	r.compareLets(t, answer)
	r.compareSegments(t, t.In, true, answer)
	r.compareSegments(t, t.NotIn, false, answer)
}

// person invents the person of a test. Fields that are left out are null.
func (r *testRun) person(t *testOfRules, date string) *match.Person {
	p := &match.Person{Key: "invented", Fields: map[string]rule.Value{}, Events: map[string][]match.Event{}}
	for _, f := range t.Person {
		p.Fields[f.Key], _ = testValue(f.Value.Value, r.kinds[""][f.Key], r.plan.Zone)
	}
	for _, rows := range t.Events {
		for _, row := range rows.Value {
			p.Events[rows.Key] = append(p.Events[rows.Key], r.event(rows.Key, row, date))
		}
	}
	return p
}

func (r *testRun) event(table string, row entries[scalar], date string) match.Event {
	e := match.Event{Fields: map[string]rule.Value{}}
	name := r.timeName(table)
	for _, f := range row {
		if f.Key == daysAgo {
			if n, ok := f.Value.Value.(int64); ok {
				noon := noonOf(date, int(n), r.plan.Zone)
				e.Time, e.Fields[name] = &noon, noon
			}
			continue
		}
		v, _ := testValue(f.Value.Value, r.kindIn(table, f.Key), r.plan.Zone)
		if v == nil {
			continue
		}
		e.Fields[f.Key] = v
		if instant, ok := v.(time.Time); ok && f.Key == name {
			e.Time = &instant
		}
	}
	return e
}

// timeName returns how rules call the time of a table.
func (f *File) timeName(table string) string {
	s := f.eventsSource(f.doc.Data.Events.at(table))
	for _, c := range s.Columns {
		if c.Is == s.Time {
			return c.Name
		}
	}
	return s.Time
}

// kindIn is the kind of a column; the time is there also if rules never see it.
func (r *testRun) kindIn(table, column string) rule.Kind {
	if k, ok := r.kinds[table][column]; ok {
		return k
	}
	return rule.Timestamp
}

func noonOf(date string, ago int, zone *time.Location) time.Time {
	day, _ := time.Parse(time.DateOnly, date) // checked when it was read
	y, m, d := day.AddDate(0, 0, -ago).Date()
	return time.Date(y, m, d, 12, 0, 0, 0, zone).UTC()
}

// testValue returns a value of the file as one of a column's kind.
func testValue(v rule.Value, kind rule.Kind, zone *time.Location) (rule.Value, bool) {
	if v == nil {
		return nil, true
	}
	text, isText := v.(string)
	switch {
	case kind == rule.Timestamp && isText:
		for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05", "2006-01-02T15:04:05", time.DateOnly} {
			if at, err := time.ParseInLocation(layout, text, zone); err == nil {
				return at.UTC(), true
			}
		}
		return nil, false
	case kind == rule.Duration && isText:
		d, err := time.ParseDuration(text)
		return d, err == nil
	}
	return ofKind(v, kind)
}

func (r *testRun) compareLets(t *testOfRules, answer *match.Answer) {
	for i := range t.Expect {
		e := &t.Expect[i]
		want, _ := testValue(e.Value.Value, r.letKind(e.Key), r.plan.Zone)
		got := answer.Lets[e.Key]
		if at, ok := got.(time.Time); ok {
			got = at.UTC()
		}
		if got != want {
			r.add(r.places.at(&e.Key), fmt.Sprintf("test %q: %s is %s, not %s", t.Name, e.Key, inWords(got), inWords(want)), "")
		}
	}
}

func (r *testRun) letKind(name string) rule.Kind {
	for i := range r.plan.Rules.Lets {
		if r.plan.Rules.Lets[i].Name == name {
			return r.plan.Rules.Lets[i].Type.Kind
		}
	}
	return rule.Invalid
}

func inWords(v rule.Value) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return fmt.Sprintf("%q", v)
	case time.Time:
		return v.Format(time.RFC3339Nano)
	}
	return label(v)
}

func (r *testRun) compareSegments(t *testOfRules, ids []string, want bool, answer *match.Answer) {
	for i, id := range ids {
		for s := range r.plan.Segments {
			if r.plan.Segments[s].ID != id {
				continue
			}
			got := answer.Segments[s]
			if in, _ := got.(bool); in != want {
				word := map[bool]string{true: "in", false: "not in"}
				r.add(r.places.at(&ids[i]), fmt.Sprintf("test %q: the person is %s %q", t.Name, word[!want], id),
					fmt.Sprintf("the rule ends %s", inWords(got)))
			}
		}
	}
}
