// SPDX-License-Identifier: Apache-2.0

package segment

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/rule"
)

// A world is one person's events in one table, "t", and what is asked of them.
type world struct {
	zone   *time.Location
	fields []rule.Column
	rows   [][]rule.Value // the time first, then fields
}

func (w *world) calendar() *rule.Calendar {
	zone := w.zone
	if zone == nil {
		zone = time.UTC
	}
	cal, err := rule.NewCalendar(zone, "2011-10-31", 10)
	if err != nil {
		panic(err)
	}
	return cal
}

// ask evaluates expressions for the world's person, from columns with
// dictionaries or without.
func (w *world) ask(t *testing.T, dictionary bool, exprs ...rule.Expr) []rule.Value {
	t.Helper()
	set := &rule.Set{Schema: rule.Schema{Tables: []rule.Table{{Name: "t", Columns: w.fields}}}}
	var names []string
	for i, e := range exprs {
		names = append(names, string(rune('a'+i)))
		set.Lets = append(set.Lets, rule.Let{Name: names[i], Type: rule.Type{Kind: e.Kind()}, Expr: e})
	}
	p := Compile(set, w.calendar(), names)
	state := p.NewState()
	state.Grow(1)
	scanner := p.NewScanner(0, false)
	b := &Batch{Rows: len(w.rows), Time: w.column(0, rule.Timestamp, dictionary)}
	for _, name := range p.Columns(0) {
		i := slices.IndexFunc(w.fields, func(c rule.Column) bool { return c.Name == name })
		b.Columns = append(b.Columns, w.column(i+1, w.fields[i].Kind, dictionary))
	}
	rows := scanner.Look(b)
	scanner.Feed(state, rows, make([]uint32, len(rows)))
	judge := p.NewJudge()
	judge.Look(state, 0, 1)
	answers := make([]rule.Value, len(exprs))
	for i := range exprs {
		answers[i] = judge.Let(i, 0)
	}
	return answers
}

func (w *world) column(at int, k rule.Kind, dictionary bool) *event.Vector {
	v := &event.Vector{Kind: k, Null: make([]bool, len(w.rows))}
	for i, row := range w.rows {
		n, d, s := raw(row[at])
		v.Null[i] = row[at] == nil
		v.Int, v.Double, v.String = append(v.Int, n), append(v.Double, d), append(v.String, s)
	}
	if !dictionary {
		return v
	}
	coded := &event.Vector{Kind: k, Dict: &event.Dict{ID: uint64(at + 1), Null: append([]bool{true}, v.Null...),
		Int: append([]int64{0}, v.Int...), Double: append([]float64{0}, v.Double...), String: append([]string{""}, v.String...)}}
	for i := range w.rows {
		e := uint32(i + 1)
		if v.Null[i] {
			e = 0
		}
		coded.Index = append(coded.Index, e)
	}
	return coded
}

// holds compares the answers with what is wanted, in both forms of columns.
func (w *world) holds(t *testing.T, name string, e rule.Expr, want rule.Value) {
	t.Helper()
	for _, dictionary := range []bool{false, true} {
		if got := w.ask(t, dictionary, e)[0]; got != want {
			t.Errorf("%s (dictionary %v) = %v, want %v", name, dictionary, got, want)
		}
	}
}

var (
	n = rule.EventField{Name: "n", K: rule.Int}
	x = rule.EventField{Name: "x", K: rule.Double}
	s = rule.EventField{Name: "s", K: rule.String}
	b = rule.EventField{Name: "b", K: rule.Bool}

	fields = []rule.Column{{Name: "n", Kind: rule.Int}, {Name: "x", Kind: rule.Double}, {Name: "s", Kind: rule.String}, {Name: "b", Kind: rule.Bool}}
)

func lit(v rule.Value) rule.Const {
	switch v.(type) {
	case int64:
		return rule.Const{Value: v, K: rule.Int}
	case float64:
		return rule.Const{Value: v, K: rule.Double}
	case string:
		return rule.Const{Value: v, K: rule.String}
	case bool:
		return rule.Const{Value: v, K: rule.Bool}
	case time.Duration:
		return rule.Const{Value: v, K: rule.Duration}
	}
	return rule.Const{Value: v, K: rule.Timestamp}
}

