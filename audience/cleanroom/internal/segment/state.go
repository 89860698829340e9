// SPDX-License-Identifier: Apache-2.0

package segment

import (
	"math"
	"math/bits"

	"github.com/throng-dp/throng/audience/rule"
)

// A State is what is kept of the people of one shard, in columns: people are
// numbered from 0. It is not safe for concurrent use.
type State struct {
	People int
	Person []*Column // those of Program.PersonColumns, in its order
	accs   []accumulator
}

// input is what an accumulator is fed from.
type input struct {
	mask  Bitmap // rows that count
	arg   *vec
	times []int64
	days  []uint32
}

// An accumulator keeps one aggregate of every person. What it ends with does
// not depend on the order of the rows.
type accumulator interface {
	grow(people int)
	add(rows, people []uint32, in *input)
	read(first int, out *vec) // people from first on; first is a multiple of 64
}

// NewState returns the state of nobody yet.
func (p *Program) NewState() *State {
	s := &State{}
	for _, a := range p.aggs {
		s.accs = append(s.accs, newAccumulator(a))
	}
	for _, name := range p.person {
		s.Person = append(s.Person, &Column{Kind: p.personKind(name)})
	}
	return s
}

func (p *Program) personKind(name string) rule.Kind {
	for _, c := range p.set.Schema.Person {
		if c.Name == name {
			return c.Kind
		}
	}
	panic("segment: a field that people do not have")
}

// Grow makes room for people in all.
func (s *State) Grow(people int) {
	s.People = people
	for _, a := range s.accs {
		a.grow(people)
	}
}

func newAccumulator(a rule.Aggregate) accumulator {
	switch a.Fn {
	case rule.Exists:
		return &flags{}
	case rule.All:
		return &flags{not: true}
	case rule.Count:
		return &counts{}
	case rule.Sum:
		return &sums{double: a.Arg.Kind() == rule.Double}
	case rule.DaysSince:
		return &recencies{}
	case rule.Distinct:
		return newDistinct(a.Arg.Kind())
	}
	switch k := a.Arg.Kind(); k {
	case rule.Double:
		return &best[float64]{fn: a.Fn, from: func(v *vec) []float64 { return v.doubles }}
	case rule.String:
		return &best[string]{fn: a.Fn, from: func(v *vec) []string { return v.strings }}
	case rule.Bool:
		return &best[int64]{fn: a.Fn, from: boolsAsInts}
	default:
		return &best[int64]{fn: a.Fn, from: func(v *vec) []int64 { return v.ints }}
	}
}

// extended returns s with n elements, new ones zero, growing by halves.
func extended[S ~[]T, T any](s S, n int) S {
	if n <= cap(s) {
		return s[:n]
	}
	bigger := make(S, n, n+n/2+64)
	copy(bigger, s)
	return bigger
}

// flags keep whether some row counted, or that none did.
type flags struct {
	bits Bitmap
	not  bool
}

func (a *flags) grow(n int) { a.bits = extended(a.bits, words(n)) }

func (a *flags) add(rows, people []uint32, in *input) {
	for i, r := range rows {
		a.bits[people[i]>>6] |= in.mask[r>>6] >> (r & 63) & 1 << (people[i] & 63)
	}
}

func (a *flags) read(first int, out *vec) {
	copy(out.yes, a.bits[first>>6:])
	if a.not {
		for w := range out.yes {
			out.yes[w] = ^out.yes[w]
		}
	}
}

// counts keep how many rows counted.
type counts struct{ n []int64 }

func (a *counts) grow(n int) { a.n = extended(a.n, n) }

func (a *counts) add(rows, people []uint32, in *input) {
	for i, r := range rows {
		a.n[people[i]] += int64(in.mask[r>>6] >> (r & 63) & 1)
	}
}

func (a *counts) read(first int, out *vec) { copy(out.ints, a.n[first:]) }

// sums keep exact totals of 128 bits, so that whether a total fits does not
// depend on the order of its parts.
type sums struct {
	double bool
	hi     []int64
	lo     []uint64
}

func (a *sums) grow(n int) { a.hi, a.lo = extended(a.hi, n), extended(a.lo, n) }

func (a *sums) add(rows, people []uint32, in *input) {
	for i, r := range rows {
		if !in.mask.Has(int(r)) {
			continue
		}
		v, p := in.arg.ints[r], people[i]
		lo, carry := bits.Add64(a.lo[p], uint64(v), 0)
		a.lo[p] = lo
		a.hi[p] += v>>63 + int64(carry)
	}
}

func (a *sums) read(first int, out *vec) {
	for i := range out.rows {
		total := clamped(a.hi[first+i], a.lo[first+i])
		if a.double {
			out.doubles[i] = float64(total) / 1e6
		} else {
			out.ints[i] = total
		}
	}
}

func clamped(hi int64, lo uint64) int64 {
	switch {
	case hi == int64(lo)>>63:
		return int64(lo)
	case hi < 0:
		return math.MinInt64
	}
	return math.MaxInt64
}

// never is days_since() of nobody's events.
const never = 1 << 62

// recencies keep the newest day, numbered as days does; 0: none.
type recencies struct{ day []uint32 }

func (a *recencies) grow(n int) { a.day = extended(a.day, n) }

func (a *recencies) add(rows, people []uint32, in *input) {
	for i, r := range rows {
		// Less one, none is the largest number.
		if p := people[i]; in.mask.Has(int(r)) && in.days[r]-1 < a.day[p]-1 {
			a.day[p] = in.days[r]
		}
	}
}

func (a *recencies) read(first int, out *vec) {
	for i, day := range a.day[first : first+out.rows] {
		out.ints[i] = int64(day) - 1
		if day == 0 {
			out.ints[i] = never
		}
	}
}
