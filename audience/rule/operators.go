// SPDX-License-Identifier: Apache-2.0

package rule

import (
	"cmp"
	"fmt"
	"math"
	"strconv"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
)

var binaryOps = map[string]Op{
	operators.LogicalAnd: And, operators.LogicalOr: Or,
	operators.Equals: Eq, operators.NotEquals: Ne,
	operators.Less: Lt, operators.LessEquals: Le, operators.Greater: Gt, operators.GreaterEquals: Ge,
	operators.Add: Add, operators.Subtract: Sub, operators.Multiply: Mul, operators.Divide: Div, operators.Modulo: Mod,
}

var opText = [...]string{
	Not: "!", Neg: "-", ToDouble: "double", And: "&&", Or: "||", Eq: "==", Ne: "!=", Lt: "<", Le: "<=", Gt: ">", Ge: ">=",
	Add: "+", Sub: "-", Mul: "*", Div: "/", Mod: "%", StartsWith: "startsWith", EndsWith: "endsWith", Contains: "contains",
}

// String returns the operator as rules write it.
func (op Op) String() string {
	if int(op) < len(opText) {
		return opText[op]
	}
	return ""
}

// maxExact is the largest int that every smaller one is exact as a double.
const maxExact = 1 << 53

// binary walks both sides before it judges, so that faults of both are told.
func (w *walker) binary(e ast.Expr, op Op, left, right ast.Expr) node {
	x, y := w.value(left), w.value(right)
	if x.expr == nil || y.expr == nil {
		return node{}
	}
	switch op {
	case And, Or:
		return w.logic(op, left, right, x, y)
	case Add, Sub, Mul, Div, Mod:
		n := w.arithmetic(e, op, left, right, x, y)
		n.key = cmp.Or(x.key, y.key) // a number moved by one still tells orders apart
		return n
	}
	return w.compare(e, op, left, right, x, y)
}

func (w *walker) logic(op Op, left, right ast.Expr, x, y node) node {
	okLeft, okRight := w.isCondition(left, x, op.String()), w.isCondition(right, y, op.String())
	if !okLeft || !okRight {
		return node{}
	}
	return node{expr: Binary{Op: op, X: x.expr, Y: y.expr, K: Bool}}
}

// isCondition reports a value that is no bool where one is needed.
func (w *walker) isCondition(e ast.Expr, n node, who string) bool {
	if n.kind() == Bool {
		return true
	}
	w.faultAt(e, fmt.Sprintf("%s needs a condition; %s is %s", who, w.describe(e), n.kind().withArticle()), "compare it with something")
	return false
}

func (w *walker) compare(e ast.Expr, op Op, left, right ast.Expr, x, y node) node {
	kx, ky := x.kind(), y.kind()
	order := op != Eq && op != Ne
	switch {
	case !order && (x.key != "" || y.key != ""):
		w.isKey(e, op.String(), cmp.Or(x.key, y.key))
	case kx == Duration || ky == Duration:
		w.faultAt(e, "a duration can only be added to a time or taken from it", `write o.event_time >= as_of - duration("168h"), or o.days_ago < 7`)
	case kx == ky && kx == Bool && order:
		w.faultAt(e, fmt.Sprintf("%s does not compare bools", op), "use ==, !=, && or ||")
	case kx == ky:
		return node{expr: Binary{Op: op, X: x.expr, Y: y.expr, K: Bool}}
	case order && kx == Double && ky == Int && y.lit:
		if y, ok := w.exact(right, y); ok {
			return node{expr: Binary{Op: op, X: x.expr, Y: y, K: Bool}}
		}
	case order && kx == Int && ky == Double && x.lit:
		if x, ok := w.exact(left, x); ok {
			return node{expr: Binary{Op: op, X: x, Y: y.expr, K: Bool}}
		}
	default:
		w.mixed(e, op.String(), left, right, x, y)
	}
	return node{}
}

func (w *walker) isKey(e ast.Expr, op, key string) {
	w.faultAt(e, fmt.Sprintf("%s is a key: rules do not look for one person, order or device (%s)", key, op),
		"count it with distinct; if it is no key, say so in the plan: columns: {"+key[lastDot(key)+1:]+": {role: category}}")
}

func lastDot(s string) int {
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] == '.' {
			return i
		}
	}
	return -1
}

// exact is an int literal as a double.
func (w *walker) exact(e ast.Expr, n node) (Expr, bool) {
	v := n.expr.(Const).Value.(int64)
	if v > maxExact || v < -maxExact {
		w.faultAt(e, fmt.Sprintf("%d is beyond 2^53: no double is that exact", v), "")
		return nil, false
	}
	return Const{Value: float64(v), K: Double}, true
}

// mixed reports operands of two kinds with what to write instead.
func (w *walker) mixed(e ast.Expr, who string, left, right ast.Expr, x, y node) {
	msg := fmt.Sprintf("%s needs two of a kind; %s is %s, %s is %s", who, w.describe(left), x.kind().withArticle(), w.describe(right), y.kind().withArticle())
	w.faultAt(e, msg, w.mend(left, right, x, y))
}

