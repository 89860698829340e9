// SPDX-License-Identifier: Apache-2.0

// Package ruletest draws random schemas, rules and people, for tests that hold
// two engines equal. All rules that it draws pass rule.Check. They use every
// macro and operator; people have nulls, ties, newest events without values,
// numbers that overflow, NaN and the like, and events at midnights and changes
// of clocks.
//
//	rapid.Check(t, func(t *rapid.T) {
//		c := ruletest.Draw(t)
//		set := c.Check(t)
//		… evaluate c.People by two engines and compare
//	})
package ruletest

import (
	"fmt"
	"math"
	"strings"
	"time"
	_ "time/tzdata" // zones are part of the tests
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/throng-dp/throng/audience/match"
	"github.com/throng-dp/throng/audience/rule"
)

// TimeColumn is the column of every table that holds the event's time.
const TimeColumn = "at"

// A Case is a plan's rules and people to try them on. Of every event, the field
// TimeColumn equals its time.
type Case struct {
	Schema                rule.Schema
	Lets, Segments, Where []rule.Source
	Calendar              *rule.Calendar
	Date                  string // the calendar's, "2006-01-02"
	People                []match.Person
}

// Check returns the checked rules and fails the test if there is a fault.
func (c *Case) Check(t *rapid.T) *rule.Set {
	set, faults := rule.Check(c.Schema, c.Lets, c.Segments, c.Where)
	if len(faults) > 0 {
		f := faults[0]
		text := map[string][]rule.Source{"let": c.Lets, "segment": c.Segments, "where": c.Where}[f.In]
		t.Fatalf("drew a bad rule: %v\n%+v", f, text)
	}
	return set
}

// String lists the rules and the people.
func (c *Case) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s, %d days\n", c.Calendar.Zone, c.Date, len(c.Calendar.Starts))
	for kind, list := range map[string][]rule.Source{"let": c.Lets, "segment": c.Segments, "where": c.Where} {
		for _, s := range list {
			fmt.Fprintf(&b, "%s %s: %s %v\n", kind, s.Name, s.Text, s.Each)
		}
	}
	for _, p := range c.People {
		fmt.Fprintf(&b, "%s %v\n", p.Key, p.Fields)
		for table, events := range p.Events {
			for _, e := range events {
				fmt.Fprintf(&b, "    %s %v\n", table, e.Fields)
			}
		}
	}
	return b.String()
}

// Readable makes null what other engines refuse to read, invalid UTF-8, and
// returns the case.
func (c *Case) Readable() *Case {
	clean := func(fields map[string]rule.Value) {
		for name, v := range fields {
			if s, ok := v.(string); ok && !utf8.ValidString(s) {
				delete(fields, name)
			}
		}
	}
	for _, p := range c.People {
		clean(p.Fields)
		for _, events := range p.Events {
			for _, e := range events {
				clean(e.Fields)
			}
		}
	}
	return c
}

// Draw draws a case.
func Draw(t *rapid.T) *Case {
	c := &Case{Schema: schema(t)}
	drawCalendar(t, c)
	d := &drawer{t: t, c: c}
	d.where()
	d.lets()
	d.segments()
	drawPeople(t, c)
	return c
}

// columns are of every kind, and a key.
var columns = []rule.Column{
	{Name: TimeColumn, Kind: rule.Timestamp}, {Name: "i", Kind: rule.Int}, {Name: "j", Kind: rule.Int},
	{Name: "x", Kind: rule.Double}, {Name: "y", Kind: rule.Double}, {Name: "s", Kind: rule.String}, {Name: "a b", Kind: rule.String},
	{Name: "b", Kind: rule.Bool}, {Name: "w", Kind: rule.Timestamp}, {Name: "k", Kind: rule.String, Key: true},
}

func schema(t *rapid.T) rule.Schema {
	s := rule.Schema{HasPeople: rapid.Bool().Draw(t, "people")}
	for _, name := range []string{"t", "u"}[:rapid.IntRange(1, 2).Draw(t, "tables")] {
		s.Tables = append(s.Tables, rule.Table{Name: name, Columns: columns})
	}
	if s.HasPeople {
		s.Person = columns[1:]
	}
	return s
}

// days lie near changes of clocks: at night, at midnight forwards (a day
// without its midnight) and backwards, by half an hour, and a whole day.
var days = map[string][]string{
	"UTC":                 {"2011-12-09", "2012-03-01"},
	"Europe/London":       {"2011-03-28", "2011-10-31"},
	"America/Sao_Paulo":   {"2011-10-17", "2012-02-27"},
	"America/St_Johns":    {"2011-03-14", "2010-11-08"},
	"Australia/Lord_Howe": {"2011-04-04", "2011-10-03"},
	"Pacific/Apia":        {"2012-01-02", "2011-12-30"},
	"Africa/Cairo":        {"2010-04-30", "2010-08-12"},
	"Asia/Kathmandu":      {"2011-01-01"},
}

