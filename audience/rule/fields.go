// SPDX-License-Identifier: Apache-2.0

package rule

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"cel.dev/cel-go/common/ast"
)

// ident walks a name that stands by itself.
func (w *walker) ident(e ast.Expr) node {
	name := e.AsIdent()
	switch {
	case name == nameAsOf:
		return node{expr: AsOf{}}
	case w.in != nil && name == w.in.name:
		w.faultAt(e, fmt.Sprintf("%s is a whole event", name), fmt.Sprintf("name one of its columns: %s.%s", name, w.in.table.example()))
	case name == nameEach:
		w.faultAt(e, "each has a value only with a name", "write each.category")
	case w.known(name) && w.in != nil:
		w.outside(e, name)
	case name == namePerson && w.schema.HasPeople:
		w.faultAt(e, "person is everything that is known of a person", "name one field: person.country")
	case name == namePerson:
		w.noPeople(e)
	case w.tables[name] != nil:
		return node{list: &Events{Table: name}}
	case w.lets[name] != nil:
		return w.let(name)
	default:
		w.unknownName(e, name)
	}
	return node{}
}

// let is the node of a let that was walked before. One that has a fault of its
// own says nothing more here.
func (w *walker) let(name string) node {
	l := w.lets[name].done
	switch {
	case l == nil:
		return node{}
	case l.Type.Events != "":
		from := l.From
		return node{list: &from}
	}
	return node{expr: LetRef{Name: name, K: l.Type.Kind}, key: l.Key}
}

// known tells whether a name means something outside of macros.
func (w *walker) known(name string) bool {
	return name == namePerson || w.tables[name] != nil || w.lets[name] != nil
}

// outside reports a name that may not stand inside a macro or a where.
func (w *walker) outside(e ast.Expr, name string) {
	if w.in.where {
		w.faultAt(e, fmt.Sprintf("where sees one row of %s, not %s", w.in.table.Name, name), fmt.Sprintf("columns are written row.%s", w.in.table.example()))
		return
	}
	w.faultAt(e, fmt.Sprintf("inside a macro a rule sees the event, not %s", name),
		fmt.Sprintf("say it outside, beside the macro: %s… && orders.exists(o, …)", name))
}

func (w *walker) noPeople(e ast.Expr) {
	w.faultAt(e, "the plan has no data.people", "person.x needs a people table in the plan's data")
}

func (w *walker) unknownName(e ast.Expr, name string) {
	names := []string{nameAsOf}
	if w.in != nil {
		names = append(names, w.in.name)
	} else {
		names = slices.AppendSeq(names, maps.Keys(w.tables))
		names = slices.AppendSeq(names, maps.Keys(w.lets))
		names = append(names, namePerson)
	}
	hint := didYouMean(name, names)
	if hint == "" && name == nameRow {
		hint = "row is the row of a where; in rules of segments name an event: orders.exists(o, o.country == \"GB\")"
	} else if hint == "" && w.in != nil && w.in.table.has(name) {
		hint = fmt.Sprintf("write %s.%s", w.in.name, name)
	} else if hint == "" && w.in != nil {
		hint = fmt.Sprintf("columns are written %s.%s, and texts stand in quotes: %q", w.in.name, w.in.table.example(), name)
	} else if hint == "" {
		hint = w.ofEvents(name)
	}
	w.faultAt(e, fmt.Sprintf("unknown name %q", name), hint)
}

// ofEvents is the hint for a column that stands without its event.
func (w *walker) ofEvents(name string) string {
	for _, t := range w.schema.Tables {
		if t.has(name) {
			return fmt.Sprintf("a column belongs to an event: write %s.exists(e, e.%s …) or %s.latest(e, e.%s)", t.Name, name, t.Name, name)
		}
	}
	return ""
}

func (t *Table) has(name string) bool {
	return slices.ContainsFunc(t.columns(), func(c Column) bool { return c.Name == name })
}

// field walks operand.name.
func (w *walker) field(e ast.Expr) node {
	sel := e.AsSelect()
	operand, name := sel.Operand(), sel.FieldName()
	if _, macro := w.macroCall(operand); !macro && operand.Kind() == ast.IdentKind {
		switch root := operand.AsIdent(); {
		case w.in != nil && root == w.in.name:
			return w.column(e, w.in.table.columns(), name, "table "+w.in.table.Name, func(c Column) Expr { return EventField{Name: c.Name, K: c.Kind} })
		case root == nameEach:
			return w.each(e, name)
		case root == namePerson && w.in != nil:
			w.outside(operand, namePerson)
			return node{}
		case root == namePerson && !w.schema.HasPeople:
			w.noPeople(operand)
			return node{}
		case root == namePerson:
			return w.column(e, w.schema.Person, name, "data.people", func(c Column) Expr { return PersonField{Name: c.Name, K: c.Kind} })
		}
	}
	switch of := w.any(operand); {
	case of.list != nil:
		w.faultAt(e, fmt.Sprintf("%s is a list of events; a column belongs to one event", w.describe(operand)),
			fmt.Sprintf("write %s.exists(e, e.%s …) or %s.latest(e, e.%s)", w.describeOr(operand, "list"), name, w.describeOr(operand, "list"), name))
	case of.expr != nil:
		w.faultAt(e, fmt.Sprintf("%s is %s and has no fields", w.describe(operand), of.kind().withArticle()), "")
	}
	return node{}
}

// column finds a column by its name.
func (w *walker) column(e ast.Expr, columns []Column, name, of string, field func(Column) Expr) node {
	for _, c := range columns {
		if c.Name == name {
			n := node{expr: field(c)}
			if c.Key {
				n.key = w.describe(e)
			}
			return n
		}
	}
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	hint := didYouMean(name, names)
	if hint == "" && len(names) > 0 {
		hint = "it has " + strings.Join(names[:min(len(names), 12)], ", ")
	}
	w.faultAt(e, fmt.Sprintf("%s has no column %q", of, name), hint)
	return node{}
}

func (w *walker) each(e ast.Expr, name string) node {
	v, ok := w.Each[name]
	if !ok {
		hint := didYouMean(name, slices.Collect(maps.Keys(w.Each)))
		if w.list != "segment" {
			hint = "only the rules of segments have each"
		} else if len(w.Each) == 0 {
			hint = "give the segment each: {" + name + ": […]}"
		}
		w.faultAt(e, fmt.Sprintf("each has no %q", name), hint)
		return node{}
	}
	v, k := normal(v)
	if k == Invalid {
		w.faultAt(e, fmt.Sprintf("each.%s is no bool, int, double or string", name), "")
		return node{}
	}
	w.consts = append(w.consts, substitution{name, Const{Value: v, K: k}})
	return constant(v)
}

// has walks has(e.x) and has(person.x).
func (w *walker) has(e ast.Expr, args []ast.Expr) node {
	if !w.arity(e, "has", args, 1, "has(o.country)") {
		return node{}
	}
	_, macro := w.macroCall(args[0])
	n := node{}
	if macro || args[0].Kind() != ast.SelectKind {
		w.faultAt(args[0], "has needs a column", "write has(o.country) or has(person.country)")
		return n
	}
	switch x := w.value(args[0]).expr.(type) {
	case EventField, PersonField:
		n.expr = Has{X: x}
	case nil:
	default:
		w.faultAt(args[0], "has needs a column", "write has(o.country) or has(person.country)")
	}
	return n
}

// example is the name of one column, for hints.
func (t *Table) example() string {
	if len(t.Columns) > 0 && isIdentifier(t.Columns[0].Name) {
		return t.Columns[0].Name
	}
	return DaysAgo
}
