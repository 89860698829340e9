// SPDX-License-Identifier: Apache-2.0

package segment

import (
	"fmt"

	"github.com/throng-dp/throng/audience/rule"
)

// A node is an expression compiled for one evaluator. It computes its values
// once a frame, into memory of its own. It is not safe for concurrent use.
type node struct {
	kind   rule.Kind
	run    func(f *frame, out *vec)
	pick   func(f *frame) *vec                // instead of run: values that stand somewhere else
	some   func(f *frame, rows []uint32) *vec // eval for a few rows that are not null, may be nil
	last   uint64                             // the frame that result belongs to
	out    vec
	result *vec
}

func (n *node) eval(f *frame) *vec {
	if n.last == f.id {
		return n.result
	}
	n.last = f.id
	n.result = &n.out
	if n.pick != nil {
		n.result = n.pick(f)
	} else {
		n.out.reset(n.kind, f.rows)
		n.run(f, &n.out)
	}
	return n.result
}

// evalSome is eval for a few rows, none of which is null. What is said of other
// rows, and which are null, means nothing.
func (n *node) evalSome(f *frame, rows []uint32) *vec {
	if n.some != nil && n.last != f.id {
		return n.some(f, rows)
	}
	return n.eval(f)
}

// A compiler turns expressions into nodes. Equal expressions are one node.
type compiler struct {
	asOf  int64                           // microseconds
	leaf  func(e rule.Expr) *node         // fields, aggregates, references
	lift  func(e rule.Expr) (*node, bool) // takes a whole expression over; may be nil
	known map[string]*node
	plain bool // nothing is folded
}

func (c *compiler) compile(e rule.Expr) *node {
	k := key(e)
	if n, ok := c.known[k]; ok {
		return n
	}
	n := c.build(e)
	c.known[k] = n
	return n
}

// key returns a text that only equal expressions share: Go's own syntax for
// them, which tells 1 of kind int from 1 of kind double by the type's name
// beside it.
func key(e any) string { return fmt.Sprintf("%#v", e) }

func (c *compiler) build(e rule.Expr) *node {
	if c.lift != nil {
		if n, ok := c.lift(e); ok {
			return n
		}
	}
	if n, ok := c.folded(e); ok {
		return n
	}
	switch e := e.(type) {
	case rule.Const:
		return constant(e.Value, e.K)
	case rule.AsOf:
		return constant(micros(c.asOf), rule.Timestamp)
	case rule.Unary:
		return c.unary(e)
	case rule.Binary:
		return c.binary(e)
	case rule.Cond:
		return c.cond(e)
	case rule.In:
		return c.in(e)
	case rule.Has:
		x := c.compile(e.X)
		return &node{kind: rule.Bool, run: func(f *frame, out *vec) {
			null := x.eval(f).null
			for w := range out.yes {
				out.yes[w] = ^null[w]
			}
		}}
	case rule.Text:
		return c.text(e)
	case units:
		return c.units(e)
	}
	return c.leaf(e)
}

// folded evaluates what is the same everywhere once.
func (c *compiler) folded(e rule.Expr) (*node, bool) {
	switch e.(type) {
	case rule.Const, rule.AsOf:
		return nil, false
	}
	if c.plain || !isFixed(e) {
		return nil, false
	}
	one := compiler{asOf: c.asOf, known: map[string]*node{}, plain: true}
	v := one.compile(e).eval(&frame{id: 1, rows: 1}).value(0)
	if v == nil {
		return &node{kind: e.Kind(), run: func(_ *frame, out *vec) { spread(out.null, ^uint64(0)) }}, true
	}
	return constant(v, e.Kind()), true
}

func constant(v rule.Value, k rule.Kind) *node {
	i, d, s := raw(v)
	return &node{kind: k, run: func(f *frame, out *vec) {
		switch k {
		case rule.Bool:
			if i != 0 {
				for w := range out.yes {
					out.yes[w] = ^uint64(0)
				}
			}
		case rule.Double:
			spread(out.doubles, d)
		case rule.String:
			spread(out.strings, s)
		default:
			spread(out.ints, i)
		}
	}}
}

