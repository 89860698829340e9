// SPDX-License-Identifier: Apache-2.0

package activation_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/throng-dp/throng/audience/match"
	"github.com/throng-dp/throng/audience/sql"
	"github.com/throng-dp/throng/audience/sql/sqltest"
)

// chosen are people who allow a purpose: "u1 ads".
type chosen map[string]bool

func (c chosen) Allows(_ context.Context, person, purpose string, _ time.Time) (bool, error) {
	return c[person+" "+purpose], nil
}

// A crowd is invented people, as rows of tables.
type crowd struct {
	rows    map[string][][]any // of orders, visits and people
	allowed chosen
	keys    []string
}

var columnsOf = map[string][]string{
	"orders": {"user_id", "event_time", "line_id", "Event Kind", "amount", "pieces", "order_no"},
	"visits": {"user_id", "at", "page"},
	"people": {"user_id", "age", "country"},
}

// newCrowd invents people of all ages, some of whom nobody knows the age of, with
// orders that are there twice.
func newCrowd(people int) *crowd {
	r := rand.New(rand.NewSource(7))
	c := &crowd{rows: map[string][][]any{}, allowed: chosen{}}
	end := time.Date(2024, 6, 15, 23, 0, 0, 0, time.UTC) // midnight in London
	for i := range people {
		key := fmt.Sprintf("u%d", i)
		c.keys = append(c.keys, key)
		for _, purpose := range []string{"ads", "measurement"} {
			if r.Intn(4) > 0 {
				c.allowed[key+" "+purpose] = true
			}
		}
		if r.Intn(10) > 0 {
			age := any(10 + r.Intn(40))
			if r.Intn(8) == 0 {
				age = nil
			}
			c.rows["people"] = append(c.rows["people"], []any{key, age, []any{"GB", "IE", "FR", nil}[r.Intn(4)]})
		}
		for n := range r.Intn(5) {
			at := end.Add(-time.Duration(r.Int63n(int64(100 * 24 * time.Hour))))
			row := []any{key, at, fmt.Sprintf("%s-%d", key, n), []any{"purchase", "purchase", "return", "test", nil}[r.Intn(5)],
				float64(r.Intn(4000)) / 100, []int{1, 2, 100}[r.Intn(3)], fmt.Sprintf("%s-%d", key, n/2)}
			for range 1 + r.Intn(2) {
				c.rows["orders"] = append(c.rows["orders"], row)
			}
		}
		for range r.Intn(3) {
			c.rows["visits"] = append(c.rows["visits"], []any{key, end.Add(-time.Duration(r.Int63n(int64(100 * 24 * time.Hour)))),
				[]any{`it's "the" $shop`, "home"}[r.Intn(2)]})
		}
	}
	return c
}

// views are statements that make the relations which the SQL reads.
func (c *crowd) views(d *sql.Dialect) []string {
	var all []string
	for table, columns := range columnsOf {
		var rows, names []string
		for _, row := range c.rows[table] {
			var values []string
			for i, v := range row {
				values = append(values, literal(d, v, table, i))
			}
			rows = append(rows, "("+strings.Join(values, ", ")+")")
		}
		for _, n := range columns {
			names = append(names, d.Name(n))
		}
		all = append(all, fmt.Sprintf("CREATE OR REPLACE TEMPORARY VIEW %s AS SELECT * FROM (VALUES %s) AS v(%s)", table, strings.Join(rows, ", "), strings.Join(names, ", ")))
	}
	var allowed []string
	for who := range c.allowed {
		key, purpose, _ := strings.Cut(who, " ")
		row := fmt.Sprintf("(%s, %s)", d.Text(key), d.Text(purpose))
		allowed = append(allowed, row, row) // twice is not twice a member
	}
	return append(all, fmt.Sprintf("CREATE OR REPLACE TEMPORARY VIEW throng_allowed AS SELECT * FROM (VALUES %s) AS v(person, purpose)", strings.Join(allowed, ", ")))
}

func literal(d *sql.Dialect, v any, table string, column int) string {
	switch v := v.(type) {
	case nil:
		if table == "people" && column == 1 {
			return "CAST(NULL AS INT)"
		}
		return "NULL"
	case string:
		return d.Text(v)
	case time.Time:
		return fmt.Sprintf(map[string]string{"duckdb": "to_timestamp(%d / 1e6)", "spark": "timestamp_micros(%d)"}[d.ID], v.UnixMicro())
	case float64:
		return fmt.Sprintf("CAST('%v' AS DOUBLE)", v)
	}
	return fmt.Sprint(v)
}

