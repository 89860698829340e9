// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// identifiers are the forms of keys that must never stand in what leaves
// (privacy R20): a released label could name a person.
var identifiers = []struct {
	what string
	form *regexp.Regexp
}{
	{"an e-mail address", regexp.MustCompile(`[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+`)},
	{"a UUID or an advertising id", regexp.MustCompile(`(?i)(^|[^0-9a-f])[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}($|[^0-9a-f])`)},
	{"a hash of 64 hex digits", regexp.MustCompile(`(?i)(^|[^0-9a-f])[0-9a-f]{64}($|[^0-9a-f])`)},
	{"a hash in base64", regexp.MustCompile(`(^|[^A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{43}=($|[^=])`)},
	{"a phone number", regexp.MustCompile(`(^|[^\w])(\+|00)[1-9]([ ./()-]{0,2}[0-9]){6,14}($|[^0-9])`)},
	{"a phone number", regexp.MustCompile(`(^|[^0-9.])[0-9]{11,15}($|[^0-9.])`)},
}

// identifierIn names the identifier that a text seems to hold, or "".
func identifierIn(text string) string {
	for _, i := range identifiers {
		if i.form.MatchString(text) {
			return i.what
		}
	}
	return ""
}

// lint refuses strings that leave and look like somebody's key. The owner is
// exempt: it is there to be written to.
func (f *File) lint() {
	doc := &f.doc
	f.lintText(&doc.Name, "name")
	f.lintText(&doc.About.Publisher, "publisher")
	f.lintLine(&doc.About.Publisher, "publisher", mostName)
	f.lintText(&doc.Privacy.Account, "account")
	for i := range doc.Segments {
		s := &doc.Segments[i]
		f.lintText(&s.ID, "id")
		f.lintText(&s.Name, "name")
		f.lintLine(&s.Name, "name", mostName)
		f.lintText(&s.Description, "description")
		f.lintLength(&s.Description, "description", mostDescription)
		for k := range s.Each {
			f.lintScalars(s.Each[k].Value, "a value of each")
		}
	}
	f.lintExpanded()
	for i := range doc.Let {
		f.lintText(&doc.Let[i].Key, "let")
		f.lintScalars(doc.Let[i].Value.Domain.Values, "a value of domain")
	}
	for i := range doc.Release {
		switch b := doc.Release[i].Body.(type) {
		case *sumItem:
			f.lintUnit(&b.Unit)
		case *meanItem:
			f.lintUnit(&b.Unit)
		case *quantilesItem:
			f.lintUnit(&b.Unit)
		}
	}
}

// How long a text that leaves may be, in characters: every table, page and bid
// request repeats it.
const (
	mostName        = 200
	mostDescription = 2000
	mostUnit        = 20
)

func (f *File) lintUnit(s *string) {
	f.lintText(s, "unit")
	f.lintLine(s, "unit", mostUnit)
}

// lintLine refuses a text that is no short line.
func (f *File) lintLine(s *string, what string, most int) {
	if strings.ContainsAny(strings.TrimSpace(*s), "\n") {
		f.places.add(f.places.at(s), what+" has several lines", "write it on one line")
	}
	f.lintLength(s, what, most)
}

func (f *File) lintLength(s *string, what string, most int) {
	if n := utf8.RuneCountInString(*s); n > most {
		f.places.add(f.places.at(s), fmt.Sprintf("%s has %d characters: at most %d", what, n, most), "say it shorter")
	}
}

func (f *File) lintText(s *string, what string) { f.lintAt(*s, what, f.places.at(s)) }

// lintExpanded refuses what values of each make together in a text, though none
// of them does alone. It tells each entry's first one.
func (f *File) lintExpanded() {
	if f.base != nil {
		return // its own reading has told
	}
	told := map[*segment]bool{}
	for i := range f.segments {
		s := &f.segments[i]
		if len(s.Each) == 0 || told[s.segment] || s.holdsIdentifier() {
			continue
		}
		for _, t := range []struct{ made, written *string }{{&s.id, &s.ID}, {&s.name, &s.Name}, {&s.description, &s.Description}} {
			found := identifierIn(*t.made)
			if found == "" || identifierIn(*t.written) != "" {
				continue
			}
			told[s.segment] = true
			f.places.add(f.places.at(t.written, &s.ID), fmt.Sprintf("%s, with the values of each, holds what looks like %s", *t.made, found),
				"nothing that leaves may name a person; choose other values")
			break
		}
	}
}

// holdsIdentifier tells whether a value of each is one by itself.
func (s *segment) holdsIdentifier() bool {
	for k := range s.Each {
		for _, v := range s.Each[k].Value {
			if identifierIn(label(v.Value)) != "" {
				return true
			}
		}
	}
	return false
}

// lintScalars looks at values as they are released: a number can be somebody's too.
func (f *File) lintScalars(values []scalar, what string) {
	for i := range values {
		f.lintAt(label(values[i].Value), what, f.places.at(&values[i]))
	}
}

func (f *File) lintAt(s, what string, at Place) {
	if found := identifierIn(s); found != "" {
		f.places.add(at, fmt.Sprintf("%s holds what looks like %s", what, found), "nothing that leaves may name a person; write other words")
	}
	if strings.ContainsFunc(strings.TrimSpace(s), hides) {
		f.places.add(at, what+" holds a character that does not print", "write it on one line, in letters")
	}
}

// hides tells characters that show as nothing or turn the text around. Two
// joiners belong to many scripts.
func hides(r rune) bool {
	const zwnj, zwj = '\u200c', '\u200d'
	return r != '\n' && r != zwnj && r != zwj && (unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp))
}
