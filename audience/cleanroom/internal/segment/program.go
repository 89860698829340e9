// SPDX-License-Identifier: Apache-2.0

package segment

import (
	"slices"

	"github.com/throng-dp/throng/audience/rule"
)

// A Program is the rules of one plan, taken apart: what has to be kept of each
// person while tables are read, and what is worked out from that afterwards.
type Program struct {
	set    *rule.Set
	days   *days
	lets   map[string]rule.Expr
	rules  map[string]rule.Expr
	roots  []string // the lets that are asked for
	tables []*table // parallel to set.Schema.Tables
	aggs   []rule.Aggregate
	index  map[string]int // of an aggregate, by its key
	person []string       // columns of people
	pools  []*pool        // parallel to person; nil: no strings

	most   []int64 // of each aggregate that is a count: where rules stop telling numbers apart
	places []place // of each aggregate
	stride int     // words of a person's record
	used   []int   // bits of each word of it behind the key
}

// A place is where an aggregate's lane is. Without a width it is none.
type place struct {
	group *group
	lane  int
	width int
}

// A table is what rules ask of one events table.
type table struct {
	columns []string // without the derived ones; sorted
	where   rule.Expr
	aggs    []int
	groups  []group
}

// Compile takes a set apart for one calendar. Beside the segments' rules it
// works out the named lets, which must be values.
func Compile(set *rule.Set, cal *rule.Calendar, lets []string) *Program {
	p := &Program{set: set, days: newDays(cal), lets: map[string]rule.Expr{}, rules: map[string]rule.Expr{},
		roots: lets, index: map[string]int{}}
	for _, t := range set.Schema.Tables {
		p.tables = append(p.tables, &table{where: set.Where[t.Name]})
	}
	for _, l := range set.Lets {
		p.lets[l.Name] = l.Expr
	}
	for _, s := range set.Segments {
		p.rules[s.Segment] = s.Expr
	}
	seen := map[string]bool{}
	for _, s := range set.Segments {
		p.collect(s.Expr, seen)
	}
	for _, name := range lets {
		p.collect(rule.LetRef{Name: name}, seen)
	}
	for _, t := range p.tables {
		p.columnsOf(t)
	}
	slices.Sort(p.person)
	p.person = slices.Compact(p.person)
	for _, name := range p.person {
		var strings *pool
		if p.personKind(name) == rule.String {
			strings = newPool()
		}
		p.pools = append(p.pools, strings)
	}
	p.layOut()
	return p
}

// layOut gives every aggregate its place.
func (p *Program) layOut() {
	p.bounds()
	p.places = make([]place, len(p.aggs))
	var words packer
	for _, t := range p.tables {
		for _, lanes := range p.together(t, p.lanesOf(t)) {
			t.groups = append(t.groups, words.groupOf(lanes))
		}
		for i := range t.groups {
			for at, l := range t.groups[i].lanes {
				if l.agg >= 0 {
					p.places[l.agg] = place{&t.groups[i], at, l.width}
				}
			}
		}
	}
	p.used = words.used
	p.stride = KeyWords + len(words.used)
}

// collect notes the aggregates and the columns of people that e needs.
func (p *Program) collect(e rule.Expr, seen map[string]bool) {
	walk(e, func(e rule.Expr) {
		switch e := e.(type) {
		case rule.LetRef:
			if !seen[e.Name] {
				seen[e.Name] = true
				p.collect(p.lets[e.Name], seen)
			}
		case rule.PersonField:
			p.person = append(p.person, e.Name)
		case rule.Aggregate:
			p.add(e)
		}
	})
}

func (p *Program) add(a rule.Aggregate) {
	k := key(a)
	if _, ok := p.index[k]; ok {
		return
	}
	at := slices.IndexFunc(p.set.Schema.Tables, func(t rule.Table) bool { return t.Name == a.From.Table })
	if at < 0 {
		panic("segment: a table that the plan does not have")
	}
	p.index[k] = len(p.aggs)
	p.tables[at].aggs = append(p.tables[at].aggs, len(p.aggs))
	p.aggs = append(p.aggs, a)
}

func (p *Program) columnsOf(t *table) {
	var names []string
	for _, a := range t.aggs {
		names = append(names, eventFields(p.aggs[a])...)
	}
	if t.where != nil {
		names = append(names, eventFields(t.where)...)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	t.columns = slices.DeleteFunc(names, isDerived)
}

// Columns returns the columns of a table that rules look at, by the names that
// rules have for them. The time is not among them unless a rule names it.
func (p *Program) Columns(table int) []string { return p.tables[table].columns }

// Needed tells whether any rule asks a table anything.
func (p *Program) Needed(table int) bool { return len(p.tables[table].aggs) > 0 }

// PersonColumns returns the columns of people that rules look at.
func (p *Program) PersonColumns() []string { return p.person }
