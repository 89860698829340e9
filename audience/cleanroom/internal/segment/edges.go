// SPDX-License-Identifier: Apache-2.0

package segment

import (
	"slices"

	"github.com/throng-dp/throng/audience/rule"
)

// Edges are the instants of a table between which rules cannot tell times apart:
// an event before one may count otherwise than an event at it or later.
type Edges struct {
	at         []int64 // sorted
	first, end int64   // of the lookback
}

// Edges returns the edges of a table whose time rules call by these names. It is
// not ok if a rule looks at the time itself.
func (p *Program) Edges(table int, names []string) (*Edges, bool) {
	t := p.tables[table]
	e := &Edges{first: p.days.starts[len(p.days.starts)-1], end: p.days.end}
	e.at = append(append(e.at, p.days.starts...), p.days.end)
	var exprs []rule.Expr
	if t.where != nil {
		exprs = append(exprs, t.where)
	}
	for _, i := range t.aggs {
		a := p.aggs[i]
		if a.Fn == rule.Latest {
			return nil, false
		}
		exprs = append(exprs, a.From.Where...)
		if a.Arg != nil {
			exprs = append(exprs, a.Arg)
		}
	}
	for _, x := range exprs {
		if !e.add(x, names, p.days.end) {
			return nil, false
		}
	}
	slices.Sort(e.at)
	return e, true
}

// add adds the edges inside an expression; false: it looks at the time itself.
func (e *Edges) add(x rule.Expr, names []string, asOf int64) bool {
	isTime := func(x rule.Expr) bool {
		f, ok := x.(rule.EventField)
		return ok && slices.Contains(names, f.Name)
	}
	switch x := x.(type) {
	case rule.EventField:
		return !isTime(x)
	case rule.Has:
		return isTime(x.X) || e.add(x.X, names, asOf)
	case rule.Binary:
		if x.Op >= rule.Eq && x.Op <= rule.Ge && (isTime(x.X) && isFixed(x.Y) || isTime(x.Y) && isFixed(x.X)) {
			other := x.Y
			if isTime(x.Y) {
				other = x.X
			}
			e.compared(other, asOf)
			return true
		}
		return e.add(x.X, names, asOf) && e.add(x.Y, names, asOf)
	case rule.Unary:
		return e.add(x.X, names, asOf)
	case rule.Cond:
		return e.add(x.If, names, asOf) && e.add(x.Then, names, asOf) && e.add(x.Else, names, asOf)
	case rule.In:
		return e.add(x.X, names, asOf)
	case rule.Text:
		return e.add(x.X, names, asOf)
	case rule.Const, rule.AsOf:
		return true
	}
	return false // nothing else stands in a list of events
}

// compared adds the edges of a comparison with a fixed time: whichever it is,
// nothing changes but from the microsecond before it to it, and from it to the
// one behind. One that is null makes no difference anywhere.
func (e *Edges) compared(with rule.Expr, asOf int64) {
	c := compiler{asOf: asOf, known: map[string]*node{}}
	v := c.compile(with).eval(&frame{id: 1, rows: 1})
	if !v.null.Has(0) {
		e.at = append(e.at, v.ints[0], v.ints[0]+1)
	}
}

// isFixed tells whether an expression is the same for all events.
func isFixed(e rule.Expr) bool {
	fixed := true
	walk(e, func(e rule.Expr) {
		switch e.(type) {
		case rule.EventField, rule.PersonField, rule.LetRef, rule.InSegment, rule.Aggregate:
			fixed = false
		}
	})
	return fixed
}

// Alike tells whether all times from first to last count alike.
func (e *Edges) Alike(first, last int64) bool {
	i, exact := slices.BinarySearch(e.at, first)
	if exact {
		i++
	}
	for i < len(e.at) && e.at[i] == first {
		i++
	}
	return i == len(e.at) || e.at[i] > last
}

// Outside tells whether no time from first to last is in the lookback.
func (e *Edges) Outside(first, last int64) bool { return last < e.first || first >= e.end }
