// SPDX-License-Identifier: Apache-2.0

package sql_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/throng-dp/throng/audience/match"
	"github.com/throng-dp/throng/audience/rule"
	"github.com/throng-dp/throng/audience/rule/ruletest"
	"github.com/throng-dp/throng/audience/sql"
	"github.com/throng-dp/throng/audience/sql/sqltest"
)

// everybody allows everything: choices have tests of their own.
type everybody struct{}

func (everybody) Allows(context.Context, string, string, time.Time) (bool, error) { return true, nil }

// TestDuckDBEqualsInterpreter holds SQL to the reference on random rules and
// people: every let and segment, null for null.
func TestDuckDBEqualsInterpreter(t *testing.T) {
	e := sqltest.New(t, sql.DuckDB)
	rounds := 1
	if os.Getenv("CI") == "true" {
		rounds = 3
	}
	for n := range rounds {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) { compare(rt, e, newTrial(rt)) })
		})
	}
}

// TestSparkEqualsInterpreter is the same by Spark, for fewer cases: it takes a
// second for each, and ten to start.
func TestSparkEqualsInterpreter(t *testing.T) {
	t.Parallel()
	e := sqltest.New(t, sql.Spark)
	draw := rapid.Custom(newTrial)
	const cases = 12
	for seed := range cases {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			compare(t, e, draw.Example(seed))
		})
	}
}

// A failer is a *testing.T or a *rapid.T.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// A trial is a drawn case and what to ask of it.
type trial struct {
	c        *ruletest.Case
	set      *rule.Set
	lets     []string
	segments []string
}

func newTrial(t *rapid.T) *trial {
	c := ruletest.Draw(t).Readable()
	tr := &trial{c: c, set: c.Check(t)}
	for _, l := range tr.set.Lets {
		if l.Type.Events == "" {
			tr.lets = append(tr.lets, l.Name)
		}
	}
	for _, s := range tr.set.Segments {
		tr.segments = append(tr.segments, s.Segment)
	}
	return tr
}

func compare(t failer, e *sqltest.Engine, tr *trial) {
	t.Helper()
	query := e.Answers(tr.query(e.Dialect))
	rows, err := e.Query(query)
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, tr.c, query)
	}
	got := map[string][]any{}
	for _, row := range rows {
		got[row[0].(string)] = row[1:]
	}
	if len(got) != len(rows) {
		t.Fatalf("a person has two rows\n%s\n%s", tr.c, query)
	}
	want := tr.interpreter(t)
	names := slices.Concat(tr.lets, tr.segments)
	for who, answers := range want {
		for i, w := range answers {
			if len(got[who]) <= i || !same(got[who][i], w) {
				t.Fatalf("%s of %s: %v, but %v by the interpreter\n%s\n%s", names[i], who, got[who], answers, tr.c, query)
			}
		}
	}
	if len(got) != len(want) {
		t.Fatalf("%d people, but %d by the interpreter\n%s\n%s", len(got), len(want), tr.c, query)
	}
}

// same tells whether an engine's value is the reference's.
func same(got any, want rule.Value) bool {
	if at, ok := want.(time.Time); ok {
		want = at.UnixMicro()
	}
	n, ok := got.(json.Number)
	if !ok {
		return got == want
	}
	switch want := want.(type) {
	case int64:
		return n.String() == fmt.Sprint(want)
	case float64:
		x, err := n.Float64()
		return err == nil && x == want
	}
	return false
}