func two(op rule.Op, x, y rule.Expr) rule.Binary {
	k := x.Kind()
	if op >= rule.And && op <= rule.Ge {
		k = rule.Bool
	}
	return rule.Binary{Op: op, X: x, Y: y, K: k}
}

func not(e rule.Expr) rule.Expr { return rule.Unary{Op: rule.Not, X: e} }

func agg(fn rule.Fn, k rule.Kind, arg rule.Expr, where ...rule.Expr) rule.Aggregate {
	return rule.Aggregate{Fn: fn, From: rule.Events{Table: "t", Where: where}, Arg: arg, K: k}
}

func day(d, hour int) time.Time { return time.Date(2011, 10, d, hour, 0, 0, 0, time.UTC) }

// truth says what a condition is for one event: true, false or null, told
// apart by what outer rules see of it.
func (w *world) truth(t *testing.T, name string, c rule.Expr, want rule.Value) {
	t.Helper()
	w.holds(t, name+" is true", agg(rule.Exists, rule.Bool, c), want == true)
	w.holds(t, name+" is false", agg(rule.Exists, rule.Bool, not(c)), want == false)
}

func TestConditionsAreThreeValued(t *testing.T) {
	w := &world{fields: fields, rows: [][]rule.Value{{day(25, 1), nil, 2.0, "Gäste", true}}}
	yes, no, null := two(rule.Eq, x, lit(2.0)), two(rule.Lt, x, lit(2.0)), two(rule.Gt, n, lit(int64(0)))
	tests := []struct {
		name string
		c    rule.Expr
		want rule.Value
	}{
		{"false and null", two(rule.And, no, null), false},
		{"null and false", two(rule.And, null, no), false},
		{"true and null", two(rule.And, yes, null), nil},
		{"true or null", two(rule.Or, yes, null), true},
		{"null or true", two(rule.Or, null, yes), true},
		{"false or null", two(rule.Or, no, null), nil},
		{"not null", not(null), nil},
		{"null in list", rule.In{X: n, Values: []rule.Value{int64(1)}}, nil},
		{"in list", rule.In{X: s, Values: []rule.Value{"a", "Gäste"}}, true},
		{"bool in list", rule.In{X: b, Values: []rule.Value{false}}, false},
		{"has null", rule.Has{X: n}, false},
		{"has value", rule.Has{X: s}, true},
		{"contains", rule.Text{Op: rule.Contains, X: s, Lit: "äst"}, true},
		{"starts", rule.Text{Op: rule.StartsWith, X: s, Lit: "g"}, false},
		{"ends", rule.Text{Op: rule.EndsWith, X: s, Lit: "e"}, true},
		{"choice by null", rule.Cond{If: null, Then: yes, Else: yes, K: rule.Bool}, nil},
		{"choice of the other side", rule.Cond{If: no, Then: null, Else: yes, K: rule.Bool}, true},
		{"choice of null", rule.Cond{If: yes, Then: null, Else: yes, K: rule.Bool}, nil},
		{"null = null", two(rule.Eq, n, n), nil},
		{"bools in order", two(rule.Lt, lit(false), b), true},
		{"overflow", two(rule.Gt, two(rule.Mul, lit(int64(math.MaxInt64)), lit(int64(2))), lit(int64(0))), nil},
		{"infinite", two(rule.Gt, two(rule.Mul, lit(math.MaxFloat64), x), lit(1.0)), nil},
		{"least by minus one", two(rule.Eq, two(rule.Mod, lit(int64(math.MinInt64)), lit(int64(-1))), lit(int64(0))), nil},
		{"negated least", two(rule.Eq, rule.Unary{Op: rule.Neg, X: lit(int64(math.MinInt64))}, lit(int64(0))), nil},
		{"remainder of a negative", two(rule.Eq, two(rule.Mod, lit(int64(-7)), lit(int64(3))), lit(int64(-1))), true},
		{"product of negatives", two(rule.Eq, two(rule.Mul, lit(int64(math.MinInt64)), lit(int64(1))), lit(int64(math.MinInt64))), true},
		{"product that wraps", two(rule.Eq, two(rule.Mul, lit(int64(math.MinInt64)), lit(int64(-1))), lit(int64(0))), nil},
		{"two columns", two(rule.And, two(rule.Gt, x, lit(1.0)), two(rule.Eq, rule.Cond{If: b, Then: s, Else: lit(""), K: rule.String}, s)), true},
		{"time after year 9999", two(rule.Gt, rule.Binary{Op: rule.Add, X: lit(time.Date(9999, 12, 31, 23, 0, 0, 0, time.UTC)), Y: lit(time.Hour), K: rule.Timestamp}, rule.AsOf{}), nil},
	}
	for _, test := range tests {
		w.truth(t, test.name, test.c, test.want)
	}
}

