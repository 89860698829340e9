// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"slices"
	"strings"
)

// Compared are the texts that rules compare columns with, and those of the
// domains that named values of columns have, by the columns' names in rules. It
// is the plan's own words: no data are looked at.
func (p *Plan) Compared() map[string][]string {
	f, all := p.source, map[string][]string{}
	add := func(column, word string) {
		if word != "" && !slices.Contains(all[column], word) {
			all[column] = append(all[column], word)
		}
	}
	for i := range f.doc.Data.Events {
		literals(tokens(string(f.doc.Data.Events[i].Value.Where)), nil, add)
	}
	for i := range f.doc.Let {
		l := &f.doc.Let[i].Value
		ts := tokens(string(l.Of))
		literals(ts, nil, add)
		for k := 1; k < len(ts); k++ {
			for d := range l.Domain.Values {
				if word, ok := l.Domain.Values[d].Value.(string); ok && ts[k-1] == "." {
					add(ts[k], word)
				}
			}
		}
	}
	for i := range f.segments {
		s := &f.segments[i]
		literals(tokens(string(s.Rule)), func(key string) string {
			word, _ := s.each[key].(string)
			return word
		}, add)
	}
	return all
}

// literals finds what follows a field: .country == "GB", .country in ["GB"],
// .country == each.x, .country.startsWith("G").
func literals(ts []string, each func(key string) string, add func(column, word string)) {
	text := func(t string) (string, bool) {
		if len(t) > 1 && (t[0] == '"' || t[0] == '\'') {
			return strings.Trim(t, `"'`), true
		}
		return "", false
	}
	for i := 1; i < len(ts); i++ {
		if ts[i-1] != "." {
			continue
		}
		column := ts[i]
		for k := i + 1; k < len(ts); k++ {
			word, isText := text(ts[k])
			switch {
			case isText:
				add(column, word)
			case ts[k] == "each" && k+2 < len(ts) && each != nil:
				add(column, each(ts[k+2]))
				k += 2
			case !slices.Contains([]string{"=", "!", "in", "[", ",", ".", "(", "startsWith", "endsWith", "contains"}, ts[k]):
				k = len(ts) // whatever comes next is about something else
			}
		}
	}
}
