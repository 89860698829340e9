// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// placeInRule returns where in the file the given line and column (1-based, in
// code points) of a rule's decoded text stand.
func (f *File) placeInRule(n *yaml.Node, line, column int) Place {
	value := []rune(n.Value)
	at := 0
	for ; line > 1 && at < len(value); at++ {
		if value[at] == '\n' {
			line--
		}
	}
	at = min(at+max(column-1, 0), len(value))
	ps := sourcePlaces(f.lines, n)
	switch {
	case len(ps) == 0:
		return firstCharacter(n)
	case at == len(ps):
		last := ps[at-1]
		return Place{last.Line, last.Column + 1}
	}
	return ps[at]
}

// firstCharacter is where a scalar's text begins, as far as its style tells.
func firstCharacter(n *yaml.Node) Place {
	at := placeOf(n)
	if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
		at.Column++
	}
	return at
}

// sourcePlaces reads a scalar again, from the file's lines, and returns where
// each rune of its value stands. It knows the five styles as far as rules use
// them; where its reading differs from the value it returns nil.
func sourcePlaces(lines []string, n *yaml.Node) []Place {
	r := &reReader{lines: lines, at: Place{n.Line, n.Column}, want: []rune(n.Value)}
	if n.Line < 1 || n.Line > len(lines) || n.Column < 1 {
		return nil
	}
	var ok bool
	switch {
	case n.Style&yaml.LiteralStyle != 0:
		ok = r.block(false)
	case n.Style&yaml.FoldedStyle != 0:
		ok = r.block(true)
	case n.Style&yaml.SingleQuotedStyle != 0:
		ok = r.flow('\'')
	case n.Style&yaml.DoubleQuotedStyle != 0:
		ok = r.flow('"')
	default:
		ok = r.flow(0)
	}
	if !ok {
		return nil
	}
	return r.places
}

// A reReader follows a scalar through the file. It is driven by the value that
// it must arrive at, so it need not know where the scalar ends.
type reReader struct {
	lines  []string
	at     Place
	want   []rune
	places []Place
}

// emit says that the rune c of the value stands at p. False: the readings
// differ.
func (r *reReader) emit(c rune, p Place) bool {
	if len(r.places) == len(r.want) || r.want[len(r.places)] != c {
		return false
	}
	r.places = append(r.places, p)
	return true
}

func (r *reReader) done() bool { return len(r.places) == len(r.want) }

// line returns line n from code point column on.
func (r *reReader) line(n, column int) []rune {
	if n > len(r.lines) {
		return nil
	}
	text := []rune(r.lines[n-1])
	if column-1 > len(text) {
		return nil
	}
	return text[column-1:]
}

// flow follows a plain or quoted scalar, over lines too.
func (r *reReader) flow(quote rune) bool {
	line, column := r.at.Line, r.at.Column
	if quote != 0 {
		column++
	}
	for !r.done() {
		text := r.line(line, column)
		if len(text) == 0 && line >= len(r.lines) {
			return false
		}
		if !r.flowLine(text, Place{line, column}, quote) {
			return false
		}
		if r.done() {
			break
		}
		// A line break: one is a space, n are n-1 line feeds.
		breaks, from := 1, Place{line, column + len(text)}
		for line++; strings.TrimSpace(r.text(line)) == ""; line++ {
			if line > len(r.lines) {
				return false
			}
			breaks++
		}
		if !r.fold(breaks, from) {
			return false
		}
		rest := r.line(line, 1)
		column = 1 + len(rest) - len([]rune(strings.TrimLeft(string(rest), " \t")))
	}
	return true
}

func (r *reReader) text(line int) string {
	if line > len(r.lines) {
		return ""
	}
	return r.lines[line-1]
}

func (r *reReader) fold(breaks int, at Place) bool {
	if breaks == 1 {
		return r.emit(' ', at)
	}
	for range breaks - 1 {
		if !r.emit('\n', at) {
			return false
		}
	}
	return true
}

// flowLine follows one line of a flow scalar, without the white space at its
// end if the scalar goes on.
func (r *reReader) flowLine(text []rune, at Place, quote rune) bool {
	trimmed := len([]rune(strings.TrimRight(string(text), " \t")))
	for i := 0; i < len(text) && !r.done(); {
		p := Place{at.Line, at.Column + i}
		switch c := text[i]; {
		case i >= trimmed:
			return true
		case quote == '\'' && c == '\'':
			if i+1 >= len(text) || text[i+1] != '\'' || !r.emit('\'', p) {
				return false
			}
			i += 2
		case quote == '"' && c == '\\':
			n, ok := r.escape(text[i:], p)
			if !ok {
				return false
			}
			i += n
		default:
			if !r.emit(c, p) {
				return false
			}
			i++
		}
	}
	return true
}

var escapes = map[rune]rune{
	'0': 0, 'a': '\a', 'b': '\b', 't': '\t', '\t': '\t', 'n': '\n', 'v': '\v', 'f': '\f', 'r': '\r', 'e': 0x1b,
	' ': ' ', '"': '"', '/': '/', '\\': '\\', 'N': 0x85, '_': 0xa0, 'L': 0x2028, 'P': 0x2029,
}

// escape follows an escape of a double-quoted scalar; it returns its length.
// An escaped line end is none that rules use: false.
func (r *reReader) escape(text []rune, p Place) (int, bool) {
	if len(text) < 2 {
		return 0, false
	}
	if digits := map[rune]int{'x': 2, 'u': 4, 'U': 8}[text[1]]; digits > 0 {
		if len(text) < 2+digits {
			return 0, false
		}
		var c rune
		for _, h := range text[2 : 2+digits] {
			v := strings.IndexRune("0123456789abcdef", h|0x20)
			if v < 0 {
				return 0, false
			}
			c = c<<4 | rune(v)
		}
		return 2 + digits, utf8.ValidRune(c) && r.emit(c, p)
	}
	c, ok := escapes[text[1]]
	return 2, ok && r.emit(c, p)
}

// splitLines returns the text's lines without their ends and without a byte
// order mark.
func splitLines(text []byte) []string {
	lines := strings.Split(strings.TrimPrefix(string(text), "\ufeff"), "\n")
	for i := range lines {
		lines[i] = strings.TrimSuffix(lines[i], "\r")
	}
	return lines
}
