// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"fmt"
	"strings"
	"unicode"
)

// A page is the text of a signed note: what it is, and a line for every field.
// There is one way to write a page, so two texts that differ say different
// things.
type page struct {
	kind   string
	fields [][2]string
}

const pageHead = "throng ledger note: "

// newPage starts a page; fields are pairs of name and value.
func newPage(kind string, fields ...string) *page {
	p := &page{kind: kind}
	for i := 0; i+1 < len(fields); i += 2 {
		p.fields = append(p.fields, [2]string{fields[i], fields[i+1]})
	}
	return p
}

// text writes the page. A value is one line: what else it holds is refused by
// whoever takes it from outside.
func (p *page) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s%s\n", pageHead, p.kind)
	for _, f := range p.fields {
		fmt.Fprintf(&b, "%s: %s\n", f[0], f[1])
	}
	return b.String()
}

// readPage reads what text wrote, with these fields in this order and no
// others.
func readPage(text, kind string, names ...string) (map[string]string, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != len(names)+2 || lines[0] != pageHead+kind || lines[len(lines)-1] != "" {
		return nil, fmt.Errorf("not a note of kind %q", kind)
	}
	fields := map[string]string{}
	for i, name := range names {
		value, ok := strings.CutPrefix(lines[i+1], name+": ")
		if !ok {
			return nil, fmt.Errorf("a note of kind %q without its %s", kind, name)
		}
		fields[name] = value
	}
	return fields, nil
}

// isPage reports whether a text is a page, and one alone, that shows as it is.
func isPage(text string) bool {
	return strings.HasPrefix(text, pageHead) && strings.HasSuffix(text, "\n") && !strings.Contains(text, "\n\n") &&
		!strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && misleads(r) })
}

// misleads reports whether a character does something to what people read: a
// control character, of which U+009B begins commands to terminals as ESC [ does,
// one that ends a line or turns the direction of writing, and what is left of
// text that was none.
func misleads(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' || r == unicode.ReplacementChar
}

// idOf returns what a page of a kind has as its id: the field of that name.
func idOf(text, kind string) string {
	for line := range strings.Lines(text) {
		if id, ok := strings.CutPrefix(line, kind+": "); ok {
			return strings.TrimSuffix(id, "\n")
		}
	}
	return ""
}

// oneLine refuses reasons that do not fit into a field.
func oneLine(s string) error {
	switch {
	case strings.TrimSpace(s) == "":
		return invalid("a reason is empty")
	case len(s) > 500, strings.ContainsFunc(s, misleads):
		return invalid("a reason is one line of 500 bytes at most, without marks that turn the direction of writing")
	}
	return nil
}
