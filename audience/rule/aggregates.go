// SPDX-License-Identifier: Apache-2.0

package rule

import (
	"fmt"
	"slices"

	"cel.dev/cel-go/common/ast"
)

// aggregates are the functions of a list of events.
var aggregates = []string{"exists", "all", "count", "size", "sum", "min", "max", "latest", "distinct", "days_since", "filter"}

var aggregateFns = map[string]Fn{
	"exists": Exists, "all": All, "count": Count, "size": Count, "sum": Sum, "min": Min, "max": Max,
	"latest": Latest, "distinct": Distinct, "days_since": DaysSince,
}

// String returns the aggregate as rules write it; size() is a count.
func (f Fn) String() string {
	for name, fn := range aggregateFns {
		if fn == f && name != "size" {
			return name
		}
	}
	return ""
}

// member walks target.name(…).
func (w *walker) member(e ast.Expr, c ast.CallExpr) node {
	name := c.FunctionName()
	if op, ok := textOps[name]; ok {
		return w.textTest(e, op, c)
	}
	if !slices.Contains(aggregates, name) {
		w.unknownCall(e, name, true)
		return node{}
	}
	if w.in != nil {
		w.inside(e, name)
		return node{}
	}
	target := w.any(c.Target())
	switch {
	case target.list != nil:
		return w.aggregate(e, c, *target.list)
	case target.expr != nil && name == "size" && target.kind() == String:
		w.faultAtName(e, name, "rules do not measure strings", "size() counts events")
	case target.expr != nil:
		w.faultAtName(e, name, fmt.Sprintf("%s needs events; %s is %s", name, w.describe(c.Target()), target.kind().withArticle()), "write orders."+name+"(…)")
	}
	return node{}
}

// inside reports a macro where none may stand.
func (w *walker) inside(e ast.Expr, name string) {
	if w.in.where {
		w.faultAtName(e, name, "where sees one row, not all events", "columns are written row."+w.in.table.example())
		return
	}
	w.faultAtName(e, name, "a macro may not stand inside a macro", "name the inner one with let, or say it outside")
}

func (w *walker) aggregate(e ast.Expr, c ast.CallExpr, from Events) node {
	name, args := c.FunctionName(), c.Args()
	fn := aggregateFns[name]
	if name == "size" || name == "days_since" {
		if !w.arity(e, name, args, 0, "orders."+name+"()") {
			return node{}
		}
		return node{expr: Aggregate{Fn: fn, From: from, K: Int}}
	}
	if !w.arity(e, name, args, 2, macroExample(name)) || !w.variable(args[0]) {
		return node{}
	}
	w.in = &scope{name: args[0].AsIdent(), table: w.tables[from.Table]}
	x := w.value(args[1])
	w.in = nil
	if x.expr == nil {
		return node{}
	}
	if name == "filter" {
		if !w.isCondition(args[1], x, name) {
			return node{}
		}
		from.Where = append(slices.Clone(from.Where), x.expr)
		return node{list: &from}
	}
	return w.overEvents(args[1], fn, from, x)
}

// overEvents judges the value that an aggregate takes of each event.
func (w *walker) overEvents(arg ast.Expr, fn Fn, from Events, x node) node {
	n := node{expr: Aggregate{Fn: fn, From: from, Arg: x.expr, K: x.kind()}}
	allowed := "a value"
	ok := x.kind() != Duration
	switch fn {
	case Exists, All, Count:
		if !w.isCondition(arg, x, fn.String()) {
			return node{}
		}
		if fn == Count {
			n.expr = Aggregate{Fn: fn, From: from, Arg: x.expr, K: Int}
		}
	case Sum:
		allowed, ok = "a number", isNumber(x.kind())
	case Min, Max:
		allowed, ok = "a number, a string or a time", ok && x.kind() != Bool
		n.key = x.key
	case Latest:
		n.key = x.key
	case Distinct:
		n.expr = Aggregate{Fn: fn, From: from, Arg: x.expr, K: Int}
	}
	if !ok {
		hint := ""
		if fn == Sum && x.kind() == Bool {
			hint = "count the events for which it is true: orders.count(o, …)"
		}
		w.faultAt(arg, fmt.Sprintf("%s needs %s; %s is %s", fn, allowed, w.describe(arg), x.kind().withArticle()), hint)
		return node{}
	}
	return n
}

// variable checks the first argument of a macro.
func (w *walker) variable(e ast.Expr) bool {
	_, macro := w.macroCall(e)
	if macro || e.Kind() != ast.IdentKind {
		w.faultAt(e, "a macro starts with a name for the event", `write orders.exists(o, o.country == "GB")`)
		return false
	}
	name := e.AsIdent()
	switch why := CheckName(name); {
	case w.known(name):
		w.faultAt(e, fmt.Sprintf("%s is taken: a table, a let or person has this name", name), "call the event e")
	case why != "":
		w.faultAt(e, why, "call the event e")
	default:
		return true
	}
	return false
}

func macroExample(name string) string {
	switch aggregateFns[name] {
	case Exists, All, Count, 0: // 0 is filter
		return "orders." + name + `(o, o.country == "GB")`
	}
	return "orders." + name + "(o, o.amount)"
}

func (w *walker) textTest(e ast.Expr, op Op, c ast.CallExpr) node {
	x := w.value(c.Target())
	lit, ok := w.text(e, op.String(), c.Args(), fmt.Sprintf("o.country.%s(\"G\")", op))
	if x.expr == nil || !ok {
		return node{}
	}
	if x.kind() != String {
		w.faultAtName(e, op.String(), fmt.Sprintf("%s needs a string; %s is %s", op, w.describe(c.Target()), x.kind().withArticle()), "")
		return node{}
	}
	return node{expr: Text{Op: op, X: x.expr, Lit: lit}}
}
