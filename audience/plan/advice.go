// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"context"
	"fmt"
	"math"
	"regexp"
	"slices"
	"time"

	"github.com/throng-dp/throng/audience/match"
	"github.com/throng-dp/throng/audience/rule"
)

// Advice says what the plan's rules allow and its author should think about:
// audiences of whoever is left over, and audiences whose difference tells of a
// few people. It is computed from the rules, never from data.
func (p *Plan) Advice() []string {
	var w []string
	anybody := p.holdFor(&match.Person{Key: "nobody"})
	for i := range p.Rules.Segments {
		if p.Rules.Segments[i].Expr == (rule.Const{Value: true, K: rule.Bool}) {
			continue // everyone, on purpose: nobody is left over
		}
		n := negative{p: p}
		if anybody[p.Segments[i].ID] || n.only(p.Rules.Segments[i].Expr, false) {
			w = append(w, fmt.Sprintf("audience %s says only who is not in it: whoever is left over is in, also people of whom nothing is known; say what its people have in common",
				p.Segments[i].ID))
		}
	}
	for i := range p.Rules.Segments {
		if place, money := p.proxies(i); place != "" && money != "" {
			w = append(w, fmt.Sprintf("audience %s asks for %s and %s together: where people live and what they earn stand for origin and belief; ask for one of them",
				p.Segments[i].ID, place, money))
		}
	}
	return append(w, p.nearPairs()...)
}

// Names of columns that together stand for what may not be asked.
var (
	placeName = regexp.MustCompile(`(^|_)(zip|zipcode|postcode|postal|postal_code|plz|neighbou?rhood|district)(_|$)`)
	moneyName = regexp.MustCompile(`(^|_)(income|salary|wage|wages|wealth|net_worth|credit_score)(_|$)`)
)

// proxies returns the columns of place and of money that a rule asks for, by
// their names alone.
func (p *Plan) proxies(i int) (place, money string) {
	visit(p.Rules, p.Rules.Segments[i].Expr, func(word string) {
		switch name := snake(word); {
		case placeName.MatchString(name):
			place = word
		case moneyName.MatchString(name):
			money = word
		}
	})
	return place, money
}

// holdFor returns the segments that an invented person is in.
func (p *Plan) holdFor(who *match.Person) map[string]bool {
	in := map[string]bool{}
	cal, err := rule.NewCalendar(time.UTC, testDate, max(p.Lookback, 1))
	if err != nil {
		return in
	}
	m, err := match.Load(p.Rules, cal, allowAll{})
	if err != nil {
		return in
	}
	answer, err := m.Match(context.Background(), who, p.Purpose)
	if err != nil {
		return in
	}
	for i := range p.Segments {
		in[p.Segments[i].ID] = answer.Segments[i] == true
	}
	return in
}

// negative judges rules by their form.
type negative struct {
	p     *Plan
	depth int
}

// only tells whether a condition, or its opposite, asks for nothing but that
// something is not so.
func (n *negative) only(e rule.Expr, not bool) bool {
	if n.depth++; n.depth > 200 {
		return false
	}
	defer func() { n.depth-- }()
	switch e := e.(type) {
	case rule.Unary:
		return e.Op == rule.Not && n.only(e.X, !not)
	case rule.Binary:
		switch e.Op {
		case rule.And, rule.Or:
			x, y := n.only(e.X, not), n.only(e.Y, not)
			if (e.Op == rule.And) != not {
				return x && y // all of it holds: one that asks for something is enough
			}
			return x || y
		case rule.Eq:
			return not
		case rule.Ne:
			return !not
		}
	case rule.In, rule.Text:
		return not
	case rule.Aggregate:
		if e.Fn == rule.Exists && !not {
			return n.only(e.Arg, false)
		}
		return e.Fn == rule.Exists
	case rule.InSegment:
		for i := range n.p.Rules.Segments {
			if n.p.Rules.Segments[i].Segment == e.Segment {
				return not || n.only(n.p.Rules.Segments[i].Expr, false)
			}
		}
	}
	return false
}

// near is how much two constants may differ, as a share of the larger, so that
// the audiences are nearly the same people.
const near = 0.05

// nearPairs tells of pairs of audiences whose rules are the same, or the same
// but for one constant, or the same but for one exception.
func (p *Plan) nearPairs() []string {
	var w []string
	rules := p.Rules.Segments
	forms := make([]form, len(rules))
	for i := range rules {
		forms[i] = formOf(rules[i].Expr)
	}
	// Rules that are the same but for their constants are rare: they meet in a map.
	like := map[string][]int{}
	text := map[string]int{}
	for i := range rules {
		like[forms[i].shape] = append(like[forms[i].shape], i)
		text[rule.Canonical(rules[i].Expr)] = i
	}
	for i := range rules {
		for _, k := range like[forms[i].shape] {
			if k > i && len(w) < mostAdvice {
				if why := forms[i].differs(&forms[k]); why != "" {
					w = append(w, fmt.Sprintf("audiences %s and %s are nearly the same: %s; their difference tells of few people, and reports of campaigns that use both may tell it without noise",
						p.Segments[i].ID, p.Segments[k].ID, why))
				}
			}
		}
		for without, exception := range exceptions(rules[i].Expr) {
			if k, ok := text[without]; ok && k != i && len(w) < mostAdvice {
				w = append(w, fmt.Sprintf("audience %s is %s but for one exception (%s): their difference is that one group, and reports of campaigns that use both may tell it without noise",
					p.Segments[i].ID, p.Segments[k].ID, exception))
			}
		}
	}
	return w
}

