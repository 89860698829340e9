// SPDX-License-Identifier: Apache-2.0

package segment

import (
	"math/bits"

	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/rule"
)

// A Bitmap holds one bit a row or person. Bits beyond the last are not kept
// clean: whoever counts or lists them masks first.
type Bitmap []uint64

// Has tells whether bit i is set.
func (b Bitmap) Has(i int) bool { return b[i>>6]>>(i&63)&1 == 1 }

// Set sets bit i.
func (b Bitmap) Set(i int) { b[i>>6] |= 1 << (i & 63) }

// Clear clears bit i.
func (b Bitmap) Clear(i int) { b[i>>6] &^= 1 << (i & 63) }

// trim clears the bits from n on.
func (b Bitmap) trim(n int) {
	if n&63 != 0 {
		b[n>>6] &= 1<<(n&63) - 1
	}
}

// Each calls f for every bit that is set.
func (b Bitmap) Each(f func(i int)) {
	for w, word := range b {
		for ; word != 0; word &= word - 1 {
			f(w<<6 + bits.TrailingZeros64(word))
		}
	}
}

func words(n int) int { return (n + 63) / 64 }

// clean returns b with n bits, all 0, in b's memory where that is enough.
func clean(b Bitmap, n int) Bitmap {
	b = sized(b, words(n))
	clear(b)
	return b
}

// sized returns s with n elements of any value, in s's memory where that is
// enough.
func sized[S ~[]T, T any](s S, n int) S {
	if cap(s) < n {
		return make(S, n, n+n/4)
	}
	return s[:n]
}

// A vec is one value for each row of a frame: three-valued, in columns. A null
// is never in yes; the numbers and strings behind a null mean nothing.
type vec struct {
	kind    rule.Kind
	rows    int
	null    Bitmap
	yes     Bitmap    // Bool
	ints    []int64   // Int; Timestamp in microseconds since 1970; Duration in nanoseconds
	doubles []float64 // Double
	strings []string  // String
	asInts  bool      // Bool, too, stands in ints
	pairs   []uint8   // scratch of gatherBools
}

// reset makes v ready for n values of kind k: no nulls, nothing true.
func (v *vec) reset(k rule.Kind, n int) {
	v.kind, v.rows, v.asInts = k, n, false
	v.null = clean(v.null, n)
	switch k {
	case rule.Bool:
		v.yes = clean(v.yes, n)
	case rule.Double:
		v.doubles = sized(v.doubles, n)
	case rule.String:
		v.strings = sized(v.strings, n)
	default:
		v.ints = sized(v.ints, n)
	}
}

// value returns value i as rules hold it.
func (v *vec) value(i int) rule.Value {
	if v.null.Has(i) {
		return nil
	}
	switch v.kind {
	case rule.Bool:
		return v.yes.Has(i)
	case rule.Double:
		return v.doubles[i]
	case rule.String:
		return v.strings[i]
	case rule.Timestamp:
		return micros(v.ints[i])
	case rule.Duration:
		return nanos(v.ints[i])
	}
	return v.ints[i]
}

// fill takes the plain values of a column: its memory, where it can.
func (v *vec) fill(k rule.Kind, null []bool, ints []int64, doubles []float64, strings []string) {
	for i, isNull := range null {
		if isNull {
			v.null.Set(i)
		}
	}
	switch k {
	case rule.Bool:
		for i, n := range ints[:v.rows] {
			if n != 0 {
				v.yes.Set(i)
			}
		}
		v.yes.without(v.null)
	case rule.Double:
		v.doubles = doubles[:v.rows:v.rows]
	case rule.String:
		v.strings = strings[:v.rows:v.rows]
	default:
		v.ints = ints[:v.rows:v.rows]
	}
}

func (b Bitmap) without(c Bitmap) {
	for w := range b {
		b[w] &^= c[w]
	}
}

// gather takes, for each row, the entry of a dictionary that the row's index
// names.
func (v *vec) gather(entries *vec, index []uint32) {
	if v.kind == rule.Bool {
		v.gatherBools(entries, index)
		return
	}
	for w := range v.null {
		var word uint64
		for b, e := range index[w<<6 : min(w<<6+64, len(index))] {
			word |= entries.null[e>>6] >> (e & 63) & 1 << b
		}
		v.null[w] = word
	}
	switch v.kind {
	case rule.Double:
		for i, e := range index {
			v.doubles[i] = entries.doubles[e]
		}
	case rule.String:
		for i, e := range index {
			v.strings[i] = entries.strings[e]
		}
	default:
		for i, e := range index {
			v.ints[i] = entries.ints[e]
		}
	}
}

// gatherBools is gather for bools. Of a dictionary that is smaller than the frame,
// two bits of each entry are looked up at once.
func (v *vec) gatherBools(entries *vec, index []uint32) {
	if entries.rows > len(index) {
		for w := range v.yes {
			var yes, null uint64
			for b, e := range index[w<<6 : min(w<<6+64, len(index))] {
				yes |= entries.yes[e>>6] >> (e & 63) & 1 << b
				null |= entries.null[e>>6] >> (e & 63) & 1 << b
			}
			v.yes[w], v.null[w] = yes, null
		}
		return
	}
	v.pairs = sized(v.pairs, entries.rows)
	pairs := v.pairs
	for e := range pairs {
		pairs[e] = uint8(entries.yes[e>>6]>>(e&63)&1 | entries.null[e>>6]>>(e&63)&1<<1)
	}
	for w := range v.yes {
		var yes, null uint64
		for b, e := range index[w<<6 : min(w<<6+64, len(index))] {
			pair := uint64(pairs[e])
			yes |= pair & 1 << b
			null |= pair >> 1 << b
		}
		v.yes[w], v.null[w] = yes, null
	}
}

// gatherSome is gather for a few rows, none of which is null.
func (v *vec) gatherSome(entries *vec, index, rows []uint32) {
	switch v.kind {
	case rule.Double:
		for _, r := range rows {
			v.doubles[r] = entries.doubles[index[r]]
		}
	case rule.String:
		for _, r := range rows {
			v.strings[r] = entries.strings[index[r]]
		}
	default:
		for _, r := range rows {
			v.ints[r] = entries.ints[index[r]]
		}
	}
}

// A frame is what nodes are evaluated over: the rows of a batch, the entries
// of a dictionary, or people.
type frame struct {
	id      uint64 // differs between the frames of one evaluator, never 0
	rows    int
	columns []*event.Vector // rows of a batch
	dict    *event.Dict     // entries of a dictionary: then there is one column
	people  *State          // people
	first   int             // the first of them
}
