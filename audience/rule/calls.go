// SPDX-License-Identifier: Apache-2.0

package rule

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"cel.dev/cel-go/common/ast"
)

// functions of the form name(…).
var functions = []string{"has", "double", "duration", "timestamp", "in_segment"}

var textOps = map[string]Op{"startsWith": StartsWith, "endsWith": EndsWith, "contains": Contains}

// instead says what to write for functions that CEL has and rules have not.
var instead = map[string]string{
	"exists_one": "write o.count(e, …) == 1", "map": "sum, min, max, latest and distinct take a value of each event",
	"existsOne": "write o.count(e, …) == 1",
	"matches":   "use startsWith, endsWith, contains or in", "int": "compare doubles, or write x >= 2.0",
	"uint": "ints are signed", "string": "compare without converting", "bytes": "compare strings",
	"bool": "write a condition", "dyn": "write the value itself", "type": "types are those of the columns",
	"getDayOfWeek": "write o.weekday: 1 is Monday, 7 is Sunday", "getMonth": "write o.month: 1 to 12",
	"getDate": "write o.date == \"2011-12-09\"", "getFullYear": "write o.date.startsWith(\"2011-\")",
	"getDayOfMonth": "write o.date.endsWith(\"-09\")", "getDayOfYear": "write o.days_ago or o.date",
	"getHours": "times of day are no field of rules", "getMinutes": "times of day are no field of rules",
	"getSeconds": "times of day are no field of rules", "getMilliseconds": "times of day are no field of rules",
	"avg": "compare sums: o.sum(e, e.amount) > 10.0 * double(o.size())", "mean": "compare sums: o.sum(e, e.amount) > 10.0 * double(o.size())",
	"first": "write min over the time", "last": "write latest", "length": "write size",
	"lowerAscii": "strings compare as they are; list the spellings with in", "now": "write as_of",
}

// global walks name(…).
func (w *walker) global(e ast.Expr, name string, args []ast.Expr) node {
	switch name {
	case "has":
		return w.has(e, args)
	case "double":
		return w.double(e, args)
	case "duration":
		return w.duration(e, args)
	case "timestamp":
		return w.timestamp(e, args)
	case "in_segment":
		return w.inSegment(e, args)
	}
	w.unknownCall(e, name, false)
	return node{}
}

// unknownCall does not walk into the arguments: what they hold depends on what
// the author meant.
func (w *walker) unknownCall(e ast.Expr, name string, member bool) {
	_, perEvent := perEvent[name]
	_, text := textOps[name]
	known := slices.Concat(functions, slices.Collect(maps.Keys(textOps)), aggregates)
	hint := instead[name]
	switch {
	case !member && (perEvent || name == "days_since" || name == "size"):
		hint = "write it after the events: orders." + strings.Replace(name+"(o, …)", "size(o, …)", "size()", 1)
	case !member && text:
		hint = fmt.Sprintf("write o.country.%s(\"…\")", name)
	case member && slices.Contains(functions, name):
		hint = name + " stands before its argument: " + name + "(…)"
	case hint == "":
		hint = didYouMean(name, known)
	}
	msg := fmt.Sprintf("unknown function %q", name)
	if instead[name] != "" {
		msg = fmt.Sprintf("rules have no function %q", name)
	}
	w.faultAtName(e, name, msg, hint)
}

// arity checks the number of arguments.
func (w *walker) arity(e ast.Expr, name string, args []ast.Expr, want int, example string) bool {
	if len(args) == want {
		return true
	}
	takes := map[int]string{0: "nothing", 1: "one thing", 2: "two things"}[want]
	w.faultAtName(e, name, fmt.Sprintf("%s takes %s in its brackets", name, takes), "write "+example)
	return false
}

