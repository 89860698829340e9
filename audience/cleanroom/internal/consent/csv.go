// SPDX-License-Identifier: Apache-2.0

package consent

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"io"
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
	return s.open(func(*csv.Reader, map[string]int) error { return nil })
}

func (s *csvSource) read(j *judge) error {
	return s.open(func(r *csv.Reader, at map[string]int) error {
		for n := 0; ; n++ {
			if n%4096 == 0 && s.ctx.Err() != nil {
				return s.ctx.Err()
			}
			record, err := r.Read()
			if err == io.EOF {
				return nil
			}
			if err != nil {
				return s.reason(err)
			}
			if err := s.choice(j, record, at); err != nil {
				return err
			}
		}
	})
}

func (s *csvSource) choice(j *judge, record []string, at map[string]int) error {
	err := j.row(s.columns, func(name string) string { return record[at[name]] })
	var f *fault.Error
	if errors.As(err, &f) {
		f.Where = show(s.file.Path) + ": column " + show(s.columns.Purpose)
	}
	return err
}

// open opens the file, reads its header and hands over the rest.
func (s *csvSource) open(rest func(*csv.Reader, map[string]int) error) error {
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

func (s *csvSource) parse(in io.Reader, rest func(*csv.Reader, map[string]int) error) error {
	b := bufio.NewReader(in)
	if mark, _ := b.Peek(3); bytes.Equal(mark, []byte("\xef\xbb\xbf")) {
		_, _ = b.Discard(3)
	} else if bytes.HasPrefix(mark, []byte("\xff\xfe")) || bytes.HasPrefix(mark, []byte("\xfe\xff")) {
		return s.fault("consent.utf16", "the file is UTF-16", "save it as UTF-8")
	}
	r := csv.NewReader(&noNUL{in: b})
	r.ReuseRecord = true
	header, err := r.Read()
	if err == io.EOF {
		return s.fault("consent.empty", "the file has no header", "a source without choices has a header and no rows; an empty file is a broken export")
	}
	if err != nil {
		return s.reason(err)
	}
	at := map[string]int{}
	for i, name := range header {
		for other := range at {
			if strings.EqualFold(name, other) {
				return s.fault("consent.header", "two columns of the header have one name", "rename one of them")
			}
		}
		at[strings.Clone(name)] = i
	}
	for _, name := range columns(s.columns) {
		if _, ok := at[name]; !ok {
			return s.fault("consent.no-column", "the header lacks the column "+show(name), "the plan's opt_outs names columns as the header writes them")
		}
	}
	return rest(r, at)
}

// reason says what is wrong with a file. The library's own words hold numbers
// of rows.
func (s *csvSource) reason(err error) error {
	switch {
	case errors.Is(err, errNUL):
		return s.fault("consent.nul", "the file holds NUL bytes", "it may be UTF-16 or binary; save it as CSV in UTF-8")
	case errors.Is(err, csv.ErrFieldCount):
		return s.fault("consent.ragged", "a row has more or fewer fields than the header", "write every row with all fields, and quote those that hold commas")
	case errors.Is(err, csv.ErrQuote), errors.Is(err, csv.ErrBareQuote):
		return s.fault("consent.quotes", "a quote is out of place", `quote as RFC 4180 says: "a ""quoted"" word"`)
	}
	return s.fault("consent.unreadable", "the file cannot be read to its end", "check the disk and the rights to it")
}

var errNUL = errors.New("NUL")

// noNUL refuses NUL bytes: no text has them, UTF-16 is full of them.
type noNUL struct{ in io.Reader }

func (r *noNUL) Read(p []byte) (int, error) {
	n, err := r.in.Read(p)
	if bytes.IndexByte(p[:n], 0) >= 0 {
		return 0, errNUL
	}
	return n, err
}

// needs takes six letters and the end of a line for a row: fewer letters do not
// tell many people apart.
func (s *csvSource) needs() (int64, error) {
	return s.file.Info.Size() / 7 * (perRow(s.columns) + 6), nil
}
