// SPDX-License-Identifier: Apache-2.0

package sql

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/throng-dp/throng/audience/rule"
)

// A printer writes the expressions of a query.
type printer struct {
	*Dialect
	*Query
	tables []*table
	fields []string // of persons that were met: the columns f0, f1, …
	lets   map[string]string
	asked  map[string]string // segments; both: the column that holds their answer
	in     *table            // whose row is at hand; nil: a person is
}

// A table is what was met of one table.
type table struct {
	n          int // in the schema
	spec       *rule.Table
	columns    []string         // the columns c0, c1, …
	aggregates []rule.Aggregate // the columns a0, a1, …
	places     map[string]int   // of an aggregate in aggregates, by its text
}

func (p *printer) expr(e rule.Expr) string {
	switch e := e.(type) {
	case rule.Const:
		return p.literal(e.Value)
	case rule.AsOf:
		return p.literal(p.Calendar.AsOf)
	case rule.EventField:
		return p.eventField(e.Name)
	case rule.PersonField:
		return "f" + strconv.Itoa(place(&p.fields, e.Name))
	case rule.LetRef:
		return p.lets[e.Name]
	case rule.InSegment:
		return p.asked[e.Segment]
	case rule.Unary:
		return p.unary(e)
	case rule.Binary:
		return p.binary(e)
	case rule.Cond:
		// A condition that is null takes neither side; an ELSE would take one.
		return fmt.Sprintf("(CASE %s WHEN TRUE THEN %s WHEN FALSE THEN %s END)", p.expr(e.If), p.expr(e.Then), p.expr(e.Else))
	case rule.In:
		list := make([]string, len(e.Values))
		for i, v := range e.Values {
			list[i] = p.literal(v)
		}
		return fmt.Sprintf("(%s IN (%s))", p.expr(e.X), strings.Join(list, ", "))
	case rule.Has:
		return fmt.Sprintf("(%s IS NOT NULL)", p.expr(e.X))
	case rule.Text:
		return fmt.Sprintf(p.tests[e.Op], p.expr(e.X), p.text(e.Lit))
	case rule.Aggregate:
		return p.refer(e)
	}
	panic(fmt.Sprintf("sql: no form for %T", e)) // rule.Check makes no other
}

// place returns where a name stands in a list, which has it from then on.
func place(list *[]string, name string) int {
	for i, n := range *list {
		if n == name {
			return i
		}
	}
	*list = append(*list, name)
	return len(*list) - 1
}

// dayColumns are what days tell of an event.
var dayColumns = []string{rule.DaysAgo, rule.Date, rule.Month, rule.Weekday}

func (p *printer) eventField(name string) string {
	for _, c := range p.in.spec.Columns { // a column of the table's own hides a day's
		if c.Name == name {
			return "c" + strconv.Itoa(place(&p.in.columns, name))
		}
	}
	return "d_" + name
}

// literal writes a constant. Times are microseconds.
func (d *Dialect) literal(v rule.Value) string {
	switch v := v.(type) {
	case bool:
		return strings.ToUpper(strconv.FormatBool(v))
	case int64:
		return fmt.Sprintf("CAST('%d' AS BIGINT)", v)
	case float64:
		return fmt.Sprintf("CAST('%s' AS DOUBLE)", strconv.FormatFloat(v, 'g', -1, 64))
	case string:
		return d.text(v)
	case time.Time:
		return d.literal(v.UnixMicro())
	}
	panic(fmt.Sprintf("sql: no literal of a %T", v)) // durations stand in sums with times alone
}

func (p *printer) unary(e rule.Unary) string {
	x := p.expr(e.X)
	switch {
	case e.Op == rule.Not:
		return "(NOT " + x + ")"
	case e.Op == rule.ToDouble:
		return "CAST(" + x + " AS DOUBLE)"
	case e.X.Kind() == rule.Double:
		return fmt.Sprintf("(%s - %s)", p.literal(0.0), x)
	}
	return fmt.Sprintf(p.ints[rule.Sub], p.literal(int64(0)), x)
}

var operators = map[rule.Op]string{rule.And: "AND", rule.Or: "OR", rule.Eq: "=", rule.Ne: "<>", rule.Lt: "<", rule.Le: "<=", rule.Gt: ">", rule.Ge: ">="}

func (p *printer) binary(e rule.Binary) string {
	if e.K == rule.Timestamp {
		return p.shift(e)
	}
	x, y := p.expr(e.X), p.expr(e.Y)
	switch {
	case e.Op < rule.Add:
		return fmt.Sprintf("(%s %s %s)", x, operators[e.Op], y)
	case e.K == rule.Double:
		return p.finite(fmt.Sprintf(p.doubles[e.Op], x, y))
	case e.Op == rule.Mod && e.Y == rule.Const{Value: int64(-1), K: rule.Int}:
		// The least number's quotient by -1 does not fit: null. Else nothing is left.
		return fmt.Sprintf("(CASE WHEN %s > %s THEN %s END)", x, p.literal(int64(math.MinInt64)), p.literal(int64(0)))
	case e.Op == rule.Mod:
		return fmt.Sprintf("(%s %% %s)", x, y)
	}
	return fmt.Sprintf(p.ints[e.Op], x, y)
}

// finite makes a double that is none null, and -0 0.
func (p *printer) finite(x string) string {
	return fmt.Sprintf("(CASE WHEN "+p.isFinite+" THEN %s + %s END)", x, x, p.literal(0.0))
}

// shift moves a time by a literal, and is null outside the years 1 to 9999.
func (p *printer) shift(e rule.Binary) string {
	x, by := e.X, e.Y
	if e.X.Kind() == rule.Duration {
		x, by = e.Y, e.X
	}
	d := by.(rule.Const).Value.(time.Duration)
	if e.Op == rule.Sub {
		d = -d
	}
	// Times are cut to microseconds towards the past.
	micros := int64(d / time.Microsecond)
	if d%time.Microsecond < 0 {
		micros--
	}
	return p.inYears(fmt.Sprintf("(%s + %s)", p.expr(x), p.literal(micros)))
}

var firstYear, endOfYears = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)

// inYears makes a time outside the years 1 to 9999 null.
func (p *printer) inYears(x string) string {
	return fmt.Sprintf("(CASE WHEN %s >= %s AND %s < %s THEN %s END)", x, p.literal(firstYear), x, p.literal(endOfYears), x)
}
