// SPDX-License-Identifier: Apache-2.0

package local

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/throng-dp/throng/audience/cleanroom"
	"github.com/throng-dp/throng/audience/match"
	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/audience/rule"
	"github.com/throng-dp/throng/audience/rule/ruletest"
	"pgregory.net/rapid"
)

// An answer is what is said of one person: lets, then segments, in the set's
// order. Times are microseconds.
type answer []rule.Value

// everybody allows everything: choices have tests of their own.
type everybody struct{}

func (everybody) Allows(context.Context, string, string, time.Time) (bool, error) { return true, nil }

// A trial is a drawn case, written as files.
type trial struct {
	c     *ruletest.Case
	set   *rule.Set
	lets  []string // those that are values
	in    *cleanroom.Input
	files map[string][]string
}

const seen = "seen-at-all"

// newTrial writes a case. The segment `seen` says who is in the universe where
// there is no table of people.
func newTrial(rt *rapid.T, t *testing.T, c *ruletest.Case) *trial {
	text := "false"
	for _, table := range c.Schema.Tables {
		text += " || " + table.Name + ".size() > 0"
	}
	c.Segments = append(c.Segments, rule.Source{Name: seen, Text: text})
	tr := &trial{c: c, set: c.Check(rt), files: map[string][]string{}}
	dir, err := os.MkdirTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	p := &plan.Plan{Zone: c.Calendar.Zone, Rules: tr.set, Lookback: len(c.Calendar.Starts)}
	for _, table := range c.Schema.Tables {
		p.Tables = append(p.Tables, plan.Source{Name: table.Name, Files: []string{table.Name + "-*.parquet"}, Person: "who", Time: ruletest.TimeColumn})
		var rows [][]rule.Value
		for _, person := range c.People {
			for _, e := range person.Events[table.Name] {
				rows = append(rows, rowOf(person.Key, table.Columns, e.Fields))
			}
		}
		tr.write(rt, t, dir, table.Name, table.Columns, rows)
	}
	if c.Schema.HasPeople {
		p.People = &plan.Source{Name: "people", Files: []string{"people-*.parquet"}, Person: "who"}
		var rows [][]rule.Value
		for _, person := range c.People {
			rows = append(rows, rowOf(person.Key, c.Schema.Person, person.Fields))
			if rapid.IntRange(0, 3).Draw(rt, "twice") == 0 {
				rows = append(rows, rows[len(rows)-1])
			}
		}
		tr.write(rt, t, dir, "people", c.Schema.Person, rows)
	}
	for _, l := range tr.set.Lets {
		if l.Type.Events == "" {
			tr.lets = append(tr.lets, l.Name)
			p.Bands = append(p.Bands, plan.Attribute{Let: l.Name})
		}
	}
	for _, s := range tr.set.Segments {
		p.Segments = append(p.Segments, plan.Segment{ID: s.Segment})
	}
	p.Privacy.MaxSegments = len(p.Segments)
	tr.in = &cleanroom.Input{Plan: p, Calendar: c.Calendar, Root: dir, BoundKey: []byte("key"), Workers: rapid.SampledFrom([]int{1, 4}).Draw(rt, "workers")}
	return tr
}

func rowOf(key string, columns []rule.Column, fields map[string]rule.Value) []rule.Value {
	row := []rule.Value{key}
	for _, c := range columns {
		row = append(row, fields[c.Name])
	}
	return row
}

// write spreads rows, and some of nobody, over files and row groups, with
// dictionaries and without.
func (tr *trial) write(rt *rapid.T, t *testing.T, dir, table string, columns []rule.Column, rows [][]rule.Value) {
	columns = append([]rule.Column{{Name: "who", Kind: rule.String}}, columns...)
	for range rapid.IntRange(0, 2).Draw(rt, "nobody's rows") {
		rows = append(rows, make([]rule.Value, len(columns)))
	}
	if len(rows) > 1 {
		rows = rapid.Permutation(rows).Draw(rt, "order")
	}
	parts := make([]*tableFile, rapid.IntRange(1, 3).Draw(rt, "files"))
	for i := range parts {
		parts[i] = &tableFile{columns: columns, plain: map[string]bool{}, group: rapid.SampledFrom([]int{0, 1, 3}).Draw(rt, "group")}
		for _, c := range columns {
			parts[i].plain[c.Name] = rapid.Bool().Draw(rt, "plain")
		}
	}
	for i, row := range rows {
		parts[i%len(parts)].rows = append(parts[i%len(parts)].rows, row)
	}
	tr.files[table] = writeParts(t, dir, table, parts)
}

// engine returns what the kernels say of everyone in the universe.
func (tr *trial) engine(rt *rapid.T) map[string]answer {
	r, err := begin(context.Background(), tr.in)
	if err != nil {
		rt.Fatal(err)
	}
	defer r.data.close()
	if err := r.collect(context.Background()); err != nil {
		rt.Fatal(err)
	}
	all := map[string]answer{}
	judge := r.data.program.NewJudge()
	for _, s := range r.people.shards {
		s.state.Grow(s.state.People)
		for first := 0; first < s.state.People; first += 64 {
			n := min(64, s.state.People-first)
			judge.Look(s.state, first, n)
			for p := range n {
				var a answer
				for i := range tr.lets {
					a = append(a, plainValue(judge.Let(i, p)))
				}
				for i := range tr.set.Segments {
					a = append(a, judge.Answer(i, p))
				}
				all[string(s.key(nil, first+p))] = a
			}
		}
	}
	return all
}

