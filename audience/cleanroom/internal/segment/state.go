// SPDX-License-Identifier: Apache-2.0

package segment

import (
	"math"

	"github.com/throng-dp/throng/audience/cleanroom/internal/near"
	"github.com/throng-dp/throng/audience/rule"
)

// A State is what is kept of the people of one shard, who are numbered from 0.
// It is not safe for concurrent use.
type State struct {
	People  int
	Stride  int       // words of a record
	Records []uint64  // one a person: KeyWords for the owner, then lanes
	Person  []*Column // those of Program.PersonColumns, in its order
	accs    []accumulator
	totals  totals
}

// input is what an accumulator is fed from.
type input struct {
	arg   *vec
	times []int64
	days  []uint32
}

// An accumulator keeps one aggregate of every person that is no lane. What it
// ends with does not depend on the order of the rows.
type accumulator interface {
	grow(people int)
	add(rows, people []uint32, in *input) // rows that count, all of them
	read(first int, out *vec)             // people from first on; first is a multiple of 64
}

// NewState returns the state of nobody yet.
func (p *Program) NewState() *State {
	s := &State{Stride: p.stride, accs: make([]accumulator, len(p.aggs))}
	for i, a := range p.aggs {
		if p.places[i].width == 0 {
			s.accs[i] = s.newAccumulator(a)
		}
	}
	for i, name := range p.person {
		s.Person = append(s.Person, &Column{Kind: p.personKind(name), pool: p.pools[i]})
	}
	return s
}

// Add makes a record for one more person and returns it.
func (s *State) Add() []uint64 {
	at := len(s.Records)
	s.Records = extended(s.Records, at+s.Stride)
	s.People++
	clear(s.Records[at:])
	return s.Records[at:]
}

// Reserve makes room for people's columns, for as many people as are expected.
func (s *State) Reserve(people int) {
	for _, c := range s.Person {
		c.reserve(people)
	}
}

func reserved[T any](s []T, n int) []T {
	if n <= cap(s) {
		return s
	}
	return append(make([]T, 0, n), s...)
}

// Totals returns how many words a person's sums take.
func (s *State) Totals() int { return s.totals.stride }

// PutTotals has the sums kept in this memory, which is zero, as long as it lasts.
func (s *State) PutTotals(memory []int64) { s.totals.low = memory[:0] }

// Keep makes people of some of the rows that the person's columns have, in the
// order given. Their records are empty, and nothing else is known of them.
func (s *State) Keep(rows []uint32, scratch *Scratch) {
	s.People = len(rows)
	s.Records = extended(s.Records, len(rows)*s.Stride)
	for _, c := range s.Person {
		c.keep(rows, scratch)
	}
}

func (p *Program) personKind(name string) rule.Kind {
	for _, c := range p.set.Schema.Person {
		if c.Name == name {
			return c.Kind
		}
	}
	panic("segment: a field that people do not have")
}

// Grow makes room for what is kept of people in all.
func (s *State) Grow(people int) {
	s.People = people
	s.Records = extended(s.Records, people*s.Stride)
	for _, a := range s.accs {
		if a != nil {
			a.grow(people)
		}
	}
}

func (s *State) newAccumulator(a rule.Aggregate) accumulator {
	switch a.Fn {
	case rule.Count:
		return &counts{}
	case rule.Sum:
		s.totals.stride++
		return &sums{double: a.Arg.Kind() == rule.Double, of: &s.totals, at: s.totals.stride - 1}
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

// extended returns s with n elements, new ones zero, growing by quarters.
func extended[S ~[]T, T any](s S, n int) S {
	if n <= cap(s) {
		return s[:n]
	}
	bigger := make(S, n, n+n/4+64)
	copy(bigger, s)
	return bigger
}

// counts keep how many rows counted.
type counts struct{ n []int64 }

func (a *counts) grow(n int) { a.n = extended(a.n, n) }

func (a *counts) add(_, people []uint32, _ *input) {
	for _, p := range people {
		a.n[p]++
	}
}

func (a *counts) read(first int, out *vec) { copy(out.ints, a.n[first:]) }

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
		total := a.of.low[(first+i)*a.of.stride+a.at]
		if len(a.high) > 0 {
			total = clamped(a.high[uint32(first+i)], total)
		}
		if a.double {
			out.doubles[i] = float64(total) / 1e6
		} else {
			out.ints[i] = total
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

// never is days_since() of nobody's events.
const never = 1 << 62

// recencies keep the newest day, numbered as days does; 0: none.
type recencies struct{ day []uint32 }

func (a *recencies) grow(n int) { a.day = extended(a.day, n) }

func (a *recencies) add(rows, people []uint32, in *input) {
	for i, r := range rows {
		// Less one, none is the largest number.
		if p := people[i]; in.days[r]-1 < a.day[p]-1 {
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
