// SPDX-License-Identifier: Apache-2.0

package rule

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/ast"
)

// fault reports a fault at a place, given as CEL does: line from 1, column in
// code points from 0.
func (s *source) fault(line, column int, msg, hint string) {
	s.faults = append(s.faults, Fault{In: s.list, Index: s.index, Line: max(line, 1), Column: max(column, 0) + 1, Msg: msg, Hint: hint})
}

// faultAt reports a fault where an expression starts, or at its operator.
func (s *source) faultAt(e ast.Expr, msg, hint string) {
	at := s.place(e)
	s.fault(at.Line(), at.Column(), msg, hint)
}

// faultAtName reports a fault at a function's name; CEL's own place is the
// bracket after it.
func (s *source) faultAtName(e ast.Expr, name, msg, hint string) {
	at := s.nameBefore(e, name)
	s.fault(at.Line(), at.Column(), msg, hint)
}

// place is where an expression stands: a column with its event, a function's
// name rather than the bracket after it, an operator itself.
func (s *source) place(e ast.Expr) common.Location {
	info := s.ast.NativeRep().SourceInfo()
	if call, ok := info.GetMacroCall(e.ID()); ok {
		return s.nameBefore(e, call.AsCall().FunctionName())
	}
	switch e.Kind() {
	case ast.CallKind:
		return s.nameBefore(e, e.AsCall().FunctionName())
	case ast.SelectKind:
		if e.AsSelect().Operand().Kind() == ast.IdentKind {
			e = e.AsSelect().Operand()
		}
	}
	if _, ok := info.GetOffsetRange(e.ID()); !ok {
		return common.NewLocation(1, 0)
	}
	return info.GetStartLocation(e.ID())
}

// nameBefore is the place of a name that stands just before the expression's
// own place, or that place if it does not.
func (s *source) nameBefore(e ast.Expr, name string) common.Location {
	info := s.ast.NativeRep().SourceInfo()
	r, ok := info.GetOffsetRange(e.ID())
	if !ok {
		return common.NewLocation(1, 0)
	}
	before := strings.TrimRight(string(s.runes[:min(int(r.Start), len(s.runes))]), " \t\r\n")
	if rest, ok := strings.CutSuffix(before, name); ok {
		return info.GetLocationByOffset(int32(utf8.RuneCountInString(rest)))
	}
	return info.GetStartLocation(e.ID())
}

// describe is how a message calls an expression.
func (s *source) describe(e ast.Expr) string { return s.describeOr(e, "this") }

// describeOr returns the text of a name, a column or a literal, or other.
func (s *source) describeOr(e ast.Expr, other string) string {
	switch e.Kind() {
	case ast.IdentKind:
		if !strings.HasPrefix(e.AsIdent(), "@") {
			return e.AsIdent()
		}
	case ast.SelectKind:
		sel := e.AsSelect()
		if of := s.describeOr(sel.Operand(), ""); of != "" && !sel.IsTestOnly() {
			if !isIdentifier(sel.FieldName()) {
				return fmt.Sprintf("%s.`%s`", of, sel.FieldName())
			}
			return of + "." + sel.FieldName()
		}
	case ast.LiteralKind:
		if r, ok := s.ast.NativeRep().SourceInfo().GetOffsetRange(e.ID()); ok && r.Stop > r.Start && r.Stop-r.Start < 40 && int(r.Stop) <= len(s.runes) {
			return string(s.runes[r.Start:r.Stop])
		}
	}
	return other
}

// syntax reports what the parser says. It loses its way after the first fault,
// so the others are dropped.
func (s *source) syntax(errs []*common.Error) {
	first := slices.MinFunc(errs, func(a, b *common.Error) int {
		return cmp.Or(a.Location.Line()-b.Location.Line(), a.Location.Column()-b.Location.Column())
	})
	msg, hint := readable(first.Message)
	s.fault(first.Location.Line(), first.Location.Column(), msg, hint)
}

// readable turns a message of the parser's grammar into one for authors.
func readable(msg string) (text, hint string) {
	text = strings.TrimPrefix(msg, "Syntax error: ")
	text, _, _ = strings.Cut(text, " expecting ")
	switch {
	case strings.Contains(text, "'<EOF>'"):
		return "the rule ends too early", "a bracket, a quote or an operand is missing"
	case strings.HasPrefix(text, "invalid ") && strings.HasSuffix(text, " literal"):
		return "this number does not fit its type", "ints have 64 bits; doubles end near 1.8e308"
	case strings.Contains(text, "recursion"):
		return fmt.Sprintf("the rule is nested more than %d deep", maxDepth), "name its parts with let"
	case strings.Contains(text, "limit exceeded: "):
		return "the rule cannot be read", ""
	case strings.Contains(text, "size exceeds"), strings.Contains(text, "count exceeds"):
		return "the rule is too long", "name its parts with let"
	}
	token := ""
	if i, j := strings.IndexByte(text, '\''), strings.LastIndexByte(text, '\''); j > i {
		token = strings.TrimSpace(text[i+1 : j])
	}
	hints := map[string]string{
		"=": "write ==", "&": "write &&", "|": "write ||", "and": "write &&", "or": "write ||", "AND": "write &&", "OR": "write ||",
		"like": "write startsWith, endsWith or contains", "LIKE": "write startsWith, endsWith or contains", "d": "days are plain numbers: o.days_ago < 7",
		"not": "write !", "NOT": "write !", ">": "write !=, <, <=, >, >= or ==", "=>": "write >=", "=<": "write <=", "<": "write <=", "#": "comments start with //", "is": "write ==",
	}
	if strings.HasPrefix(token, "'") || strings.HasPrefix(token, `"`) {
		return "this string does not end, or has an unknown escape", `write \\ for a backslash`
	}
	if strings.ContainsAny(token, "“”„‘’") {
		return "this quote is for print", `write straight quotes: "GB"`
	}
	if token != "" && !strings.HasPrefix(text, "missing") {
		text = fmt.Sprintf("the rule cannot be read from %q on", token)
	}
	return text, hints[token]
}

// String tells the place, the fault and the hint.
func (f Fault) String() string {
	s := fmt.Sprintf("%s %d:%d:%d: %s", f.In, f.Index, f.Line, f.Column, f.Msg)
	if f.Hint != "" {
		s += " (" + f.Hint + ")"
	}
	return s
}
