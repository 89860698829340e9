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
	starts   []uint64 // of each group

	// Of many groups: of each row the groups that it has lanes of, 64 to a word;
	// words stand in slices of their own. Entries of dictionaries have the same
	// behind their masks.
	live [][]uint64
	all  []uint64 // scratch of anywhere
}

// A sieved column has conditions of its own.
type sieved struct {
	compiler *compiler
	conds    []*condition
	dict     uint64     // whose entries' masks are these
	masks    [][]uint64 // of each group, of each entry; then the groups that an entry leaves lanes of
	asks     []bool     // of each group: whether any condition is about its lanes
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
		columns: make([]sieved, len(c.columns)), starts: make([]uint64, groups)}
	if groups > 1 {
		s.live = make([][]uint64, words(groups))
	}
	for i := range s.columns {
		s.columns[i].compiler = c.inside(i)
		s.columns[i].masks = make([][]uint64, groups+len(s.live))
		s.columns[i].asks = make([]bool, groups)
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
		if column, ok := s.compiler.only(c.e); ok {
			s.columns[column].asks[group] = true
		}
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
			s.coded = append(s.coded, s.intern(c, v, f.rows))
		case v.Dict == nil:
			s.byRow = append(s.byRow, c.conds...)
		default:
			s.coded = append(s.coded, codedColumn{s.entries(i, v.Dict), v.Index, c.asks})
		}
	}
	for g := range to {
		s.starts[g] = s.start(f, g)
	}
	if len(to) == 1 {
		s.narrow(to[0].masks, 0, s.starts[0])
	} else {
		s.narrowMany(f.rows, to)
	}
	for _, c := range s.byRow {
		c.sift(f, to)
	}
	for i := range s.others {
		s.others[i].sift(f, to)
	}
	if len(to) > 1 {
		s.leave(to)
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

// narrowMany is narrow for many groups: first of each row the groups that it may
// have lanes of, then of each group the masks of those rows. What the masks of
// other rows are means nothing.
func (s *sieve) narrowMany(rows int, to []scannedGroup) {
	for g := range to {
		to[g].n = 0
	}
	for w := range s.live {
		start := uint64(0)
		for g, lanes := range s.starts[w<<6 : min(w<<6+64, len(to))] {
			if lanes != 0 {
				start |= 1 << g
			}
		}
		s.live[w] = sized(s.live[w], rows)
		s.narrow(s.live[w], s.groups+w, start)
		groups := to[w<<6:]
		for row, left := range s.live[w] {
			for ; left != 0; left &= left - 1 {
				g := &groups[bits.TrailingZeros64(left)]
				g.some[g.n] = uint32(row)
				g.n++
			}
		}
	}
	for g := range to {
		s.narrowSome(to[g].masks, to[g].some[:to[g].n], g)
	}
}

// narrowSome is narrow for some rows.
func (s *sieve) narrowSome(masks []uint64, rows []uint32, g int) {
	start := s.starts[g]
	for _, row := range rows {
		masks[row] = start
	}
	for i := range s.coded {
		c := &s.coded[i]
		if !c.asks[g] {
			continue
		}
		entries, index := c.masks[g], c.index
		for _, row := range rows {
			masks[row] &= entries[index[row]]
		}
	}
}

// leave takes the groups off the rows that have no lanes of them after all.
func (s *sieve) leave(to []scannedGroup) {
	for g := range to {
		live, masks := s.live[g>>6], to[g].masks
		for _, row := range to[g].some[:to[g].n] {
			mask := masks[row]
			live[row] &^= (^(mask | -mask) >> 63) << (g & 63) // without a branch
		}
	}
}

// anywhere returns, of each row, something but zero where it has lanes of any
// group.
func (s *sieve) anywhere(rows int) []uint64 {
	if len(s.live) == 1 {
		return s.live[0][:rows]
	}
	s.all = sized(s.all, rows)
	copy(s.all, s.live[0])
	for _, live := range s.live[1:] {
		for row, groups := range live[:rows] {
			s.all[row] |= groups
		}
	}
	return s.all
}

// A codedColumn has masks for each entry of its dictionary, and rows' indexes.
type codedColumn struct {
	masks [][]uint64 // of each group
	index []uint32
	asks  []bool // of each group
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
	s.judge(c, d, c.masks)
	return c.masks
}

// gather writes behind the masks of entries the groups that they leave lanes of.
func (s *sieve) gather(masks [][]uint64, entries int) {
	for w := range s.live {
		to := masks[s.groups+w][:entries]
		clear(to)
		for g, of := range masks[w<<6 : min(w<<6+64, s.groups)] {
			lanes := s.lanes[w<<6+g]
			for e, mask := range of[:entries] {
				if mask&lanes != 0 {
					to[e] |= 1 << g
				}
			}
		}
	}
}

// judge works out the masks of a dictionary's entries.
func (s *sieve) judge(c *sieved, d *event.Dict, masks [][]uint64) {
	*s.compiler.frames++
	f := &frame{id: *s.compiler.frames, rows: d.Len(), dict: d}
	for _, m := range masks[:s.groups] {
		spread(m, ^uint64(0))
	}
	for _, cond := range c.conds {
		yes := cond.node.eval(f).yes
		for g, lanes := range cond.lanes {
			cond.take(masks[g], lanes, yes)
		}
	}
	s.gather(masks, d.Len())
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
