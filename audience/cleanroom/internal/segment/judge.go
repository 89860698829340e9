// SPDX-License-Identifier: Apache-2.0

package segment

import (
	"slices"

	"github.com/throng-dp/throng/audience/rule"
)

// A Judge answers rules from what was kept of people. It is not safe for
// concurrent use: every worker has its own.
type Judge struct {
	frame    frame
	segments []*node
	lets     []*node
}

// NewJudge returns a judge of the segments' rules and of the lets that the
// program was compiled for.
func (p *Program) NewJudge() *Judge {
	c := &compiler{asOf: p.days.end, known: map[string]*node{}}
	c.leaf = func(e rule.Expr) *node { return p.personLeaf(c, e) }
	j := &Judge{}
	for _, s := range p.set.Segments {
		j.segments = append(j.segments, c.compile(s.Expr))
	}
	for _, name := range p.roots {
		j.lets = append(j.lets, c.compile(p.lets[name]))
	}
	return j
}

func (p *Program) personLeaf(c *compiler, e rule.Expr) *node {
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
		return &node{kind: e.K, run: func(f *frame, out *vec) { f.people.accs[i].read(f.first, out) }}
	}
	panic("segment: an expression that has no place outside a list of events")
}

// Look turns to n people from first on, which is a multiple of 64. Answers are
// about them until the next Look.
func (j *Judge) Look(s *State, first, n int) {
	j.frame = frame{id: j.frame.id + 1, rows: n, people: s, first: first}
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
