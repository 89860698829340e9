// SPDX-License-Identifier: Apache-2.0

package local

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/audience/rule"
)

// A printer writes rules as SQL for DuckDB, as an implementation of their
// meaning that shares nothing with the kernels. Times are microseconds since
// 1970 and durations nanoseconds, both BIGINT.
type printer struct {
	set   *rule.Set
	asOf  int64
	aggs  []rule.Aggregate            // in the order in which they were met
	asked []string                    // columns of people that rules look at; nil: all
	who   func(s *plan.Source) string // whose a row is, where it is not the column of persons that says so
}

// query returns one SELECT: a row a person, with key, lets and segments. The
// tables are views with the columns _person, _time and days_ago, date, month,
// weekday beside their own; _universe has _person and the fields of people.
func (p *printer) query(lets []string) string {
	var out []string
	for _, name := range lets {
		out = append(out, p.expr(rule.LetRef{Name: name}))
	}
	for _, s := range p.set.Segments {
		out = append(out, p.expr(s.Expr))
	}
	joins := ""
	for i, t := range p.set.Schema.Tables {
		var columns []string
		for n, a := range p.aggs {
			if a.From.Table == t.Name {
				columns = append(columns, fmt.Sprintf("%s AS a%d", p.aggregate(a), n))
			}
		}
		if len(columns) > 0 {
			joins += fmt.Sprintf(" LEFT JOIN (SELECT _person, %s FROM %s GROUP BY _person) t%d ON t%d._person = u._person",
				strings.Join(columns, ", "), ident(t.Name), i, i)
		}
	}
	return "SELECT u._person, " + strings.Join(append(out, "0"), ", ") + " FROM _universe u" + joins
}

