// SPDX-License-Identifier: Apache-2.0

package sql

import (
	"fmt"
	"math"
	"strings"

	"github.com/throng-dp/throng/audience/rule"
)

// refer returns the column of an aggregate, computed once however often rules
// ask for it.
func (p *printer) refer(a rule.Aggregate) string {
	for _, t := range p.tables {
		if t.spec.Name != a.From.Table {
			continue
		}
		text := rule.Canonical(a)
		n, known := t.places[text]
		if !known {
			n = len(t.aggregates)
			t.aggregates = append(t.aggregates, a)
			t.places[text] = n
		}
		return fmt.Sprintf("t%da%d", t.n, n)
	}
	panic("sql: no table " + a.From.Table) // rule.Check knows the tables
}

// ofNothing is what an aggregate is of no events; empty: null.
func (p *printer) ofNothing(a rule.Aggregate) string {
	switch a.Fn {
	case rule.Exists:
		return "FALSE"
	case rule.All:
		return "TRUE"
	case rule.Count, rule.Distinct:
		return p.literal(int64(0))
	case rule.DaysSince:
		return p.literal(int64(1) << 62)
	case rule.Sum:
		if a.K == rule.Double {
			return p.literal(0.0)
		}
		return p.literal(int64(0))
	}
	return ""
}

// aggregate writes an aggregate over the events of one person.
func (p *printer) aggregate(a rule.Aggregate) string {
	var conditions []string
	for _, w := range a.From.Where {
		conditions = append(conditions, p.expr(w))
	}
	x := ""
	if a.Arg != nil {
		x = p.expr(a.Arg)
	}
	switch a.Fn {
	case rule.Exists:
		return "bool_or(" + x + ")" + filter(conditions)
	case rule.All:
		return "bool_and(coalesce(" + x + ", FALSE))" + filter(conditions)
	case rule.Count:
		if x != "" {
			conditions = append(conditions, x)
		}
		return "count(*)" + filter(conditions)
	case rule.Sum:
		return p.sum(a, x, filter(conditions))
	case rule.Min:
		return "min(" + x + ")" + filter(conditions)
	case rule.Max:
		return "max(" + x + ")" + filter(conditions)
	case rule.Latest:
		return fmt.Sprintf("max_by(%s, %s)%s", x, fmt.Sprintf(p.pair, "at_us", x), filter(append(conditions, x+" IS NOT NULL")))
	case rule.Distinct:
		return "count(DISTINCT " + x + ")" + filter(conditions)
	}
	return "min(d_days_ago)" + filter(conditions)
}

func filter(conditions []string) string {
	if len(conditions) == 0 {
		return ""
	}
	return " FILTER (WHERE " + strings.Join(conditions, " AND ") + ")"
}

// sum adds exactly, doubles in units of 10^-6, and clamps the total alone. What
// is beyond 2^53 units is null.
func (p *printer) sum(a rule.Aggregate, x, filter string) string {
	if a.K == rule.Double {
		const most = 1 << 53
		units := fmt.Sprintf("round(%s * %s)", x, p.literal(1e6))
		x = fmt.Sprintf("CASE WHEN abs(%s) <= %s THEN CAST(%s AS BIGINT) END", units, p.literal(float64(most)), units)
	}
	total := fmt.Sprintf("CAST(least(greatest(coalesce(sum(CAST(%s AS %s))%s, 0), %s), %s) AS BIGINT)", x, p.sumOf, filter,
		p.bound(math.MinInt64), p.bound(math.MaxInt64))
	if a.K == rule.Double {
		return fmt.Sprintf("CAST(%s AS DOUBLE) / %s", total, p.literal(1e6))
	}
	return total
}

func (p *printer) bound(n int64) string { return fmt.Sprintf("CAST('%d' AS %s)", n, p.wide) }
