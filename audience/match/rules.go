// SPDX-License-Identifier: Apache-2.0

package match

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/throng-dp/throng/audience/rule"
)

// Rules are a document's, checked.
type Rules struct {
	Document *Document
	set      *rule.Set
	cal      *rule.Calendar
	asOf     time.Time
	issued   time.Time
	expires  time.Time // zero: never
	age      string    // field of person; empty: nothing is known of ages
	segment  map[string]int
}

// NewRules checks a document: that its rules are rules, and that they say of its
// vectors what these say.
func NewRules(d *Document) (*Rules, error) {
	r := &Rules{Document: d, segment: map[string]int{}}
	if err := r.times(); err != nil {
		return nil, fmt.Errorf("rules: %w", err)
	}
	if err := r.check(); err != nil {
		return nil, fmt.Errorf("rules: %w", err)
	}
	o := &d.Obligations
	if o.Age != nil {
		r.age = *o.Age
	}
	if o.MinAge > 0 && !slices.ContainsFunc(r.set.Schema.Person, func(c rule.Column) bool {
		return c.Name == r.age && (c.Kind == rule.Int || c.Kind == rule.Double)
	}) {
		return nil, fmt.Errorf("rules: a minimum age of %d, and nothing that tells ages", o.MinAge)
	}
	for i := range d.Vectors {
		if err := r.conforms(&d.Vectors[i]); err != nil {
			return nil, fmt.Errorf("rules: vector %q: %w", d.Vectors[i].Name, err)
		}
	}
	return r, nil
}

func (r *Rules) times() (err error) {
	d := r.Document
	zone, err := time.LoadLocation(d.TimeZone)
	if err != nil {
		return err
	}
	if r.cal, err = rule.NewCalendar(zone, d.Date, d.LookbackDays); err != nil {
		return err
	}
	if r.asOf, err = time.Parse(time.RFC3339, d.AsOf); err != nil {
		return err
	}
	if !r.asOf.Equal(r.cal.AsOf) {
		return fmt.Errorf("as_of is not the end of %s in %s", d.Date, d.TimeZone)
	}
	if r.issued, err = time.Parse(time.RFC3339, d.Issued); err != nil {
		return err
	}
	if x := d.Obligations.Expires; x != nil {
		r.expires, err = time.Parse(time.RFC3339, *x)
	}
	return err
}

// check has the rules checked as those of a plan are.
func (r *Rules) check() error {
	d := r.Document
	var schema rule.Schema
	var lets, segments, where []rule.Source
	for _, t := range d.Tables {
		if !slices.ContainsFunc(t.Columns, func(c Column) bool { return c.Name == t.Time && kinds[c.Type] == rule.Timestamp }) {
			return fmt.Errorf("table %s has no column of times %q", t.Name, t.Time)
		}
		schema.Tables = append(schema.Tables, rule.Table{Name: t.Name, Columns: columnsOf(t.Columns)})
		if t.Where != "" {
			where = append(where, rule.Source{Name: t.Name, Text: t.Where})
		}
	}
	if d.People != nil {
		schema.HasPeople, schema.Person = true, columnsOf(*d.People)
	}
	for _, l := range d.Lets {
		lets = append(lets, rule.Source{Name: l.Name, Text: l.Rule})
	}
	for i, s := range d.Segments {
		each, err := eachOf(s.Each)
		if err != nil {
			return fmt.Errorf("segment %s: %w", s.ID, err)
		}
		segments = append(segments, rule.Source{Name: s.ID, Text: s.Rule, Each: each})
		r.segment[s.ID] = i
	}
	set, faults := rule.Check(schema, lets, segments, where)
	if len(faults) > 0 {
		f := faults[0]
		return fmt.Errorf("%s %d, line %d, column %d: %s", f.In, f.Index+1, f.Line, f.Column, f.Msg)
	}
	r.set = set
	return nil
}

func columnsOf(columns []Column) []rule.Column {
	out := make([]rule.Column, len(columns))
	for i, c := range columns {
		out[i] = rule.Column{Name: c.Name, Kind: kinds[c.Type], Key: c.Key}
	}
	return out
}

// Person reads a person from fields and rows of events that were decoded from
// JSON with UseNumber.
func (r *Rules) Person(key string, fields map[string]any, events map[string][]map[string]any) (*Person, error) {
	p := &Person{Key: key, Events: map[string][]Event{}}
	var people []Column
	if r.Document.People != nil {
		people = *r.Document.People
	}
	var err error
	if p.Fields, err = ReadFields(fields, people); err != nil {
		return nil, err
	}
	for table, rows := range events {
		i := slices.IndexFunc(r.Document.Tables, func(t Table) bool { return t.Name == table })
		if i < 0 {
			return nil, fmt.Errorf("there is no table %q", table)
		}
		t := &r.Document.Tables[i]
		for _, row := range rows {
			e := Event{}
			if e.Fields, err = ReadFields(row, t.Columns); err != nil {
				return nil, fmt.Errorf("table %s: %w", table, err)
			}
			if at, ok := e.Fields[t.Time].(time.Time); ok {
				e.Time = &at
			}
			p.Events[table] = append(p.Events[table], e)
		}
	}
	return p, nil
}

// invented people have chosen nothing.
type invented struct{}

func (invented) Allows(context.Context, string, string, time.Time) (bool, error) { return true, nil }

// conforms evaluates a vector and compares the answers.
func (r *Rules) conforms(v *Vector) error {
	p, err := r.Person("invented", v.Person, v.Events)
	if err != nil {
		return err
	}
	cal, err := rule.NewCalendar(r.cal.Zone, v.Date, r.Document.LookbackDays)
	if err != nil {
		return err
	}
	m, err := Load(r.set, cal, invented{})
	if err != nil {
		return err
	}
	got, err := m.Match(context.Background(), p, "")
	if err != nil {
		return err
	}
	for i, s := range r.set.Segments {
		want, told := v.Segments[s.Segment]
		in, known := got.Segments[i].(bool)
		if !told || known != (want != nil) || known && in != *want {
			return fmt.Errorf("segment %s is %v", s.Segment, got.Segments[i])
		}
	}
	for _, l := range r.set.Lets {
		if l.Type.Events != "" {
			continue
		}
		want, err := valueOf(v.Lets[l.Name], l.Type.Kind)
		if err != nil {
			return fmt.Errorf("let %s: %w", l.Name, err)
		}
		if Plain(got.Lets[l.Name]) != Plain(want) {
			return fmt.Errorf("let %s is %v", l.Name, got.Lets[l.Name])
		}
	}
	return nil
}

// Set returns the checked rules.
func (r *Rules) Set() *rule.Set { return r.set }
