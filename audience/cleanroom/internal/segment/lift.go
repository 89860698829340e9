// SPDX-License-Identifier: Apache-2.0

package segment

import (
	"math"
	"slices"

	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/rule"
)

// rowCompiler compiles expressions over events. Whatever looks at one column
// only is evaluated once for each value of the column's dictionary, where it
// has one, and then looked up row by row.
type rowCompiler struct {
	compiler
	columns []string // their places are those in a frame
	frames  *uint64
}

func newRowCompiler(asOf int64, columns []string, frames *uint64) *rowCompiler {
	c := &rowCompiler{columns: columns, frames: frames}
	c.compiler = compiler{asOf: asOf, lift: c.liftOne, known: map[string]*node{}}
	return c
}

// only returns the place of the one column that e looks at.
func (c *rowCompiler) only(e rule.Expr) (at int, ok bool) {
	fields := eventFields(e)
	if len(fields) != 1 {
		return 0, false
	}
	at = slices.Index(c.columns, fields[0])
	if at < 0 {
		panic("segment: a field that no table has")
	}
	return at, true
}

// inside returns a compiler of what looks at one column only, over the entries
// of its dictionary or over rows. Its nodes are shared with nobody: what they
// hold for a dictionary has to outlive the batch.
func (c *rowCompiler) inside(at int) *compiler {
	inside := &compiler{asOf: c.asOf, known: map[string]*node{}}
	inside.leaf = func(e rule.Expr) *node {
		return &node{kind: e.Kind(), run: func(f *frame, out *vec) {
			if d := f.dict; d != nil {
				out.fill(out.kind, d.Null, d.Int, d.Double, d.String)
			} else {
				v := f.columns[at]
				out.fill(out.kind, v.Null, v.Int, v.Double, v.String)
			}
		}}
	}
	return inside
}

func (c *rowCompiler) liftOne(e rule.Expr) (*node, bool) {
	at, ok := c.only(e)
	if !ok {
		return nil, false
	}
	return c.lifted(at, c.inside(at).compile(e)), true
}

func (c *rowCompiler) lifted(at int, inner *node) *node {
	var dict uint64 // whose entries inner holds
	var entries *vec
	read := func(d *event.Dict) {
		if entries == nil || dict != d.ID {
			*c.frames++
			dict = d.ID
			entries = inner.eval(&frame{id: *c.frames, rows: len(d.Null), dict: d})
		}
	}
	n := &node{kind: inner.kind}
	few := &vec{}
	n.some = func(f *frame, rows []uint32) *vec {
		v := f.columns[at]
		if v.Dict == nil || n.kind == rule.Bool {
			return n.eval(f)
		}
		read(v.Dict)
		few.reset(n.kind, f.rows)
		few.gatherSome(entries, v.Index, rows)
		return few
	}
	n.pick = func(f *frame) *vec {
		v := f.columns[at]
		if v.Dict == nil {
			entries = nil
			return inner.eval(f)
		}
		read(v.Dict)
		n.out.reset(n.kind, f.rows)
		n.out.gather(entries, v.Index[:f.rows])
		return &n.out
	}
	return n
}

// units is a double in whole millionths, as sums count it: rounded half away
// from zero, null where it does not fit into 53 bits.
type units struct{ X rule.Expr }

// Kind returns rule.Int.
func (units) Kind() rule.Kind { return rule.Int }

func (c *compiler) units(e units) *node {
	x := c.compile(e.X)
	return &node{kind: rule.Int, run: func(f *frame, out *vec) {
		a := x.eval(f)
		copy(out.null, a.null)
		for i := range out.ints {
			u := math.Round(a.doubles[i] * 1e6)
			if math.Abs(u) > 1<<53 || math.IsNaN(u) {
				out.null.Set(i)
				u = 0
			}
			out.ints[i] = int64(u)
		}
	}}
}
