// SPDX-License-Identifier: Apache-2.0

package local

import (
	"context"

	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/cleanroom/internal/identity"
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
	r.persons.turn(b.Columns[r.src.person])
	visible.Each(func(i int) {
		who := r.persons.at(i)
		if who == nobody {
			return
		}
		if r.repeats != nil && r.repeats.hold(who, r.persons.key(i), b.Columns[r.src.id], &r.batch, i) {
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
	people *people
	texts  identity.Keys
	keys   []string
	index  []uint32 // nil: keys are those of the rows
	dict   uint64
	found  []ref // of each key
}

// turn turns to another batch's column.
func (x *personIndex) turn(column *event.Vector) {
	x.keys, x.index = x.texts.Of(column)
	if d := column.Dict; d != nil && x.found != nil && x.dict == d.ID {
		return
	}
	x.dict = 0
	if column.Dict != nil {
		x.dict = column.Dict.ID
	}
	x.found = x.found[:0]
	for range x.keys {
		x.found = append(x.found, unknown)
	}
}

// key returns the canonical key of a row's person; "" is nobody's.
func (x *personIndex) key(row int) string {
	if x.index != nil {
		return x.keys[x.index[row]]
	}
	return x.keys[row]
}

// at returns the person of a row that is visible.
func (x *personIndex) at(row int) ref {
	k := row
	if x.index != nil {
		k = int(x.index[row])
	}
	if x.found[k] == unknown {
		x.found[k] = nobody
		if x.keys[k] != "" {
			x.found[k] = x.people.find(x.keys[k])
		}
	}
	return x.found[k]
}
