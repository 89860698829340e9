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
		l := r.newLister(src)
		return func(ctx context.Context, i int) error {
			err := parts[i].unit.ReadKeys(ctx, src.read, src.person, func(b *event.Batch) error {
				l.take(b)
				return ctx.Err()
			})
			r.progress.add(parts[i].unit.Bytes)
			return err
		}
	})
	if err != nil {
		return err
	}
	return each(ctx, r.workers, len(r.people.shards), "closing the list of people", func() func(context.Context, int) error {
		return func(_ context.Context, i int) error {
			r.people.shards[i].settle(src.age >= 0, r.in.MinAge)
			return nil
		}
	})
}

// A lister takes the batches of the table of people. Every worker has its own.
type lister struct {
	src       *source
	deal      *deal
	importers []*segment.Importer
	fields    []*event.Vector
	age       *event.Vector // nil: not read
	all       []uint32      // rows from 0 on
}

func (r *run) newLister(src *source) *lister {
	l := &lister{src: src, deal: newDeal(r.people), fields: make([]*event.Vector, len(src.columns))}
	for i := range src.columns {
		l.importers = append(l.importers, r.data.program.NewImporter(i))
	}
	return l
}

func (l *lister) take(b *event.Batch) {
	for i, c := range l.src.columns {
		l.fields[i] = l.importers[i].Import(b.Columns[c])
	}
	if l.src.age >= 0 {
		l.age = b.Columns[l.src.age]
	}
	l.deal.keys.Turn(b.Columns[l.src.person])
	for i := len(l.all); i < b.Rows; i++ {
		l.all = append(l.all, uint32(i))
	}
	l.deal.add(l.all[:b.Rows])
	l.deal.each(l.enlist)
}

func (l *lister) enlist(s *shard, entries []entry) {
	l.deal.places = sized(l.deal.places, len(entries))
	s.fetchSlots(entries, l.deal.places)
	for i := range entries {
		l.enlistOne(s, &entries[i])
	}
}

// enlistOne takes one row of the table of people. Rows of one person that say
// the same are one; where they differ, nothing is known of the person.
func (l *lister) enlistOne(s *shard, e *entry) {
	of, row := l.deal, int(e.row)
	n := s.search(e, of)
	if n == nobody {
		if s.optedOut(e, of) {
			return
		}
		s.enter(e, of)
		for i, f := range l.fields {
			s.state.Person[i].Append(f, row)
		}
		if l.age != nil {
			s.age.Append(l.age, row)
		}
		return
	}
	same := l.age == nil || s.age.Equal(int(n), l.age, row)
	for i, f := range l.fields {
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
	s.grow()
}

func (s *shard) removeUnder(hasAge bool, minAge int) {
	left := 0
	for n := range s.state.People {
		if !hasAge {
			break
		}
		if age, ok := s.age.Number(n); !ok || age < float64(minAge) {
			continue
		}
		s.state.Move(left, n)
		left++
	}
	s.state.Shrink(left)
	s.rehash(left)
}
