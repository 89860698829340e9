// SPDX-License-Identifier: Apache-2.0

package segment

import (
	"math"

	"github.com/throng-dp/throng/audience/cleanroom/internal/near"
	"github.com/throng-dp/throng/audience/rule"
)

// totals are the sums of each person, side by side: what is added to one is
// mostly added to others.
type totals struct {
	stride int
	people int
	low    []int64
}

func (t *totals) grow(people int) {
	if people != t.people {
		t.people = people
		t.low = extended(t.low, people*t.stride)
	}
}

// sums keep exact totals, so that whether a total fits does not depend on the
// order of its parts: what 64 bits do not hold is kept apart, in units of 2^64.
type sums struct {
	double bool
	of     *totals
	at     int // among a person's totals
	high   map[uint32]int64
}

func (a *sums) grow(n int) { a.of.grow(n) }

func (a *sums) add(rows, people []uint32, in *input) {
	low, stride := a.of.low, a.of.stride
	near.Fetch(low[min(a.at, len(low)):], people, stride)
	for i, r := range rows {
		v, p := in.arg.ints[r], people[i]
		at := int(p)*stride + a.at
		old := low[at]
		sum := old + v
		low[at] = sum
		if (old^sum)&(v^sum) < 0 {
			a.carry(p, v)
		}
	}
}

func (a *sums) carry(p uint32, v int64) {
	if a.high == nil {
		a.high = map[uint32]int64{}
	}
	if v > 0 {
		a.high[p]++
	} else {
		a.high[p]--
	}
}

func (a *sums) read(first int, out *vec) {
	for i := range out.rows {
		total := a.total(first + i)
		if a.double {
			out.doubles[i] = inUnits(total)
		} else {
			out.ints[i] = total
		}
	}
}

func (a *sums) total(person int) int64 {
	total := a.of.low[person*a.of.stride+a.at]
	if len(a.high) > 0 {
		total = clamped(a.high[uint32(person)], total)
	}
	return total
}

// inUnits returns a total of millionths. It never falls as the total rises.
func inUnits(total int64) float64 { return float64(total) / 1e6 }

// reach writes who of the people from first on has a total of at least so much.
func (a *sums) reach(least int64, first, people int, to Bitmap) {
	low, stride := a.of.low, a.of.stride
	at := first*stride + a.at
	for w := range to {
		word := uint64(0)
		for i := range min(64, people-w<<6) {
			bit := uint64(1)
			if low[at] < least { // without a branch: it is hard to foretell
				bit = 0
			}
			word |= bit << i
			at += stride
		}
		to[w] = word
	}
	for person := range a.high {
		if i := int(person) - first; i >= 0 && i < people {
			if to.Clear(i); a.total(int(person)) >= least {
				to.Set(i)
			}
		}
	}
}

// clamped returns high * 2^64 + low, as far as 64 bits hold it.
func clamped(high, low int64) int64 {
	switch {
	case high == 0:
		return low
	case high < 0:
		return math.MinInt64
	}
	return math.MaxInt64
}

// sumThreshold compares a sum with a literal in whole totals: which is the
// smallest to reach the literal is found beforehand, so that no person's has to
// be divided.
func (c *personCompiler) sumThreshold(e rule.Binary) (*node, bool) {
	p := c.judge.program
	a, op, literal, ok := p.againstLiteral(e)
	if !ok || a.Fn != rule.Sum {
		return nil, false
	}
	at := p.index[key(a)]
	var reaches func(total int64, more bool) bool // the literal, or more than that
	switch v := literal.Value.(type) {
	case int64:
		reaches = func(total int64, more bool) bool { return total > v || !more && total == v }
	case float64:
		reaches = func(total int64, more bool) bool { return inUnits(total) > v || !more && inUnits(total) == v }
	default:
		return nil, false
	}
	least, any := smallestTotal(func(total int64) bool { return reaches(total, false) })
	more, anyMore := smallestTotal(func(total int64) bool { return reaches(total, true) })
	var above Bitmap
	return &node{kind: rule.Bool, run: func(f *frame, out *vec) {
		above = clean(above, f.rows)
		of := f.people.accs[at].(*sums)
		if any {
			of.reach(least, f.first, f.rows, out.yes)
		}
		if anyMore && op != rule.Ge && op != rule.Lt {
			of.reach(more, f.first, f.rows, above)
		}
		for w, has := range out.yes {
			out.yes[w] = met(op, ^has, has&^above[w])
		}
	}}, true
}

// smallestTotal returns the smallest total that is enough, or false if none is;
// all above it are, too.
func smallestTotal(enough func(total int64) bool) (int64, bool) {
	if !enough(math.MaxInt64) {
		return 0, false
	}
	if enough(math.MinInt64) {
		return math.MinInt64, true
	}
	from, to := uint64(0), uint64(math.MaxUint64) // above the smallest: not enough, enough
	for to-from > 1 {
		if middle := from + (to-from)/2; enough(int64(middle ^ 1<<63)) {
			to = middle
		} else {
			from = middle
		}
	}
	return int64(to ^ 1<<63), true
}
