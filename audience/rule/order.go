// SPDX-License-Identifier: Apache-2.0

package rule

import (
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/common/ast"
)

// walkLets walks the lets so that each comes after those it refers to, and
// returns them in that order.
func (c *checker) walkLets() []*source {
	var order []*source
	var path []string
	state := map[string]int{} // 1: on the path, 2: done
	var visit func(s *source)
	visit = func(s *source) {
		state[s.Name] = 1
		path = append(path, s.Name)
		for _, ref := range s.letsIn(c) {
			switch to := c.lets[ref.name]; state[ref.name] {
			case 0:
				visit(to)
			case 1:
				s.circle(path, ref, "let")
			}
		}
		path = path[:len(path)-1]
		state[s.Name] = 2
		c.walkLet(s)
		order = append(order, s)
	}
	for _, s := range c.all {
		if s.list == "let" && c.lets[s.Name] == s && state[s.Name] == 0 {
			visit(s)
		}
	}
	return order
}

// circle reports a reference that leads back to a rule on the path.
func (s *source) circle(path []string, ref reference, what string) {
	loop := append(slices.Clone(path[slices.Index(path, ref.name):]), ref.name)
	s.faultAt(ref.e, fmt.Sprintf("%ss go round in a circle: %s", what, strings.Join(loop, " → ")), "let one of them do without the other")
}

// letsIn are the lets that a rule names, each at its first place.
func (s *source) letsIn(c *checker) []reference {
	if s.ast == nil {
		return nil
	}
	var refs []reference
	// The expansion has all names of the macro call.
	ast.PreOrderVisit(s.ast.NativeRep().Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		name := e.AsIdent()
		if name != "" && c.lets[name] != nil && !slices.ContainsFunc(refs, func(r reference) bool { return r.name == name }) {
			refs = append(refs, reference{name, e})
		}
	}))
	return refs
}

func (c *checker) walkLet(s *source) {
	if s.ast == nil {
		return
	}
	w := &walker{checker: c, source: s}
	root := s.ast.NativeRep().Expr()
	n := w.any(root)
	switch {
	case len(s.faults) > 0:
	case n.list != nil:
		s.done = &Let{Name: s.Name, Type: Type{Events: n.list.Table}, From: *n.list}
	case n.kind() == Duration:
		w.faultAt(root, "a let is no duration", "write the duration where it is used")
	case n.expr != nil:
		s.done = &Let{Name: s.Name, Type: Type{Kind: n.kind()}, Expr: n.expr, Key: n.key}
	}
}

// segmentOrder returns the indexes of the segments so that each comes after
// those it asks for with in_segment.
func (c *checker) segmentOrder() []int {
	var segments []*source
	for _, s := range c.all {
		if s.list == "segment" {
			segments = append(segments, s)
		}
	}
	order := make([]int, 0, len(segments))
	var path []string
	state := make([]int, len(segments))
	var visit func(i int)
	visit = func(i int) {
		s := segments[i]
		state[i] = 1
		path = append(path, s.Name)
		for _, ref := range s.uses {
			switch to := c.segments[ref.name]; state[to] {
			case 0:
				visit(to)
			case 1:
				s.circle(path, ref, "segment")
			}
		}
		path = path[:len(path)-1]
		state[i] = 2
		order = append(order, i)
	}
	for i := range segments {
		if state[i] == 0 {
			visit(i)
		}
	}
	return order
}
