// SPDX-License-Identifier: Apache-2.0

package segment

import (
	"cmp"
	"math"
	"strings"

	"github.com/throng-dp/throng/audience/rule"
)

// best keeps the smallest, the largest or the latest value: of values of one
// time, latest is the larger.
type best[T cmp.Ordered] struct {
	fn     rule.Fn
	from   func(*vec) []T
	known  Bitmap
	values []T
	times  []int64 // Latest
}

func (a *best[T]) grow(n int) {
	a.known, a.values = extended(a.known, words(n)), extended(a.values, n)
	if a.fn == rule.Latest {
		a.times = extended(a.times, n)
	}
}

func (a *best[T]) add(rows, people []uint32, in *input) {
	values := a.from(in.arg)
	for i, r := range rows {
		p, v := people[i], values[r]
		if a.known.Has(int(p)) && !a.better(p, v, r, in) {
			continue
		}
		a.known.Set(int(p))
		a.values[p] = own(v)
		if a.fn == rule.Latest {
			a.times[p] = in.times[r]
		}
	}
}

func (a *best[T]) better(p uint32, v T, r uint32, in *input) bool {
	switch a.fn {
	case rule.Min:
		return v < a.values[p]
	case rule.Max:
		return v > a.values[p]
	}
	t := in.times[r]
	return t > a.times[p] || t == a.times[p] && v > a.values[p]
}

// own frees a string from the page that it was read from.
func own[T any](v T) T {
	if s, ok := any(v).(string); ok {
		return any(strings.Clone(s)).(T)
	}
	return v
}

func (a *best[T]) read(first int, out *vec) {
	for w := range out.null {
		out.null[w] = ^a.known[first>>6+w]
	}
	switch values := any(a.values).(type) {
	case []string:
		copy(out.strings, values[first:])
	case []float64:
		copy(out.doubles, values[first:])
	case []int64:
		if out.kind != rule.Bool {
			copy(out.ints, values[first:])
			return
		}
		mark(out.yes, out.rows, func(i int) bool { return values[first+i] != 0 })
		out.yes.without(out.null)
	}
}

func boolsAsInts(v *vec) []int64 {
	if v.asInts {
		return v.ints
	}
	v.asInts = true
	v.ints = sized(v.ints, v.rows)
	for i := range v.ints {
		v.ints[i] = int64(v.yes[i>>6] >> (i & 63) & 1)
	}
	return v.ints
}

// distinct keeps how many different values a person has.
type distinct struct {
	kind  rule.Kind
	n     []int64
	seen  ownedSet
	some  []ownedValue     // scratch
	texts map[string]int64 // strings by number: each is kept once for all people
}

func newDistinct(k rule.Kind) *distinct {
	return &distinct{kind: k, seen: newOwnedSet(), texts: map[string]int64{}}
}

func (a *distinct) grow(n int) { a.n = extended(a.n, n) }

func (a *distinct) add(rows, people []uint32, in *input) {
	number := a.numbers(in.arg)
	last := ownedValue{}
	for i, r := range rows {
		v := ownedValue{number(r), people[i] + 1}
		if v == last { // as are the lines of one order
			continue
		}
		last = v
		if a.some = append(a.some, v); len(a.some) == atOnce {
			a.count()
		}
	}
	a.count()
}

// count counts the values that are new to their people.
func (a *distinct) count() {
	a.seen.add(a.some, func(v ownedValue) { a.n[v.owner-1]++ })
	a.some = a.some[:0]
}

// numbers returns a function that gives equal values of rows equal numbers.
func (a *distinct) numbers(arg *vec) func(r uint32) int64 {
	switch a.kind {
	case rule.Bool:
		ints := boolsAsInts(arg)
		return func(r uint32) int64 { return ints[r] }
	case rule.Double:
		return func(r uint32) int64 { return int64(math.Float64bits(arg.doubles[r])) }
	case rule.String:
		last, n := "", int64(-1)
		return func(r uint32) int64 {
			if n < 0 || arg.strings[r] != last {
				last = arg.strings[r]
				n = a.text(last)
			}
			return n
		}
	}
	return func(r uint32) int64 { return arg.ints[r] }
}

func (a *distinct) text(s string) int64 {
	n, ok := a.texts[s]
	if !ok {
		n = int64(len(a.texts))
		a.texts[strings.Clone(s)] = n
	}
	return n
}

func (a *distinct) read(first int, out *vec) { copy(out.ints, a.n[first:]) }
