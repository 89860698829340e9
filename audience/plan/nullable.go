// SPDX-License-Identifier: Apache-2.0

package plan

import "github.com/throng-dp/throng/audience/rule"

// canBeNull tells whether a value is null for some person by what the data
// lack. Overflow, which also makes null, is not meant: an amount that overflows
// counts as 0, clipped.
func (c *compiler) canBeNull(e rule.Expr) bool {
	switch e := e.(type) {
	case rule.PersonField, rule.InSegment:
		return true
	case rule.LetRef:
		l := c.lets[e.Name]
		return l == nil || c.canBeNull(l.Expr)
	case rule.Unary:
		return c.canBeNull(e.X)
	case rule.Binary:
		return c.canBeNull(e.X) || c.canBeNull(e.Y)
	case rule.Cond:
		return c.canBeNull(e.If) || c.canBeNull(e.Then) || c.canBeNull(e.Else)
	case rule.In:
		return c.canBeNull(e.X)
	case rule.Text:
		return c.canBeNull(e.X)
	case rule.Aggregate:
		return e.Fn == rule.Min || e.Fn == rule.Max || e.Fn == rule.Latest
	}
	return false // Const, AsOf, Has
}
