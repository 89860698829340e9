// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"strings"
	"unicode/utf8"
)

// tokens splits a rule into what its meaning depends on: no spacing, no
// comment. It needs no schema, so that a plan's digest is the same whatever
// the files look like. A token is a string of one of CEL's forms, a word or
// number, or one sign; a quote that nothing closes is a sign.
func tokens(text string) []string {
	ts := make([]string, 0, len(text)/4+1)
	for i := 0; i < len(text); {
		n, kept := token(text[i:])
		if kept {
			ts = append(ts, text[i:i+n])
		}
		i += n
	}
	return ts
}

// token returns the length of the token or of the spacing that a text begins with.
func token(s string) (n int, kept bool) {
	switch c := s[0]; {
	case c == '"' || c == '\'' || strings.IndexByte("rRbB", c) >= 0:
		if n := quoted(s); n > 0 {
			return n, true
		}
	case c == '/' && strings.HasPrefix(s, "//"):
		if n := strings.IndexByte(s, '\n'); n >= 0 {
			return n, false
		}
		return len(s), false
	case isSpace(c):
		for n = 1; n < len(s) && isSpace(s[n]); n++ {
		}
		return n, false
	case c == '`':
		if n := strings.IndexByte(s[1:], '`'); n >= 0 {
			return n + 2, true
		}
		return 1, true
	}
	if n := count(s, isWord); n > 0 {
		if n+1 < len(s) && s[n] == '.' {
			if digits := count(s[n+1:], isDigit); digits > 0 {
				n += 1 + digits
			}
		}
		return n, true
	}
	_, n = utf8.DecodeRuneInString(s)
	return n, true
}

// quoted returns the length of the string that a text begins with; 0 if it begins
// with none that is closed.
func quoted(s string) int {
	prefix := 0
	for prefix < 2 && strings.IndexByte("rRbB", s[prefix]) >= 0 && prefix+1 < len(s) {
		prefix++
	}
	open := s[prefix:]
	for _, quote := range []string{`"""`, `'''`} {
		if strings.HasPrefix(open, quote) {
			if n := closes(open[3:], quote); n > 0 {
				return prefix + 3 + n
			}
		}
	}
	if c := open[0]; c != '"' && c != '\'' {
		return 0
	}
	switch {
	case prefix == 0:
		if n := closes(open[1:], open[:1]); n > 0 {
			return 1 + n
		}
	case prefix == 1 && (s[0] == 'r' || s[0] == 'R'):
		n := strings.IndexAny(open[1:], open[:1]+"\n")
		if n >= 0 && open[1+n] == open[0] {
			return prefix + n + 2
		}
	}
	return 0
}

// closes returns where in a text a quote closes that no backslash escapes; 0 if
// nowhere.
func closes(s, quote string) int {
	for i := 0; i < len(s); i++ {
		if strings.HasPrefix(s[i:], quote) {
			return i + len(quote)
		}
		if s[i] == '\\' {
			_, n := utf8.DecodeRuneInString(s[i+1:])
			i += n
		}
	}
	return 0
}

// count returns how many bytes are of a kind that a text begins with.
func count(s string, is func(byte) bool) int {
	n := 0
	for n < len(s) && is(s[n]) {
		n++
	}
	return n
}

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' && c != '\v' }
func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isWord(c byte) bool {
	return isDigit(c) || c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
