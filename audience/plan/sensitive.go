// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/throng-dp/throng/audience/rule"
)

// A Finding is what makes an audience a sensitive one: its place in the
// taxonomy, or a word of its name or its rule.
type Finding struct {
	Segment string
	Class   string // as the policy's `sensitive` calls it
	What    string // taxonomy 382, or the word "diabetes" of the rule
	Law     string // which law or rule of platforms is behind it
	File    string
	Place   Place
}

// String tells it in one line.
func (f *Finding) String() string {
	return fmt.Sprintf("%s:%d:%d: audience %s is of the class %s by %s (%s)", f.File, f.Place.Line, f.Place.Column, f.Segment, f.Class, f.What, f.Law)
}

// sensitive finds what is sensitive about the plan's audiences. Nothing is
// decided by looking at data. Each class is told once a segment.
func (c *compiler) sensitive() []Finding {
	var all []Finding
	t := known()
	for i := range c.segments {
		s := &c.segments[i]
		found := map[int]bool{}
		add := func(class int, what string, at Place) {
			if found[class] {
				return
			}
			found[class] = true
			k := &t.classes[class]
			all = append(all, Finding{Segment: s.id, Class: k.name, What: what, Law: k.law, File: c.home(), Place: at})
		}
		for k := range s.Taxonomy {
			id, _, _ := strings.Cut(s.Taxonomy[k], "=")
			if class, ok := t.byID[id]; ok {
				add(class, "taxonomy "+id, c.at(&s.Taxonomy[k]))
			}
		}
		texts := []said{{s.id, "its id", c.at(&s.ID)}, {s.name, "its name", c.at(&s.Name, &s.ID)}, {s.description, "its description", c.at(&s.Description, &s.ID)}}
		if c.plan.Rules != nil {
			at := c.at(&s.Rule)
			visit(c.plan.Rules, c.plan.Rules.Segments[i].Expr, func(word string) { texts = append(texts, said{word, "its rule", at}) })
		}
		for _, x := range texts {
			words := snake(letterWords(x.text))
			if !t.any.MatchString(words) {
				continue
			}
			for k := range t.classes {
				if m := t.classes[k].words.FindStringSubmatch(words); m != nil {
					add(k, fmt.Sprintf("the word %q of %s", strings.ReplaceAll(m[1], "_", " "), x.where), x.at)
				}
			}
		}
	}
	return all
}

// said is a text of an audience, and where it stands.
type said struct {
	text, where string
	at          Place
}

// letterWords puts a space in the place of everything but letters and digits.
func letterWords(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r >= 0x80)
	}), " ")
}

// visit hands over the columns and texts that a rule asks for, with those of the
// lets that it uses.
func visit(set *rule.Set, e rule.Expr, word func(string)) {
	lets := map[string]rule.Expr{}
	for i := range set.Lets {
		lets[set.Lets[i].Name] = set.Lets[i].Expr
	}
	done := map[string]bool{}
	var walk func(e rule.Expr)
	walk = func(e rule.Expr) {
		switch e := e.(type) {
		case rule.EventField:
			word(e.Name)
		case rule.PersonField:
			word(e.Name)
		case rule.Const:
			if s, ok := e.Value.(string); ok {
				word(s)
			}
		case rule.Text:
			word(e.Lit)
		case rule.In:
			for _, v := range e.Values {
				if s, ok := v.(string); ok {
					word(s)
				}
			}
		case rule.LetRef:
			if !done[e.Name] {
				done[e.Name] = true
				word(e.Name)
				walk(lets[e.Name])
			}
		}
		for _, x := range operands(e) {
			walk(x)
		}
	}
	walk(e)
}

// operands returns the expressions that one is made of.
func operands(e rule.Expr) []rule.Expr {
	switch e := e.(type) {
	case rule.Unary:
		return []rule.Expr{e.X}
	case rule.Binary:
		return []rule.Expr{e.X, e.Y}
	case rule.Cond:
		return []rule.Expr{e.If, e.Then, e.Else}
	case rule.In:
		return []rule.Expr{e.X}
	case rule.Has:
		return []rule.Expr{e.X}
	case rule.Text:
		return []rule.Expr{e.X}
	case rule.Aggregate:
		xs := slices.Clone(e.From.Where)
		if e.Arg != nil {
			xs = append(xs, e.Arg)
		}
		return xs
	}
	return nil
}
