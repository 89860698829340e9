// SPDX-License-Identifier: Apache-2.0

package segment

import (
	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/rule"
)

// A Column is one field of the people of a shard.
type Column struct {
	Kind    rule.Kind
	null    []bool  // not of String
	ints    []int64 // Bool, too: 0 or 1
	doubles []float64
	texts   []uint32 // String: numbers of the pool
	pool    *pool
}

// Append adds the value in row r of v, which an Importer has brought in.
func (c *Column) Append(v *event.Vector, r int) {
	if c.Kind == rule.String {
		c.texts = append(c.texts, v.Index[r])
		return
	}
	i, d, _, null := At(v, r)
	c.null = append(c.null, null)
	if c.Kind == rule.Double {
		c.doubles = append(c.doubles, d)
	} else {
		c.ints = append(c.ints, i)
	}
}

// reserve makes room for n people.
func (c *Column) reserve(n int) {
	switch c.Kind {
	case rule.String:
		c.texts = reserved(c.texts, n)
		return
	case rule.Double:
		c.doubles = reserved(c.doubles, n)
	default:
		c.ints = reserved(c.ints, n)
	}
	c.null = reserved(c.null, n)
}

// Forget makes person p's value null.
func (c *Column) Forget(p int) {
	if c.Kind == rule.String {
		c.texts[p] = 0
		return
	}
	c.null[p] = true
}

// Number returns person p's value as a double, and whether there is one.
func (c *Column) Number(p int) (float64, bool) {
	switch {
	case c.null[p]:
		return 0, false
	case c.Kind == rule.Double:
		return c.doubles[p], true
	}
	return float64(c.ints[p]), true
}

// Same tells whether two people's values are the same.
func (c *Column) Same(p, q int) bool {
	switch {
	case c.Kind == rule.String:
		return c.texts[p] == c.texts[q]
	case c.null[p] || c.null[q]:
		return c.null[p] == c.null[q]
	case c.Kind == rule.Double:
		return c.doubles[p] == c.doubles[q]
	}
	return c.ints[p] == c.ints[q]
}

// Scratch is memory in which columns are put into another order.
type Scratch struct {
	null    []bool
	ints    []int64
	doubles []float64
	texts   []uint32
}

// keep leaves the values of some rows, in the order given.
func (c *Column) keep(rows []uint32, s *Scratch) {
	if c.Kind == rule.String {
		c.texts = kept(c.texts, rows, &s.texts)
		return
	}
	c.null = kept(c.null, rows, &s.null)
	if c.Kind == rule.Double {
		c.doubles = kept(c.doubles, rows, &s.doubles)
	} else {
		c.ints = kept(c.ints, rows, &s.ints)
	}
}

func kept[T any](values []T, rows []uint32, scratch *[]T) []T {
	*scratch = sized(*scratch, len(rows))
	for i, row := range rows {
		(*scratch)[i] = values[row]
	}
	return values[:copy(values, *scratch)]
}

// At returns the value in row r of v, as columns hold it.
func At(v *event.Vector, r int) (i int64, d float64, s string, null bool) {
	e, isNull, ints, doubles, texts := r, v.Null, v.Int, v.Double, v.String
	if v.Dict != nil {
		e, isNull, ints, doubles, texts = int(v.Index[r]), v.Dict.Null, v.Dict.Int, v.Dict.Double, v.Dict.String
	}
	if isNull != nil && isNull[e] {
		return 0, 0, "", true
	}
	switch v.Kind {
	case rule.Double:
		return 0, doubles[e], "", false
	case rule.String:
		return 0, 0, texts[e], false
	}
	return ints[e], 0, "", false
}

func (c *Column) read(first int, out *vec) {
	end := first + out.rows
	if c.Kind == rule.String {
		for i, n := range c.texts[first:end] {
			out.strings[i] = c.pool.texts[n]
			if n == 0 {
				out.null.Set(i)
			}
		}
		return
	}
	for i, null := range c.null[first:end] {
		if null {
			out.null.Set(i)
		}
	}
	switch c.Kind {
	case rule.Double:
		copy(out.doubles, c.doubles[first:end])
	case rule.Bool:
		mark(out.yes, out.rows, func(i int) bool { return c.ints[first+i] != 0 })
		out.yes.without(out.null)
	default:
		copy(out.ints, c.ints[first:end])
	}
}
