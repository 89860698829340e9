// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
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
	f.lintText(&doc.Privacy.Account, "account")
	for i := range doc.Segments {
		s := &doc.Segments[i]
		f.lintText(&s.ID, "id")
		f.lintText(&s.Name, "name")
		f.lintText(&s.Description, "description")
		for k := range s.Each {
			f.lintScalars(s.Each[k].Value, "a value of each")
		}
	}
	for i := range doc.Let {
		f.lintText(&doc.Let[i].Key, "let")
		f.lintScalars(doc.Let[i].Value.Domain.Values, "a value of domain")
	}
	for i := range doc.Release {
		switch b := doc.Release[i].Body.(type) {
		case *sumItem:
			f.lintText(&b.Unit, "unit")
		case *meanItem:
			f.lintText(&b.Unit, "unit")
		}
	}
}

func (f *File) lintText(s *string, what string) { f.lintAt(*s, what, f.places.at(s)) }

func (f *File) lintScalars(values []scalar, what string) {
	for i := range values {
		if s, ok := values[i].Value.(string); ok {
			f.lintAt(s, what, f.places.at(&values[i]))
		}
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
