// SPDX-License-Identifier: Apache-2.0

package rule

import (
	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// timeField is the event's time under a name that no author can write.
const timeField = "@time"

// segmentName is the variable that holds the answer of another segment's rule.
func segmentName(id string) string { return "@segment:" + id }

// A macro builds what a call on a list of events expands to for the
// interpreter. Conditions go through @true and values through @known, so that a
// null of one event never becomes the answer for all.
type macro func(eh cel.MacroExprFactory, list ast.Expr, v string, x ast.Expr) ast.Expr

// perEvent are the macros of the form list.name(e, x).
var perEvent = map[string]macro{
	"exists": func(eh cel.MacroExprFactory, list ast.Expr, v string, x ast.Expr) ast.Expr {
		proceed := eh.NewCall(operators.NotStrictlyFalse, eh.NewCall(operators.LogicalNot, eh.NewAccuIdent()))
		step := eh.NewCall(operators.LogicalOr, eh.NewAccuIdent(), eh.NewCall("@true", x))
		return eh.NewComprehension(list, v, eh.AccuIdentName(), eh.NewLiteral(types.False), proceed, step, eh.NewAccuIdent())
	},
	"all": func(eh cel.MacroExprFactory, list ast.Expr, v string, x ast.Expr) ast.Expr {
		proceed := eh.NewCall(operators.NotStrictlyFalse, eh.NewAccuIdent())
		step := eh.NewCall(operators.LogicalAnd, eh.NewAccuIdent(), eh.NewCall("@true", x))
		return eh.NewComprehension(list, v, eh.AccuIdentName(), eh.NewLiteral(types.True), proceed, step, eh.NewAccuIdent())
	},
	"count": func(eh cel.MacroExprFactory, list ast.Expr, v string, x ast.Expr) ast.Expr {
		more := eh.NewCall(operators.Add, eh.NewAccuIdent(), eh.NewLiteral(types.IntOne))
		step := eh.NewCall(operators.Conditional, eh.NewCall("@true", x), more, eh.NewAccuIdent())
		return eh.NewComprehension(list, v, eh.AccuIdentName(), eh.NewLiteral(types.IntZero), eh.NewLiteral(types.True), step, eh.NewAccuIdent())
	},
	"filter": func(eh cel.MacroExprFactory, list ast.Expr, v string, x ast.Expr) ast.Expr {
		return collect(eh, list, v, eh.NewCall("@true", x), eh.NewIdent(v))
	},
	"sum":      overKnown("@sum"),
	"min":      overKnown("@min"),
	"max":      overKnown("@max"),
	"distinct": overKnown("@distinct"),
	"latest": func(eh cel.MacroExprFactory, list ast.Expr, v string, x ast.Expr) ast.Expr {
		times := collect(eh, eh.Copy(list), v, eh.NewCall("@known", eh.Copy(x)), eh.NewSelect(eh.NewIdent(v), timeField))
		return eh.NewCall("@latest", known(eh, list, v, x), times)
	},
}

func overKnown(helper string) macro {
	return func(eh cel.MacroExprFactory, list ast.Expr, v string, x ast.Expr) ast.Expr {
		return eh.NewCall(helper, known(eh, list, v, x))
	}
}

// known is the list of x over the events for which x is not null.
func known(eh cel.MacroExprFactory, list ast.Expr, v string, x ast.Expr) ast.Expr {
	return collect(eh, list, v, eh.NewCall("@known", eh.Copy(x)), x)
}

// collect is the list of elem over the events for which cond is true.
func collect(eh cel.MacroExprFactory, list ast.Expr, v string, cond, elem ast.Expr) ast.Expr {
	more := eh.NewCall(operators.Add, eh.NewAccuIdent(), eh.NewList(elem))
	step := eh.NewCall(operators.Conditional, cond, more, eh.NewAccuIdent())
	return eh.NewComprehension(list, v, eh.AccuIdentName(), eh.NewList(), eh.NewLiteral(types.True), step, eh.NewAccuIdent())
}

// macros are all macros of rules. What does not have a macro's form stays an
// ordinary call, which the walk then refuses at its place.
func macros(segments map[string]bool) []cel.Macro {
	all := []cel.Macro{
		cel.GlobalMacro("has", 1, func(eh cel.MacroExprFactory, _ ast.Expr, args []ast.Expr) (ast.Expr, *cel.Error) {
			if args[0].Kind() != ast.SelectKind {
				return nil, nil
			}
			s := args[0].AsSelect()
			return eh.NewPresenceTest(s.Operand(), s.FieldName()), nil
		}),
		cel.GlobalMacro("in_segment", 1, func(eh cel.MacroExprFactory, _ ast.Expr, args []ast.Expr) (ast.Expr, *cel.Error) {
			id, ok := args[0].AsLiteral().(types.String)
			if !ok || !segments[string(id)] {
				return nil, nil
			}
			return eh.NewIdent(segmentName(string(id))), nil
		}),
		cel.ReceiverMacro("days_since", 0, func(eh cel.MacroExprFactory, list ast.Expr, _ []ast.Expr) (ast.Expr, *cel.Error) {
			days := eh.NewSelect(eh.NewIdent("@e"), DaysAgo)
			return eh.NewCall("@days_since", collect(eh, list, "@e", eh.NewLiteral(types.True), days)), nil
		}),
	}
	for name, m := range perEvent {
		all = append(all, cel.ReceiverMacro(name, 2, func(eh cel.MacroExprFactory, list ast.Expr, args []ast.Expr) (ast.Expr, *cel.Error) {
			v := args[0].AsIdent()
			if v == "" || CheckName(v) != "" {
				return nil, nil
			}
			return m(eh, list, v, args[1]), nil
		}))
	}
	return all
}
