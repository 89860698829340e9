// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/throng-dp/throng/audience/rule"
)

// keyName matches columns that hold keys of things (privacy R22): equality on
// them singles people out. Nothing is decided by looking at values.
var keyName = regexp.MustCompile(`(^|_)(order|invoice|device|session|email|phone|ip|cookie|uuid)(_id|_no)?$`)

func isKey(names ...string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return keyName.MatchString(snake(n)) })
}

// KeyColumn tells whether a column of this name holds keys, which rules may
// count and not compare.
func KeyColumn(name string) bool { return isKey(name) }

// contents are columns of what people said to each other: never read.
var contents = []string{"message_body", "message_text", "message_content", "message", "msg", "text", "body", "content",
	"contents", "subject", "caption", "transcript", "attachment", "attachments", "media", "media_url", "html"}

// Forbid hides columns from rules, in whatever spelling, as the never_read of
// the owner's policy does.
func (f *File) Forbid(columns []string) {
	f.forbidden = columns
	if f.base != nil {
		f.base.Forbid(columns)
	}
}

// whyDenied says why a column of the files is never opened, or "".
func (f *File) whyDenied(name string) string {
	is := func(other string) bool {
		return other == name || letters(name) != "" && letters(other) == letters(name)
	}
	switch {
	case slices.ContainsFunc(contents, is):
		return "content is never read"
	case slices.ContainsFunc(f.forbidden, is):
		return "the owner's policy says never_read"
	}
	return ""
}

// letters returns the letters and digits of a name in lower case: MessageBody,
// "Message Body" and message-body are one.
func letters(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}