func (w *walker) mend(left, right ast.Expr, x, y node) string {
	turn := x.kind() == Int && y.kind() == Double || x.kind() == String && y.kind() == Timestamp || y.kind() == Bool || isNumber(x.kind()) && x.lit && y.kind() == String
	if turn {
		left, right, x, y = right, left, y, x
	}
	switch {
	case x.kind() == Double && y.kind() == Int && y.lit:
		return fmt.Sprintf("write %s", asDouble(y.expr.(Const).Value.(int64)))
	case x.kind() == Double && y.kind() == Int:
		return fmt.Sprintf("write double(%s)", w.describeOr(right, "x"))
	case x.kind() == Timestamp && y.kind() == String:
		return `write timestamp("2011-12-09T00:00:00Z"), or compare o.date`
	case x.kind() == Timestamp && y.kind() == Int:
		return "write o.days_ago < 7"
	case x.kind() == Bool && y.kind() != Bool:
		return fmt.Sprintf("%s is a condition already", w.describe(left))
	case x.kind() == String && y.lit && isNumber(y.kind()):
		return fmt.Sprintf("write %q", w.describe(right))
	case y.kind() == String && y.lit && isNumber(x.kind()):
		return "only strings stand in quotes"
	}
	return ""
}

// asDouble writes an int literal as a double literal.
func asDouble(v int64) string { return strconv.FormatInt(v, 10) + ".0" }

func (w *walker) unary(e ast.Expr, name string, arg ast.Expr) node {
	x := w.value(arg)
	switch {
	case x.expr == nil:
	case name == operators.LogicalNot:
		if w.isCondition(arg, x, "!") {
			return node{expr: Unary{Op: Not, X: x.expr}}
		}
	case x.kind() == Int || x.kind() == Double:
		return node{expr: Unary{Op: Neg, X: x.expr}, key: x.key}
	default:
		w.faultAt(e, fmt.Sprintf("- needs a number; %s is %s", w.describe(arg), x.kind().withArticle()), "")
	}
	return node{}
}

func (w *walker) conditional(e ast.Expr, args []ast.Expr) node {
	c, x, y := w.value(args[0]), w.value(args[1]), w.value(args[2])
	ok := c.expr != nil && w.isCondition(args[0], c, "? :")
	if !ok || x.expr == nil || y.expr == nil {
		return node{}
	}
	switch {
	case x.kind() != y.kind():
		w.faultAt(e, fmt.Sprintf("? : needs two of a kind; %s is %s, %s is %s", w.describe(args[1]), x.kind().withArticle(), w.describe(args[2]), y.kind().withArticle()),
			w.mend(args[1], args[2], x, y))
		return node{}
	case x.kind() == Duration:
		w.faultAt(e, "? : does not choose between durations", "choose between times")
		return node{}
	}
	return node{expr: Cond{If: c.expr, Then: x.expr, Else: y.expr, K: x.kind()}, key: cmp.Or(x.key, y.key)}
}

func (w *walker) inList(e ast.Expr, args []ast.Expr) node {
	x := w.value(args[0])
	if _, macro := w.macroCall(args[1]); macro || args[1].Kind() != ast.ListKind {
		w.faultAt(args[1], "in needs a list of literals on its right", `write o.country in ["GB", "IE"]`)
		return node{}
	}
	elems := args[1].AsList().Elements()
	if len(elems) == 0 {
		w.faultAt(args[1], "in needs a list that is not empty", `write o.country in ["GB", "IE"]`)
	}
	ok := x.expr != nil && len(elems) > 0
	if ok && x.key != "" {
		w.isKey(e, "in", x.key)
		ok = false
	}
	values := make([]Value, 0, len(elems))
	for _, elem := range elems {
		n := w.value(elem)
		c, isConst := n.expr.(Const)
		switch {
		case n.expr == nil:
			ok = false
		case !isConst || c.K == Duration:
			w.faultAt(elem, "a list has literals only", "write x == a || x == b")
			ok = false
		case x.expr != nil && c.K != x.kind():
			w.mixed(elem, "in", args[0], elem, x, n)
			ok = false
		default:
			values = append(values, c.Value)
		}
	}
	if !ok {
		return node{}
	}
	return node{expr: In{X: x.expr, Values: values}}
}

// isZero tells whether a literal is a zero.
func isZero(v Value) bool {
	switch v := v.(type) {
	case int64:
		return v == 0
	case float64:
		return v == 0
	}
	return false
}

// normal returns a value as rules see it, and its kind: -0 is 0, and what is
// no finite number is Invalid.
func normal(v Value) (Value, Kind) {
	switch x := v.(type) {
	case int:
		return int64(x), Int
	case float64:
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return nil, Invalid
		}
		return x + 0, Double
	}
	if k := kindOf(v); k != Timestamp && k != Duration {
		return v, k
	}
	return nil, Invalid
}