// mostAdvice is how many pairs are told.
const mostAdvice = 20

// A form is a rule without its numbers and times.
type form struct {
	shape   string
	numbers []float64
}

func formOf(e rule.Expr) form {
	var f form
	f.shape = rule.Canonical(f.strip(e))
	return f
}

// strip takes the numbers and times of comparisons out.
func (f *form) strip(e rule.Expr) rule.Expr {
	switch e := e.(type) {
	case rule.Const:
		switch v := e.Value.(type) {
		case int64:
			f.numbers = append(f.numbers, float64(v))
			return rule.Const{Value: int64(0), K: e.K}
		case float64:
			f.numbers = append(f.numbers, v)
			return rule.Const{Value: float64(0), K: e.K}
		case time.Time:
			f.numbers = append(f.numbers, float64(v.Unix()/86400))
			return rule.Const{Value: time.Unix(0, 0), K: e.K}
		case time.Duration:
			f.numbers = append(f.numbers, v.Hours())
			return rule.Const{Value: time.Duration(0), K: e.K}
		}
	case rule.Unary:
		return rule.Unary{Op: e.Op, X: f.strip(e.X)}
	case rule.Binary:
		return rule.Binary{Op: e.Op, X: f.strip(e.X), Y: f.strip(e.Y), K: e.K}
	case rule.Cond:
		return rule.Cond{If: f.strip(e.If), Then: f.strip(e.Then), Else: f.strip(e.Else), K: e.K}
	case rule.Aggregate:
		from := rule.Events{Table: e.From.Table}
		for _, c := range e.From.Where {
			from.Where = append(from.Where, f.strip(c))
		}
		arg := e.Arg
		if arg != nil {
			arg = f.strip(arg)
		}
		return rule.Aggregate{Fn: e.Fn, From: from, Arg: arg, K: e.K}
	}
	return e
}

// differs says how two rules of one shape differ, or nothing if they do by much.
func (f *form) differs(g *form) string {
	at := -1
	for i := range f.numbers {
		if f.numbers[i] != g.numbers[i] {
			if at >= 0 {
				return ""
			}
			at = i
		}
	}
	if at < 0 {
		return "their rules are the same"
	}
	x, y := f.numbers[at], g.numbers[at]
	if d := math.Abs(x - y); d > 1 && d > near*max(math.Abs(x), math.Abs(y)) {
		return ""
	}
	return fmt.Sprintf("their rules differ in one number alone, %g and %g", x, y)
}

// exceptions returns, for each condition of a rule that only leaves somebody
// out, the rule without it.
func exceptions(e rule.Expr) map[string]string {
	all := map[string]string{}
	parts := conjuncts(e)
	for i, c := range parts {
		u, not := c.(rule.Unary)
		b, differs := c.(rule.Binary)
		leavesOut := not && u.Op == rule.Not || differs && b.Op == rule.Ne
		if !leavesOut || !namesAValue(c) || len(parts) == 1 {
			continue
		}
		var rest rule.Expr
		for k, other := range parts {
			switch {
			case k == i:
			case rest == nil:
				rest = other
			default:
				rest = rule.Binary{Op: rule.And, X: rest, Y: other, K: rule.Bool}
			}
		}
		all[rule.Canonical(rest)] = fmt.Sprintf("condition %d of its rule", i+1)
	}
	return all
}

// namesAValue tells whether a condition compares text: what it leaves out may
// then be a small group, which a time or a number alone seldom makes.
func namesAValue(e rule.Expr) bool {
	switch e := e.(type) {
	case rule.Binary:
		if (e.Op == rule.Eq || e.Op == rule.Ne) && e.X.Kind() == rule.String {
			return true
		}
	case rule.In:
		return e.X.Kind() == rule.String
	case rule.Text:
		return true
	case rule.Aggregate:
		if e.Arg != nil { // what the list was filtered by is often what the whole plan is about
			return namesAValue(e.Arg)
		}
	}
	return slices.ContainsFunc(operands(e), namesAValue)
}

// conjuncts returns the conditions that must all hold.
func conjuncts(e rule.Expr) []rule.Expr {
	if b, ok := e.(rule.Binary); ok && b.Op == rule.And {
		return append(conjuncts(b.X), conjuncts(b.Y)...)
	}
	return []rule.Expr{e}
}
