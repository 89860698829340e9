// SPDX-License-Identifier: Apache-2.0

package local

import (
	"context"
	"encoding/binary"
	"hash/maphash"
	"math"
	"math/bits"
	"sync"

	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/cleanroom/internal/identity"
	"github.com/throng-dp/throng/audience/cleanroom/internal/segment"
	"github.com/throng-dp/throng/audience/rule"
)

// repeats make one event of a person's visible rows with one id: the smallest
// of them, compared by time and then column by column, over the columns that
// rules look at. Rows of two people are never compared.
//
// A first pass over the table finds the hashes that occur more than once; only
// rows with one of these are held back, and compared exactly.
type repeats struct {
	seed    maphash.Seed
	stripes []*stripe // by hash
}

type stripe struct {
	mu    sync.Mutex
	once  map[uint64]struct{}
	twice map[uint64]struct{}
	held  map[string]string // rows by person and id, both packed
}

func newRepeats() *repeats {
	r := &repeats{seed: maphash.MakeSeed()}
	for range 64 {
		r.stripes = append(r.stripes, &stripe{once: map[uint64]struct{}{}, twice: map[uint64]struct{}{}, held: map[string]string{}})
	}
	return r
}

func (r *repeats) stripe(hash uint64) *stripe { return r.stripes[hash%uint64(len(r.stripes))] }

// findRepeats is the first pass over the tables whose rows have ids.
func (r *run) findRepeats(ctx context.Context) error {
	parts := partsOf(r.data.events, func(s *source) bool { return s.id >= 0 })
	for i, s := range r.data.events {
		if s.id >= 0 {
			r.repeats[i] = newRepeats()
		}
	}
	err := each(ctx, r.workers, len(parts), "reading ids", func() func(context.Context, int) error {
		return func(ctx context.Context, i int) error {
			src, found := r.data.events[parts[i].source], r.repeats[parts[i].source]
			d := r.newDeal(src)
			columns := []string{src.read[src.id]}
			person, phone := src.place(&columns, src.person), src.place(&columns, src.phone)
			err := parts[i].unit.ReadKeys(ctx, columns, 1, func(b *event.Batch) error {
				d.turn(b, person, phone)
				for row := range b.Rows {
					if h, _, ok := found.hash(&d.keys, b.Columns[0], row); ok {
						found.note(h)
					}
				}
				return ctx.Err()
			})
			r.progress.add(parts[i].unit.Bytes)
			return err
		}
	})
	for _, found := range r.repeats {
		if found != nil {
			for _, s := range found.stripes {
				s.once = nil
			}
		}
	}
	return err
}

// hash returns a hash of a person's key and a row's id, and the id's text;
// false where there is none.
func (r *repeats) hash(keys *identity.Codes, ids *event.Vector, row int) (uint64, string, bool) {
	id, ok := idText(ids, row)
	if !ok || keys.Nobody(row) {
		return 0, "", false
	}
	person := maphash.Bytes(r.seed, keys.Name(row))
	return bits.RotateLeft64(person, 31) ^ maphash.String(r.seed, id), id, true
}

func (r *repeats) note(h uint64) {
	s := r.stripe(h)
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, again := s.once[h]; again {
		s.twice[h] = struct{}{}
	} else {
		s.once[h] = struct{}{}
	}
}

// hold takes a visible row that may be repeated and keeps it if it is the
// smallest so far. It packs into the reader's own memory.
func (r *reader) hold(ids *event.Vector, row int) bool {
	h, id, ok := r.repeats.hash(&r.deal.keys, ids, row)
	if !ok {
		return false
	}
	s := r.repeats.stripe(h)
	if _, twice := s.twice[h]; !twice {
		return false
	}
	person := r.deal.keys.Name(row)
	r.eventID = append(append(binary.AppendUvarint(r.eventID[:0], uint64(len(person))), person...), id...)
	r.packed = packCell(r.packed[:0], r.batch.Time, row)
	for _, c := range r.batch.Columns {
		r.packed = packCell(r.packed, c, row)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if old, known := s.held[string(r.eventID)]; !known || string(r.packed) < old {
		s.held[string(r.eventID)] = string(r.packed)
	}
	return true
}

// idText returns an event's id as text; equal ids alone have equal texts.
func idText(v *event.Vector, row int) (string, bool) {
	i, d, s, null := segment.At(v, row)
	switch {
	case null:
		return "", false
	case v.Kind == rule.String:
		return s, true
	}
	number := uint64(i) ^ math.Float64bits(d) // one of them is 0
	return string(binary.BigEndian.AppendUint64(nil, number)), true
}

// release counts the rows that were held back and were the smallest.
func (r *run) release(ctx context.Context) error {
	const most = 4096 // rows at a time
	for i, found := range r.repeats {
		if found == nil {
			continue
		}
		reader := r.newReader(i)
		batch := reader.blank()
		var who []string
		for _, s := range found.stripes {
			for at, row := range s.held {
				unpackCells(row, batch)
				length, used := binary.Uvarint([]byte(at[:min(len(at), binary.MaxVarintLen64)]))
				if who = append(who, at[used:used+int(length)]); len(who) == most {
					reader.again(batch, who)
					batch, who = reader.blank(), nil
					if err := ctx.Err(); err != nil {
						return err
					}
				}
			}
			s.held = nil
		}
		reader.again(batch, who)
	}
	return nil
}

// blank returns vectors for the time and the columns, without rows.
func (r *reader) blank() []*event.Vector {
	vectors := []*event.Vector{{Kind: rule.Timestamp, Null: []bool{}}}
	for _, c := range r.src.columns {
		vectors = append(vectors, &event.Vector{Kind: kindOf(r.src.table.Columns(), r.src.read[c]), Null: []bool{}})
	}
	return vectors
}

// again counts rows that were held back, of these people.
func (r *reader) again(vectors []*event.Vector, who []string) {
	places := make([]int, len(vectors)-1)
	for i := range places {
		places[i] = i + 1
	}
	rows := r.look(len(who), vectors[0], vectors, places)
	r.deal.keys.TurnNames(who)
	r.deal.add(rows)
	r.deal.each(r.feed)
}