func spread[T any](to []T, v T) {
	for i := range to {
		to[i] = v
	}
}

func (c *compiler) unary(e rule.Unary) *node {
	x := c.compile(e.X)
	n := &node{kind: e.Kind()}
	switch e.Op {
	case rule.Not:
		n.run = func(f *frame, out *vec) {
			a := x.eval(f)
			for w := range out.yes {
				out.yes[w] = ^a.yes[w] &^ a.null[w]
			}
			copy(out.null, a.null)
		}
	case rule.ToDouble:
		n.run = func(f *frame, out *vec) {
			a := x.eval(f)
			for i, v := range a.ints[:f.rows] {
				out.doubles[i] = float64(v)
			}
			copy(out.null, a.null)
		}
	case rule.Neg:
		zero := constant(zeroOf(n.kind), n.kind)
		n.run = arithmetic(rule.Sub, n.kind, zero, x)
	default:
		panic("segment: unknown unary operator")
	}
	return n
}

func zeroOf(k rule.Kind) rule.Value {
	switch k {
	case rule.Double:
		return 0.0
	case rule.Duration:
		return nanos(0)
	}
	return int64(0)
}

func (c *compiler) binary(e rule.Binary) *node {
	x, y := c.compile(e.X), c.compile(e.Y)
	n := &node{kind: e.K}
	switch e.Op {
	case rule.And:
		n.run = func(f *frame, out *vec) { and(x.eval(f), y.eval(f), out) }
	case rule.Or:
		n.run = func(f *frame, out *vec) { or(x.eval(f), y.eval(f), out) }
	case rule.Eq, rule.Ne, rule.Lt, rule.Le, rule.Gt, rule.Ge:
		n.kind = rule.Bool
		n.run = func(f *frame, out *vec) { compare(e.Op, x.eval(f), y.eval(f), out) }
	default:
		n.run = arithmetic(e.Op, n.kind, x, y)
	}
	return n
}

// and is Kleene's: false if one is false, else null if one is null.
func and(a, b, out *vec) {
	for w := range out.yes {
		no := ^(a.yes[w] | a.null[w]) | ^(b.yes[w] | b.null[w])
		out.yes[w] = a.yes[w] & b.yes[w]
		out.null[w] = ^(out.yes[w] | no)
	}
}

// or is Kleene's: true if one is true, else null if one is null.
func or(a, b, out *vec) {
	for w := range out.yes {
		out.yes[w] = a.yes[w] | b.yes[w]
		out.null[w] = (a.null[w] | b.null[w]) &^ out.yes[w]
	}
}

// cond is null where the condition is, else the chosen side alone.
func (c *compiler) cond(e rule.Cond) *node {
	test, then, other := c.compile(e.If), c.compile(e.Then), c.compile(e.Else)
	return &node{kind: e.K, run: func(f *frame, out *vec) {
		t, a, b := test.eval(f), then.eval(f), other.eval(f)
		for w := range out.null {
			yes, no := t.yes[w], ^(t.yes[w] | t.null[w])
			out.null[w] = t.null[w] | a.null[w]&yes | b.null[w]&no
			if e.K == rule.Bool {
				out.yes[w] = a.yes[w]&yes | b.yes[w]&no
			}
		}
		switch e.K {
		case rule.Bool:
		case rule.Double:
			choose(t.yes, a.doubles, b.doubles, out.doubles)
		case rule.String:
			choose(t.yes, a.strings, b.strings, out.strings)
		default:
			choose(t.yes, a.ints, b.ints, out.ints)
		}
	}}
}

func choose[T any](yes Bitmap, a, b, out []T) {
	for i := range out {
		if yes.Has(i) {
			out[i] = a[i]
		} else {
			out[i] = b[i]
		}
	}
}
