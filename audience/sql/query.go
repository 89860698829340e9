// SPDX-License-Identifier: Apache-2.0

package sql

import (
	"fmt"
	"slices"
	"strings"

	"github.com/throng-dp/throng/audience/rule"
)

// A Query asks what rules say of every person.
type Query struct {
	Rules    *rule.Set
	Calendar *rule.Calendar
	Tables   []Source // parallel to Rules.Schema.Tables
	People   *Source  // nil: everyone is whoever has a visible event
	Age      string   // column of People, as rules write it; needed where MinAge is set
	MinAge   int      // years; 0: none. Who is younger, or of an age that nobody knows, is left out
	Lets     []string // values to be told
	Segments []string // segments to be answered
}

// A Source says where the rows of a table are.
type Source struct {
	From    string            // what stands after FROM, in the dialect
	Person  string            // expression of the person's key, in the dialect; null: nobody's row
	Time    string            // expression of the event's time
	ID      string            // expression of the event's id; empty: rows have none. Of a person's visible rows with one id the smallest counts, by what rules look at
	Columns map[string]string // expressions of columns, by the name that rules have for them
}

// A step is one named part of a statement.
type step struct{ name, text string }

// Answers returns a statement with one row for every person: the column person,
// then l0, l1, … for the lets that were asked for, then s0, s1, … for the
// segments: true, false, or null.
func (d *Dialect) Answers(q *Query) string {
	steps, columns := d.answers(q)
	return written(steps, "SELECT person"+more(columns)+"\nFROM "+last(steps))
}

// answers returns the parts of Answers, and the columns of the last one that
// were asked for.
func (d *Dialect) answers(q *Query) ([]step, []string) {
	p := &printer{Dialect: d, Query: q, lets: map[string]string{}, asked: map[string]string{}}
	for i := range q.Rules.Schema.Tables {
		p.tables = append(p.tables, &table{n: i, spec: &q.Rules.Schema.Tables[i], places: map[string]int{}})
	}
	levels := p.levels() // first: it finds what is needed of persons and tables
	steps := []step{p.days()}
	for i, t := range p.tables {
		if q.People == nil || len(t.aggregates) > 0 {
			steps = append(steps, p.events(t, &q.Tables[i])...)
		}
	}
	steps = append(steps, p.everyone()...)
	steps = append(steps, p.together())
	for _, columns := range levels {
		steps = append(steps, step{fmt.Sprintf("throng_%d", len(steps)), "SELECT *" + more(columns) + " FROM " + last(steps)})
	}
	var out []string
	for i, name := range q.Lets {
		out = append(out, fmt.Sprintf("%s AS l%d", p.lets[name], i))
	}
	for i, id := range q.Segments {
		out = append(out, fmt.Sprintf("%s AS s%d", p.asked[id], i))
	}
	return steps, out
}

func last(steps []step) string { return steps[len(steps)-1].name }

func written(steps []step, end string) string {
	var b strings.Builder
	for i, s := range steps {
		fmt.Fprintf(&b, "%s%s AS (\n  %s\n)", []string{"WITH ", ",\n"}[min(i, 1)], s.name, strings.ReplaceAll(s.text, "\n", "\n  "))
	}
	return b.String() + "\n" + end
}

// more continues a list of columns.
func more(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return ", " + strings.Join(list, ", ")
}

// levels writes the lets and segments that are needed, each as a column of its
// own, after those that it refers to.
func (p *printer) levels() [][]string {
	o := &order{printer: p, depth: map[string]int{}}
	for _, name := range p.Lets {
		o.let(name)
	}
	for _, id := range p.Segments {
		o.segment(id)
	}
	return o.levels
}

type order struct {
	*printer
	levels [][]string
	depth  map[string]int // of a column; 1 is the first level
}

// let makes sure that a let has a column.
func (o *order) let(name string) {
	i := slices.IndexFunc(o.Rules.Lets, func(l rule.Let) bool { return l.Name == name })
	if _, known := o.lets[name]; !known {
		o.add(o.lets, name, fmt.Sprintf("let%d", i), o.Rules.Lets[i].Expr)
	}
}

