// SPDX-License-Identifier: Apache-2.0

package segment

import (
	"math"

	"github.com/throng-dp/throng/audience/rule"
)

// bounds finds how far rules look at each count: beyond the largest literal that
// one is compared with, all numbers are alike. A count that is used in any other
// way has no bound.
func (p *Program) bounds() {
	p.most = make([]int64, len(p.aggs))
	for _, s := range p.set.Segments {
		p.bound(s.Expr)
	}
	for _, name := range p.roots {
		p.bound(p.lets[name])
	}
}

func (p *Program) bound(e rule.Expr) {
	switch e := e.(type) {
	case rule.Aggregate:
		p.most[p.index[key(e)]] = math.MaxInt64
	case rule.LetRef:
		p.bound(p.lets[e.Name])
	case rule.Binary:
		if i, op, n, ok := p.threshold(e); ok {
			p.most[i] = max(p.most[i], reach(op, n))
			return
		}
		p.bound(e.X)
		p.bound(e.Y)
	case rule.Unary:
		p.bound(e.X)
	case rule.Cond:
		p.bound(e.If)
		p.bound(e.Then)
		p.bound(e.Else)
	case rule.In:
		p.bound(e.X)
	case rule.Text:
		p.bound(e.X)
	}
}

// threshold takes a comparison of a count with a literal apart: count op n.
func (p *Program) threshold(e rule.Binary) (agg int, op rule.Op, n int64, ok bool) {
	a, op, c, ok := p.againstLiteral(e)
	if !ok || a.Fn != rule.Count || c.K != rule.Int {
		return 0, 0, 0, false
	}
	return p.index[key(a)], op, c.Value.(int64), true
}

// againstLiteral takes a comparison of an aggregate with a literal apart: a op c.
func (p *Program) againstLiteral(e rule.Binary) (a rule.Aggregate, op rule.Op, c rule.Const, ok bool) {
	x, y, op := e.X, e.Y, e.Op
	if op < rule.Eq || op > rule.Ge {
		return a, op, c, false
	}
	if _, swapped := x.(rule.Const); swapped {
		x, y, op = y, x, mirrored(op)
	}
	for {
		l, let := x.(rule.LetRef)
		if !let {
			break
		}
		x = p.lets[l.Name]
	}
	a, isAggregate := x.(rule.Aggregate)
	c, isConst := y.(rule.Const)
	return a, op, c, isAggregate && isConst
}

// mirrored returns the operator that means the same with its sides exchanged.
func mirrored(op rule.Op) rule.Op {
	switch op {
	case rule.Lt:
		return rule.Gt
	case rule.Le:
		return rule.Ge
	case rule.Gt:
		return rule.Lt
	case rule.Ge:
		return rule.Le
	}
	return op
}

// reach returns the number from which on count op n does not change.
func reach(op rule.Op, n int64) int64 {
	switch {
	case n < 1:
		return 1
	case op == rule.Ge || op == rule.Lt || n == math.MaxInt64:
		return n
	}
	return n + 1
}