// interpreter returns what the reference says of everyone: without a table of
// people, of those who have a visible event.
func (tr *trial) interpreter(t failer) map[string][]rule.Value {
	t.Helper()
	lets, segments := tr.set, tr.segments
	seen := len(segments)
	c := *tr.c
	text := "false"
	for _, table := range c.Schema.Tables {
		text += " || " + table.Name + ".size() > 0"
	}
	c.Segments = append(slices.Clone(c.Segments), rule.Source{Name: "seen-at-all", Text: text})
	set, faults := rule.Check(c.Schema, c.Lets, c.Segments, c.Where)
	if len(faults) > 0 {
		t.Fatalf("%v", faults[0])
	}
	m, err := match.Load(set, c.Calendar, everybody{})
	if err != nil {
		t.Fatalf("%v", err)
	}
	all := map[string][]rule.Value{}
	for i := range c.People {
		got, err := m.Match(context.Background(), &c.People[i], "ads")
		if err != nil {
			t.Fatalf("%v\n%s", err, tr.c)
		}
		if got.Segments[seen] != true && !c.Schema.HasPeople {
			continue
		}
		var answers []rule.Value
		for _, l := range lets.Lets {
			if l.Type.Events == "" {
				answers = append(answers, got.Lets[l.Name])
			}
		}
		all[c.People[i].Key] = append(answers, got.Segments[:seen]...)
	}
	return all
}

func (tr *trial) query(d *sql.Dialect) *sql.Query {
	q := &sql.Query{Rules: tr.set, Calendar: tr.c.Calendar, Lets: tr.lets, Segments: tr.segments}
	for _, table := range tr.c.Schema.Tables {
		var rows [][]rule.Value
		for _, p := range tr.c.People {
			for _, e := range p.Events[table.Name] {
				rows = append(rows, rowOf(p.Key, table.Columns, e.Fields))
			}
		}
		q.Tables = append(q.Tables, *sourceOf(d, table.Columns, rows))
	}
	if tr.c.Schema.HasPeople {
		var rows [][]rule.Value
		for _, p := range tr.c.People {
			row := rowOf(p.Key, tr.c.Schema.Person, p.Fields)
			rows = append(rows, row, row)
		}
		q.People = sourceOf(d, tr.c.Schema.Person, rows)
	}
	return q
}

func rowOf(key string, columns []rule.Column, fields map[string]rule.Value) []rule.Value {
	row := []rule.Value{key}
	for _, c := range columns {
		row = append(row, fields[c.Name])
	}
	return row
}

// sourceOf writes rows into the statement itself, and one of nobody.
func sourceOf(d *sql.Dialect, columns []rule.Column, rows [][]rule.Value) *sql.Source {
	s := &sql.Source{Person: d.Name("who"), Time: d.Name(ruletest.TimeColumn), Columns: map[string]string{}}
	names, kinds := []string{d.Name("who")}, []rule.Kind{rule.String}
	for _, c := range columns {
		s.Columns[c.Name] = d.Name(c.Name)
		names, kinds = append(names, d.Name(c.Name)), append(kinds, c.Kind)
	}
	var list []string
	for _, row := range append(rows, make([]rule.Value, len(names))) {
		var values []string
		for i, v := range row {
			values = append(values, valueOf(d, v, kinds[i]))
		}
		list = append(list, "("+strings.Join(values, ", ")+")")
	}
	s.From = fmt.Sprintf("(VALUES %s) AS v(%s)", strings.Join(list, ", "), strings.Join(names, ", "))
	return s
}

func valueOf(d *sql.Dialect, v rule.Value, k rule.Kind) string {
	typ := map[rule.Kind]string{rule.Bool: "BOOLEAN", rule.Int: "BIGINT", rule.Double: "DOUBLE", rule.String: "VARCHAR(1000)", rule.Timestamp: "TIMESTAMP"}[k]
	if k == rule.String {
		typ = map[*sql.Dialect]string{sql.DuckDB: "VARCHAR", sql.Spark: "STRING"}[d]
	}
	switch v := v.(type) {
	case nil:
		return "CAST(NULL AS " + typ + ")"
	case time.Time:
		return fmt.Sprintf(map[*sql.Dialect]string{sql.DuckDB: "make_timestamp(%d)", sql.Spark: "timestamp_micros(CAST('%d' AS BIGINT))"}[d], v.UnixMicro())
	case string:
		return d.Text(v)
	case float64:
		return fmt.Sprintf("CAST('%v' AS DOUBLE)", v)
	}
	return fmt.Sprintf("CAST('%v' AS %s)", v, typ)
}
