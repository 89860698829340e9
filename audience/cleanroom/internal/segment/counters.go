// SPDX-License-Identifier: Apache-2.0

package segment

import (
	"math/bits"

	"github.com/throng-dp/throng/audience/rule"
)

// lane reads an aggregate that is a lane.
func (c *personCompiler) lane(e rule.Aggregate, at place) *node {
	sliced := &c.judge.sliced
	n := &node{kind: e.K}
	switch e.Fn {
	case rule.Exists:
		n.run = func(_ *frame, out *vec) { copy(out.yes, sliced.plane(at.group, at.lane, 0)) }
	case rule.All: // somebody spoke against it
		n.run = func(_ *frame, out *vec) {
			for w, against := range sliced.plane(at.group, at.lane, 0) {
				out.yes[w] = ^against
			}
		}
	default:
		n.run = func(_ *frame, out *vec) {
			clear(out.ints)
			for bit := range at.width {
				for w, word := range sliced.plane(at.group, at.lane, bit) {
					for ; word != 0; word &= word - 1 {
						if i := w<<6 + bits.TrailingZeros64(word); i < len(out.ints) {
							out.ints[i] |= 1 << bit
						}
					}
				}
			}
		}
	}
	return n
}

// threshold compares a count that is a lane with a literal, 64 people at a time.
func (c *personCompiler) threshold(e rule.Binary) (*node, bool) {
	p := c.judge.program
	agg, op, n, ok := p.threshold(e)
	if !ok || p.places[agg].width == 0 || n < 0 || reach(op, n)>>p.places[agg].width != 0 {
		return nil, false
	}
	at := p.places[agg]
	return &node{kind: rule.Bool, run: func(_ *frame, out *vec) {
		for w := range out.yes {
			less, equal := uint64(0), ^uint64(0)
			for bit := at.width - 1; bit >= 0; bit-- {
				has := c.judge.sliced.plane(at.group, at.lane, bit)[w]
				if n>>bit&1 == 1 {
					less |= equal &^ has
					equal &= has
				} else {
					equal &^= has
				}
			}
			out.yes[w] = met(op, less, equal)
		}
	}}, true
}

// met says where a comparison holds, told where the left side is less and where
// the sides are equal.
func met(op rule.Op, less, equal uint64) uint64 {
	switch op {
	case rule.Eq:
		return equal
	case rule.Ne:
		return ^equal
	case rule.Lt:
		return less
	case rule.Le:
		return less | equal
	case rule.Gt:
		return ^(less | equal)
	}
	return ^less
}
