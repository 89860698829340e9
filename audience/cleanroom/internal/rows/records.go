// SPDX-License-Identifier: Apache-2.0

package rows

import (
	"bytes"
	"errors"
	"io"
)

// What can be wrong with a file of text.
var (
	errNUL    = errors.New("NUL")
	errUTF16  = errors.New("UTF-16")
	errLong   = errors.New("a line is too long")
	errQuote  = errors.New("a quote is out of place")
	errFields = errors.New("more or fewer fields than the header")
)

// maxLine is the length of a line of text in bytes, and of a record of CSV that
// goes over several. It is far beyond any choice: one person's overlong string
// must not stop everybody's build.
const maxLine = 64 << 20

// lines reads lines of text. Nothing is copied but what a buffer cuts off.
type lines struct {
	in      io.Reader
	buf     []byte
	at, end int // of what is read and not yet handed over
	nul     int // the first NUL in there, which no text has, and UTF-16 is full of; -1: none
	err     error
}

func newLines(in io.Reader) *lines { return &lines{in: in, buf: make([]byte, 256<<10), nul: -1} }

// next returns the next line without what ends it, a line feed or a carriage
// return and a line feed, and whether anything does. It is valid until the next
// call. An end of file is no line.
func (l *lines) next() (line []byte, ended bool, err error) {
	seen := 0
	for {
		if i := bytes.IndexByte(l.buf[l.at+seen:l.end], '\n'); i >= 0 {
			line, err = l.take(l.at+seen+i, 1)
			return line, true, err
		}
		seen = l.end - l.at
		switch {
		case errors.Is(l.err, io.EOF) && seen > 0:
			line, err = l.take(l.end, 0)
			return line, false, err
		case l.err != nil:
			return nil, false, l.err
		case seen > maxLine:
			return nil, false, errLong
		}
		l.fill()
	}
}

// take hands over the line that goes up to a place, and passes over its end.
func (l *lines) take(to, end int) ([]byte, error) {
	line := l.buf[l.at:to]
	l.at = to + end
	if 0 <= l.nul && l.nul < to {
		return nil, errNUL
	}
	return bytes.TrimSuffix(line, []byte("\r")), nil
}

// fill reads more.
func (l *lines) fill() {
	if l.at > 0 {
		l.end = copy(l.buf, l.buf[l.at:l.end])
		l.nul, l.at = max(l.nul-l.at, -1), 0
	}
	if l.end == len(l.buf) {
		l.buf = append(l.buf, make([]byte, len(l.buf))...)
	}
	n, err := l.in.Read(l.buf[l.end:])
	if i := bytes.IndexByte(l.buf[l.end:l.end+n], 0); i >= 0 && l.nul < 0 {
		l.nul = l.end + i
	}
	l.end += n
	l.err = err
}

// begin passes over a byte order mark.
func (l *lines) begin() error {
	for l.end < 3 && l.err == nil {
		l.fill()
	}
	head := l.buf[:l.end]
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		l.at = 3
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return errUTF16
	}
	return nil
}

// A field is where one stands in the text of a record.
type field struct{ from, to int }

// records reads CSV as encoding/csv does, which a test holds it to, without a
// string for each record. Lines without quotes, which most are, stay where they
// are.
type records struct {
	*lines
	text   []byte // of the record, or of what its quotes mean
	fields []field
	width  int    // of the header; 0: it was not read yet
	spare  []byte // for records with quotes
}

// read reads the next record: text and fields, valid until the next call.
func (r *records) read() error {
	for {
		line, ended, err := r.next()
		if err != nil {
			return err
		}
		if len(line) == 0 {
			continue
		}
		r.fields = r.fields[:0]
		if bytes.IndexByte(line, '"') >= 0 {
			err = r.quoted(line, ended)
		} else {
			r.plain(line)
		}
		switch {
		case err != nil:
			return err
		case r.width == 0:
			r.width = len(r.fields)
		case r.width != len(r.fields):
			return errFields
		}
		return nil
	}
}

func (r *records) plain(line []byte) {
	r.text = line
	from := 0
	for {
		i := bytes.IndexByte(line[from:], ',')
		if i < 0 {
			r.fields = append(r.fields, field{from, len(line)})
			return
		}
		r.fields = append(r.fields, field{from, from + i})
		from += i + 1
	}
}

// quoted reads a record that has quotes, and may go over several lines.
func (r *records) quoted(line []byte, ended bool) (err error) {
	r.spare = r.spare[:0]
	for more := true; more; {
		from := len(r.spare)
		if len(line) > 0 && line[0] == '"' {
			line, ended, more, err = r.withinQuotes(line[1:], ended)
			if err != nil {
				return err
			}
		} else {
			var one []byte
			one, line, more = bytes.Cut(line, []byte(","))
			if bytes.IndexByte(one, '"') >= 0 {
				return errQuote
			}
			r.spare = append(r.spare, one...)
		}
		r.fields = append(r.fields, field{from, len(r.spare)})
	}
	r.text = r.spare
	return nil
}

// withinQuotes reads a field behind its first quote. It returns what stands behind
// the comma after it, and whether there is one.
func (r *records) withinQuotes(line []byte, ended bool) (rest []byte, _, more bool, err error) {
	for {
		i := bytes.IndexByte(line, '"')
		if i < 0 {
			r.spare = append(r.spare, line...)
			if !ended || len(r.spare) > maxLine {
				return nil, ended, false, errQuote // it never ends
			}
			r.spare = append(r.spare, '\n')
			if line, ended, err = r.next(); errors.Is(err, io.EOF) {
				err = errQuote
			}
			if err != nil {
				return nil, ended, false, err
			}
			continue
		}
		r.spare = append(r.spare, line[:i]...)
		line = line[i+1:]
		switch {
		case len(line) == 0:
			return nil, ended, false, nil
		case line[0] == ',':
			return line[1:], ended, true, nil
		case line[0] != '"':
			return nil, ended, false, errQuote
		}
		r.spare = append(r.spare, '"')
		line = line[1:]
	}
}
