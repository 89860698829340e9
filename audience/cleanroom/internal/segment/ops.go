// SPDX-License-Identifier: Apache-2.0

package segment

import (
	"cmp"
	"math"
	"math/bits"
	"strings"

	"github.com/throng-dp/throng/audience/rule"
)

// mark sets the bits of the n rows for which is holds.
func mark(b Bitmap, n int, is func(i int) bool) {
	for i := range n {
		if is(i) {
			b.Set(i)
		}
	}
}

func compare(op rule.Op, a, b, out *vec) {
	for w := range out.null {
		out.null[w] = a.null[w] | b.null[w]
	}
	switch a.kind {
	case rule.Bool:
		compareBools(op, a.yes, b.yes, out.yes)
	case rule.Double:
		ordered(op, a.doubles, b.doubles, out)
	case rule.String:
		ordered(op, a.strings, b.strings, out)
	default:
		ordered(op, a.ints, b.ints, out)
	}
	out.yes.without(out.null)
}

// ordered compares values of which none is NaN where it is not null: so one is
// either less than another, or not.
func ordered[T cmp.Ordered](op rule.Op, a, b []T, out *vec) {
	switch a, b = a[:out.rows], b[:out.rows]; op {
	case rule.Eq, rule.Ne:
		equal(a, b, out.yes)
	case rule.Lt, rule.Ge:
		less(a, b, out.yes)
	case rule.Gt, rule.Le:
		less(b, a, out.yes)
	}
	if op == rule.Ne || op == rule.Ge || op == rule.Le {
		for w := range out.yes {
			out.yes[w] = ^out.yes[w]
		}
	}
}

// less writes where a is less than b: without a branch, for that is hard to
// foretell.
func less[T cmp.Ordered](a, b []T, to Bitmap) {
	for w := range to {
		some, others := a[w<<6:min(w<<6+64, len(a))], b[w<<6:min(w<<6+64, len(b))]
		word := uint64(0)
		for i := range some {
			bit := uint64(0)
			if some[i] < others[i] {
				bit = 1
			}
			word |= bit << i
		}
		to[w] = word
	}
}

func equal[T cmp.Ordered](a, b []T, to Bitmap) {
	for w := range to {
		some, others := a[w<<6:min(w<<6+64, len(a))], b[w<<6:min(w<<6+64, len(b))]
		word := uint64(0)
		for i := range some {
			bit := uint64(0)
			if some[i] == others[i] {
				bit = 1
			}
			word |= bit << i
		}
		to[w] = word
	}
}

// compareBools orders false before true.
func compareBools(op rule.Op, a, b, out Bitmap) {
	for w := range out {
		switch op {
		case rule.Eq:
			out[w] = ^(a[w] ^ b[w])
		case rule.Ne:
			out[w] = a[w] ^ b[w]
		case rule.Lt:
			out[w] = ^a[w] & b[w]
		case rule.Le:
			out[w] = ^a[w] | b[w]
		case rule.Gt:
			out[w] = a[w] &^ b[w]
		case rule.Ge:
			out[w] = a[w] | ^b[w]
		}
	}
}

// arithmetic computes x op y; what does not fit is null.
func arithmetic(op rule.Op, k rule.Kind, x, y *node) func(f *frame, out *vec) {
	return func(f *frame, out *vec) {
		a, b := x.eval(f), y.eval(f)
		for w := range out.null {
			out.null[w] = a.null[w] | b.null[w]
		}
		switch k {
		case rule.Double:
			for i := range out.doubles {
				v := doubleOp(op, a.doubles[i], b.doubles[i])
				if math.IsNaN(v) || math.IsInf(v, 0) {
					out.null.Set(i)
				}
				out.doubles[i] = v
			}
		case rule.String:
			for i := range out.strings {
				out.strings[i] = a.strings[i] + b.strings[i]
			}
		default:
			do := intOp(op, a.kind, b.kind)
			for i := range out.ints {
				v, ok := do(a.ints[i], b.ints[i])
				if !ok {
					out.null.Set(i)
				}
				out.ints[i] = v
			}
		}
	}
}

