// SPDX-License-Identifier: Apache-2.0

package local

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/throng-dp/throng/audience/rule"
)

// words are what kernels are made for: every operator, test and aggregate of
// the rule language, of every kind of value that it takes, and the ways in which
// the engine treats them differently.
var words = func() map[string]bool {
	all := map[string]bool{}
	for word, kinds := range map[string]string{
		"literal": "bool int double string timestamp duration", "column": "bool int double string timestamp", "person": "bool int double string timestamp",
		"let": "bool int double string timestamp", "days_ago": "int", "month": "int", "weekday": "int", "date": "string", "as_of": "timestamp", "in_segment": "bool",
		"!": "bool", "-": "int double timestamp", "negative": "int double", "double": "int", "&&": "bool", "||": "bool",
		"==": "bool int double string timestamp", "!=": "bool int double string timestamp", "<": "int double string timestamp", "<=": "int double string timestamp",
		">": "int double string timestamp", ">=": "int double string timestamp",
		"+": "int double timestamp", "*": "int double", "/": "double", "%": "int",
		"startsWith": "string", "endsWith": "string", "contains": "string", "? :": "bool int double string timestamp", "in": "bool int double string timestamp",
		"has column": "bool int double string timestamp", "has person": "bool int double string timestamp",
		"exists": "bool", "all": "bool", "count": "bool", "size": "events", "sum": "int double", "min": "int double string timestamp", "max": "int double string timestamp",
		"latest": "bool int double string timestamp", "distinct": "bool int double string timestamp", "days_since": "events",
		"filter": "events", "filter of filter": "events", "where": "events",
		"count, compared with a literal": "int", "count, compared with another": "int", "condition over two columns": "bool", "aggregate over two columns": "events",
	} {
		for _, kind := range strings.Fields(kinds) {
			all[word+" "+kind] = true
		}
	}
	return all
}()

// A speaker notes the words of the expressions that it walks through.
type speaker map[string]bool

func (s speaker) say(word string, kind fmt.Stringer) { s[word+" "+kind.String()] = true }

type ofEvents struct{}

func (ofEvents) String() string { return "events" }

func wordsOf(set *rule.Set) speaker {
	s := speaker{}
	for _, l := range set.Lets {
		if l.Expr != nil {
			s.expr(l.Expr)
		}
	}
	for _, r := range set.Segments {
		s.expr(r.Expr)
	}
	for _, w := range set.Where {
		s.say("where", ofEvents{})
		s.expr(w)
	}
	return s
}

func (s speaker) expr(e rule.Expr) {
	switch e := e.(type) {
	case rule.Const:
		s.say("literal", e.K)
	case rule.EventField:
		if slices.Contains([]string{"days_ago", "month", "weekday", "date"}, e.Name) {
			s.say(e.Name, e.K)
		} else {
			s.say("column", e.K)
		}
	case rule.PersonField:
		s.say("person", e.K)
	case rule.LetRef:
		s.say("let", e.K)
	case rule.AsOf:
		s.say("as_of", e.Kind())
	case rule.InSegment:
		s.say("in_segment", e.Kind())
	case rule.Unary:
		word := e.Op.String()
		if e.Op == rule.Neg {
			word = "negative"
		}
		s.say(word, e.X.Kind())
		s.expr(e.X)
	case rule.Binary:
		s.say(e.Op.String(), e.X.Kind())
		s.counts(e)
		s.expr(e.X)
		s.expr(e.Y)
	case rule.Cond:
		s.say("? :", e.K)
		s.expr(e.If)
		s.expr(e.Then)
		s.expr(e.Else)
	case rule.In:
		s.say("in", e.X.Kind())
		s.expr(e.X)
	case rule.Has:
		word := "has column"
		if _, ok := e.X.(rule.PersonField); ok {
			word = "has person"
		}
		s.say(word, e.X.Kind())
	case rule.Text:
		s.say(e.Op.String(), e.X.Kind())
		s.expr(e.X)
	case rule.Aggregate:
		s.aggregate(e)
	default:
		panic(fmt.Sprintf("%T is a new kind of expression: say its word", e))
	}
}

// counts notes comparisons of counts, which lanes serve or do not.
func (s speaker) counts(e rule.Binary) {
	_, x := e.X.(rule.Aggregate)
	_, y := e.Y.(rule.Aggregate)
	_, literal := e.Y.(rule.Const)
	switch {
	case e.Op < rule.Eq || e.Op > rule.Ge || e.X.Kind() != rule.Int:
	case x && y:
		s.say("count, compared with another", rule.Int)
	case x && literal:
		s.say("count, compared with a literal", rule.Int)
	}
}

func (s speaker) aggregate(e rule.Aggregate) {
	switch {
	case e.Arg != nil:
		s.say(e.Fn.String(), e.Arg.Kind())
		s.expr(e.Arg)
		if n := columnsIn(e.Arg); n > 1 && e.Arg.Kind() == rule.Bool {
			s.say("condition over two columns", rule.Bool)
		} else if n > 1 {
			s.say("aggregate over two columns", ofEvents{})
		}
	case e.Fn == rule.Count:
		s.say("size", ofEvents{})
	default:
		s.say(e.Fn.String(), ofEvents{})
	}
	for i, w := range e.From.Where {
		s.say([]string{"filter", "filter of filter"}[min(i, 1)], ofEvents{})
		s.expr(w)
	}
}

// columnsIn returns how many of an event's fields e looks at.
func columnsIn(e rule.Expr) int {
	names := map[string]bool{}
	var walk func(e rule.Expr)
	walk = func(e rule.Expr) {
		switch e := e.(type) {
		case rule.EventField:
			names[e.Name] = true
		case rule.Unary:
			walk(e.X)
		case rule.Binary:
			walk(e.X)
			walk(e.Y)
		case rule.Cond:
			walk(e.If)
			walk(e.Then)
			walk(e.Else)
		case rule.In:
			walk(e.X)
		case rule.Has:
			walk(e.X)
		case rule.Text:
			walk(e.X)
		}
	}
	walk(e)
	return len(names)
}

// TestWordsAreTheLanguage holds the list of words to the language: an operator
// or aggregate that is new must be given its words, and then be drawn.
func TestWordsAreTheLanguage(t *testing.T) {
	heads := map[string]bool{}
	for w := range words {
		heads[w[:strings.LastIndex(w, " ")]] = true
	}
	for op := rule.Not; op.String() != ""; op++ {
		if !heads[op.String()] {
			t.Errorf("no word for the operator %s", op)
		}
	}
	for fn := rule.Exists; fn.String() != ""; fn++ {
		if !heads[fn.String()] {
			t.Errorf("no word for the aggregate %s", fn)
		}
	}
}

// unsaid returns the words that nothing has said.
func unsaid(said speaker) []string {
	var missing []string
	for w := range words {
		if !said[w] {
			missing = append(missing, w)
		}
	}
	slices.Sort(missing)
	return missing
}

// unknown returns what was said that is no word.
func unknown(said speaker) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(said)), func(w string) bool { return words[w] })
}
