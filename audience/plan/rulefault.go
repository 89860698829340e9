// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/throng-dp/throng/audience/rule"
)

// ruleFault reports a fault of a rule at its place in the file.
func (c *compiler) ruleFault(ft rule.Fault, tables []int) {
	var address *ruleText
	switch ft.In {
	case "let":
		if ft.Index >= len(c.doc.Let) { // of a match rate: written by us
			c.add(Place{1, 1}, ft.Msg, ft.Hint)
			return
		}
		address = &c.doc.Let[ft.Index].Value.Of
	case "segment":
		address = &c.segments[ft.Index].Rule
	case "where":
		address = &c.doc.Data.Events[tables[ft.Index]].Value.Where
	default: // the schema: a table as such
		if sources := c.Sources(); ft.Index < len(sources) {
			c.add(sources[ft.Index].Place, ft.Msg, ft.Hint)
			return
		}
		c.add(Place{1, 1}, ft.Msg, ft.Hint)
		return
	}
	n := c.nodes[address]
	hint := ft.Hint
	if why := c.whyHidden(string(*address), ft.Line, ft.Column); why != "" {
		hint = why
	} else if isPlain(n) && n.LineComment != "" && cutOff(n.Value) {
		hint = "` #` ends a rule that is not quoted: " + quoteRule
	}
	c.add(c.placeInRule(n, ft.Line, ft.Column), ft.Msg, hint)
}

// cutOff tells a rule that stops within a string or a bracket.
func cutOff(text string) bool {
	open := 0
	for _, t := range tokens(text) {
		switch t {
		case "(", "[", "{":
			open++
		case ")", "]", "}":
			open--
		case `"`, "'":
			return true
		}
	}
	return open > 0
}

// whyHidden says why a rule may not see the column that it names at a place.
func (c *compiler) whyHidden(text string, line, column int) string {
	lines := strings.Split(text, "\n")
	if line < 1 || line > len(lines) {
		return ""
	}
	rs := []rune(lines[line-1])
	if column < 1 || column > len(rs) {
		return ""
	}
	all := tokens(string(rs[column-1:]))
	ts := all
	for len(ts) > 0 && ts[0] == "." {
		ts = ts[1:]
	}
	if len(ts) > 2 && ts[1] == "." {
		ts = ts[2:]
	}
	if len(ts) == 0 {
		return ""
	}
	name := strings.Trim(ts[0], "`")
	if why := c.whyDenied(name); why != "" && len(ts) < len(all) {
		return fmt.Sprintf("no rule can name %q: %s", name, why)
	}
	for _, v := range c.views {
		if why := v.hidden[name]; why != "" && !slices.ContainsFunc(v.columns, func(col rule.Column) bool { return col.Name == name }) {
			return fmt.Sprintf("no rule can name %q: %s", name, why)
		}
	}
	return ""
}
