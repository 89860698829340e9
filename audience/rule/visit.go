// SPDX-License-Identifier: Apache-2.0

package rule

// Walk visits an expression and everything in it, what is around first.
func Walk(e Expr, visit func(Expr)) {
	if e == nil {
		return
	}
	visit(e)
	switch e := e.(type) {
	case Unary:
		Walk(e.X, visit)
	case Binary:
		Walk(e.X, visit)
		Walk(e.Y, visit)
	case Cond:
		Walk(e.If, visit)
		Walk(e.Then, visit)
		Walk(e.Else, visit)
	case In:
		Walk(e.X, visit)
	case Has:
		Walk(e.X, visit)
	case Text:
		Walk(e.X, visit)
	case Aggregate:
		for _, w := range e.From.Where {
			Walk(w, visit)
		}
		Walk(e.Arg, visit)
	}
}
