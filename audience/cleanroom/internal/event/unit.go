// SPDX-License-Identifier: Apache-2.0

package event

import (
	"context"
	"errors"
	"os"
	"sync"

	"github.com/throng-dp/throng/audience/rule"
)

// A Unit is one row group. Units can be read at the same time.
type Unit struct {
	Bytes int64 // of the file that it stands for, for progress
	table *Table
	file  *file
	group *rowGroup
}

// Units returns the parts that can be read at the same time: row groups.
func (t *Table) Units() []Unit {
	var units []Unit
	for _, f := range t.files {
		left := f.Info.Size()
		for i := range f.groups {
			u := Unit{table: t, file: f, group: &f.groups[i]}
			for j := range u.group.chunks {
				u.Bytes += u.group.chunks[j].size
			}
			u.Bytes = min(u.Bytes, left)
			if left -= u.Bytes; i == len(f.groups)-1 {
				u.Bytes += left // so that units add up to files
			}
			units = append(units, u)
		}
	}
	return units
}

// Read hands over the unit's rows, batch by batch, with the columns of these
// file's names. A column that this file lacks is all null, of the kind that the
// other files give it. After the last batch every column's number of values
// has been compared with the footer's number of rows: only when Read returns
// without an error have all rows been there.
func (u Unit) Read(ctx context.Context, columns []string, each func(*Batch) error) error {
	return u.ReadKeys(ctx, columns, -1, each)
}

// ReadKeys is Read, with the strings of one of the columns packed: the one at
// the place keys. What is no string in the file comes as it does from Read, but for a
// dictionary of integers, which is valid as long as one of packed strings.
func (u Unit) ReadKeys(ctx context.Context, columns []string, keys int, each func(*Batch) error) error {
	for _, name := range columns {
		if err := u.table.readable(name); err != nil {
			return err
		}
	}
	if u.group.rows == 0 {
		return ctx.Err()
	}
	in, err := u.table.root.Open(&u.file.File)
	if err != nil {
		return err
	}
	err = u.read(ctx, in, columns, keys, each)
	// A file that was replaced meanwhile explains other errors best.
	if changed := Unchanged(in, &u.file.File); changed != nil && ctx.Err() == nil {
		err = changed
	}
	if bad := in.Close(); err == nil {
		err = at(Show(u.file.Path), bad)
	}
	return err
}

// A source is one asked column: a reader of pages, or one entry for all rows.
type source struct {
	name   string
	reader *reader
	fixed  Vector
}

// Rows of a column that a file lacks, or that is in its path.
var allNull, allFirst = [batchRows]uint32{}, func() (s [batchRows]uint32) { fill(s[:], 1); return s }()

func (u Unit) read(ctx context.Context, in *os.File, columns []string, keys int, each func(*Batch) error) error {
	sources := make([]source, len(columns))
	b := &Batch{Columns: make([]*Vector, len(columns))}
	for i, name := range columns {
		sources[i] = u.source(in, name)
		if r := sources[i].reader; r != nil && i == keys {
			r.keys = r.conv.kind == rule.String && r.conv.leaf.physical == physBytes
			r.reuse = r.conv.kind == rule.Int
		}
	}
	for left := u.group.rows; left > 0; left -= int64(b.Rows) {
		b.Rows = int(min(left, batchRows))
		for i := range sources {
			n, err := sources[i].ready(ctx, b.Rows)
			if err != nil {
				return u.fault(sources[i].name, err)
			}
			b.Rows = n
		}
		for i := range sources {
			b.Columns[i] = sources[i].take(b.Rows)
		}
		if err := each(b); err != nil {
			return err
		}
	}
	for i := range sources {
		if err := sources[i].finish(ctx); err != nil {
			return u.fault(sources[i].name, err)
		}
	}
	for i := range sources {
		sources[i].giveBack()
	}
	return nil
}

// fault names the place of an error, but for a run that was stopped.
func (u Unit) fault(name string, err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return at(column(u.file.Path, name), err)
}

func (u Unit) source(in *os.File, name string) source {
	kind := u.table.kinds[name]
	if d := u.file.keys[name]; d != nil {
		rows := allFirst[:]
		for _, k := range u.file.Keys {
			if k.Name == name && k.Null {
				rows = allNull[:]
			}
		}
		return source{name: name, fixed: Vector{Kind: kind, Dict: d, Index: rows, Same: true}}
	}
	i, ok := u.file.visible[name]
	if !ok {
		return source{name: name, fixed: Vector{Kind: kind, Dict: u.table.absent[kind], Index: allNull[:], Same: true}}
	}
	l := &u.file.leaves[i]
	r := readers.Get().(*reader)
	r.reset(watched(in), l, &u.group.chunks[i])
	r.conv = converter{leaf: l, kind: kind, zone: newZone(u.table.zone)}
	r.rows = u.group.rows
	return source{name: name, reader: r}
}

// readers are kept for the memory that they have: a row group needs about as
// much as the one before.
var readers = sync.Pool{New: func() any { return &reader{pages: &pages{}} }}

// giveBack ends the use of a source that has been read to its end.
func (s *source) giveBack() {
	if s.reader != nil {
		readers.Put(s.reader)
		s.reader = nil
	}
}

// ready returns how many rows the source can hand out at once, want at most.
func (s *source) ready(ctx context.Context, want int) (int, error) {
	if s.reader == nil {
		return want, nil
	}
	err := guard(func() error { return s.reader.fill(ctx, want) })
	n := min(want, s.reader.count-s.reader.off)
	if err == nil && n == 0 {
		err = damaged("a column holds fewer values than the file has rows")
	}
	return n, err
}

func (s *source) take(n int) *Vector {
	if s.reader != nil {
		return s.reader.take(n)
	}
	v := s.fixed
	v.Index = v.Index[:n]
	return &v
}

// finish makes sure that nothing is left: a column that is longer than the
// others has been read out of step.
func (s *source) finish(ctx context.Context) error {
	r := s.reader
	if r == nil {
		return nil
	}
	err := guard(func() error { return r.fill(ctx, r.count-r.off+1) })
	if err == nil && (r.count > r.off || !r.done || r.seen != r.rows) {
		err = damaged("a column holds more values than the file has rows")
	}
	return err
}
