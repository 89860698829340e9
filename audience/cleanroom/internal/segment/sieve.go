// SPDX-License-Identifier: Apache-2.0

package segment

import (
	"math/bits"

	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/rule"
)

// A sieve works out the masks of rows. What an aggregate asks of a row is taken
// apart into conditions that all have to hold; those about one column are
// evaluated once for each value of the column's dictionary, all lanes together,
// and a row's mask is the AND of what its values leave. Conditions about more
// columns, or values without a dictionary, are evaluated row by row.
type sieve struct {
	compiler *rowCompiler
	groups   int
	lanes    []uint64 // of each group, the lanes that are asked for
	columns  []sieved // parallel to the compiler's columns
	others   []condition
	known    map[string]*condition
	coded    []codedColumn // scratch of sift
	byRow    []*condition
}

// A sieved column has conditions of its own.
type sieved struct {
	compiler *compiler
	conds    []*condition
	dict     uint64     // whose entries' masks are these
	masks    [][]uint64 // of each group, of each entry
	texts    interned   // of a column without a dictionary
}

// A condition takes its lanes off the rows for which it is not true, or for not
// is.
type condition struct {
	node  *node
	not   bool
	lanes []uint64 // of each group
}

func newSieve(c *rowCompiler, groups int) *sieve {
	s := &sieve{compiler: c, groups: groups, lanes: make([]uint64, groups), known: map[string]*condition{},
		columns: make([]sieved, len(c.columns))}
	for i := range s.columns {
		s.columns[i].compiler = c.inside(i)
		s.columns[i].masks = make([][]uint64, groups)
	}
	return s
}

// A clause is a condition in the rules' words: e has to be true, or for not has
// not to be.
type clause struct {
	e   rule.Expr
	not bool
}

// conditions returns what an aggregate asks of a row that counts for it; agg < 0
// asks that the row is visible. For all, rows count that speak against it.
func (p *Program) conditions(t *table, agg int) []clause {
	// A time outside the lookback has no day.
	all := []clause{{e: rule.Has{X: rule.EventField{Name: "days_ago", K: rule.Int}}}}
	if t.where != nil {
		all = conjuncts(t.where, all)
	}
	if agg < 0 {
		return all
	}
	a := p.aggs[agg]
	for _, w := range a.From.Where {
		all = conjuncts(w, all)
	}
	switch {
	case a.Arg == nil:
	case a.Fn == rule.Exists || a.Fn == rule.Count:
		all = conjuncts(a.Arg, all)
	case a.Fn == rule.All:
		all = append(all, clause{a.Arg, true})
	case a.Fn == rule.Sum && a.Arg.Kind() == rule.Double:
		all = append(all, clause{e: rule.Has{X: units{a.Arg}}})
	default:
		all = append(all, clause{e: rule.Has{X: a.Arg}})
	}
	return all
}

// conjuncts takes && apart: it is true where both sides are.
func conjuncts(e rule.Expr, to []clause) []clause {
	if b, ok := e.(rule.Binary); ok && b.Op == rule.And {
		return conjuncts(b.Y, conjuncts(b.X, to))
	}
	return append(to, clause{e: e})
}

// lane has the rows of a lane sifted by these.
func (s *sieve) lane(group, at int, clauses []clause) {
	s.lanes[group] |= 1 << at
	for _, c := range clauses {
		s.condition(c).lanes[group] |= 1 << at
	}
}

func (s *sieve) condition(c clause) *condition {
	k := key(c)
	if known, ok := s.known[k]; ok {
		return known
	}
	n := &condition{not: c.not, lanes: make([]uint64, s.groups)}
	s.known[k] = n
	if at, ok := s.compiler.only(c.e); ok {
		n.node = s.columns[at].compiler.compile(c.e)
		s.columns[at].conds = append(s.columns[at].conds, n)
	} else {
		n.node = s.compiler.compile(c.e)
		s.others = append(s.others, *n)
	}
	return n
}