// served returns what a server answers of everyone: "u1 regulars version ads".
func (c *crowd) served(t *testing.T, text []byte, now time.Time) []string {
	t.Helper()
	r := rules(t, text)
	s, err := match.NewServer(r, c.allowed, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	fields, events := map[string]map[string]any{}, map[string]map[string][]map[string]any{}
	rename := map[string]string{"Event Kind": "kind"}
	for table, columns := range columnsOf {
		seen := map[string]bool{}
		for _, row := range c.rows[table] {
			key := row[0].(string)
			m := map[string]any{}
			for i, v := range row[1:] {
				name := columns[1+i]
				if n := rename[name]; n != "" {
					name = n
				}
				if at, ok := v.(time.Time); ok {
					v = at.Format(time.RFC3339Nano)
				}
				if v != nil && name != "line_id" {
					m[name] = number(v)
				}
			}
			if table == "people" {
				fields[key] = m
				continue
			}
			id := fmt.Sprint(row)
			if table == "orders" && seen[id] {
				continue // one event: it has the same id
			}
			seen[id] = true
			if events[key] == nil {
				events[key] = map[string][]map[string]any{}
			}
			events[key][table] = append(events[key][table], m)
		}
	}
	var all []string
	for _, key := range c.keys {
		if fields[key] == nil {
			continue // not in people: not in the universe
		}
		p, err := r.Person(key, fields[key], events[key])
		if err != nil {
			t.Fatal(err)
		}
		for _, purpose := range []string{"ads", "measurement"} {
			got, err := s.Segments(t.Context(), p, purpose)
			if err != nil && !errors.Is(err, match.ErrExpired) {
				t.Fatal(err)
			}
			for _, g := range got {
				all = append(all, strings.Join([]string{key, g.ID, g.Version, purpose}, " "))
			}
		}
	}
	slices.Sort(all)
	return all
}

// number is a number as a decoder with UseNumber gives it.
func number(v any) any {
	switch v.(type) {
	case int, float64:
		return json.Number(fmt.Sprint(v))
	}
	return v
}

// TestSQLServesAlike: the members that SQL finds are those that the reference
// server answers, with choices, ages, purposes, withheld segments and doubled rows.
// Once the release is over it finds nobody.
func TestSQLServesAlike(t *testing.T) {
	p := shop(t)
	for _, d := range sql.Dialects() {
		t.Run(d.ID, func(t *testing.T) {
			t.Parallel()
			e := sqltest.New(t, d)
			c := newCrowd(map[string]int{"duckdb": 400, "spark": 60}[d.ID])
			r := released(t, p)
			r.ValidUntil = "2999-01-01T00:00:00Z"
			var b, text bytes.Buffer
			if err := writeBoth(&b, &text, p, r, d); err != nil {
				t.Fatal(err)
			}
			want := c.served(t, text.Bytes(), time.Now())
			if got := members(t, e, b.String(), c.views(d)); !slices.Equal(got, want) {
				t.Errorf("%q\nthe server says\n%q", got, want)
			}
			for _, s := range p.Segments {
				if some := slices.ContainsFunc(want, func(m string) bool { return strings.Contains(m, " "+s.ID+" ") }); some == (s.ID == "rare") && d.ID == "duckdb" {
					t.Errorf("%s: members %v: this test proves nothing", s.ID, some)
				}
			}

			r.ValidUntil = "2024-06-23T00:00:00+01:00"
			b.Reset()
			if err := writeBoth(&b, &text, p, r, d); err != nil {
				t.Fatal(err)
			}
			if got := members(t, e, b.String(), nil); len(got) > 0 {
				t.Errorf("members of an expired release: %q", got)
			}
			if _, err := e.Query(strings.ReplaceAll(b.String(), "throng_allowed", "throng_nowhere")); err == nil {
				t.Error("it finds members without a source of choices")
			}
		})
	}
}

func members(t *testing.T, e *sqltest.Engine, statement string, setup []string) []string {
	t.Helper()
	rows, err := e.Query(strings.TrimSuffix(strings.TrimSpace(statement), ";"), setup...)
	if err != nil {
		t.Fatalf("%v\n%s", err, statement)
	}
	var all []string
	for _, r := range rows {
		all = append(all, fmt.Sprintf("%v %v %v %v", r...))
	}
	slices.Sort(all)
	return all
}
