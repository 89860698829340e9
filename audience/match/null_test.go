// SPDX-License-Identifier: Apache-2.0

package match_test

import (
	"math"
	"testing"
	"time"

	"github.com/throng-dp/throng/audience/match"
	"github.com/throng-dp/throng/audience/rule"
)

// TestNullTable holds the interpreter to every line of the table in
// docs/rules.md. Of the person, i is 7, x 1.5, s "a", w known, b null; n is a
// null int by way of no event.
func TestNullTable(t *testing.T) {
	noon := func(day int) time.Time { return time.Date(2011, 12, day, 12, 0, 0, 0, time.UTC) }
	w := &world{
		person: fields("i", int64(7), "x", 1.5, "s", "a", "w", noon(9)),
		events: []match.Event{
			on(2, "i", int64(1), "x", 0.1, "s", "GB", "b", true, "w", noon(1)),
			on(1, "i", int64(4), "x", 0.2, "s", "IE", "b", false),
			on(1, "i", int64(3), "x", math.NaN(), "s", "\xff", "b", true, "w", noon(2)), // ties with the one before
			on(0), // the newest has no values
		},
	}
	const null = "u.exists(e, true) ? 1 : u.max(e, e.i)" // a null int
	tests := []struct {
		rule string
		want rule.Value
	}{
		// a && b, a || b
		{"person.b && false", false}, {"false && person.b", false}, {"person.b && true", nil}, {"true && person.b", nil}, {"person.b && person.b", nil},
		{"person.b || true", true}, {"true || person.b", true}, {"person.b || false", nil}, {"false || person.b", nil}, {"person.b || person.b", nil},
		{"true && true", true}, {"false || false", false},

		// !a, comparisons, arithmetic, in, strings: null if an operand is
		{"!person.b", nil}, {"!true", false},
		{"u.max(e, e.i) == 1", nil}, {"1 != u.max(e, e.i)", nil}, {"u.max(e, e.i) < 1", nil}, {"u.max(e, e.i) == u.max(e, e.i)", nil},
		{"person.i + u.max(e, e.i)", nil}, {"-u.max(e, e.i)", nil}, {"u.max(e, e.i) % 2", nil}, {"double(u.max(e, e.i)) / 2.0", nil},
		{"u.max(e, e.i) in [1, 2]", nil}, {"person.i in [1, 7]", true}, {"person.i in [1]", false}, {"person.x in [1.5]", true}, {"person.b in [true]", nil},
		{`u.max(e, e.s).startsWith("")`, nil}, {`person.s.startsWith("")`, true}, {`person.s.endsWith("b")`, false}, {`person.s.contains("a")`, true},
		{"u.max(e, e.w) + duration(\"1h\") > as_of", nil}, {`person.w + duration("12h") == as_of`, true},

		// computing faults
		{"9223372036854775807 + 1", nil}, {"-9223372036854775808 - 1", nil}, {"4611686018427387904 * 2", nil}, {"-(-9223372036854775808)", nil},
		{"-9223372036854775808 % -1", nil}, {"-7 % 3", int64(-1)}, {"7 % -3", int64(1)},
		{"1e308 * 10.0", nil}, {"1e308 + 1e308", nil}, {"-1e308 - 1e308", nil}, {"1e308 / 0.1", nil}, {"1e-308 / 1e308 == 0.0", true},
		{`timestamp("9999-12-31T23:00:00Z") + duration("2h") > as_of`, nil}, {`timestamp("0001-01-01T01:00:00Z") - duration("2h") < as_of`, nil},
		{"9223372036854775807 + 1 > 0 || true", true}, {"person.i * person.x", 10.5}, {"-(person.x - person.x) == 0.0", true},

		// c ? a : b
		{"person.b ? 1 : 1", nil}, {"true ? 1 : u.max(e, e.i)", int64(1)}, {"false ? 1 : u.max(e, e.i)", nil}, {"false ? 9223372036854775807 + 1 : 2", int64(2)},

		// has
		{"has(person.b)", false}, {"has(person.i)", true}, {"t.count(e, has(e.x))", int64(2)}, {"t.count(e, has(e.s))", int64(2)}, {"t.count(e, has(e.days_ago))", int64(4)},

		// exists, all
		{`t.exists(e, e.s == "GB")`, true}, {`t.exists(e, e.s == "ES")`, false}, {`t.exists(e, e.s != "GB")`, true}, {"t.all(e, e.i > 0)", false},
		{"t.filter(e, has(e.i)).all(e, e.i > 0)", true}, {"u.exists(e, true)", false}, {"u.all(e, false)", true},
		{"!t.filter(e, !has(e.i)).exists(e, e.i == 1)", true}, {"t.filter(e, !has(e.i)).exists(e, e.i != 1)", false}, {"t.filter(e, !has(e.i)).exists(e, !(e.i == 1))", false},

		// filter, count
		{"t.size()", int64(4)}, {"t.filter(e, e.i > 1).size()", int64(2)}, {"t.count(e, e.i > 1)", int64(2)}, {"t.count(e, !(e.i > 1))", int64(1)},
		{"t.filter(e, e.b).filter(x, x.i > 1).size()", int64(1)}, {"u.size()", int64(0)},

		// sum
		{"t.sum(e, e.i)", int64(8)}, {"t.sum(e, e.x)", 0.3}, {"u.sum(e, e.i)", int64(0)}, {"u.sum(e, e.x)", 0.0}, {"t.sum(e, e.i * 9223372036854775807)", int64(math.MaxInt64)},

		// min, max, latest
		{"t.min(e, e.i)", int64(1)}, {"t.max(e, e.i)", int64(4)}, {"t.min(e, e.x)", 0.1}, {"t.max(e, e.s)", "IE"}, {"t.min(e, e.w)", noon(1)}, {"t.max(e, e.w)", noon(2)},
		{"u.min(e, e.i)", nil}, {"u.max(e, e.s)", nil}, {"u.latest(e, e.b)", nil},
		{"t.latest(e, e.i)", int64(4)}, {"t.latest(e, e.b)", true}, {"t.latest(e, e.s)", "IE"}, {"t.latest(e, e.x)", 0.2}, {"t.latest(e, e.w)", noon(2)}, {"t.latest(e, e.days_ago)", int64(0)},

		// distinct, days_since
		{"t.distinct(e, e.s)", int64(2)}, {"t.distinct(e, e.b)", int64(2)}, {"t.distinct(e, e.w)", int64(2)}, {"t.distinct(e, e.days_ago)", int64(3)}, {"u.distinct(e, e.i)", int64(0)},
		{"t.days_since()", int64(0)}, {"t.filter(e, has(e.i)).days_since()", int64(1)}, {"u.days_since()", int64(1) << 62},

		// a let that is null, a null from a condition alone
		{null, nil},
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) {
			if got := w.value(t, test.rule); got != test.want {
				t.Errorf("%v, want %v", got, test.want)
			}
		})
	}
}