// sift works out the masks of a frame's rows.
func (s *sieve) sift(f *frame, to []scannedGroup) {
	s.coded, s.byRow = s.coded[:0], s.byRow[:0]
	for i := range s.columns {
		c, v := &s.columns[i], f.columns[i]
		switch {
		case len(c.conds) == 0 || v.Dict != nil && v.Same:
		case v.Dict == nil && c.pays(v):
			s.coded = append(s.coded, c.intern(s.compiler.frames, v, f.rows))
		case v.Dict == nil:
			s.byRow = append(s.byRow, c.conds...)
		default:
			s.coded = append(s.coded, codedColumn{s.entries(i, v.Dict), v.Index})
		}
	}
	for g := range to {
		s.narrow(to[g].masks, g, s.start(f, g))
	}
	for _, c := range s.byRow {
		c.sift(f, to)
	}
	for i := range s.others {
		s.others[i].sift(f, to)
	}
}

// start returns the lanes of a group that columns with one value for all rows
// leave.
func (s *sieve) start(f *frame, g int) uint64 {
	start := s.lanes[g]
	for i := range s.columns {
		if v := f.columns[i]; v.Dict != nil && v.Same && f.rows > 0 && len(s.columns[i].conds) > 0 {
			start &= s.entries(i, v.Dict)[g][v.Index[0]]
		}
	}
	return start
}

// narrow writes what the values of coded columns leave of start, two columns at a
// time: half the way through memory.
func (s *sieve) narrow(masks []uint64, g int, start uint64) {
	left := s.coded
	switch len(left) {
	case 0:
		spread(masks, start)
		return
	case 1:
		index, entries := left[0].index[:len(masks)], left[0].masks[g]
		for row, e := range index {
			masks[row] = start & entries[e]
		}
		return
	}
	entries, others := left[0].masks[g], left[1].masks[g]
	index, other := left[0].index[:len(masks)], left[1].index[:len(masks)]
	for row, e := range index {
		masks[row] = start & entries[e] & others[other[row]]
	}
	for left = left[2:]; len(left) > 1; left = left[2:] {
		narrowTwice(masks, left[0].masks[g], left[1].masks[g], left[0].index, left[1].index)
	}
	if len(left) > 0 {
		narrow(masks, left[0].masks[g], left[0].index)
	}
}

// narrow takes off every row's mask what its value does not leave.
func narrow(masks, entries []uint64, index []uint32) {
	index = index[:len(masks)]
	for row, e := range index {
		masks[row] &= entries[e]
	}
}

// narrowTwice is narrow for two columns.
func narrowTwice(masks, entries, others []uint64, index, other []uint32) {
	index, other = index[:len(masks)], other[:len(masks)]
	for row, e := range index {
		masks[row] &= entries[e] & others[other[row]]
	}
}

// A codedColumn has masks for each entry of its dictionary, and rows' indexes.
type codedColumn struct {
	masks [][]uint64 // of each group
	index []uint32
}

// entries returns the masks of a dictionary's entries.
func (s *sieve) entries(at int, d *event.Dict) [][]uint64 {
	c := &s.columns[at]
	if c.dict == d.ID {
		return c.masks
	}
	c.dict = d.ID
	for g := range c.masks {
		c.masks[g] = sized(c.masks[g], d.Len())
	}
	c.judge(s.compiler.frames, d, c.masks)
	return c.masks
}

// judge works out the masks of a dictionary's entries.
func (c *sieved) judge(frames *uint64, d *event.Dict, masks [][]uint64) {
	*frames++
	f := &frame{id: *frames, rows: d.Len(), dict: d}
	for _, m := range masks {
		spread(m, ^uint64(0))
	}
	for _, cond := range c.conds {
		yes := cond.node.eval(f).yes
		for g, lanes := range cond.lanes {
			cond.take(masks[g], lanes, yes)
		}
	}
}

func (c *condition) sift(f *frame, to []scannedGroup) {
	yes := c.node.eval(f).yes
	for g, lanes := range c.lanes {
		c.take(to[g].masks, lanes, yes)
	}
}

// take takes lanes off the masks of what is not in yes, or for not is.
func (c *condition) take(masks []uint64, lanes uint64, yes Bitmap) {
	if lanes == 0 {
		return
	}
	for w, bad := range yes {
		if !c.not {
			bad = ^bad
		}
		part := masks[w<<6 : min(w<<6+64, len(masks))]
		if len(part) < 64 {
			bad &= 1<<len(part) - 1
		}
		for ; bad != 0; bad &= bad - 1 {
			part[bits.TrailingZeros64(bad)] &^= lanes
		}
	}
}