func TestAggregatesOfNothing(t *testing.T) {
	w := &world{fields: fields, rows: [][]rule.Value{{nil, int64(1), 1.0, "a", true}, {day(1, 1), int64(1), 1.0, "a", true}}}
	w.holds(t, "exists", agg(rule.Exists, rule.Bool, lit(true)), false)
	w.holds(t, "all", agg(rule.All, rule.Bool, lit(false)), true)
	w.holds(t, "size", agg(rule.Count, rule.Int, nil), int64(0))
	w.holds(t, "sum", agg(rule.Sum, rule.Double, x), 0.0)
	w.holds(t, "distinct", agg(rule.Distinct, rule.Int, s), int64(0))
	w.holds(t, "days_since", agg(rule.DaysSince, rule.Int, nil), int64(1)<<62)
	for _, fn := range []rule.Fn{rule.Min, rule.Max, rule.Latest} {
		w.holds(t, "extreme", agg(fn, rule.String, s), nil)
	}
}

func TestAggregatesLeaveNullsOut(t *testing.T) {
	w := &world{fields: fields, rows: [][]rule.Value{
		{day(30, 5), nil, nil, nil, nil},
		{day(29, 5), int64(4), 0.1, "b", false},
		{day(29, 5), int64(-2), 0.2, "c", true},
		{day(28, 5), int64(4), 9.0, "z", true},
	}}
	w.holds(t, "all of a null condition", agg(rule.All, rule.Bool, two(rule.Gt, n, lit(int64(-9)))), false)
	w.holds(t, "count", agg(rule.Count, rule.Int, two(rule.Gt, n, lit(int64(0)))), int64(2))
	w.holds(t, "size", agg(rule.Count, rule.Int, nil, rule.Has{X: n}), int64(3))
	w.holds(t, "sum", agg(rule.Sum, rule.Int, n), int64(6))
	w.holds(t, "sum of doubles", agg(rule.Sum, rule.Double, x, two(rule.Lt, x, lit(1.0))), 0.3)
	w.holds(t, "min", agg(rule.Min, rule.Int, n), int64(-2))
	w.holds(t, "max", agg(rule.Max, rule.String, s), "z")
	w.holds(t, "latest, a tie", agg(rule.Latest, rule.String, s), "c")
	w.holds(t, "latest bool, a tie", agg(rule.Latest, rule.Bool, b), true)
	w.holds(t, "distinct", agg(rule.Distinct, rule.Int, n), int64(2))
	w.holds(t, "days_since", agg(rule.DaysSince, rule.Int, nil), int64(1))
	w.holds(t, "days_since of a filter", agg(rule.DaysSince, rule.Int, nil, rule.Has{X: n}), int64(2))
}

