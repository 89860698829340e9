// SPDX-License-Identifier: Apache-2.0

package rule

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"unicode/utf8"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
)

// maxText is the length of a rule in bytes.
const maxText = 64 << 10

// A source is one rule on its way.
type source struct {
	Source
	list   string // "let", "segment" or "where"
	index  int
	runes  []rune
	ast    *cel.Ast // as parsed; nil if it cannot be
	faults []Fault
	deep   bool
	consts []substitution
	uses   []reference // segments that the rule asks for
	done   *Let        // of a let: the result; nil if it has a fault
	expr   Expr        // of a segment or a where
}

// A substitution is an each.x of a rule and the constant that it stands for.
type substitution struct {
	name string
	c    Const
}

// A reference is a name that a rule uses, at its place.
type reference struct {
	name string
	e    ast.Expr
}

type checker struct {
	schema   Schema
	tables   map[string]*Table
	lets     map[string]*source
	segments map[string]int
	all      []*source // lets, segments, wheres
}

// Check checks a plan's rules against its schema and returns all faults at
// once. The Set is nil if there is any.
func Check(schema Schema, lets, segments, where []Source) (*Set, []Fault) {
	c := &checker{schema: schema, tables: map[string]*Table{}, lets: map[string]*source{}, segments: map[string]int{}}
	for i := range schema.Tables {
		c.tables[schema.Tables[i].Name] = &schema.Tables[i]
	}
	c.add("let", lets)
	c.add("segment", segments)
	c.add("where", where)
	faults := c.schemaFaults()
	if len(faults) > 0 {
		return nil, faults
	}
	set, err := c.run()
	for _, s := range c.all {
		faults = append(faults, s.faults...)
	}
	if err != nil && len(faults) == 0 {
		faults = []Fault{{In: "schema", Line: 1, Column: 1, Msg: err.Error()}}
	}
	if len(faults) > 0 {
		return nil, tidy(faults)
	}
	return set, nil
}

func (c *checker) add(list string, sources []Source) {
	for i, s := range sources {
		n := &source{Source: s, list: list, index: i, runes: []rune(s.Text)}
		switch list {
		case "let":
			if why := CheckName(s.Name); why != "" {
				n.fault(1, 0, why, "rename the let")
			} else if c.tables[s.Name] != nil {
				n.fault(1, 0, fmt.Sprintf("%s is a table already", s.Name), "rename the let")
			} else if c.lets[s.Name] != nil {
				n.fault(1, 0, fmt.Sprintf("two lets are called %s", s.Name), "rename one of them")
			} else {
				c.lets[s.Name] = n
			}
		case "segment":
			if _, twice := c.segments[s.Name]; twice {
				n.fault(1, 0, fmt.Sprintf("two segments are called %q", s.Name), "rename one of them")
			} else {
				c.segments[s.Name] = i
			}
		case "where":
			if c.tables[s.Name] == nil {
				n.fault(1, 0, fmt.Sprintf("where of an unknown table %q", s.Name), "")
			}
		}
		c.all = append(c.all, n)
	}
}

// schemaFaults refuses tables that rules could not name. They are found in a
// list of their own, "schema", whose indexes are those of Schema.Tables.
func (c *checker) schemaFaults() []Fault {
	var faults []Fault
	seen := map[string]bool{}
	for i, t := range c.schema.Tables {
		why := CheckName(t.Name)
		if seen[t.Name] {
			why = fmt.Sprintf("two tables are called %s", t.Name)
		}
		seen[t.Name] = true
		for _, col := range t.Columns {
			if !isColumn(col.Kind) {
				why = fmt.Sprintf("column %q of %s has no kind", col.Name, t.Name)
			}
		}
		if why != "" {
			faults = append(faults, Fault{In: "schema", Index: i, Line: 1, Column: 1, Msg: why})
		}
	}
	for _, col := range c.schema.Person {
		if !isColumn(col.Kind) {
			faults = append(faults, Fault{In: "schema", Index: len(c.schema.Tables), Line: 1, Column: 1, Msg: fmt.Sprintf("column %q of people has no kind", col.Name)})
		}
	}
	return faults
}

// isColumn tells whether columns can be of a kind.
func isColumn(k Kind) bool { return k >= Bool && k <= Timestamp }

// run parses, walks and, if nothing is wrong, has CEL check every rule.
func (c *checker) run() (*Set, error) {
	set := &Set{Schema: c.schema, Where: map[string]Expr{}}
	for _, s := range c.all {
		if s.list == "segment" {
			set.Segments = append(set.Segments, Rule{Segment: s.Name})
		}
	}
	env, err := set.env(nil, nil)
	if err != nil {
		return nil, err
	}
	parseAll(c.all, env)
	order := c.walkLets()
	for _, s := range c.all {
		if s.list != "let" && s.ast != nil {
			c.walkRule(s)
		}
	}
	set.Order = c.segmentOrder()
	if slices.ContainsFunc(c.all, func(s *source) bool { return len(s.faults) > 0 }) {
		return nil, nil
	}
	return set, c.finish(set, order)
}

