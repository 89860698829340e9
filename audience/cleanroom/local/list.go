// SPDX-License-Identifier: Apache-2.0

package local

import (
	"context"

	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/cleanroom/internal/segment"
	"github.com/throng-dp/throng/audience/rule"
)

// list reads the table of people: afterwards the universe is closed, and who
// opted out or is under age is nobody.
func (r *run) list(ctx context.Context) error {
	src := r.data.people
	for _, s := range r.people.shards {
		s.age, s.conflicts = &segment.Column{Kind: rule.Int}, map[uint32]struct{}{}
		if src.age >= 0 {
			s.age.Kind = kindOf(src.table.Columns(), src.read[src.age])
		}
	}
	parts := partsOf([]*source{src}, func(*source) bool { return true })
	err := each(ctx, r.workers, len(parts), "reading people", func() func(context.Context, int) error {
		var keys personIndex // looks nobody up: it only tells keys
		return func(ctx context.Context, i int) error {
			err := parts[i].unit.Read(ctx, src.read, func(b *event.Batch) error {
				keys.turn(b.Columns[src.person])
				r.enlist(src, &keys, b)
				return ctx.Err()
			})
			r.progress.add(parts[i].unit.Bytes)
			return err
		}
	})
	for _, s := range r.people.shards {
		s.settle(src.age >= 0, r.in.MinAge)
	}
	return err
}

func (r *run) enlist(src *source, keys *personIndex, b *event.Batch) {
	fields := make([]*event.Vector, len(src.columns))
	for i, c := range src.columns {
		fields[i] = b.Columns[c]
	}
	var age *event.Vector
	if src.age >= 0 {
		age = b.Columns[src.age]
	}
	for i := range b.Rows {
		if key := keys.key(i); key != "" {
			r.people.enlist(key, fields, age, i)
		}
	}
}

// enlist takes one row of the table of people. Rows of one person that say the
// same are one; where they differ, nothing is known of the person.
func (p *people) enlist(key string, fields []*event.Vector, age *event.Vector, row int) {
	s := p.shards[p.shardOf(key)]
	s.mu.Lock()
	defer s.mu.Unlock()
	n, known := s.numbers[key]
	if !known {
		if n = s.enter(key, p.optedOut(key)); n == out {
			return
		}
		for i, f := range fields {
			s.state.Person[i].Append(f, row)
		}
		if age != nil {
			s.age.Append(age, row)
		}
		return
	}
	if n == out {
		return
	}
	same := age == nil || s.age.Equal(int(n), age, row)
	for i, f := range fields {
		same = same && s.state.Person[i].Equal(int(n), f, row)
	}
	if !same {
		s.conflicts[n] = struct{}{}
	}
}

// settle makes what is contradictory null, removes people under age or of
// unknown age, and closes the gaps they leave.
func (s *shard) settle(hasAge bool, minAge int) {
	for n := range s.conflicts {
		for _, c := range s.state.Person {
			c.Forget(int(n))
		}
		if hasAge {
			s.age.Forget(int(n))
		}
	}
	if minAge > 0 {
		s.removeUnder(hasAge, minAge)
	}
	s.age, s.conflicts = nil, nil
	s.state.Grow(s.state.People)
}

func (s *shard) removeUnder(hasAge bool, minAge int) {
	moved := make([]uint32, s.state.People)
	var left uint32
	for n := range moved {
		moved[n] = out
		if !hasAge {
			continue
		}
		if age, ok := s.age.Number(n); !ok || age < float64(minAge) {
			continue
		}
		moved[n] = left
		for _, c := range s.state.Person {
			c.Move(int(left), n)
		}
		if s.keep {
			s.keys[left] = s.keys[n]
		}
		left++
	}
	for key, n := range s.numbers {
		if n != out {
			s.numbers[key] = moved[n]
		}
	}
	for _, c := range s.state.Person {
		c.Truncate(int(left))
	}
	if s.keep {
		s.keys = s.keys[:left]
	}
	s.state.People = int(left)
}
