// SPDX-License-Identifier: Apache-2.0

package plan

import "strings"

// block follows a literal or folded scalar.
func (r *reReader) block(folded bool) bool {
	header, _, _ := strings.Cut(strings.TrimLeft(string(r.line(r.at.Line, r.at.Column)), "|>"), " ")
	if strings.ContainsAny(header, "123456789") {
		return false // an indentation indicator
	}
	line, indent := r.at.Line+1, -1
	before, afterMore := 0, false // empty lines before this one; whether the last line was indented more
	var end Place
	for first := true; !r.done(); line++ {
		if line > len(r.lines) {
			return r.breaks(before, end) && r.done()
		}
		text := []rune(r.text(line))
		if strings.TrimLeft(string(text), " ") == "" {
			before++
			if first {
				end = Place{line, 1}
			}
			continue
		}
		lead := len(text) - len([]rune(strings.TrimLeft(string(text), " ")))
		if indent < 0 {
			indent = lead
		}
		if lead < indent {
			return r.breaks(before, end) && r.done()
		}
		text = text[indent:]
		more := text[0] == ' ' || text[0] == '\t'
		switch {
		case first:
		case folded && !more && !afterMore && before == 1:
			if !r.emit(' ', end) {
				return false
			}
			before = 0
		case folded && !more && !afterMore:
			before--
		}
		if !r.breaks(before, end) {
			return false
		}
		for i, c := range text {
			if r.done() {
				return true
			}
			if !r.emit(c, Place{line, indent + 1 + i}) {
				return false
			}
		}
		first, before, afterMore, end = false, 1, more, Place{line, indent + 1 + len(text)}
	}
	return true
}

func (r *reReader) breaks(n int, at Place) bool {
	for range n {
		if r.done() {
			return true
		}
		if !r.emit('\n', at) {
			return false
		}
	}
	return true
}
