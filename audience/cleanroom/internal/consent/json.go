// SPDX-License-Identifier: Apache-2.0

package consent

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"unicode/utf8"

	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/audience/plan"
)

// maxLine is the length of a line of JSON in bytes. It is far beyond any choice:
// one person's overlong string must not stop everybody's build.
const maxLine = 64 << 20

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
	seen := map[string]bool{}
	err := s.each(func(r *record) error {
		for _, name := range columns(s.columns) {
			text, there := r.fields[name]
			if text == nested {
				return s.fault("consent.value", "the field "+show(name)+" holds true, false, a list or an object", "keys, purposes and times are text or numbers")
			}
			seen[name] = seen[name] || there
		}
		err := j.row(s.columns, func(name string) string { return r.fields[name] })
		var f *fault.Error
		if errors.As(err, &f) {
			f.Where = show(s.file.Path) + ": field " + show(s.columns.Purpose)
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, name := range columns(s.columns) {
		if !seen[name] {
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
	b := bufio.NewReader(in)
	if mark, _ := b.Peek(3); bytes.Equal(mark, []byte("\xef\xbb\xbf")) {
		_, _ = b.Discard(3)
	} else if bytes.HasPrefix(mark, []byte("\xff\xfe")) || bytes.HasPrefix(mark, []byte("\xfe\xff")) {
		return s.fault("consent.utf16", "the file is UTF-16", "save it as UTF-8")
	}
	lines := bufio.NewScanner(b)
	lines.Buffer(make([]byte, 64<<10), maxLine)
	r := record{fields: map[string]string{}}
	n := 0
	for ; lines.Scan(); n++ {
		if n%4096 == 0 && s.ctx.Err() != nil {
			return s.ctx.Err()
		}
		if err := r.parse(lines.Bytes()); err != nil {
			return s.reason(err)
		}
		for _, name := range keyColumns(s.columns) {
			if _, there := r.fields[name]; !there {
				return s.fault("consent.ragged", "a line lacks the field "+show(name), "write every line with whose choice it is, null where nobody knows")
			}
		}
		if err := do(&r); err != nil {
			return err
		}
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return s.fault("consent.line", "a line is longer than 64 MiB", "write one choice a line")
	case err != nil:
		return s.fault("consent.unreadable", "the file cannot be read to its end", "check the disk and the rights to it")
	case n == 0:
		return s.fault("consent.empty", "the file has no line", "an empty file is a broken export; where nobody has made a choice yet, write CSV with a header and no rows")
	}
	return nil
}

var errTwice = errors.New("a field is given twice")

// reason says what is wrong with a line. The library's own words may hold what
// is in it.
func (s *jsonSource) reason(err error) error {
	if errors.Is(err, errTwice) {
		return s.fault("consent.twice", "a line gives a field twice", "which of them holds nobody can tell: write it once")
	}
	return s.fault("consent.json", "a line is not one JSON object", `write one choice a line: {"user_id": "…", "purpose": "ads"}; no list around them, no comma after them`)
}

// A record is one line: the text of each of its fields. Null is no text.
type record struct{ fields map[string]string }

// nested stands for a value that is no text. No field of a choice may be one.
const nested = "\x00nested"

// parse reads one object. Names are told apart by case, as the plan gives them.
func (r *record) parse(line []byte) error {
	clear(r.fields)
	if !utf8.Valid(line) { // the library would put other letters in their place
		return errors.New("no UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return errors.New("no object")
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		key, _ := name.(string) // keys of objects are strings
		if _, twice := r.fields[key]; twice {
			return errTwice
		}
		var v any
		if err := d.Decode(&v); err != nil {
			return err
		}
		switch v := v.(type) {
		case nil:
			r.fields[key] = ""
		case string:
			r.fields[key] = v
		case json.Number:
			r.fields[key] = v.String()
		default:
			r.fields[key] = nested
		}
	}
	if t, err := d.Token(); err != nil || t != json.Delim('}') {
		return errors.New("no end")
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("more than one value")
	}
	return nil
}