func ident(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func text(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func (p *printer) expr(e rule.Expr) string {
	switch e := e.(type) {
	case rule.Const:
		return literal(e.Value)
	case rule.AsOf:
		return literal(p.asOf)
	case rule.EventField:
		return ident(e.Name)
	case rule.PersonField:
		return "u." + ident(e.Name)
	case rule.LetRef:
		for _, l := range p.set.Lets {
			if l.Name == e.Name {
				return p.expr(l.Expr)
			}
		}
	case rule.InSegment:
		for _, s := range p.set.Segments {
			if s.Segment == e.Segment {
				return p.expr(s.Expr)
			}
		}
	case rule.Unary:
		return p.unary(e)
	case rule.Binary:
		return p.binary(e)
	case rule.Cond:
		c := p.expr(e.If)
		return fmt.Sprintf("(CASE WHEN %s THEN %s WHEN NOT %s THEN %s END)", c, p.expr(e.Then), c, p.expr(e.Else))
	case rule.In:
		var list []string
		for _, v := range e.Values {
			list = append(list, literal(v))
		}
		return fmt.Sprintf("(%s IN (%s))", p.expr(e.X), strings.Join(list, ", "))
	case rule.Has:
		return fmt.Sprintf("(%s IS NOT NULL)", p.expr(e.X))
	case rule.Text:
		name := map[rule.Op]string{rule.StartsWith: "starts_with", rule.EndsWith: "suffix", rule.Contains: "contains"}[e.Op]
		return fmt.Sprintf("%s(%s, %s)", name, p.expr(e.X), text(e.Lit))
	case rule.Aggregate:
		return p.refer(e)
	}
	panic(fmt.Sprintf("no SQL for %T", e))
}

func literal(v rule.Value) string {
	switch v := v.(type) {
	case bool:
		return strings.ToUpper(strconv.FormatBool(v))
	case int64:
		return fmt.Sprintf("'%d'::BIGINT", v)
	case float64:
		return fmt.Sprintf("'%s'::DOUBLE", strconv.FormatFloat(v, 'g', -1, 64))
	case string:
		return text(v)
	case time.Time:
		return literal(v.UnixMicro())
	case time.Duration:
		return literal(int64(v))
	}
	panic(fmt.Sprintf("no SQL for %T", v))
}

func (p *printer) unary(e rule.Unary) string {
	x := p.expr(e.X)
	switch {
	case e.Op == rule.Not:
		return "(NOT " + x + ")"
	case e.Op == rule.ToDouble:
		return x + "::DOUBLE"
	case e.X.Kind() == rule.Double:
		return fmt.Sprintf("(0.0::DOUBLE - %s)", x)
	}
	return fmt.Sprintf("TRY('0'::BIGINT - %s)", x)
}

var operators = map[rule.Op]string{rule.And: "AND", rule.Or: "OR", rule.Eq: "=", rule.Ne: "<>", rule.Lt: "<", rule.Le: "<=",
	rule.Gt: ">", rule.Ge: ">=", rule.Add: "+", rule.Sub: "-", rule.Mul: "*", rule.Div: "/", rule.Mod: "%"}

func (p *printer) binary(e rule.Binary) string {
	x, y := p.expr(e.X), p.expr(e.Y)
	plain := fmt.Sprintf("(%s %s %s)", x, operators[e.Op], y)
	switch {
	case e.Op < rule.Add:
		return plain
	case e.K == rule.Double:
		r := "TRY" + plain
		return fmt.Sprintf("(CASE WHEN isfinite(%s) THEN %s + 0.0::DOUBLE END)", r, r)
	case e.K == rule.Timestamp:
		if e.X.Kind() == rule.Duration {
			x, y = y, x
		}
		moved := fmt.Sprintf("(%s + floor(%s%s::DECIMAL(38,0) / 1000)::BIGINT)", x, map[rule.Op]string{rule.Sub: "-"}[e.Op], y)
		return inYears(moved)
	case e.Op == rule.Mod:
		return fmt.Sprintf("(CASE WHEN %s = %s AND %s = %s THEN NULL ELSE %s END)", x, literal(int64(math.MinInt64)), y, literal(int64(-1)), plain)
	}
	return "TRY" + plain
}

// inYears makes a time outside the years 1 to 9999 null.
func inYears(x string) string {
	first, end := time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
	return fmt.Sprintf("(CASE WHEN %s >= %s AND %s < %s THEN %s END)", x, literal(first), x, literal(end), x)
}

// refer names the column of an aggregate, with what it is of nothing.
func (p *printer) refer(a rule.Aggregate) string {
	n := len(p.aggs)
	p.aggs = append(p.aggs, a)
	nothing := map[rule.Fn]string{rule.Exists: "FALSE", rule.All: "TRUE", rule.Count: "0", rule.Distinct: "0",
		rule.DaysSince: literal(int64(1) << 62)}[a.Fn]
	if a.Fn == rule.Sum {
		nothing = map[rule.Kind]string{rule.Int: "0", rule.Double: "0::DOUBLE"}[a.K]
	}
	if nothing == "" {
		return fmt.Sprintf("a%d", n)
	}
	return fmt.Sprintf("coalesce(a%d, %s)", n, nothing)
}

func (p *printer) aggregate(a rule.Aggregate) string {
	from := "TRUE"
	for _, w := range a.From.Where {
		from += " AND " + p.expr(w)
	}
	filter := fmt.Sprintf(" FILTER (WHERE %s)", from)
	x := ""
	if a.Arg != nil {
		x = p.expr(a.Arg)
	}
	switch a.Fn {
	case rule.Exists:
		return "bool_or(" + x + ")" + filter
	case rule.All:
		return "bool_and(coalesce(" + x + ", FALSE))" + filter
	case rule.Count:
		if x != "" {
			filter = fmt.Sprintf(" FILTER (WHERE %s AND %s)", from, x)
		}
		return "count(*)" + filter
	case rule.Sum:
		if a.K == rule.Int {
			return clamp("sum(" + x + ")" + filter)
		}
		units := fmt.Sprintf("round(%s * 1e6::DOUBLE)", x)
		units = fmt.Sprintf("CASE WHEN abs(%s) <= 9007199254740992 THEN %s::BIGINT END", units, units)
		return clamp("sum("+units+")"+filter) + "::DOUBLE / 1e6::DOUBLE"
	case rule.Min:
		return "min(" + x + ")" + filter
	case rule.Max:
		return "max(" + x + ")" + filter
	case rule.Latest:
		return fmt.Sprintf("max_by(%s, (_time, %s)) FILTER (WHERE %s AND %s IS NOT NULL)", x, x, from, x)
	case rule.Distinct:
		return "count(DISTINCT " + x + ")" + filter
	}
	return "min(days_ago)" + filter
}

func clamp(sum string) string {
	return fmt.Sprintf("least(greatest(coalesce(%s, 0), %d::HUGEINT), %d::HUGEINT)::BIGINT", sum, int64(math.MinInt64), int64(math.MaxInt64))
}

// views returns the statements that make a plan's tables ready for query.
// files are the Parquet files of each source.
func (p *printer) views(pl *plan.Plan, cal *rule.Calendar, files map[string][]string) []string {
	var days []string
	for n, start := range cal.Starts {
		end := cal.AsOf
		if n > 0 {
			end = cal.Starts[n-1]
		}
		d := start.In(cal.Zone)
		days = append(days, fmt.Sprintf("(%d, %d, %d, '%s', %d, %d)", n, start.UnixMicro(), end.UnixMicro(),
			d.Format("2006-01-02"), d.Month(), (d.Weekday()+6)%7+1))
	}
	sql := []string{"CREATE OR REPLACE TEMP TABLE _days AS SELECT * FROM (VALUES " + strings.Join(days, ", ") +
		`) t(days_ago, _start, _end, "date", "month", "weekday")`}
	var present []string
	for i, t := range p.set.Schema.Tables {
		where := "TRUE"
		if w := p.set.Where[t.Name]; w != nil {
			where = p.expr(w)
		}
		sql = append(sql, fmt.Sprintf("CREATE OR REPLACE TEMP TABLE %s AS SELECT * FROM (SELECT r.*, d.* FROM (%s) r JOIN _days d ON _time >= _start AND _time < _end) WHERE %s",
			ident(t.Name), p.raw(&pl.Tables[i], t.Columns, files[t.Name], true), where))
		present = append(present, "SELECT DISTINCT _person FROM "+ident(t.Name))
	}
	universe := strings.Join(present, " UNION ")
	if pl.People != nil {
		// Rows of one person that differ leave nothing but the person.
		var fields, names []string
		for _, c := range p.set.Schema.Person {
			if p.asked != nil && !slices.Contains(p.asked, c.Name) {
				continue // the engine does not read it either
			}
			fields = append(fields, fmt.Sprintf("CASE WHEN count(*) = 1 THEN any_value(%s) END AS %s", ident(c.Name), ident(c.Name)))
			names = append(names, ident(c.Name))
		}
		universe = fmt.Sprintf("SELECT %s FROM (SELECT DISTINCT %s FROM (%s)) GROUP BY _person",
			strings.Join(append([]string{"_person"}, fields...), ", "), strings.Join(append([]string{"_person"}, names...), ", "),
			p.raw(pl.People, p.set.Schema.Person, files[pl.People.Name], false))
	}
	return append(sql, "CREATE OR REPLACE TEMP TABLE _universe AS "+universe)
}

// raw selects a table's columns as rules see them.
func (p *printer) raw(s *plan.Source, columns []rule.Column, files []string, events bool) string {
	var quoted []string
	for _, f := range files {
		quoted = append(quoted, text(f))
	}
	who := ident(s.Person) + "::VARCHAR"
	if p.who != nil {
		who = p.who(s)
	}
	list := []string{who + " AS _person"}
	if events {
		list = append(list, fmt.Sprintf("epoch_us(%s) AS _time", ident(s.Time)))
	}
	for _, c := range columns {
		x := ident(fileName(s, c.Name))
		switch c.Kind {
		case rule.Double:
			x = fmt.Sprintf("CASE WHEN isfinite(%s) THEN %s + 0.0::DOUBLE END", x, x)
		case rule.Timestamp:
			x = inYears("epoch_us(" + x + ")")
		case rule.Int:
			x += "::BIGINT"
		}
		list = append(list, x+" AS "+ident(c.Name))
	}
	return fmt.Sprintf("SELECT * FROM (SELECT %s FROM read_parquet([%s], union_by_name = true)) WHERE _person IS NOT NULL",
		strings.Join(list, ", "), strings.Join(quoted, ", "))
}
