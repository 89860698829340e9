// SPDX-License-Identifier: Apache-2.0

package rule

import (
	"slices"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
)

// A CEL is the checked CEL form of a set, for interpreters: the expansion of
// the macros, where the Exprs of a set come from the macro calls. Nulls are
// unknown values. Variables are the tables (lists of events), person, as_of,
// the lets, and SegmentVariable of each segment; in a where, row and as_of.
type CEL struct {
	Lets     []*cel.Ast          // parallel to Set.Lets
	Segments []*cel.Ast          // parallel to Set.Segments
	Where    map[string]*cel.Ast // by table
	set      *Set
}

// CEL returns the checked CEL form.
func (s *Set) CEL() *CEL { return s.cel }

// Env returns the environment to run Lets and Segments in.
func (c *CEL) Env(rt *Runtime) (*cel.Env, error) { return c.set.env(nil, rt) }

// WhereEnv returns the environment to run the where of a table in.
func (c *CEL) WhereEnv(table string, rt *Runtime) (*cel.Env, error) {
	i := slices.IndexFunc(c.set.Schema.Tables, func(t Table) bool { return t.Name == table })
	return c.set.env(&c.set.Schema.Tables[i], rt)
}

// SegmentVariable is the variable that in_segment reads.
func SegmentVariable(id string) string { return segmentName(id) }

// TypeName returns CEL's name for the events of a table, or, without one, for
// persons.
func TypeName(table string) string {
	if table == "" {
		return personType
	}
	return eventType(table)
}

// substitute puts the constants of each.x into the expansion.
func (s *source) substitute() {
	if len(s.consts) == 0 {
		return
	}
	fac := ast.NewExprFactory()
	ast.PostOrderVisit(s.ast.NativeRep().Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() != ast.SelectKind || e.AsSelect().Operand().AsIdent() != nameEach {
			return
		}
		for _, sub := range s.consts {
			if sub.name == e.AsSelect().FieldName() {
				e.SetKindCase(fac.NewLiteral(e.ID(), types.DefaultTypeAdapter.NativeToValue(sub.c.Value)))
				return
			}
		}
	}))
}