// parseAll parses on all processors: of a plan's checks this takes longest.
func parseAll(all []*source, env *cel.Env) {
	var next atomic.Int64
	var panicked atomic.Value
	work := func() {
		defer func() {
			if p := recover(); p != nil {
				panicked.Store(fmt.Sprint(p))
			}
		}()
		for i := next.Add(1) - 1; i < int64(len(all)); i = next.Add(1) - 1 {
			all[i].parse(env)
		}
	}
	var others sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0)-1, len(all)/8) {
		others.Go(work)
	}
	work()
	others.Wait()
	if p := panicked.Load(); p != nil {
		panic(p) // where somebody catches it
	}
}

func (s *source) parse(env *cel.Env) {
	switch {
	case len(s.Text) > maxText:
		s.fault(1, 0, fmt.Sprintf("the rule is longer than %d KiB", maxText>>10), "name its parts with let")
		return
	case !utf8.ValidString(s.Text):
		s.fault(1, 0, "the rule is not valid UTF-8", "")
		return
	}
	parsed, iss := env.Parse(s.Text)
	if iss.Err() != nil {
		s.syntax(iss.Errors())
		return
	}
	s.ast = parsed
}

func (c *checker) walkRule(s *source) {
	w := &walker{checker: c, source: s}
	if s.list == "where" {
		t := c.tables[s.Name]
		if t == nil {
			return
		}
		w.in = &scope{name: nameRow, table: t, where: true}
	}
	root := s.ast.NativeRep().Expr()
	n := w.value(root)
	if n.expr != nil && n.kind() != Bool {
		w.faultAt(root, fmt.Sprintf("a rule is a condition; this one is %s", n.kind().withArticle()), "compare it with something")
	}
	s.expr = n.expr
}

// finish lets CEL check the rules and fills the set. What the walk accepted CEL
// accepts too; a fault in here is a fault of this package, and tests hunt it.
func (c *checker) finish(set *Set, order []*source) error {
	for _, s := range order {
		set.Lets = append(set.Lets, *s.done)
	}
	env, err := set.env(nil, nil)
	if err != nil {
		return err
	}
	set.cel = &CEL{set: set, Where: map[string]*cel.Ast{}}
	for _, s := range order {
		set.cel.Lets = append(set.cel.Lets, s.celCheck(env))
	}
	for _, s := range c.all {
		switch s.list {
		case "segment":
			r := &set.Segments[s.index]
			r.Expr = s.expr
			for _, u := range s.uses {
				r.Asks = append(r.Asks, u.name)
			}
			set.cel.Segments = append(set.cel.Segments, s.celCheck(env))
		case "where":
			row, err := set.env(c.tables[s.Name], nil)
			if err != nil {
				return err
			}
			set.Where[s.Name] = s.expr
			set.cel.Where[s.Name] = s.celCheck(row)
		}
	}
	return nil
}

// celCheck puts the constants in and returns the AST that CEL checked.
func (s *source) celCheck(env *cel.Env) *cel.Ast {
	s.substitute()
	checked, iss := env.Check(s.ast)
	if err := iss.Err(); err != nil {
		for _, e := range iss.Errors() {
			s.fault(e.Location.Line(), e.Location.Column(), disagree+e.Message, "")
		}
		return nil
	}
	if want, got := s.celType(), checked.OutputType(); !got.IsExactType(want) {
		s.fault(1, 0, fmt.Sprintf("%sthe rule is %s, not %s", disagree, got, want), "")
	}
	return checked
}

// disagree starts the message of a fault that should not be: the walk and CEL
// see a rule differently.
const disagree = "rule checker and CEL disagree: "

func (s *source) celType() *cel.Type {
	switch {
	case s.list != "let":
		return cel.BoolType
	case s.done.Type.Events != "":
		return eventsType(s.done.Type.Events)
	}
	return celTypes[s.done.Type.Kind]
}

// tidy sorts faults by their places and drops those said twice.
func tidy(faults []Fault) []Fault {
	rank := map[string]int{"schema": 0, "let": 1, "segment": 2, "where": 3}
	slices.SortStableFunc(faults, func(a, b Fault) int {
		return cmp.Or(rank[a.In]-rank[b.In], a.Index-b.Index, a.Line-b.Line, a.Column-b.Column)
	})
	return slices.Compact(faults)
}
