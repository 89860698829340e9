// SPDX-License-Identifier: Apache-2.0

package local

import (
	"context"
	"slices"

	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/cleanroom/internal/segment"
	"github.com/throng-dp/throng/audience/rule"
)

// list reads the table of people: afterwards the universe is closed, and who
// opted out or is under age is nobody.
func (r *run) list(ctx context.Context) error {
	src := r.data.people
	for _, s := range r.people.shards {
		s.age = &segment.Column{Kind: rule.Int}
		if src.age >= 0 {
			s.age.Kind = kindOf(src.table.Columns(), src.read[src.age])
		}
	}
	parts := partsOf([]*source{src}, func(*source) bool { return true })
	err := each(ctx, r.workers, len(parts), "reading people", func() func(context.Context, int) error {
		l := r.newLister(src)
		return func(ctx context.Context, i int) error {
			err := parts[i].unit.ReadKeys(ctx, src.read, src.packed(), func(b *event.Batch) error {
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
	err = each(ctx, r.workers, len(r.people.shards), "closing the list of people", func() func(context.Context, int) error {
		var scratch segment.Scratch
		return func(_ context.Context, i int) error {
			r.people.shards[i].settle(src.age >= 0, r.in.MinAge, &scratch)
			return nil
		}
	})
	r.people.arrived()
	return err
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
	l := &lister{src: src, deal: r.newDeal(src), fields: make([]*event.Vector, len(src.columns))}
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
	l.deal.turn(b, l.src.person, l.src.phone)
	for i := len(l.all); i < b.Rows; i++ {
		l.all = append(l.all, uint32(i))
	}
	l.deal.add(l.all[:b.Rows])
	l.deal.each(l.enlist)
}

// enlist notes rows of the table of people, but for those of people who opted out.
// Who is there more than once is found at the end.
func (l *lister) enlist(s *shard, entries []entry) {
	for i := range entries {
		e, of := &entries[i], l.deal
		if s.optedOut(e, of) {
			continue
		}
		s.arrive(e, of)
		for i, f := range l.fields {
			s.state.Person[i].Append(f, int(e.row))
		}
		if l.age != nil {
			s.age.Append(l.age, int(e.row))
		}
	}
}

// arrive notes the key of a row of the table of people.
func (s *shard) arrive(e *entry, of *deal) {
	if !s.ready {
		s.reserve()
	}
	s.arrivals = append(s.arrivals, s.keyOf(e, of))
}

// settle makes people of the rows that have arrived: one of each key. It makes
// null what is contradictory, leaves out people under age or of unknown age, and
// numbers the others in the order of their slots.
func (s *shard) settle(hasAge bool, minAge int, scratch *segment.Scratch) {
	if minAge > 0 && !hasAge {
		s.arrivals = nil
	}
	slots := slotsOf(len(s.arrivals))
	to := ranks{slots: slots}
	homes := make([]uint32, len(s.arrivals))
	for i, c := range s.arrivals {
		homes[i] = to.home(s.hashOf(c))
	}
	order := byHome(homes, slots)
	people := order[:0]
	for from := 0; from < len(order); {
		n := from + 1
		for n < len(order) && homes[order[n]] == homes[order[from]] {
			n++
		}
		people = s.unite(people, order[from:n], hasAge)
		from = n
	}
	if minAge > 0 {
		people = slices.DeleteFunc(people, func(n uint32) bool {
			age, ok := s.age.Number(int(n))
			return !ok || age < float64(minAge)
		})
	}
	s.table = newRanks(len(people), slots, func(number int) uint32 { return homes[people[number]] })
	s.state.Keep(people, scratch)
	for i, n := range people {
		record := s.state.Records[i*s.state.Stride:][:segment.KeyWords]
		record[0], record[1] = s.arrivals[n].Lo, s.arrivals[n].Hi
	}
	s.arrivals, s.age = nil, nil
	s.grow()
}

// unite appends those of the rows, which have one slot, that are the first of
// their person. Rows of one person that say the same are one; where they differ,
// nothing is known of the person.
func (s *shard) unite(people, rows []uint32, hasAge bool) []uint32 {
	first := len(people)
next:
	for _, row := range rows {
		for _, n := range people[first:] {
			if !s.sameKey(s.arrivals[n], s.arrivals[row]) {
				continue
			}
			same := !hasAge || s.age.Same(int(n), int(row))
			for _, c := range s.state.Person {
				same = same && c.Same(int(n), int(row))
			}
			if !same {
				s.forget(int(n), hasAge)
			}
			continue next
		}
		people = append(people, row)
	}
	return people
}

// forget makes null what is contradictory.
func (s *shard) forget(row int, hasAge bool) {
	for _, c := range s.state.Person {
		c.Forget(row)
	}
	if hasAge {
		s.age.Forget(row)
	}
}
