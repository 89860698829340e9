// SPDX-License-Identifier: Apache-2.0

package rows

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"unicode/utf8"
)

var (
	errTwice  = errors.New("a field is given twice")
	errObject = errors.New("no object")
)

// A record is one line of JSON: an object, of which some fields are asked for.
type record struct {
	names  []string
	values []value // of the fields asked for, valid until the next line
	others [][]byte
}

// A value is what a field holds.
type value struct {
	kind kind
	text []byte
}

type kind uint8

const (
	absent kind = iota
	null
	words  // a string, or a number as it is written
	truth  // true or false
	nested // a list or an object
)

func newRecord(names []string) *record {
	return &record{names: names, values: make([]value, len(names))}
}

// parse reads one object. Names are told apart by case, as the plan gives them.
// Lines of strings without escapes and of plain numbers, which most are, are read
// where they stand; the library reads the others.
func (r *record) parse(line []byte) error {
	if !utf8.Valid(line) { // the library would put other letters in their place
		return errObject
	}
	switch ok, err := r.plain(line); {
	case err != nil:
		return err
	case ok:
		return nil
	}
	return r.any(line)
}

func (r *record) clear() {
	clear(r.values)
	r.others = r.others[:0]
}

// mostOthers is how many fields that nobody asks for are compared one by one.
const mostOthers = 32

// plain reads a line of what is usual. False: the library has to look at it.
func (r *record) plain(line []byte) (bool, error) {
	r.clear()
	c := cursor{line, 0}
	if !c.is('{') {
		return false, nil
	}
	for first := true; ; first = false {
		if first && c.is('}') {
			return c.over(), nil
		}
		name, ok := c.text()
		if !ok || !c.is(':') {
			return false, nil
		}
		v, ok := c.value()
		if !ok || len(r.others) == mostOthers {
			return false, nil
		}
		if !r.put(name, v) {
			return false, errTwice
		}
		if c.is(',') {
			continue
		}
		return c.is('}') && c.over(), nil
	}
}

// put notes a field; false if the object has it already.
func (r *record) put(name []byte, v value) bool {
	for i := range r.names {
		if string(name) == r.names[i] {
			was := r.values[i].kind
			r.values[i] = v
			return was == absent
		}
	}
	if slices.ContainsFunc(r.others, func(o []byte) bool { return bytes.Equal(o, name) }) {
		return false
	}
	r.others = append(r.others, name)
	return true
}

// A cursor goes along a line of JSON.
type cursor struct {
	line []byte
	at   int
}

func (c *cursor) spaces() {
	for c.at < len(c.line) && (c.line[c.at] == ' ' || c.line[c.at] == '\t' || c.line[c.at] == '\r') {
		c.at++
	}
}

// is passes over a mark, if it comes next.
func (c *cursor) is(mark byte) bool {
	c.spaces()
	if c.at < len(c.line) && c.line[c.at] == mark {
		c.at++
		return true
	}
	return false
}

// over tells whether nothing is left.
func (c *cursor) over() bool {
	c.spaces()
	return c.at == len(c.line)
}

// text reads a string without escapes.
func (c *cursor) text() ([]byte, bool) {
	if !c.is('"') {
		return nil, false
	}
	for from := c.at; c.at < len(c.line); c.at++ {
		switch b := c.line[c.at]; {
		case b == '"':
			c.at++
			return c.line[from : c.at-1], true
		case b == '\\' || b < ' ':
			return nil, false
		}
	}
	return nil, false
}

// value reads a string, a whole number, null, true or false.
func (c *cursor) value() (value, bool) {
	c.spaces()
	rest := c.line[c.at:]
	for _, word := range []struct {
		text string
		kind kind
	}{{"null", null}, {"true", truth}, {"false", truth}} {
		if n := len(word.text); len(rest) >= n && string(rest[:n]) == word.text {
			c.at += n
			if word.kind == null {
				return value{kind: null}, true
			}
			return value{word.kind, rest[:n]}, true
		}
	}
	n := 0
	for n < len(rest) && '0' <= rest[n] && rest[n] <= '9' {
		n++
	}
	switch {
	case n == 0:
		text, ok := c.text()
		return value{words, text}, ok
	case rest[0] == '0' && n > 1, n < len(rest) && (rest[n] == '.' || rest[n] == 'e' || rest[n] == 'E'):
		return value{}, false
	}
	c.at += n
	return value{words, rest[:n]}, true
}

// any reads whatever object there is.
func (r *record) any(line []byte) error {
	r.clear()
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return errObject
	}
	seen := map[string]bool{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return errObject
		}
		key, _ := name.(string) // keys of objects are strings
		if seen[key] {
			return errTwice
		}
		seen[key] = true
		var v any
		if err := d.Decode(&v); err != nil {
			return errObject
		}
		if i := slices.Index(r.names, key); i >= 0 {
			r.values[i] = valueOf(v)
		}
	}
	if t, err := d.Token(); err != nil || t != json.Delim('}') {
		return errObject
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errObject
	}
	return nil
}

func valueOf(v any) value {
	switch v := v.(type) {
	case nil:
		return value{kind: null}
	case string:
		return value{words, []byte(v)}
	case json.Number:
		return value{words, []byte(v)}
	case bool:
		if v {
			return value{truth, []byte("true")}
		}
		return value{truth, []byte("false")}
	}
	return value{kind: nested}
}