// TestSumsAreExact: whether a sum fits is decided on the exact total.
func TestSumsAreExact(t *testing.T) {
	most := int64(math.MaxInt64)
	over := &world{fields: fields, rows: [][]rule.Value{
		{day(30, 5), most, 1e9, "", true}, {day(30, 5), most, 1e9 + 5e-7, "", true},
		{day(30, 5), -most, 9.1e9, "", true}, {day(30, 5), int64(-5), -5e-7, "", true},
	}}
	over.holds(t, "sum through an overflow", agg(rule.Sum, rule.Int, n), most-5)
	over.holds(t, "clamped", agg(rule.Sum, rule.Int, n, two(rule.Gt, n, lit(int64(0)))), most)
	over.holds(t, "clamped below", agg(rule.Sum, rule.Int, rule.Unary{Op: rule.Neg, X: n}, two(rule.Gt, n, lit(int64(0)))), int64(math.MinInt64))
	// 9.1e9 has more millionths than 53 bits hold; halves go away from zero.
	over.holds(t, "millionths", agg(rule.Sum, rule.Double, x), float64(2e15+1-1)/1e6)

	edge := &world{fields: fields, rows: [][]rule.Value{
		{day(30, 5), nil, 9007199254.740992, nil, nil}, {day(30, 5), nil, 9007199254.740994, nil, nil}, {day(30, 5), nil, -math.MaxFloat64, nil, nil},
	}}
	edge.holds(t, "53 bits of millionths", agg(rule.Sum, rule.Double, x), 9007199254.740992)
}

// TestFormsChangeBetweenBatches: a chunk may go from a dictionary to plain
// values and back, and dictionaries differ between chunks.
func TestFormsChangeBetweenBatches(t *testing.T) {
	first := &world{fields: fields, rows: [][]rule.Value{{day(30, 5), int64(1), 1.0, "a", true}, {day(1, 5), int64(9), 9.0, "z", true}}}
	second := &world{fields: fields, rows: [][]rule.Value{{day(30, 5), int64(10), 0.5, "b", false}, {nil, int64(9), 9.0, "z", true}}}
	set := &rule.Set{Schema: rule.Schema{Tables: []rule.Table{{Name: "t", Columns: fields}}},
		Segments: []rule.Rule{{Segment: "sum", Expr: two(rule.Eq, agg(rule.Sum, rule.Int, n, two(rule.Ne, s, lit("z"))), lit(int64(24)))},
			{Segment: "count", Expr: two(rule.Eq, agg(rule.Count, rule.Int, b), lit(int64(4)))}}}
	p := Compile(set, first.calendar(), nil)
	state, scanner := p.NewState(), p.NewScanner(0, true)
	state.Grow(1)
	for i, w := range []*world{first, first, second, first, second, first} {
		batch := &Batch{Rows: 2, Time: w.column(0, rule.Timestamp, i%3 != 1)}
		for _, name := range p.Columns(0) {
			at := slices.IndexFunc(fields, func(c rule.Column) bool { return c.Name == name })
			v := w.column(at+1, fields[at].Kind, i%3 != 1)
			if v.Dict != nil && w == second {
				v.Dict.ID += 100
			}
			batch.Columns = append(batch.Columns, v)
		}
		visible := scanner.Look(batch)
		if !slices.Equal(visible, []uint32{0}) {
			t.Fatalf("batch %d: visible are %d", i, visible)
		}
		scanner.Feed(state, visible, []uint32{0})
	}
	judge := p.NewJudge()
	judge.Look(state, 0, 1)
	for i, segment := range set.Segments {
		if judge.Answer(i, 0) != true {
			t.Errorf("%s is wrong", segment.Segment)
		}
	}
}

// TestDaysAreCalendarDays: the boundary instants, and a day of 25 hours.
func TestDaysAreCalendarDays(t *testing.T) {
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	at := func(d, h, m int) time.Time { return time.Date(2011, 10, d, h, m, 0, 0, zone) }
	tests := []struct {
		name string
		at   rule.Value
		want int64
	}{
		{"first instant of the run's date", at(31, 0, 0), 0},
		{"just before it", at(31, 0, 0).Add(-time.Microsecond), 1},
		{"last instant", at(32, 0, 0).Add(-time.Microsecond), 0},
		{"the end", at(32, 0, 0), 1 << 62},
		{"first instant of the long day", at(30, 0, 0), 1},
		{"first instant of the lookback", at(22, 0, 0), 9},
		{"just before it", at(22, 0, 0).Add(-time.Microsecond), 1 << 62},
		{"no time", nil, 1 << 62},
	}
	for _, test := range tests {
		w := &world{zone: zone, rows: [][]rule.Value{{test.at}}}
		w.holds(t, test.name, agg(rule.DaysSince, rule.Int, nil), test.want)
	}
	w := &world{zone: zone, rows: [][]rule.Value{{at(30, 0, 30)}}}
	date, month, weekday := rule.EventField{Name: "date", K: rule.String}, rule.EventField{Name: "month", K: rule.Int}, rule.EventField{Name: "weekday", K: rule.Int}
	w.holds(t, "date", agg(rule.Latest, rule.String, date), "2011-10-30")
	w.holds(t, "month", agg(rule.Latest, rule.Int, month), int64(10))
	w.holds(t, "weekday", agg(rule.Latest, rule.Int, weekday), int64(7))
	ago := two(rule.And, two(rule.Eq, rule.EventField{Name: "days_ago", K: rule.Int}, lit(int64(1))), two(rule.Eq, date, lit("2011-10-30")))
	w.holds(t, "two of the day's fields", agg(rule.Exists, rule.Bool, ago), true)
}

