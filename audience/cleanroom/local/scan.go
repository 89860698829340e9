// SPDX-License-Identifier: Apache-2.0

package local

import (
	"context"
	"slices"

	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/cleanroom/internal/segment"
)

// scan reads every events table that matters: those that rules ask something
// and, where events decide who is in the universe, all of them.
func (r *run) scan(ctx context.Context) error {
	parts := partsOf(r.data.events, r.matters)
	err := each(ctx, r.workers, len(parts), "reading events", func() func(context.Context, int) error {
		readers := make([]*reader, len(r.data.events))
		return func(ctx context.Context, i int) error {
			p := parts[i]
			if readers[p.source] == nil {
				readers[p.source] = r.newReader(p.source)
			}
			err := readers[p.source].read(ctx, p.unit)
			r.progress.add(p.unit.Bytes)
			return err
		}
	})
	if err != nil {
		return err
	}
	return r.release(ctx)
}

func (r *run) matters(s *source) bool {
	return r.data.people == nil || r.data.program.Needed(s.number)
}

// A reader feeds the batches of one table to the shards. Every worker has its
// own for every table.
type reader struct {
	src     *source
	deal    *deal
	scanner *segment.Scanner
	repeats *repeats       // nil: rows have no ids
	edges   *segment.Edges // nil: every time has to be read
	untimed []string       // columns to read, but for the time
	columns []*event.Vector
	batch   segment.Batch
	rows    []uint32
	numbers []uint32

	eventID, packed []byte // scratch of hold
}

func (r *run) newReader(source int) *reader {
	src := r.data.events[source]
	// Of repeated rows the smallest counts, be it one that no rule looks at;
	// and where no table says who there is, every visible event does.
	all := r.repeats[source] != nil || !r.people.listed
	to := &reader{
		src: src, deal: r.newDeal(src), scanner: r.data.program.NewScanner(src.number, all), repeats: r.repeats[source],
		batch: segment.Batch{Columns: make([]*event.Vector, len(src.columns))},
	}
	if to.repeats == nil { // repeated rows are compared by their times
		to.edges = r.data.edges(src)
		to.columns = make([]*event.Vector, len(src.read))
		to.untimed = slices.Delete(slices.Clone(src.read), src.time, src.time+1)
	}
	return to
}

// edges returns those of a source's time, nil if rules look at times themselves.
func (d *data) edges(s *source) *segment.Edges {
	var names []string
	for i, place := range s.columns {
		if place == s.time {
			names = append(names, d.program.Columns(s.number)[i])
		}
	}
	e, _ := d.program.Edges(s.number, names)
	return e
}

// read reads a unit, or as much of it as can make a difference: where the footer
// says that all its times count alike they are not read, and where none is in
// the lookback nothing is.
func (r *reader) read(ctx context.Context, u event.Unit) error {
	if r.edges != nil {
		first, last, ok := u.Span(r.src.read[r.src.time])
		switch {
		case ok && r.edges.Outside(first, last):
			return ctx.Err()
		case ok && r.edges.Alike(first, last):
			return r.readUntimed(ctx, u, event.Instant(first))
		}
	}
	return u.ReadKeys(ctx, r.src.read, r.src.packed(), func(b *event.Batch) error {
		r.take(b)
		return ctx.Err()
	})
}

// readUntimed reads a unit without its times, which all count as this one does.
func (r *reader) readUntimed(ctx context.Context, u event.Unit, time *event.Vector) error {
	keys := r.src.packed()
	if keys > r.src.time {
		keys--
	}
	return u.ReadKeys(ctx, r.untimed, keys, func(b *event.Batch) error {
		n := copy(r.columns, b.Columns[:r.src.time])
		r.columns[n] = time
		copy(r.columns[n+1:], b.Columns[n:])
		r.take(&event.Batch{Rows: b.Rows, Columns: r.columns})
		return ctx.Err()
	})
}

// take counts the rows of a batch, but for those that may be repeated: they
// are held back.
func (r *reader) take(b *event.Batch) {
	rows := r.look(b.Rows, b.Columns[r.src.time], b.Columns, r.src.columns)
	r.deal.turn(b, r.src.person, r.src.phone)
	if r.repeats != nil {
		rows = slices.DeleteFunc(rows, func(row uint32) bool { return r.hold(b.Columns[r.src.id], int(row)) })
	}
	r.deal.add(rows)
	r.deal.each(r.feed)
}

func (r *reader) look(rows int, time *event.Vector, from []*event.Vector, columns []int) []uint32 {
	r.batch.Rows, r.batch.Time = rows, time
	for i, c := range columns {
		r.batch.Columns[i] = from[c]
	}
	return r.scanner.Look(&r.batch)
}

// feed hands rows over to their people.
func (r *reader) feed(s *shard, entries []entry) {
	if len(r.numbers) < len(entries) {
		r.rows, r.numbers = make([]uint32, 2*len(entries)), make([]uint32, 2*len(entries))
	}
	numbers := r.numbers[:len(entries)]
	s.find(entries, r.deal, numbers)
	n := 0
	for i := range entries {
		if numbers[i] == nobody && !s.people.listed {
			numbers[i] = s.meet(&entries[i], r.deal)
		}
		if numbers[i] != nobody {
			r.rows[n], numbers[n] = entries[i].row, numbers[i]
			n++
		}
	}
	s.grow()
	r.scanner.Feed(s.state, r.rows[:n], numbers[:n])
}

// meet returns the number of a person who supplied a visible event. Without a
// table of people, that is what makes a person one of the universe.
func (s *shard) meet(e *entry, of *deal) uint32 {
	if n := s.search(e, of); n != nobody {
		return n // who was met earlier in this batch
	}
	if s.optedOut(e, of) {
		return nobody
	}
	return s.enter(e, of)
}
