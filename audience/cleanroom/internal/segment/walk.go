// SPDX-License-Identifier: Apache-2.0

package segment

import (
	"slices"

	"github.com/throng-dp/throng/audience/rule"
)

// walk calls visit for e and everything inside it, the events of aggregates
// included.
func walk(e rule.Expr, visit func(rule.Expr)) {
	visit(e)
	switch e := e.(type) {
	case rule.Unary:
		walk(e.X, visit)
	case rule.Binary:
		walk(e.X, visit)
		walk(e.Y, visit)
	case rule.Cond:
		walk(e.If, visit)
		walk(e.Then, visit)
		walk(e.Else, visit)
	case rule.In:
		walk(e.X, visit)
	case rule.Has:
		walk(e.X, visit)
	case rule.Text:
		walk(e.X, visit)
	case units:
		walk(e.X, visit)
	case rule.Aggregate:
		for _, w := range e.From.Where {
			walk(w, visit)
		}
		if e.Arg != nil {
			walk(e.Arg, visit)
		}
	}
}

// eventFields returns the names of the event's fields in e, each once, sorted.
func eventFields(e rule.Expr) []string {
	var names []string
	walk(e, func(e rule.Expr) {
		if f, ok := e.(rule.EventField); ok {
			names = append(names, f.Name)
		}
	})
	slices.Sort(names)
	return slices.Compact(names)
}
