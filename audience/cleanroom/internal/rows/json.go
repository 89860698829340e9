// SPDX-License-Identifier: Apache-2.0

package rows

import (
	"context"
	"errors"
	"io"

	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
)

// lines hands over the rows of JSON lines.
func (f *File) lines(ctx context.Context, in io.Reader, do func(fields [][]byte) error) error {
	seen, fields := make([]bool, len(f.Columns)), make([][]byte, len(f.Columns))
	err := f.objects(ctx, in, func(r *record) error {
		for i, v := range r.values {
			if v.kind == nested || v.kind == truth && f.Columns[i] != f.Truth {
				return f.fault("value", "the field "+event.Show(f.Columns[i])+" holds true, false, a list or an object", "keys, words and times are text or numbers")
			}
			seen[i] = seen[i] || v.kind != absent
			fields[i] = v.text
		}
		return do(fields)
	})
	if err != nil {
		return err
	}
	for i, name := range f.Columns {
		if !seen[i] {
			return f.fault("no-column", "no line has the field "+event.Show(name), "the plan names fields as the file writes them")
		}
	}
	return nil
}

// objects hands over every line.
func (f *File) objects(ctx context.Context, in io.Reader, do func(*record) error) error {
	l := newLines(in)
	if err := l.begin(); err != nil {
		return f.reason(err)
	}
	r := newRecord(f.Columns)
	for n := 0; ; n++ {
		if n%often == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		line, _, err := l.next()
		if errors.Is(err, io.EOF) && n == 0 {
			return f.fault("empty", "the file has no line", "an empty file is a broken export; where there is no row yet, write CSV with a header and no rows")
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = r.parse(line)
		}
		if err != nil {
			return f.reason(err)
		}
		for i := range f.Keys {
			if r.values[i].kind == absent {
				return f.fault("ragged", "a line lacks the field "+event.Show(f.Columns[i]), "write every line with whose row it is, null where nobody knows")
			}
		}
		if err := do(r); err != nil {
			return err
		}
	}
}
