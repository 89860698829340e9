// SPDX-License-Identifier: Apache-2.0

package rule

import (
	"fmt"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// maxDepth keeps every engine's recursion shallow.
const maxDepth = 100

// A walker checks one rule against the allowed list, types it and compiles it,
// in one walk over the rule as its author wrote it: macro calls, never their
// expansion. What is not allowed somewhere in here is refused.
type walker struct {
	*checker
	*source
	in    *scope // the event at hand; nil outside of macros
	depth int
}

// A scope is the one variable of a macro or of a where.
type scope struct {
	name  string
	table *Table
	where bool
}

// A node is what the walk knows of an expression. Neither expr nor list is set
// where a fault was reported already, so that nobody reports it again.
type node struct {
	expr Expr    // a value
	list *Events // or a list of events
	lit  bool    // a literal or each.x
	key  string  // the key column that the value was taken from, if any
}

func (n node) kind() Kind {
	if n.expr == nil {
		return Invalid
	}
	return n.expr.Kind()
}

// value walks an expression that must be a value.
func (w *walker) value(e ast.Expr) node {
	n := w.any(e)
	if n.list != nil {
		w.faultAt(e, fmt.Sprintf("%s is a list of events of %s, not a value", w.describe(e), n.list.Table),
			fmt.Sprintf("ask something of it: %s.size(), or %s.exists(e, …)", w.describeOr(e, "list"), w.describeOr(e, "list")))
		return node{}
	}
	return n
}

// any walks an expression that may be a value or a list of events.
func (w *walker) any(e ast.Expr) node {
	w.depth++
	defer func() { w.depth-- }()
	if w.depth > maxDepth {
		w.tooDeep(e)
		return node{}
	}
	if call, ok := w.macroCall(e); ok {
		return w.call(e, call)
	}
	switch e.Kind() {
	case ast.LiteralKind:
		return w.literal(e)
	case ast.IdentKind:
		return w.ident(e)
	case ast.SelectKind:
		return w.field(e)
	case ast.CallKind:
		return w.call(e, e.AsCall())
	case ast.ListKind:
		w.faultAt(e, "a list of literals stands only on the right of in", `write o.country in ["GB", "IE"]`)
	case ast.MapKind, ast.StructKind:
		w.faultAt(e, "rules have no maps and no messages", "")
	default:
		w.faultAt(e, "rules have no such expression", "")
	}
	return node{}
}

// tooDeep reports only the first place: every branch that deep has one more.
func (w *walker) tooDeep(e ast.Expr) {
	if !w.deep {
		w.deep = true
		w.faultAt(e, fmt.Sprintf("the rule is nested more than %d deep", maxDepth), "name its parts with let")
	}
}

// macroCall returns the call that an expression was expanded from.
func (w *walker) macroCall(e ast.Expr) (ast.CallExpr, bool) {
	call, ok := w.ast.NativeRep().SourceInfo().GetMacroCall(e.ID())
	if !ok {
		return nil, false
	}
	return call.AsCall(), true
}

func (w *walker) literal(e ast.Expr) node {
	switch v := e.AsLiteral().(type) {
	case types.Bool:
		return constant(bool(v))
	case types.Int:
		return constant(int64(v))
	case types.Double:
		return constant(float64(v) + 0) // -0 is 0
	case types.String:
		return constant(string(v))
	case types.Uint:
		w.faultAt(e, "rules have no unsigned literals", fmt.Sprintf("write %d", uint64(v)))
	case types.Null:
		w.faultAt(e, "rules have no null literal", "has(o.country) tells whether o.country has a value")
	case types.Bytes:
		w.faultAt(e, "rules have no bytes", `write a string: "…"`)
	default:
		w.faultAt(e, "rules have no such literal", "")
	}
	return node{}
}

// constant is the node of a literal of a Value's type.
func constant(v Value) node {
	return node{expr: Const{Value: v, K: kindOf(v)}, lit: true}
}

// kindOf returns the kind of a value, Invalid for null and foreign types.
func kindOf(v Value) Kind {
	for k := Bool; k <= Duration; k++ {
		if k.holds(v) {
			return k
		}
	}
	return Invalid
}

// call walks an operator, a function or a macro; e is where it stands.
func (w *walker) call(e ast.Expr, c ast.CallExpr) node {
	name, args := c.FunctionName(), c.Args()
	if op, ok := binaryOps[name]; ok && len(args) == 2 {
		return w.binary(e, op, args[0], args[1])
	}
	switch name {
	case operators.LogicalNot, operators.Negate:
		return w.unary(e, name, args[0])
	case operators.Conditional:
		return w.conditional(e, args)
	case operators.In, operators.OldIn:
		return w.inList(e, args)
	case operators.Index, operators.OptIndex, operators.OptSelect:
		w.faultAt(e, "rules do not take things out by their number", "latest, min and max choose one value of many")
		return node{}
	}
	if c.IsMemberFunction() {
		return w.member(e, c)
	}
	return w.global(e, name, args)
}