func TestSums(t *testing.T) {
	tests := []struct {
		name   string
		column string
		values []any
		want   rule.Value
	}{
		{"clamps the total, not the way to it", "i", []any{int64(math.MaxInt64), int64(math.MaxInt64), int64(math.MinInt64), int64(math.MinInt64), int64(5)}, int64(3)},
		{"clamps above", "i", []any{int64(math.MaxInt64), int64(1)}, int64(math.MaxInt64)},
		{"clamps below", "i", []any{int64(math.MinInt64), int64(-1), int64(math.MinInt64)}, int64(math.MinInt64)},
		{"adds doubles without loss", "x", []any{0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1}, 1.0},
		{"rounds half a unit away from zero", "x", []any{0.0000005, 0.0000004}, 0.000001},
		{"and below zero", "x", []any{-0.0000005}, -0.000001},
		{"takes 2^53 units", "x", []any{9007199254.740992}, 9007199254.740992},
		{"leaves more out", "x", []any{9007199254.740994, 1e300, 1.5}, 1.5},
		{"has no minus zero", "x", []any{math.Copysign(0, -1), -0.0000001}, 0.0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := &world{}
			for _, v := range test.values {
				w.events = append(w.events, on(1, test.column, v))
			}
			got := w.value(t, "t.sum(e, e."+test.column+")")
			if got != test.want {
				t.Errorf("%v, want %v", got, test.want)
			}
			if x, ok := got.(float64); ok && x == 0 && math.Signbit(x) {
				t.Error("minus zero")
			}
		})
	}
}

func TestLatest(t *testing.T) {
	for _, test := range []struct {
		name, column string
		a, b, want   any
	}{
		{"larger int", "i", int64(-1), int64(-2), int64(-1)}, {"larger double", "x", 1.5, 2.5, 2.5},
		{"strings by bytes", "s", "Z", "a", "a"}, {"and not by letters", "s", "z", "é", "é"}, {"true", "b", true, false, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, events := range [][]match.Event{
				{on(1, test.column, test.a), on(1, test.column, test.b), on(2)},
				{on(0), on(1, test.column, test.b), on(1, test.column, test.a)},
			} {
				w := &world{events: events}
				if got := w.value(t, "t.latest(e, e."+test.column+")"); got != test.want {
					t.Errorf("%v, want %v", got, test.want)
				}
			}
		})
	}
}

// TestTheDoor holds values to what rules see of them.
func TestTheDoor(t *testing.T) {
	odd := func(pairs ...any) *world { return &world{person: fields(pairs...)} }
	for _, test := range []struct {
		w    *world
		rule string
		want rule.Value
	}{
		{odd("x", math.NaN()), "person.x", nil}, {odd("x", math.Inf(1)), "person.x", nil}, {odd("x", math.Inf(-1)), "has(person.x)", false},
		{odd("s", "a\xff"), "person.s", nil}, {odd("s", ""), "has(person.s)", true},
		{odd("w", time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)), "person.w", nil}, {odd("w", time.Date(0, 12, 31, 0, 0, 0, 0, time.UTC)), "person.w", nil},
		{odd("w", time.Date(1, 1, 1, 0, 0, 0, 1, time.UTC)), "person.w", time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)},
		{odd("w", time.Date(1969, 1, 1, 0, 0, 0, 999, time.FixedZone("", 3600))), "person.w", time.Date(1968, 12, 31, 23, 0, 0, 0, time.UTC)},
		{odd("w", nil), "person.w", nil}, {odd("no such column", 1), "1", int64(1)},
	} {
		if got := test.w.value(t, test.rule); got != test.want {
			t.Errorf("%s of %v: %v, want %v", test.rule, test.w.person, got, test.want)
		}
	}
	if x := odd("x", math.Copysign(0, -1)).value(t, "person.x"); math.Signbit(x.(float64)) {
		t.Error("minus zero")
	}
}
