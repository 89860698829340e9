// SPDX-License-Identifier: Apache-2.0

package local

import (
	"context"
	"fmt"
	"slices"

	"github.com/throng-dp/throng/audience/cleanroom"
	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/cleanroom/internal/segment"
	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/audience/rule"
)

// data is the opened input of one run: what to read of which files.
type data struct {
	plan    *plan.Plan
	program *segment.Program
	lets    []string  // what the program works out beside segments
	events  []*source // parallel to the plan's tables
	people  *source   // nil without people
	links   *source   // nil without a table of ties in Parquet
	texts   *textTies // nil without one of text
}

// A source is one opened table and the columns that are read of it.
type source struct {
	name    string
	number  int // among the schema's tables
	table   *event.Table
	read    []string // the file's names, each once
	person  int      // place in read; -1: rows have phone numbers alone
	phone   int      // place in read; -1: rows have none
	links   []string // of the table of ties: columns of keys, by network
	spec    *plan.Source
	time    int      // place in read
	id      int      // place in read; -1: rows have no ids
	columns []int    // places in read of the columns that rules see
	age     int      // place in read; -1: not read
	denied  []string // columns that the owner forbids to open
}

// open opens every table of a plan and compares it with what rules expect.
func open(ctx context.Context, in *cleanroom.Input) (*data, error) {
	d := &data{plan: in.Plan}
	for _, a := range in.Plan.Bands {
		d.lets = append(d.lets, a.Let)
	}
	for _, a := range in.Plan.Totals {
		d.lets = append(d.lets, a.Let)
	}
	for _, g := range in.Plan.Grids {
		d.lets = append(d.lets, g.Let)
	}
	d.program = segment.Compile(in.Plan.Rules, in.Calendar, d.lets)
	for i := range in.Plan.Tables {
		s, err := d.openEvents(ctx, in, &in.Plan.Tables[i])
		d.events = append(d.events, s)
		if err != nil {
			d.close()
			return nil, err
		}
	}
	if in.Plan.People != nil {
		s, err := d.openPeople(ctx, in)
		d.people = s
		if err != nil {
			d.close()
			return nil, err
		}
	}
	var err error
	if d.links, d.texts, err = openLinks(ctx, in); err != nil {
		d.close()
		return nil, err
	}
	if in.MinAge > 0 && (in.Plan.Age == "" || d.people == nil) {
		d.close()
		return nil, &fault.Error{Kind: fault.Refused, Code: "refused.age", Where: "data.people.age",
			Msg:  "the policy asks for a minimum age, and the plan names no column of ages",
			Hint: "add age to data.people, or ask the owner for a policy with min_age: none"}
	}
	return d, nil
}

func (d *data) close() {
	for _, s := range append(slices.Clone(d.events), d.people, d.links) {
		if s != nil {
			s.table.Close() //nolint:errcheck // read only
		}
	}
	d.texts.close()
}

func (d *data) openEvents(ctx context.Context, in *cleanroom.Input, spec *plan.Source) (*source, error) {
	cal := in.Calendar
	o := event.Options{NeverRead: in.NeverRead, Newest: cal.Date(0), Oldest: cal.Date(len(cal.Starts) - 1), Zone: cal.Zone}
	s, err := openSource(ctx, in.Root, spec, o)
	if err != nil {
		return nil, err
	}
	schema := in.Plan.Rules.Schema
	s.number = slices.IndexFunc(schema.Tables, func(t rule.Table) bool { return t.Name == spec.Name })
	s.time = s.add(spec.Time)
	if spec.ID != "" && d.program.Needed(s.number) {
		s.id = s.add(spec.ID)
	}
	return s, s.choose(spec, d.program.Columns(s.number), schema.Tables[s.number].Columns)
}

