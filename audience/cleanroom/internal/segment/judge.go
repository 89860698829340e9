// SPDX-License-Identifier: Apache-2.0

package segment

import (
	"slices"

	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/rule"
)

// A Judge answers rules from what was kept of people. It is not safe for
// concurrent use: every worker has its own.
type Judge struct {
	program  *Program
	frames   uint64
	frame    frame
	sliced   slicing
	dicts    []*event.Dict // of PersonColumns, for strings
	segments []*node
	lets     []*node
	cells    []celled
}

// NewJudge returns a judge of the segments' rules and of the lets that the
// program was compiled for. All columns of people must have been read by now.
func (p *Program) NewJudge() *Judge {
	j := &Judge{program: p}
	j.frame.columns = make([]*event.Vector, len(p.person))
	for _, strings := range p.pools {
		var d *event.Dict
		if strings != nil {
			d = strings.dict()
		}
		j.dicts = append(j.dicts, d)
	}
	c := newPersonCompiler(j)
	for _, s := range p.set.Segments {
		j.segments = append(j.segments, c.compile(s.Expr))
	}
	for _, name := range p.roots {
		j.lets = append(j.lets, c.compile(p.lets[name]))
		j.cells = append(j.cells, j.celledOf(c, p.lets[name]))
	}
	return j
}

// Look turns to n people from first on, which is a multiple of 64. Answers are
// about them until the next Look.
func (j *Judge) Look(s *State, first, n int) {
	j.frames++
	j.frame.id, j.frame.rows, j.frame.people, j.frame.first = j.frames, n, s, first
	j.sliced.read(s, j.program.used, first, n)
	for i, d := range j.dicts {
		if d != nil {
			j.frame.columns[i] = &event.Vector{Kind: rule.String, Dict: d, Index: s.Person[i].texts[first : first+n]}
		}
	}
}

// In returns who is in a segment, before any cap. Null is not in.
func (j *Judge) In(segment int) Bitmap {
	yes := j.segments[segment].eval(&j.frame).yes
	yes.trim(j.frame.rows)
	return yes
}

// Answer returns the rule's own answer for one person: true, false or null.
func (j *Judge) Answer(segment, person int) rule.Value {
	return j.segments[segment].eval(&j.frame).value(person)
}

// Let returns the value that a let has for one person; nil is null.
func (j *Judge) Let(let, person int) rule.Value {
	return j.lets[let].eval(&j.frame).value(person)
}

// celled is a let whose values are put into cells: once for each text of a
// column, if the let looks at nothing else.
type celled struct {
	column  int // -1: it looks at more
	entries *node
	known   []uint32
	names   []string
}

func (j *Judge) celledOf(c *personCompiler, e rule.Expr) celled {
	at, ok := c.only(e)
	if !ok {
		return celled{column: -1}
	}
	return celled{column: at, entries: c.inside(at).compile(e)}
}

// Cells writes into to the cells of the people from first on, counted from the
// first that Look has turned to. cell must always say the same of a value.
func (j *Judge) Cells(let, first int, cell func(rule.Value) int, to []uint32) {
	c := &j.cells[let]
	if c.column < 0 {
		for p := range to {
			to[p] = uint32(cell(j.Let(let, first+p)))
		}
		return
	}
	if c.known == nil {
		j.eachEntry(c, func(v rule.Value) { c.known = append(c.known, uint32(cell(v))) })
	}
	for p, n := range j.frame.columns[c.column].Index[first : first+len(to)] {
		to[p] = c.known[n]
	}
}

// Names is Cells for categories that have names and no numbers.
func (j *Judge) Names(let, first int, name func(rule.Value) string, to []string) {
	c := &j.cells[let]
	if c.column < 0 {
		for p := range to {
			to[p] = name(j.Let(let, first+p))
		}
		return
	}
	if c.names == nil {
		j.eachEntry(c, func(v rule.Value) { c.names = append(c.names, name(v)) })
	}
	for p, n := range j.frame.columns[c.column].Index[first : first+len(to)] {
		to[p] = c.names[n]
	}
}

// eachEntry calls f with the value that a let has for each text of its column.
func (j *Judge) eachEntry(c *celled, f func(rule.Value)) {
	d := j.dicts[c.column]
	j.frames++
	values := c.entries.eval(&frame{id: j.frames, rows: d.Len(), dict: d})
	for i := range d.Len() {
		f(values.value(i))
	}
}

// A personCompiler compiles expressions over people. Whatever looks at one
// column of strings only is evaluated once for each text.
type personCompiler struct {
	rowCompiler
	judge *Judge
}

func newPersonCompiler(j *Judge) *personCompiler {
	c := &personCompiler{judge: j, rowCompiler: rowCompiler{columns: j.program.person, frames: &j.frames}}
	c.compiler = compiler{asOf: j.program.days.end, known: map[string]*node{}, lift: c.liftPerson, leaf: c.leafOf}
	return c
}

// only returns the place of the one column of strings that e looks at.
func (c *personCompiler) only(e rule.Expr) (at int, ok bool) {
	at = -1
	alone := true
	walk(e, func(e rule.Expr) {
		switch e := e.(type) {
		case rule.PersonField:
			i := slices.Index(c.columns, e.Name)
			alone = alone && (at < 0 || at == i) && c.judge.dicts[i] != nil
			at = i
		case rule.LetRef, rule.InSegment, rule.Aggregate:
			alone = false
		}
	})
	return at, alone && at >= 0
}

func (c *personCompiler) liftPerson(e rule.Expr) (*node, bool) {
	if b, ok := e.(rule.Binary); ok {
		if n, ok := c.threshold(b); ok {
			return n, true
		}
		if n, ok := c.sumThreshold(b); ok {
			return n, true
		}
	}
	at, ok := c.only(e)
	if !ok {
		return nil, false
	}
	return c.lifted(at, c.inside(at).compile(e)), true
}

func (c *personCompiler) leafOf(e rule.Expr) *node {
	p := c.judge.program
	switch e := e.(type) {
	case rule.LetRef:
		return c.compile(p.lets[e.Name])
	case rule.InSegment:
		return c.compile(p.rules[e.Segment])
	case rule.PersonField:
		i := slices.Index(p.person, e.Name)
		return &node{kind: e.K, run: func(f *frame, out *vec) { f.people.Person[i].read(f.first, out) }}
	case rule.Aggregate:
		i := p.index[key(e)]
		if p.places[i].width > 0 {
			return c.lane(e, p.places[i])
		}
		return &node{kind: e.K, run: func(f *frame, out *vec) { f.people.accs[i].read(f.first, out) }}
	}
	panic("segment: an expression that has no place outside a list of events")
}
