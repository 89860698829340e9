// SPDX-License-Identifier: Apache-2.0

package export

import (
	"encoding/json"
	"io"
	"strings"
)

// lineWidth is how long an object or list may be and still stand on one line.
const lineWidth = 180

// writeJSON writes v for programs and people: small objects on a line of their
// own, larger ones broken up, two spaces a level.
func writeJSON(w io.Writer, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return writeLaid(w, text)
}

// writeLaid does so with compact JSON.
func writeLaid(w io.Writer, text []byte) error {
	l := layout{in: text, out: make([]byte, 0, len(text)+len(text)/4)} // breaks and spaces
	l.value(0)
	_, err := w.Write(append(l.out, '\n'))
	return err
}

// A layout walks compact, valid JSON once.
type layout struct {
	in  []byte
	at  int
	out []byte
}

func (l *layout) value(depth int) {
	open := l.in[l.at]
	if open != '{' && open != '[' {
		l.scalar()
		return
	}
	end := l.end(l.at)
	if end-l.at <= lineWidth && depth > 0 {
		l.flat(end)
		return
	}
	l.out = append(l.out, open)
	l.at++
	indent := "\n" + strings.Repeat("  ", depth+1)
	for l.in[l.at] != '}' && l.in[l.at] != ']' {
		l.out = append(l.out, indent...)
		if open == '{' {
			l.scalar()
			l.out = append(l.out, ": "...)
			l.at++ // the colon
		}
		l.value(depth + 1)
		if l.in[l.at] == ',' {
			l.out = append(l.out, ',')
			l.at++
		}
	}
	l.out = append(l.out, indent[:1+2*depth]...)
	l.out = append(l.out, l.in[l.at])
	l.at++
}

// scalar copies a string, number or word.
func (l *layout) scalar() {
	from := l.at
	if l.in[l.at] == '"' {
		l.at = l.quoted(l.at)
	} else {
		for l.at < len(l.in) && strings.IndexByte(",]}", l.in[l.at]) < 0 {
			l.at++
		}
	}
	l.out = append(l.out, l.in[from:l.at]...)
}

// flat copies a value up to end with a space after commas and colons.
func (l *layout) flat(end int) {
	for l.at < end {
		switch c := l.in[l.at]; c {
		case '"':
			l.scalar()
		case ',', ':':
			l.out = append(l.out, c, ' ')
			l.at++
		default:
			l.out = append(l.out, c)
			l.at++
		}
	}
}

// end returns where the object or list that starts at i ends, or some place
// beyond the line's width: no further look is needed.
func (l *layout) end(i int) int {
	depth := 0
	for from := i; i-from <= lineWidth; i++ {
		switch l.in[i] {
		case '"':
			i = l.quoted(i) - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return i
}

// quoted returns where the string that starts at i ends.
func (l *layout) quoted(i int) int {
	for i++; l.in[i] != '"'; i++ {
		if l.in[i] == '\\' {
			i++
		}
	}
	return i + 1
}