// TestEqualAggregatesAreKeptOnce: two segments that ask the same share it.
func TestEqualAggregatesAreKeptOnce(t *testing.T) {
	ask := func(least int64) rule.Expr {
		return two(rule.Ge, agg(rule.Count, rule.Int, rule.Has{X: n}), lit(least))
	}
	set := &rule.Set{Schema: rule.Schema{Tables: []rule.Table{{Name: "t", Columns: fields}}},
		Segments: []rule.Rule{{Segment: "a", Expr: ask(1)}, {Segment: "b", Expr: two(rule.And, rule.InSegment{Segment: "a"}, ask(3))}}}
	if p := Compile(set, (&world{}).calendar(), nil); len(p.aggs) != 1 {
		t.Errorf("%d aggregates are kept, want 1", len(p.aggs))
	}
}

// TestCountsUpToAnyThreshold: counters of a few bits, the widest one, and the
// numbers that take over beyond it agree on every side of a threshold.
func TestCountsUpToAnyThreshold(t *testing.T) {
	thresholds := []int64{1, 2, 31, 32, 63, 64, 1000, maxCount - 1, maxCount, maxCount + 1}
	set := &rule.Set{Schema: rule.Schema{Tables: []rule.Table{{Name: "t", Columns: fields}}}}
	var ops []rule.Op
	for _, least := range thresholds {
		for op := rule.Eq; op <= rule.Ge; op++ {
			// A condition of its own, so that each is a counter of its own.
			own := two(rule.Gt, n, lit(-10*least-int64(op)))
			set.Segments = append(set.Segments, rule.Rule{Segment: key(own), Expr: two(op, agg(rule.Count, rule.Int, own), lit(least))})
			ops = append(ops, op)
		}
	}
	w := &world{fields: fields, rows: slices.Repeat([][]rule.Value{{day(30, 5), int64(1), 1.0, "a", true}}, 4096)}
	p := Compile(set, w.calendar(), nil)
	state, scanner := p.NewState(), p.NewScanner(0, false)
	state.Grow(2)
	batch := &Batch{Rows: len(w.rows), Time: w.column(0, rule.Timestamp, true)}
	for _, name := range p.Columns(0) {
		at := slices.IndexFunc(fields, func(c rule.Column) bool { return c.Name == name })
		batch.Columns = append(batch.Columns, w.column(at+1, fields[at].Kind, true))
	}
	rows, second := scanner.Look(batch), slices.Repeat([]uint32{1}, len(w.rows))
	met := func(op rule.Op, x, y int64) bool {
		return op == rule.Eq && x == y || op == rule.Ne && x != y || op == rule.Lt && x < y || op == rule.Le && x <= y || op == rule.Gt && x > y || op == rule.Ge && x >= y
	}
	judge, fed := p.NewJudge(), int64(0)
	for _, least := range thresholds {
		for _, target := range []int64{least - 1, least, least + 1} {
			for fed < target {
				k := min(target-fed, int64(len(rows)))
				scanner.Feed(state, rows[:k], second[:k])
				fed += k
			}
			judge.Look(state, 0, 2)
			for i, op := range ops {
				for person, count := range []int64{0, fed} {
					if got, want := judge.Answer(i, person), met(op, count, thresholds[i/6]); got != want {
						t.Errorf("%d %v %d is %v", count, op, thresholds[i/6], got)
					}
				}
			}
		}
	}
}