var zones = []string{"UTC", "Europe/London", "America/Sao_Paulo", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Cairo", "Asia/Kathmandu"}

func drawCalendar(t *rapid.T, c *Case) {
	name := rapid.SampledFrom(zones).Draw(t, "zone")
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	c.Date = rapid.SampledFrom(days[name]).Draw(t, "date")
	lookback := rapid.SampledFrom([]int{1, 2, 4, 8, 30, 400}).Draw(t, "lookback")
	if c.Calendar, err = rule.NewCalendar(zone, c.Date, lookback); err != nil {
		t.Fatal(err)
	}
}

// keys are forms that engines may keep in ways of their own: short texts, 32
// hexadecimal digits, integers, and longer texts.
var keys = []string{"p%d", "%032x", "%d", "1%018d", "person of number %d"}

func drawPeople(t *rapid.T, c *Case) {
	times := drawTimes(t, c.Calendar)
	for i := range rapid.IntRange(1, 4).Draw(t, "persons") {
		key := rapid.SampledFrom(keys).Draw(t, "key")
		p := match.Person{Key: fmt.Sprintf(key, i), Events: map[string][]match.Event{}}
		if c.Schema.HasPeople {
			p.Fields = drawFields(t, c.Schema.Person, times)
		}
		for _, table := range c.Schema.Tables {
			for range rapid.IntRange(0, 7).Draw(t, "events") {
				e := match.Event{Fields: drawFields(t, table.Columns, times)}
				if at, ok := e.Fields[TimeColumn].(time.Time); ok {
					e.Time = &at
				}
				p.Events[table.Name] = append(p.Events[table.Name], e)
			}
		}
		c.People = append(c.People, p)
	}
}

// drawTimes draws few times, so that events tie, at and beside the boundaries
// of days.
func drawTimes(t *rapid.T, cal *rule.Calendar) []time.Time {
	var all []time.Time
	for range rapid.IntRange(2, 6).Draw(t, "times") {
		at := cal.AsOf
		if !rapid.Bool().Draw(t, "end") {
			at = rapid.SampledFrom(cal.Starts).Draw(t, "start")
		}
		by := rapid.SampledFrom([]time.Duration{0, -time.Microsecond, time.Microsecond, time.Hour, -time.Hour, -12 * time.Hour}).Draw(t, "beside")
		all = append(all, at.Add(by))
	}
	return all
}

func drawFields(t *rapid.T, columns []rule.Column, times []time.Time) map[string]rule.Value {
	fields := map[string]rule.Value{}
	for _, c := range columns {
		if rapid.IntRange(0, 4).Draw(t, "null") > 0 {
			fields[c.Name] = drawValue(t, c.Kind, times)
		}
	}
	return fields
}

func drawValue(t *rapid.T, k rule.Kind, times []time.Time) rule.Value {
	// What no rule can see is rarer than what it can.
	odd := rapid.IntRange(0, 19).Draw(t, "odd") == 0
	switch k {
	case rule.Bool:
		return rapid.Bool().Draw(t, "bool")
	case rule.Int:
		return rapid.SampledFrom(ints).Draw(t, "int")
	case rule.Double:
		if odd {
			return rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Inf(-1), math.Copysign(0, -1)}).Draw(t, "odd double")
		}
		return rapid.SampledFrom(doubles).Draw(t, "double")
	case rule.String:
		if odd {
			return "\xff"
		}
		return rapid.SampledFrom(texts).Draw(t, "string")
	}
	if odd {
		return time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return rapid.SampledFrom(times).Draw(t, "time")
}

// Small pools, so that values meet each other and the literals of rules.
var (
	ints = []int64{0, 1, 2, 3, -1, 7, 100, 1 << 53, math.MaxInt64, math.MinInt64, math.MaxInt64 - 1}
	// 0.0000005 and its like are halves of a unit of sums; 2^53 units are 9007199254.740992.
	doubles = []float64{0, 1, 2.5, -1, 0.1, 100, 0.0000005, -0.0000015, 9007199254.740992, 9007199254.740994, 1e300, -1e308, math.MaxFloat64}
	texts   = []string{"", "a", "b", "ab", "B", "é", "z", "\U0001F6D2", "2011-12-09"}
)
