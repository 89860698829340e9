// SPDX-License-Identifier: Apache-2.0

package local

import (
	"context"

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
			err := p.unit.Read(ctx, readers[p.source].src.read, func(b *event.Batch) error {
				readers[p.source].take(b)
				return ctx.Err()
			})
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
	people  *people
	scanner *segment.Scanner
	repeats *repeats // nil: rows have no ids
	batch   segment.Batch
	persons personIndex
	rows    [][]uint32 // by shard
	numbers [][]uint32 // by shard
}

func (r *run) newReader(source int) *reader {
	src := r.data.events[source]
	return &reader{
		src: src, people: r.people, scanner: r.data.program.NewScanner(src.number), repeats: r.repeats[source],
		batch:   segment.Batch{Columns: make([]*event.Vector, len(src.columns))},
		persons: personIndex{people: r.people},
		rows:    make([][]uint32, len(r.people.shards)), numbers: make([][]uint32, len(r.people.shards)),
	}
}

// take counts the rows of a batch, but for those that may be repeated: they
// are held back.
func (r *reader) take(b *event.Batch) {
	visible := r.look(b.Rows, b.Columns[r.src.time], b.Columns, r.src.columns)
	persons := b.Columns[r.src.person]
	r.persons.turn(persons)
	visible.Each(func(i int) {
		who := r.persons.at(i)
		if who == nobody {
			return
		}
		if r.repeats != nil && r.repeats.hold(who, persons, b.Columns[r.src.id], &r.batch, i) {
			return
		}
		r.put(uint32(i), who)
	})
	r.feed()
}

func (r *reader) look(rows int, time *event.Vector, from []*event.Vector, columns []int) segment.Bitmap {
	r.batch.Rows, r.batch.Time = rows, time
	for i, c := range columns {
		r.batch.Columns[i] = from[c]
	}
	return r.scanner.Look(&r.batch)
}

func (r *reader) put(row uint32, who ref) {
	s := who.shard()
	r.rows[s] = append(r.rows[s], row)
	r.numbers[s] = append(r.numbers[s], who.number())
}

// feed hands the rows over, shard by shard.
func (r *reader) feed() {
	for i, rows := range r.rows {
		if len(rows) == 0 {
			continue
		}
		s := r.people.shards[i]
		s.mu.Lock()
		s.state.Grow(s.state.People)
		r.scanner.Feed(s.state, rows, r.numbers[i])
		s.mu.Unlock()
		r.rows[i], r.numbers[i] = rows[:0], r.numbers[i][:0]
	}
}

// A personIndex finds the people of a column's rows, once for each value of a
// dictionary.
type personIndex struct {
	people  *people
	column  *event.Vector
	dict    uint64
	entries []ref
}

// turn turns to another batch's column.
func (x *personIndex) turn(column *event.Vector) {
	x.column = column
	if d := column.Dict; d != nil && (x.entries == nil || x.dict != d.ID) {
		x.dict = d.ID
		x.entries = make([]ref, len(d.Null))
		for e := range x.entries {
			x.entries[e] = unknown
		}
	}
}

// at returns the person of a row that is visible.
func (x *personIndex) at(row int) ref {
	if x.column.Dict == nil {
		return x.look(row)
	}
	e := x.column.Index[row]
	if x.entries[e] == unknown {
		x.entries[e] = x.look(row)
	}
	return x.entries[e]
}

func (x *personIndex) look(row int) ref {
	key, ok := personKey(x.column, row)
	if !ok {
		return nobody
	}
	return x.people.find(key)
}
