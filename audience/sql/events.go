// SPDX-License-Identifier: Apache-2.0

package sql

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

const day = 24 * time.Hour

// days is the calendar: a row for each of its days and each stretch of 24 hours,
// counted from its first instant, that the day is in. Engines join it by the
// stretch, which a division finds, and not by comparing every event with every
// day.
func (p *printer) days() step {
	starts, first := p.Calendar.Starts, p.first()
	var rows []string
	for n := range starts {
		end := p.Calendar.AsOf
		if n > 0 {
			end = starts[n-1]
		}
		if !starts[n].Before(end) { // a day that a zone left out
			continue
		}
		for stretch := starts[n].Sub(first) / day; stretch <= (end.Sub(first)-time.Microsecond)/day; stretch++ {
			rows = append(rows, fmt.Sprintf("(%d, %d, %d, %d, '%s', %d, %d)", stretch, starts[n].UnixMicro(), end.UnixMicro(), n,
				p.Calendar.Date(n), p.Calendar.Month(n), p.Calendar.Weekday(n)))
		}
	}
	if len(rows) == 0 { // nor any day else: a row that no event meets
		rows = append(rows, "(-1, 0, 0, 0, '', 0, 0)")
	}
	names := []string{"stretch", "first_us", "end_us"}
	for _, c := range dayColumns {
		names = append(names, "d_"+c)
	}
	return step{"throng_days", "SELECT * FROM (VALUES\n  " + strings.Join(rows, ",\n  ") + "\n) AS d(" + strings.Join(names, ", ") + ")"}
}

// first is the first visible instant.
func (p *printer) first() time.Time { return p.Calendar.Starts[len(p.Calendar.Starts)-1] }

// events are the steps from a table to aggregates of persons: rows as rules see
// them, of whom they are and when; visible ones with their day; one of those with
// the same id; and what is summed up of each person's.
func (p *printer) events(t *table, s *Source) []step {
	p.in = t
	defer func() { p.in = nil }()
	var sums []string
	for n, a := range t.aggregates {
		sums = append(sums, fmt.Sprintf("%s AS a%d", p.aggregate(a), n))
	}
	where := ""
	if w := p.Rules.Where[t.spec.Name]; w != nil {
		where = "\nWHERE " + p.expr(w)
	}
	columns := []string{p.key(s.Person) + " AS person", fmt.Sprintf(p.micros, s.Time) + " AS at_us"}
	if s.ID != "" {
		columns = append(columns, p.key(s.ID)+" AS id")
	}
	for i, name := range t.columns { // all have been met by now
		columns = append(columns, fmt.Sprintf("%s AS c%d", p.door(kindOf(t.spec.Columns, name), s.Columns[name]), i))
	}
	rows := step{fmt.Sprintf("throng_rows%d", t.n), fmt.Sprintf("SELECT * FROM (SELECT %s FROM %s) r\nWHERE person IS NOT NULL AND at_us >= %d AND at_us < %d",
		strings.Join(columns, ", "), s.From, p.first().UnixMicro(), p.Calendar.AsOf.UnixMicro())}
	visible := fmt.Sprintf("SELECT r.*, d.d_%s FROM %s r JOIN throng_days d ON d.stretch = (r.at_us - %d) %s %d AND r.at_us >= d.first_us AND r.at_us < d.end_us%s",
		strings.Join(dayColumns, ", d.d_"), rows.name, p.first().UnixMicro(), p.divide, day.Microseconds(), where)
	if s.ID != "" {
		visible = fmt.Sprintf("SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY person, id ORDER BY %s) AS nth FROM (%s) v) r WHERE id IS NULL OR nth = 1",
			p.smallest(t), visible)
	}
	steps := []step{rows, {fmt.Sprintf("throng_events%d", t.n), visible}}
	if len(sums) > 0 {
		steps = append(steps, step{fmt.Sprintf("throng_sums%d", t.n),
			fmt.Sprintf("SELECT person, %s\nFROM throng_events%d GROUP BY person", strings.Join(sums, ",\n  "), t.n)})
	}
	return steps
}

// smallest orders the rows of one person that have one id, as the engine does:
// by time, then column by column in the order of their names, null first.
func (p *printer) smallest(t *table) string {
	order := "at_us"
	for _, name := range slices.Sorted(slices.Values(t.columns)) {
		order += fmt.Sprintf(", c%d NULLS FIRST", slices.Index(t.columns, name))
	}
	return order
}