// segment makes sure that a segment has a column.
func (o *order) segment(id string) {
	i := slices.IndexFunc(o.Rules.Segments, func(r rule.Rule) bool { return r.Segment == id })
	if _, known := o.asked[id]; !known {
		o.add(o.asked, id, fmt.Sprintf("seg%d", i), o.Rules.Segments[i].Expr)
	}
}

// add writes a rule into the level after all that it refers to.
func (o *order) add(names map[string]string, name, column string, e rule.Expr) {
	depth := 1
	rule.Walk(e, func(e rule.Expr) {
		switch e := e.(type) {
		case rule.LetRef:
			o.let(e.Name)
			depth = max(depth, o.depth[o.lets[e.Name]]+1)
		case rule.InSegment:
			o.segment(e.Segment)
			depth = max(depth, o.depth[o.asked[e.Segment]]+1)
		}
	})
	for len(o.levels) < depth {
		o.levels = append(o.levels, nil)
	}
	o.levels[depth-1] = append(o.levels[depth-1], o.expr(e)+" AS "+column)
	names[name], o.depth[column] = column, depth
}

// together joins a person's fields and aggregates.
func (p *printer) together() step {
	columns, joins := []string{"u.person"}, ""
	for i := range p.fields {
		columns = append(columns, fmt.Sprintf("u.f%d", i))
	}
	for _, t := range p.tables {
		if len(t.aggregates) == 0 {
			continue
		}
		for n, a := range t.aggregates {
			x := fmt.Sprintf("t%d.a%d", t.n, n)
			if nothing := p.ofNothing(a); nothing != "" {
				x = fmt.Sprintf("coalesce(%s, %s)", x, nothing)
			}
			columns = append(columns, fmt.Sprintf("%s AS t%da%d", x, t.n, n))
		}
		joins += fmt.Sprintf("\nLEFT JOIN throng_sums%d t%d ON t%d.person = u.person", t.n, t.n, t.n)
	}
	return step{"throng_persons", "SELECT " + strings.Join(columns, ", ") + "\nFROM throng_everyone u" + joins}
}

// everyone is who there is: the people of a table, or whoever has an event.
func (p *printer) everyone() []step {
	if p.People == nil {
		var all []string
		for _, t := range p.tables {
			all = append(all, fmt.Sprintf("SELECT DISTINCT person FROM throng_events%d", t.n))
		}
		return []step{{"throng_everyone", strings.Join(all, " UNION ")}}
	}
	age := -1
	if p.MinAge > 0 {
		age = place(&p.fields, p.Age)
	}
	var doors, agreed []string
	list := []string{"person"}
	for i, name := range p.fields {
		doors = append(doors, fmt.Sprintf("%s AS f%d", p.door(kindOf(p.Rules.Schema.Person, name), p.People.Columns[name]), i))
		// Rows of one person that differ leave nothing but the person.
		agreed = append(agreed, fmt.Sprintf("CASE WHEN count(*) = 1 THEN max(f%d) END AS f%d", i, i))
		list = append(list, fmt.Sprintf("f%d", i))
	}
	rows := step{"throng_people", fmt.Sprintf("SELECT DISTINCT %s FROM (SELECT %s AS person%s FROM %s) r WHERE person IS NOT NULL",
		strings.Join(list, ", "), p.key(p.People.Person), more(doors), p.People.From)}
	text := "SELECT person" + more(agreed) + " FROM throng_people GROUP BY person"
	if age >= 0 {
		text = fmt.Sprintf("SELECT * FROM (%s) r WHERE f%d >= %d", text, age, p.MinAge)
	}
	return []step{rows, {"throng_everyone", text}}
}

func (p *printer) key(x string) string { return fmt.Sprintf("CAST(%s AS %s)", x, p.textType) }

func kindOf(columns []rule.Column, name string) rule.Kind {
	for _, c := range columns {
		if c.Name == name {
			return c.Kind
		}
	}
	return rule.Invalid
}

// door makes null what rules do not see.
func (p *printer) door(k rule.Kind, x string) string {
	switch k {
	case rule.Double:
		return p.finite("CAST(" + x + " AS DOUBLE)")
	case rule.Timestamp:
		return p.inYears(fmt.Sprintf(p.micros, x))
	case rule.Int:
		return "CAST(" + x + " AS BIGINT)"
	}
	return x
}
