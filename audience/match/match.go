// SPDX-License-Identifier: Apache-2.0

// Package match evaluates a plan's rules for one person at a time, by cel-go's
// interpreter. It is the reference for every other engine, and it can be
// embedded: it refuses to work without a source of people's choices.
//
// Values are read as rules see them: NaN, infinities, invalid UTF-8 and times
// outside the years 1 to 9999 are null, -0 is 0, times are cut to microseconds
// towards the past. A value of another Go type than its column's kind is an
// error.
package match

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"github.com/throng-dp/throng/audience/rule"
)

// Choices answers whether a person may be considered for a purpose. An error
// means no.
type Choices interface {
	Allows(ctx context.Context, person, purpose string, asOf time.Time) (bool, error)
}

// A Person is what is known of one person. Absent fields are null.
type Person struct {
	Key    string
	Keys   []Key // all of them, where a person may have several: see Persons; asked of in place of Key
	Fields map[string]rule.Value
	Events map[string][]Event // by table, any order
}

// An Event is one row. Time nil means without a time: never visible.
type Event struct {
	Time   *time.Time
	Fields map[string]rule.Value // all columns, that of the time included
}

// A Matcher answers for one calendar. It may be used by several goroutines.
type Matcher struct {
	set      *rule.Set
	cal      *rule.Calendar
	choices  Choices
	lets     []cel.Program // parallel to set.Lets
	segments []cel.Program // parallel to set.Segments
	purposes []string      // the same; nil: all are for any purpose
	where    map[string]cel.Program
	tables   map[string]*shape
	person   *shape
}

// Load prepares the rules of a set. choices must not be nil.
func Load(set *rule.Set, cal *rule.Calendar, choices Choices) (*Matcher, error) {
	switch {
	case choices == nil:
		return nil, errors.New("match: no source of people's choices")
	case set == nil || set.CEL() == nil:
		return nil, errors.New("match: no checked rules")
	case cal == nil:
		return nil, errors.New("match: no calendar")
	}
	m := &Matcher{set: set, cal: cal, choices: choices, where: map[string]cel.Program{}, tables: map[string]*shape{}}
	for _, t := range set.Schema.Tables {
		m.tables[t.Name] = newShape(t.Name, t.Columns)
	}
	m.person = newShape("", set.Schema.Person)
	return m, m.plan()
}

// plan has cel-go plan every rule.
func (m *Matcher) plan() error {
	checked := m.set.CEL()
	env, err := checked.Env(runtime)
	if err != nil {
		return fmt.Errorf("match: %w", err)
	}
	for i, ast := range checked.Lets {
		p, err := env.Program(ast, cel.EvalOptions(cel.OptOptimize))
		if err != nil {
			return fmt.Errorf("match: let %s: %w", m.set.Lets[i].Name, err)
		}
		m.lets = append(m.lets, p)
	}
	for i, ast := range checked.Segments {
		p, err := env.Program(ast, cel.EvalOptions(cel.OptOptimize))
		if err != nil {
			return fmt.Errorf("match: segment %s: %w", m.set.Segments[i].Segment, err)
		}
		m.segments = append(m.segments, p)
	}
	for table, ast := range checked.Where {
		env, err := checked.WhereEnv(table, runtime)
		if err != nil {
			return fmt.Errorf("match: %w", err)
		}
		if m.where[table], err = env.Program(ast, cel.EvalOptions(cel.OptOptimize)); err != nil {
			return fmt.Errorf("match: where of %s: %w", table, err)
		}
	}
	return nil
}

// An Answer is what the rules say of one person, before any cap.
type Answer struct {
	Allowed  bool                  // false: nothing else is set
	Lets     map[string]rule.Value // scalar lets; nil is null
	Segments []rule.Value          // parallel to Set.Segments: true, false or nil (null)
}

// Purposes says which purpose each segment of the set is for. Match answers null
// for those of another purpose than it is asked about. It comes before the first
// Match.
func (m *Matcher) Purposes(of []string) error {
	if len(of) != len(m.segments) {
		return errors.New("match: not one purpose for each segment")
	}
	m.purposes = of
	return nil
}

