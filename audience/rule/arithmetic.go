// SPDX-License-Identifier: Apache-2.0

package rule

import (
	"fmt"

	"cel.dev/cel-go/common/ast"
)

func (w *walker) arithmetic(e ast.Expr, op Op, left, right ast.Expr, x, y node) node {
	kx, ky := x.kind(), y.kind()
	switch {
	case op == Div:
		return w.divide(e, left, right, x, y)
	case op == Mod:
		return w.modulo(e, right, x, y)
	case kx == ky && (kx == Int || kx == Double):
		return node{expr: Binary{Op: op, X: x.expr, Y: y.expr, K: kx}}
	case op == Mul && kx == Int && ky == Double:
		return node{expr: Binary{Op: Mul, X: toDouble(x), Y: y.expr, K: Double}}
	case op == Mul && kx == Double && ky == Int:
		return node{expr: Binary{Op: Mul, X: x.expr, Y: toDouble(y), K: Double}}
	case op != Mul && kx == Timestamp && ky == Duration:
		return node{expr: Binary{Op: op, X: x.expr, Y: y.expr, K: Timestamp}}
	case op == Add && kx == Duration && ky == Timestamp:
		return node{expr: Binary{Op: Add, X: y.expr, Y: x.expr, K: Timestamp}}
	case kx == String && ky == String && op == Add:
		w.faultAt(e, "rules do not join strings", "compare each of them")
	case kx == Timestamp && ky == Timestamp && op == Sub:
		w.faultAt(e, "rules do not take times from each other", `compare a time with as_of - duration("168h"), or write o.days_ago < 7`)
	case isNumber(kx) && isNumber(ky):
		w.mixed(e, op.String(), left, right, x, y)
	default:
		w.noArithmetic(e, op, left, right, x, y)
	}
	return node{}
}

func (w *walker) noArithmetic(e ast.Expr, op Op, left, right ast.Expr, x, y node) {
	bad, k := left, x.kind()
	if isNumber(k) {
		bad, k = right, y.kind()
	}
	hint := ""
	if isTime(x.kind()) || isTime(y.kind()) {
		hint = `times take durations only: as_of - duration("168h")`
	}
	w.faultAt(e, fmt.Sprintf("%s needs numbers; %s is %s", op, w.describe(bad), k.withArticle()), hint)
}

func isNumber(k Kind) bool { return k == Int || k == Double }
func isTime(k Kind) bool   { return k == Timestamp || k == Duration }

func toDouble(n node) Expr { return Unary{Op: ToDouble, X: n.expr} }

// divide allows what cannot fault but by overflow, and what all engines round
// alike: a double by a literal.
func (w *walker) divide(e ast.Expr, left, right ast.Expr, x, y node) node {
	c, isConst := y.expr.(Const)
	switch {
	case !isNumber(x.kind()) || !isNumber(y.kind()):
		w.noArithmetic(e, Div, left, right, x, y)
	case !isConst:
		w.faultAt(right, "/ needs a literal on its right", "compare products: a > 2.0 * b instead of a / b > 2.0")
	case isZero(c.Value):
		w.faultAt(right, "division by zero", "")
	case x.kind() == Int:
		by := fmt.Sprint(c.Value)
		if c.K == Int {
			by = asDouble(c.Value.(int64))
		}
		w.faultAt(e, "/ needs a double on its left: engines round the division of ints differently",
			fmt.Sprintf("write double(%s) / %s", w.describeOr(left, "x"), by))
	case c.K == Int:
		w.faultAt(right, fmt.Sprintf("/ needs two of a kind; %s is a double, %d is an int", w.describe(left), c.Value), "write "+asDouble(c.Value.(int64)))
	default:
		return node{expr: Binary{Op: Div, X: x.expr, Y: y.expr, K: Double}}
	}
	return node{}
}

func (w *walker) modulo(e, right ast.Expr, x, y node) node {
	c, isConst := y.expr.(Const)
	switch {
	case x.kind() != Int || y.kind() != Int:
		w.faultAt(e, "% needs ints", "")
	case !isConst:
		w.faultAt(right, "% needs a literal on its right", "")
	case isZero(c.Value):
		w.faultAt(right, "division by zero", "")
	default:
		return node{expr: Binary{Op: Mod, X: x.expr, Y: y.expr, K: Int}}
	}
	return node{}
}