func plainValue(v rule.Value) rule.Value {
	if t, ok := v.(time.Time); ok {
		return t.UnixMicro()
	}
	return v
}

// interpreter returns what the reference says of the same people.
func (tr *trial) interpreter(rt *rapid.T) map[string]answer {
	m, err := match.Load(tr.set, tr.c.Calendar, everybody{})
	if err != nil {
		rt.Fatal(err)
	}
	all := map[string]answer{}
	for i := range tr.c.People {
		got, err := m.Match(context.Background(), &tr.c.People[i], "ads")
		if err != nil {
			rt.Fatal(err)
		}
		var a answer
		for _, name := range tr.lets {
			a = append(a, plainValue(got.Lets[name]))
		}
		for j, v := range got.Segments {
			a = append(a, v)
			if tr.set.Segments[j].Segment == seen && v != true && !tr.c.Schema.HasPeople {
				a = nil
				break
			}
		}
		if a != nil {
			all[tr.c.People[i].Key] = a
		}
	}
	return all
}

// compare fails with the rules and people if two answers differ.
func (tr *trial) compare(rt *rapid.T, got, want map[string]answer, other string) {
	names := slices.Clone(tr.lets)
	for _, s := range tr.set.Segments {
		names = append(names, s.Segment)
	}
	for key, w := range want {
		g, ok := got[key]
		if !ok {
			rt.Fatalf("%s is not counted, but by %s\n%s", key, other, tr.c)
		}
		for i := range w {
			if g[i] != w[i] {
				rt.Fatalf("%s of %s: %v, but %v by %s\n%s", names[i], key, g[i], w[i], other, tr.c)
			}
		}
	}
	if len(got) != len(want) {
		rt.Fatalf("%d people are counted, but %d by %s\n%s", len(got), len(want), other, tr.c)
	}
}

// TestEngineEqualsInterpreter holds the kernels to the reference on random
// rules, people and files, until every word of the rule language has been in a
// rule on which both agreed.
func TestEngineEqualsInterpreter(t *testing.T) {
	said := speaker{}
	// The rarest word is in one case of seventy: 1,600 cases leave one of a hundred
	// such words out with a probability below 1e-7.
	const rounds = 16
	for n := 0; n < rounds && !t.Failed() && (n == 0 || len(unsaid(said)) > 0); n++ {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				tr := newTrial(rt, t, ruletest.Draw(rt))
				tr.compare(rt, tr.engine(rt), tr.interpreter(rt), "the interpreter")
				maps.Copy(said, wordsOf(tr.set))
			})
		})
	}
	if missing := unsaid(said); len(missing) > 0 {
		t.Errorf("never drawn: %q", missing)
	}
	if extra := unknown(said); len(extra) > 0 {
		t.Errorf("drawn, and in no list: %q", extra)
	}
}

// TestEngineEqualsDuckDB holds the kernels to SQL on DuckDB, also where rows with
// one id are one event.
func TestEngineEqualsDuckDB(t *testing.T) {
	t.Parallel()
	db := newDuckDB(t)
	rounds := 1
	if os.Getenv("CI") == "true" {
		rounds = 3
	}
	for n := range rounds {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				tr := newTrial(rt, t, ruletest.Draw(rt).Readable())
				if rapid.IntRange(0, 2).Draw(rt, "ids") == 0 {
					for i := range tr.in.Plan.Tables {
						tr.in.Plan.Tables[i].ID = "k"
					}
				}
				tr.compare(rt, tr.engine(rt), tr.duckDB(rt, db), "DuckDB")
			})
		})
	}
}

func (tr *trial) duckDB(rt *rapid.T, db *duckDB) map[string]answer {
	query := (&question{plan: tr.in.Plan, cal: tr.c.Calendar, files: tr.files}).sql(tr.lets)
	rows, err := db.query(nil, query, nil)
	if err != nil {
		rt.Fatalf("%v\n%s\n%s", err, tr.c, query)
	}
	all := map[string]answer{}
	for _, row := range rows {
		all[row[0].(string)] = tr.answerOf(rt, row[1:])
	}
	return all
}

func (tr *trial) answerOf(rt *rapid.T, values []any) (a answer) {
	kinds := make([]rule.Kind, 0, len(tr.lets))
	for _, l := range tr.set.Lets {
		if l.Type.Events == "" {
			kinds = append(kinds, l.Type.Kind)
		}
	}
	for i, v := range values {
		a = append(a, fromJSON(rt, v, i < len(kinds) && kinds[i] == rule.Double))
	}
	return a
}

func fromJSON(rt *rapid.T, v any, double bool) rule.Value {
	n, ok := v.(json.Number)
	if !ok {
		return v
	}
	if double {
		x, err := n.Float64()
		if err != nil {
			rt.Fatal(err)
		}
		return x
	}
	i, err := n.Int64()
	if err != nil {
		rt.Fatal(err)
	}
	return i
}