func (w *walker) double(e ast.Expr, args []ast.Expr) node {
	if !w.arity(e, "double", args, 1, "double(o.quantity)") {
		return node{}
	}
	x := w.value(args[0])
	switch {
	case x.expr == nil:
		return node{}
	case x.kind() == Int:
		return node{expr: toDouble(x), key: x.key}
	case x.kind() == Double:
		w.faultAtName(e, "double", fmt.Sprintf("%s is a double already", w.describe(args[0])), "leave double( ) out")
	default:
		w.faultAtName(e, "double", fmt.Sprintf("double needs an int; %s is %s", w.describe(args[0]), x.kind().withArticle()), "")
	}
	return node{}
}

// text returns the string literal that a function needs.
func (w *walker) text(e ast.Expr, name string, args []ast.Expr, example string) (string, bool) {
	if !w.arity(e, name, args, 1, example) {
		return "", false
	}
	x := w.value(args[0])
	c, ok := x.expr.(Const)
	if ok && c.K == String {
		return c.Value.(string), true
	}
	if x.expr != nil {
		w.faultAt(args[0], name+" needs a literal string", "write "+example)
	}
	return "", false
}

func (w *walker) duration(e ast.Expr, args []ast.Expr) node {
	s, ok := w.text(e, "duration", args, `duration("168h")`)
	if !ok {
		return node{}
	}
	d, err := time.ParseDuration(s)
	switch {
	case err != nil:
		w.faultAt(args[0], fmt.Sprintf("%q is no duration", s), mendDuration(s))
	case d%time.Microsecond != 0:
		w.faultAt(args[0], "a duration is not finer than a microsecond", "")
	default:
		return constant(d)
	}
	return node{}
}

// mendDuration says what to write for 7d, which Go and CEL do not know.
func mendDuration(s string) string {
	var days int
	if n, err := fmt.Sscanf(s, "%dd", &days); n == 1 && err == nil && days > 0 && days < 100_000 && s == fmt.Sprintf("%dd", days) {
		return fmt.Sprintf("write %dh, or e.days_ago < %d", days*24, days)
	}
	return "write hours, minutes and seconds: 36h, 90m, 1h30m"
}

func (w *walker) timestamp(e ast.Expr, args []ast.Expr) node {
	const example = `timestamp("2011-12-09T00:00:00Z")`
	s, ok := w.text(e, "timestamp", args, example)
	if !ok {
		return node{}
	}
	t, err := time.Parse(time.RFC3339, s)
	t = t.UTC()
	switch {
	case err != nil:
		w.faultAt(args[0], fmt.Sprintf("%q is no time", s), "write "+example)
	case t.Year() < 1 || t.Year() > 9999:
		w.faultAt(args[0], "times lie in the years 1 to 9999", "")
	case t.Nanosecond()%1000 != 0:
		w.faultAt(args[0], "a time is not finer than a microsecond", "")
	default:
		return constant(t)
	}
	return node{}
}

func (w *walker) inSegment(e ast.Expr, args []ast.Expr) node {
	if !w.arity(e, "in_segment", args, 1, `in_segment("regulars")`) {
		return node{}
	}
	if args[0].Kind() != ast.LiteralKind || w.value(args[0]).kind() != String {
		w.faultAt(args[0], "in_segment needs the id of a segment in quotes", `write in_segment("regulars")`)
		return node{}
	}
	id := w.value(args[0]).expr.(Const).Value.(string)
	_, known := w.segments[id]
	switch {
	case w.in != nil:
		w.faultAtName(e, "in_segment", "in_segment is about a person; inside a macro or a where a rule sees one event", "say it outside, beside the macro")
	case w.list == "let":
		w.faultAtName(e, "in_segment", "in_segment stands in rules of segments only", "write the shared condition as a let and use that in both")
	case !known:
		w.faultAt(args[0], fmt.Sprintf("unknown segment %q", id), didYouMean(id, slices.Collect(maps.Keys(w.segments))))
	default:
		w.uses = append(w.uses, reference{id, e})
		return node{expr: InSegment{Segment: id}}
	}
	return node{}
}