func (d *data) openPeople(ctx context.Context, in *cleanroom.Input) (*source, error) {
	spec := in.Plan.People
	s, err := openSource(ctx, in.Root, spec, event.Options{NeverRead: in.NeverRead, Zone: in.Calendar.Zone})
	if err != nil {
		return nil, err
	}
	columns := in.Plan.Rules.Schema.Person
	if err := s.choose(spec, d.program.PersonColumns(), columns); err != nil {
		return s, err
	}
	if in.MinAge == 0 || in.Plan.Age == "" {
		return s, nil
	}
	k := kindOf(columns, in.Plan.Age)
	if k != rule.Int && k != rule.Double {
		return s, &fault.Error{Kind: fault.Input, Code: "input.type", Where: s.name + ": column " + event.Show(in.Plan.Age),
			Msg: "an age is a number of years, and this column holds none", Hint: "name a column of numbers as data.people.age"}
	}
	chosen := s.columns
	if err := s.choose(spec, []string{in.Plan.Age}, columns); err != nil {
		return s, err
	}
	s.columns, s.age = chosen, s.columns[0]
	return s, nil
}

func openSource(ctx context.Context, root string, spec *plan.Source, o event.Options) (*source, error) {
	t, err := event.Open(ctx, root, spec, o)
	if err != nil {
		return nil, err
	}
	return newSource(t, spec, o), nil
}

func newSource(t *event.Table, spec *plan.Source, o event.Options) *source {
	s := &source{name: spec.Name, table: t, spec: spec, person: -1, phone: -1, id: -1, age: -1, denied: o.NeverRead}
	if spec.Person != "" {
		s.person = s.add(spec.Person)
	}
	if spec.Phone.Column != "" {
		s.phone = s.add(spec.Phone.Column)
	}
	return s
}

// packed returns the place of the column of keys that is read packed: one is.
func (s *source) packed() int {
	if s.person < 0 {
		return s.phone
	}
	return s.person
}

// place appends the column at a place of read and returns its place there; -1 is
// none.
func (s *source) place(columns *[]string, at int) int {
	if at < 0 {
		return -1
	}
	*columns = append(*columns, s.read[at])
	return len(*columns) - 1
}

// add has a column read and returns its place.
func (s *source) add(column string) int {
	if i := slices.Index(s.read, column); i >= 0 {
		return i
	}
	s.read = append(s.read, column)
	return len(s.read) - 1
}

// choose has the named columns read, which must be in the files, of the kinds
// that rules were checked against.
func (s *source) choose(spec *plan.Source, names []string, schema []rule.Column) error {
	s.columns = nil
	have := s.table.Columns()
	for _, name := range names {
		file := fileName(spec, name)
		want, got := kindOf(schema, name), kindOf(have, file)
		where := fmt.Sprintf("%s: column %s", s.name, event.Show(file))
		switch {
		case event.Denied(file, s.denied):
			return &fault.Error{Kind: fault.Plan, Code: "plan.never-read", Where: where, Msg: "this column may not be read",
				Hint: "columns with messages' content are never opened, nor those in the policy's never_read"}
		case got == rule.Invalid:
			return &fault.Error{Kind: fault.Input, Code: "input.column", Where: where,
				Msg: "no file of the table has this column", Hint: "compare the names with `throng inspect`"}
		case got != want:
			return &fault.Error{Kind: fault.Input, Code: "input.type", Where: where,
				Msg:  fmt.Sprintf("rules take it for %s, the files have %s", noun(want), noun(got)),
				Hint: "correct the type under `columns`, or leave it out"}
		}
		s.columns = append(s.columns, s.add(file))
	}
	return nil
}

func fileName(spec *plan.Source, name string) string {
	for _, c := range spec.Columns {
		if c.Name == name && c.Is != "" {
			return c.Is
		}
	}
	return name
}

func kindOf(columns []rule.Column, name string) rule.Kind {
	for _, c := range columns {
		if c.Name == name {
			return c.Kind
		}
	}
	return rule.Invalid
}

func noun(k rule.Kind) string {
	return map[rule.Kind]string{rule.Bool: "a bool", rule.Int: "an int", rule.Double: "a double",
		rule.String: "a string", rule.Timestamp: "a timestamp", rule.Duration: "a duration"}[k]
}