// snake writes a name as lower case words with _ between them: InvoiceNo,
// "Invoice No" and invoice-no are one.
func snake(name string) string {
	var b strings.Builder
	rs := []rune(name)
	for i, r := range rs {
		switch {
		case r == ' ' || r == '-' || r == '.':
			r = '_'
		case unicode.IsUpper(r) && i > 0 && (unicode.IsLower(rs[i-1]) || i+1 < len(rs) && unicode.IsUpper(rs[i-1]) && unicode.IsLower(rs[i+1])):
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// A view is what rules may see of one table, and why they may not see the rest.
type view struct {
	columns []rule.Column
	hidden  map[string]string // why a column is no field, by its name
	cleared []string
}

// fullyTyped tells whether a plan says all that is needed of a table's
// columns, so that no file is asked.
func fullyTyped(s *Source) bool {
	return len(s.Columns) > 0 && !slices.ContainsFunc(s.Columns, func(c Column) bool { return c.Kind == rule.Invalid })
}

// typed returns what the plan itself says of a table's columns.
func typed(s *Source) []rule.Column {
	var cs []rule.Column
	for _, c := range s.Columns {
		cs = append(cs, rule.Column{Name: c.Is, Kind: c.Kind})
	}
	return cs
}

// see merges the columns of a table's files with what the plan says of them.
// known tells that they are the files' own.
func (c *compiler) see(s *Source, given []rule.Column, plans entries[column], known bool) view {
	v := view{hidden: map[string]string{}}
	c.hide(&v, s)
	given = v.unseen(given)
	taken := map[string]bool{}
	for _, p := range s.Columns {
		taken[p.Name] = true
	}
	for _, g := range given {
		at := slices.IndexFunc(s.Columns, func(p Column) bool { return p.Is == g.Name })
		switch {
		case at >= 0:
			kind := c.kind(s, g, s.Columns[at], &plans[at], known)
			if why := c.whyDenied(g.Name); why != "" {
				v.hidden[s.Columns[at].Name] = why
			} else {
				v.add(s, s.Columns[at], kind)
			}
		case v.hidden[g.Name] != "":
		case slices.Contains(computed, g.Name):
			// Every event has its own of this name; `columns` can rename the file's.
		case taken[g.Name]:
			// The plan gives the name to another column.
		case c.whyDenied(g.Name) != "":
			v.hidden[g.Name] = c.whyDenied(g.Name)
		default:
			v.add(s, Column{Name: g.Name, Is: g.Name}, g.Kind)
		}
	}
	if known {
		c.checkPresent(s, given, plans, v.hidden)
	}
	return v
}

// hide notes the columns that are no fields.
func (c *compiler) hide(v *view, s *Source) {
	for _, key := range []string{s.Person, s.Phone.Column} {
		if key != "" {
			v.hidden[key] = "it holds the person's key, which is no field of any row"
		}
	}
	for _, name := range slices.Concat(contents, c.forbidden) {
		v.hidden[name] = c.whyDenied(name)
	}
}

// unseen notes the columns without a kind and returns the others.
func (v *view) unseen(given []rule.Column) (seen []rule.Column) {
	for _, g := range given {
		if g.Kind != rule.Invalid {
			seen = append(seen, g)
		} else if v.hidden[g.Name] == "" {
			v.hidden[g.Name] = "it is nested, binary, or has another type that rules cannot see"
		}
	}
	return seen
}

func (v *view) add(s *Source, p Column, kind rule.Kind) {
	if p.Is == s.Person || p.Is == s.Phone.Column {
		return
	}
	key := isKey(p.Name, p.Is) || p.Is == s.ID
	if key && p.Role == "category" && p.Is != s.ID {
		key = false
		v.cleared = append(v.cleared, s.Name+"."+p.Name)
	}
	v.columns = append(v.columns, rule.Column{Name: p.Name, Kind: kind, Key: key})
}

// kind returns the column's kind; where plan and files differ, it is a fault.
func (c *compiler) kind(s *Source, g rule.Column, p Column, doc *entry[column], known bool) rule.Kind {
	switch {
	case p.Kind == rule.Invalid:
		return g.Kind
	case known && g.Kind != rule.Invalid && g.Kind != p.Kind && !isCSV(s):
		c.add(c.at(&doc.Value.Type, &doc.Key), fmt.Sprintf("column %q is %s in the files of %s, not %s", p.Is, kindName[g.Kind], s.Name, kindName[p.Kind]), "write the files' own type, or leave it out")
	}
	return p.Kind
}

// isCSV tells whether a table's files are text, whose columns have the types
// that the plan gives.
func isCSV(s *Source) bool {
	return slices.ContainsFunc(s.Files, func(f string) bool { return strings.HasSuffix(strings.ToLower(f), ".csv") })
}

// checkPresent reports columns of the plan that the files lack.
func (c *compiler) checkPresent(s *Source, given []rule.Column, plans entries[column], hidden map[string]string) {
	var names []string
	for _, g := range given {
		names = append(names, g.Name)
	}
	for i, p := range s.Columns {
		if why := cmp.Or(hidden[p.Is], c.whyDenied(p.Is)); why != "" && p.Is != s.Person && p.Is != s.Phone.Column {
			c.add(c.at(&plans[i].Value.Is, &plans[i].Key), fmt.Sprintf("column %q: %s", p.Is, why), "leave it out")
		} else if !slices.Contains(names, p.Is) && p.Is != s.Person && p.Is != s.Phone.Column {
			c.add(c.at(&plans[i].Value.Is, &plans[i].Key), fmt.Sprintf("no column %q in the files of %s", p.Is, s.Name), c.suggest(p.Is, names))
		}
	}
	for i := range given {
		g := &given[i]
		if g.Name == s.Time && g.Kind != rule.Timestamp && g.Kind != rule.Invalid {
			c.add(c.timePlace(s), fmt.Sprintf("the time of %s, %q, is %s in the files", s.Name, s.Time, kindName[g.Kind]), "a column of instants or days is needed")
		}
	}
}

func (c *compiler) timePlace(s *Source) Place {
	if at := c.doc.Data.Events.at(s.Name); at >= 0 {
		t := &c.doc.Data.Events[at]
		return c.at(&t.Value.Time, &t.Key)
	}
	return s.Place
}
