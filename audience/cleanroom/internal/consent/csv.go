// SPDX-License-Identifier: Apache-2.0

package consent

import (
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/audience/plan"
)

// A csvSource is one file as RFC 4180 describes it, in UTF-8 with or without a
// byte order mark, lines ended in either way. It is read strictly: a row that is
// out of shape may be somebody's choice.
type csvSource struct {
	ctx     context.Context
	root    *event.Root
	file    event.File
	columns *plan.OptOuts
}

func (s *csvSource) fault(code, msg, hint string) error {
	return &fault.Error{Kind: fault.Consent, Code: code, Where: show(s.file.Path), Msg: msg, Hint: hint}
}

func show(name string) string {
	if quoted := strconv.Quote(name); quoted != `"`+name+`"` {
		return quoted
	}
	return name
}

func (*csvSource) form() string { return csvForm }

func (s *csvSource) check() error {
	return s.open(func(*records, []int) error { return nil })
}

func (s *csvSource) read(j *judge) error {
	return s.open(func(r *records, at []int) error {
		row := j.newRow(s.columns)
		for n := 0; ; n++ {
			if n%4096 == 0 && s.ctx.Err() != nil {
				return s.ctx.Err()
			}
			err := r.read()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return s.reason(err)
			}
			for i, column := range at {
				f := r.fields[column]
				row.fields[i] = r.text[f.from:f.to]
			}
			if err := row.judge(); err != nil {
				return s.place(err)
			}
		}
	})
}

func (s *csvSource) place(err error) error {
	var f *fault.Error
	if errors.As(err, &f) {
		f.Where = show(s.file.Path) + ": column " + show(s.columns.Purpose)
	}
	return err
}

// open opens the file, reads its header and hands over the rest, with the places
// of the plan's columns.
func (s *csvSource) open(rest func(r *records, at []int) error) error {
	in, err := s.root.Open(&s.file)
	if err != nil {
		return err
	}
	err = s.parse(in, rest)
	if changed := event.Unchanged(in, &s.file); changed != nil {
		err = changed
	}
	if bad := in.Close(); err == nil && bad != nil {
		err = s.reason(bad)
	}
	return err
}

func (s *csvSource) parse(in io.Reader, rest func(r *records, at []int) error) error {
	r := &records{lines: newLines(in)}
	if err := r.begin(); err != nil {
		return s.reason(err)
	}
	err := r.read()
	if errors.Is(err, io.EOF) {
		return s.fault("consent.empty", "the file has no header", "a source without choices has a header and no rows; an empty file is a broken export")
	}
	if err != nil {
		return s.reason(err)
	}
	var header []string
	for _, f := range r.fields {
		name := string(r.text[f.from:f.to])
		if slices.ContainsFunc(header, func(other string) bool { return strings.EqualFold(name, other) }) {
			return s.fault("consent.header", "two columns of the header have one name", "rename one of them")
		}
		header = append(header, name)
	}
	var at []int
	for _, name := range columns(s.columns) {
		i := slices.Index(header, name)
		if i < 0 {
			return s.fault("consent.no-column", "the header lacks the column "+show(name), "the plan's opt_outs names columns as the header writes them")
		}
		at = append(at, i)
	}
	return rest(r, at)
}

// reason says what is wrong with a file. Numbers of rows are not told.
func (s *csvSource) reason(err error) error {
	switch {
	case errors.Is(err, errUTF16):
		return s.fault("consent.utf16", "the file is UTF-16", "save it as UTF-8")
	case errors.Is(err, errNUL):
		return s.fault("consent.nul", "the file holds NUL bytes", "it may be UTF-16 or binary; save it as CSV in UTF-8")
	case errors.Is(err, errFields):
		return s.fault("consent.ragged", "a row has more or fewer fields than the header", "write every row with all fields, and quote those that hold commas")
	case errors.Is(err, errQuote):
		return s.fault("consent.quotes", "a quote is out of place", `quote as RFC 4180 says: "a ""quoted"" word"`)
	case errors.Is(err, errLong):
		return s.fault("consent.line", "a line is longer than 64 MiB", "write one choice a line")
	}
	return s.fault("consent.unreadable", "the file cannot be read to its end", "check the disk and the rights to it")
}

// needs takes six letters and the end of a line for a row: fewer letters do not
// tell many people apart.
func (s *csvSource) needs() (int64, error) {
	return s.file.Info.Size() / 7 * (perRow(s.columns) + 6), nil
}