// Match evaluates everything for one person and a purpose. If the person's
// choices cannot be told, the answer is that nothing is allowed, beside the
// error.
func (m *Matcher) Match(ctx context.Context, p *Person, purpose string) (*Answer, error) {
	ok, err := m.allowsAt(ctx, p, purpose, m.cal.AsOf)
	if err != nil {
		return &Answer{}, fmt.Errorf("match: choices: %w", err)
	}
	if !ok {
		return &Answer{}, nil
	}
	return m.evaluate(p, purpose)
}

// evaluate is Match without asking for choices.
func (m *Matcher) evaluate(p *Person, purpose string) (*Answer, error) {
	vars, err := m.variables(p)
	if err != nil {
		return nil, err
	}
	answer := &Answer{Allowed: true, Lets: map[string]rule.Value{}, Segments: make([]rule.Value, len(m.segments))}
	for i, l := range m.set.Lets {
		v, err := run(m.lets[i], vars)
		if err != nil {
			return nil, fmt.Errorf("match: let %s: %w", l.Name, err)
		}
		vars[l.Name] = v
		if l.Type.Events == "" {
			answer.Lets[l.Name] = native(v)
		}
	}
	for _, i := range m.set.Order {
		if m.purposes != nil && m.purposes[i] != purpose {
			continue // no rule of this purpose asks for it
		}
		v, err := run(m.segments[i], vars)
		if err != nil {
			return nil, fmt.Errorf("match: segment %s: %w", m.set.Segments[i].Segment, err)
		}
		vars[rule.SegmentVariable(m.set.Segments[i].Segment)] = v
		answer.Segments[i] = native(v)
	}
	return answer, nil
}

// variables are what rules see of a person.
func (m *Matcher) variables(p *Person) (map[string]any, error) {
	vars := map[string]any{"as_of": types.Timestamp{Time: m.cal.AsOf.UTC()}}
	for table, shape := range m.tables {
		events := []ref.Val{}
		for i := range p.Events[table] {
			e, err := m.visible(table, shape, &p.Events[table][i])
			if err != nil {
				return nil, err
			}
			if e != nil {
				events = append(events, e)
			}
		}
		vars[table] = types.NewRefValList(types.DefaultTypeAdapter, events)
	}
	if m.set.Schema.HasPeople {
		person, err := m.person.record(p.Fields)
		if err != nil {
			return nil, err
		}
		vars["person"] = person
	}
	return vars, nil
}

// visible returns the event as rules see it, or nil if they do not.
func (m *Matcher) visible(table string, shape *shape, e *Event) (*record, error) {
	if e.Time == nil {
		return nil, nil
	}
	t, ok := normalTime(*e.Time)
	if !ok {
		return nil, nil
	}
	daysAgo, ok := m.cal.Day(t)
	if !ok {
		return nil, nil
	}
	r, err := shape.record(e.Fields)
	if err != nil {
		return nil, err
	}
	r.fields["@time"] = types.Timestamp{Time: t}
	r.fields[rule.DaysAgo] = types.Int(daysAgo)
	r.fields[rule.Date] = types.String(m.cal.Date(daysAgo))
	r.fields[rule.Month] = types.Int(m.cal.Month(daysAgo))
	r.fields[rule.Weekday] = types.Int(m.cal.Weekday(daysAgo))
	where, ok := m.where[table]
	if !ok {
		return r, nil
	}
	v, err := run(where, map[string]any{"row": r, "as_of": types.Timestamp{Time: m.cal.AsOf.UTC()}})
	if err != nil {
		return nil, fmt.Errorf("match: where of %s: %w", table, err)
	}
	if v != types.True {
		return nil, nil
	}
	return r, nil
}

// run evaluates a rule. Null is an unknown value. Whatever faults in a rule is
// null already where it happens, so an error in here is one of ours.
func run(p cel.Program, vars map[string]any) (ref.Val, error) {
	v, _, err := p.Eval(vars)
	if err != nil {
		return nil, err
	}
	return v, nil
}
