// SPDX-License-Identifier: Apache-2.0

package consent

import (
	"context"
	"errors"
	"io"

	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/audience/plan"
)

// A jsonSource is one file of JSON lines: an object on each, in UTF-8. It is read
// strictly, as CSV is: a line that is out of shape may be somebody's choice.
type jsonSource struct {
	ctx     context.Context
	root    *event.Root
	file    event.File
	columns *plan.OptOuts
}

func (s *jsonSource) fault(code, msg, hint string) error {
	return &fault.Error{Kind: fault.Consent, Code: code, Where: show(s.file.Path), Msg: msg, Hint: hint}
}

func (*jsonSource) form() string { return jsonForm }

// check looks at the first line's fields: more would be reading choices.
func (s *jsonSource) check() error {
	first := errors.New("the first line")
	err := s.each(func(*record) error { return first })
	if errors.Is(err, first) {
		return nil
	}
	return err
}

// needs takes a row to have the letters of its column's name at the least.
func (s *jsonSource) needs() (int64, error) {
	shortest := int64(len(`{"":""}`) + len(keyColumns(s.columns)[0]) + 1)
	return s.file.Info.Size() / shortest * (perRow(s.columns) + 6), nil
}

func (s *jsonSource) read(j *judge) error {
	row := j.newRow(s.columns)
	seen := make([]bool, len(row.names))
	err := s.each(func(r *record) error {
		for i, v := range r.values {
			if v.kind == nested || v.kind == truth && row.names[i] != s.columns.Signals.GPC {
				return s.fault("consent.value", "the field "+show(row.names[i])+" holds true, false, a list or an object", "keys, purposes and times are text or numbers")
			}
			seen[i] = seen[i] || v.kind != absent
			row.fields[i] = v.text
		}
		err := row.judge()
		var f *fault.Error
		if errors.As(err, &f) {
			f.Where = show(s.file.Path) + ": field " + show(s.columns.Purpose)
		}
		return err
	})
	if err != nil {
		return err
	}
	for i, name := range row.names {
		if !seen[i] {
			return s.fault("consent.no-column", "no line has the field "+show(name), "the plan's opt_outs names fields as the file writes them")
		}
	}
	return nil
}

// each hands over every line.
func (s *jsonSource) each(do func(*record) error) error {
	in, err := s.root.Open(&s.file)
	if err != nil {
		return err
	}
	err = s.lines(in, do)
	if changed := event.Unchanged(in, &s.file); changed != nil {
		err = changed
	}
	if bad := in.Close(); err == nil && bad != nil {
		err = s.fault("consent.unreadable", "the file cannot be read to its end", "check the disk and the rights to it")
	}
	return err
}

func (s *jsonSource) lines(in io.Reader, do func(*record) error) error {
	l := newLines(in)
	if err := l.begin(); err != nil {
		return s.reason(err)
	}
	r := newRecord(columns(s.columns))
	keys := len(keyColumns(s.columns)) // they come first
	for n := 0; ; n++ {
		if n%4096 == 0 && s.ctx.Err() != nil {
			return s.ctx.Err()
		}
		line, _, err := l.next()
		if errors.Is(err, io.EOF) && n == 0 {
			return s.fault("consent.empty", "the file has no line", "an empty file is a broken export; where nobody has made a choice yet, write CSV with a header and no rows")
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = r.parse(line)
		}
		if err != nil {
			return s.reason(err)
		}
		for i := range keys {
			if r.values[i].kind == absent {
				return s.fault("consent.ragged", "a line lacks the field "+show(r.names[i]), "write every line with whose choice it is, null where nobody knows")
			}
		}
		if err := do(r); err != nil {
			return err
		}
	}
}

// reason says what is wrong with a file or a line. The library's own words may
// hold what is in it.
func (s *jsonSource) reason(err error) error {
	switch {
	case errors.Is(err, errUTF16):
		return s.fault("consent.utf16", "the file is UTF-16", "save it as UTF-8")
	case errors.Is(err, errLong):
		return s.fault("consent.line", "a line is longer than 64 MiB", "write one choice a line")
	case errors.Is(err, errTwice):
		return s.fault("consent.twice", "a line gives a field twice", "which of them holds nobody can tell: write it once")
	case errors.Is(err, errNUL), errors.Is(err, errObject):
		return s.fault("consent.json", "a line is not one JSON object", `write one choice a line: {"user_id": "…", "purpose": "ads"}; no list around them, no comma after them`)
	}
	return s.fault("consent.unreadable", "the file cannot be read to its end", "check the disk and the rights to it")
}
