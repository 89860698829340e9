// SPDX-License-Identifier: Apache-2.0

package segment

import (
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