// doubleOp never returns -0.
func doubleOp(op rule.Op, a, b float64) float64 {
	var v float64
	switch op {
	case rule.Add:
		v = a + b
	case rule.Sub:
		v = a - b
	case rule.Mul:
		v = a * b
	case rule.Div:
		v = a / b
	default:
		panic("segment: unknown operator on doubles")
	}
	if v == 0 {
		return 0
	}
	return v
}

// intOp returns the operator for whole numbers of these kinds, which tells
// whether its result fits.
func intOp(op rule.Op, a, b rule.Kind) func(a, b int64) (int64, bool) {
	switch {
	case a == rule.Duration && b == rule.Timestamp:
		return func(a, b int64) (int64, bool) { return moved(b, a) }
	case a == rule.Timestamp && b == rule.Duration && op == rule.Add:
		return moved
	case a == rule.Timestamp && b == rule.Duration:
		return func(a, b int64) (int64, bool) {
			if b == math.MinInt64 {
				return 0, false
			}
			return moved(a, -b)
		}
	case a == rule.Timestamp:
		return func(a, b int64) (int64, bool) { return mul(a-b, 1000) }
	}
	switch op {
	case rule.Add:
		return func(a, b int64) (int64, bool) { s := a + b; return s, (a^s)&(b^s) >= 0 }
	case rule.Sub:
		return func(a, b int64) (int64, bool) { d := a - b; return d, (a^b)&(a^d) >= 0 }
	case rule.Mul:
		return mul
	case rule.Mod:
		return func(a, b int64) (int64, bool) {
			if b == 0 || a == math.MinInt64 && b == -1 {
				return 0, false
			}
			return a % b, true
		}
	}
	panic("segment: unknown operator on whole numbers")
}

func mul(a, b int64) (int64, bool) {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	// The signed high half; the product fits if it only repeats the sign.
	h := int64(hi)
	if a < 0 {
		h -= b
	}
	if b < 0 {
		h -= a
	}
	return int64(lo), h == int64(lo)>>63
}

// moved returns a time some nanoseconds later, within the years 1 to 9999.
func moved(at, by int64) (int64, bool) {
	d := by / 1000
	if by%1000 < 0 {
		d--
	}
	at += d
	return at, at >= firstMicro && at <= lastMicro
}

func (c *compiler) in(e rule.In) *node {
	x := c.compile(e.X)
	var ints []int64
	var doubles []float64
	var texts []string
	for _, v := range e.Values {
		i, d, s := raw(v)
		ints, doubles, texts = append(ints, i), append(doubles, d), append(texts, s)
	}
	return &node{kind: rule.Bool, run: func(f *frame, out *vec) {
		a := x.eval(f)
		copy(out.null, a.null)
		switch a.kind {
		case rule.Bool:
			for _, v := range ints {
				for w := range out.yes {
					out.yes[w] |= a.yes[w] ^ (uint64(v) - 1)
				}
			}
		case rule.Double:
			among(a.doubles, doubles, out)
		case rule.String:
			among(a.strings, texts, out)
		default:
			among(a.ints, ints, out)
		}
		out.yes.without(out.null)
	}}
}

func among[T comparable](a, list []T, out *vec) {
	set := make(map[T]struct{}, len(list))
	for _, v := range list {
		set[v] = struct{}{}
	}
	mark(out.yes, out.rows, func(i int) bool { _, ok := set[a[i]]; return ok })
}

func (c *compiler) text(e rule.Text) *node {
	x := c.compile(e.X)
	is := map[rule.Op]func(s, lit string) bool{
		rule.StartsWith: strings.HasPrefix,
		rule.EndsWith:   strings.HasSuffix,
		rule.Contains:   strings.Contains,
	}[e.Op]
	return &node{kind: rule.Bool, run: func(f *frame, out *vec) {
		a := x.eval(f)
		copy(out.null, a.null)
		mark(out.yes, f.rows, func(i int) bool { return is(a.strings[i], e.Lit) })
		out.yes.without(out.null)
	}}
}
