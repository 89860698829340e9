// SPDX-License-Identifier: Apache-2.0

package local

import (
	"cmp"
	"context"
	"encoding/binary"
	"hash/maphash"
	"math"
	"math/bits"
	"strings"
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
	mu      sync.Mutex
	held    map[eventID][]cell
}

type stripe struct {
	mu    sync.Mutex
	once  map[uint64]struct{}
	twice map[uint64]struct{}
}

type eventID struct{ person, id string }

// A cell is one value of a row that is held back.
type cell struct {
	null   bool
	int    int64
	double float64
	string string
}

func newRepeats() *repeats {
	r := &repeats{seed: maphash.MakeSeed(), held: map[eventID][]cell{}}
	for range 64 {
		r.stripes = append(r.stripes, &stripe{once: map[uint64]struct{}{}, twice: map[uint64]struct{}{}})
	}
	return r
}

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
			var keys identity.Codes
			err := parts[i].unit.ReadKeys(ctx, []string{src.read[src.person], src.read[src.id]}, 0, func(b *event.Batch) error {
				keys.Turn(b.Columns[0])
				for row := range b.Rows {
					if h, _, ok := found.hash(&keys, b.Columns[1], row); ok {
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
	place := keys.At(row)
	id, ok := idText(ids, row)
	if !ok || keys.Forms[place] == identity.Nobody {
		return 0, "", false
	}
	person := maphash.Bytes(r.seed, keys.Text(place))
	return bits.RotateLeft64(person, 31) ^ maphash.String(r.seed, id), id, true
}

func (r *repeats) note(h uint64) {
	s := r.stripes[h%uint64(len(r.stripes))]
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, again := s.once[h]; again {
		s.twice[h] = struct{}{}
	} else {
		s.once[h] = struct{}{}
	}
}

// hold takes a visible row that may be repeated and keeps it if it is the
// smallest so far.
func (r *repeats) hold(keys *identity.Codes, ids *event.Vector, b *segment.Batch, row int) bool {
	h, id, ok := r.hash(keys, ids, row)
	if !ok {
		return false
	}
	if _, twice := r.stripes[h%uint64(len(r.stripes))].twice[h]; !twice {
		return false
	}
	cells := make([]cell, 0, len(b.Columns)+1)
	cells = append(cells, cellOf(b.Time, row))
	for _, c := range b.Columns {
		cells = append(cells, cellOf(c, row))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	at := eventID{string(keys.Text(keys.At(row))), strings.Clone(id)}
	if old, known := r.held[at]; !known || smaller(cells, old) {
		r.held[at] = cells
	}
	return true
}

func smaller(a, b []cell) bool {
	for i := range a {
		if c := compareCells(a[i], b[i]); c != 0 {
			return c < 0
		}
	}
	return false
}

// compareCells puts null first.
func compareCells(a, b cell) int {
	if a.null || b.null {
		return cmp.Compare(truth(b.null), truth(a.null))
	}
	return cmp.Or(cmp.Compare(a.int, b.int), cmp.Compare(a.double, b.double), cmp.Compare(a.string, b.string))
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

// idText returns an event's id as text; equal ids alone have equal texts.
func idText(v *event.Vector, row int) (string, bool) {
	c := cellOf(v, row)
	switch {
	case c.null:
		return "", false
	case v.Kind == rule.String:
		return c.string, true
	}
	number := uint64(c.int) ^ math.Float64bits(c.double) // one of them is 0
	return string(binary.BigEndian.AppendUint64(nil, number)), true
}

func cellOf(v *event.Vector, row int) cell {
	i, d, s, null := segment.At(v, row)
	return cell{null, i, d, strings.Clone(s)}
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
		for at, cells := range found.held {
			appendCells(batch, cells)
			if who = append(who, at.person); len(who) == most {
				reader.again(batch, who)
				batch, who = reader.blank(), nil
			}
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		reader.again(batch, who)
		found.held = nil
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

func appendCells(to []*event.Vector, cells []cell) {
	for i, c := range cells {
		v := to[i]
		v.Null = append(v.Null, c.null)
		v.Int, v.Double, v.String = append(v.Int, c.int), append(v.Double, c.double), append(v.String, c.string)
	}
}

// again counts rows that were held back, of these people.
func (r *reader) again(vectors []*event.Vector, who []string) {
	places := make([]int, len(vectors)-1)
	for i := range places {
		places[i] = i + 1
	}
	rows := r.look(len(who), vectors[0], vectors, places)
	r.deal.keys.Turn(&event.Vector{Kind: rule.String, String: who})
	for _, row := range rows {
		r.deal.add(row)
	}
	r.deal.each(r.feed)
}
