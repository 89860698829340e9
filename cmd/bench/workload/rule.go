// SPDX-License-Identifier: Apache-2.0

package workload

import (
	"fmt"
	"strings"
)

// A Rule says who is in a segment, in a form that is neither Throng's nor SQL:
// the plan and what the peers read are both made from it.
type Rule struct {
	All    []Rule   `json:"all,omitempty"`
	Any    []Rule   `json:"any,omitempty"`
	Not    *Rule    `json:"not,omitempty"`
	Column string   `json:"column,omitempty"` // of the profile,
	In     []string `json:"in,omitempty"`     // which has one of these values
	Times  int      `json:"times,omitempty"`  // at least so many events of these
	Cents  int64    `json:"cents,omitempty"`  // at least so much spent in these
	Of     *Events  `json:"of,omitempty"`
	SQL    string   `json:"sql,omitempty"` // of aggregates a0, a1, …, in place of all else
}

// Events are those that pass every condition that is given.
type Events struct {
	Types      []string `json:"event_type,omitempty"`
	Categories []string `json:"category,omitempty"`
	Countries  []string `json:"country,omitempty"`
	Platforms  []string `json:"platform,omitempty"`
	Hours      int      `json:"hours,omitempty"` // before the end of the day; 0: whenever
}

// A Segment is a rule with a name.
type Segment struct {
	ID   string `json:"id"`
	Rule Rule   `json:"rule"`
}

func all(r ...Rule) Rule                          { return Rule{All: r} }
func anyOf(r ...Rule) Rule                        { return Rule{Any: r} }
func not(r Rule) Rule                             { return Rule{Not: &r} }
func profile(column string, in ...string) Rule    { return Rule{Column: column, In: in} }
func once(c ...condition) Rule                    { return times(1, c...) }
func times(least int, c ...condition) Rule        { return Rule{Times: least, Of: where(c)} }
func spent(leastCents int64, c ...condition) Rule { return Rule{Cents: leastCents, Of: where(c)} }

// A condition narrows events down.
type condition func(*Events)

func where(c []condition) *Events {
	e := &Events{}
	for _, narrow := range c {
		narrow(e)
	}
	return e
}

func types(names ...string) condition     { return func(e *Events) { e.Types = names } }
func countries(codes ...string) condition { return func(e *Events) { e.Countries = codes } }
func platform(name string) condition      { return func(e *Events) { e.Platforms = []string{name} } }
func hours(n int) condition               { return func(e *Events) { e.Hours = n } }
func days(n int) condition                { return hours(24 * n) }

// section is all categories of a section of the catalogue.
func section(name string) condition {
	return func(e *Events) {
		for i := range 10 {
			e.Categories = append(e.Categories, fmt.Sprintf("%s/%02d", name, i))
		}
	}
}

// cel writes the rule as a plan's author would.
func (r *Rule) cel() string {
	switch {
	case r.Not != nil:
		return "!" + r.Not.operand()
	case len(r.All) > 0:
		return join(r.All, " && ")
	case len(r.Any) > 0:
		return join(r.Any, " || ")
	case r.Column != "":
		return oneOf("person."+r.Column, r.In)
	case r.Cents > 0:
		return fmt.Sprintf("%s.sum(e, e.amount) >= %d.%02d", r.Of.list(), r.Cents/100, r.Cents%100)
	}
	condition := r.Of.cel()
	switch {
	case condition == "":
		return fmt.Sprintf("events.size() >= %d", r.Times)
	case r.Times == 1:
		return "events.exists(e, " + condition + ")"
	}
	return fmt.Sprintf("events.count(e, %s) >= %d", condition, r.Times)
}

// operand is the rule in brackets, unless it is one call.
func (r *Rule) operand() string {
	if text := r.cel(); r.Times != 1 || !strings.HasPrefix(text, "events.exists(") {
		return "(" + text + ")"
	}
	return r.cel()
}

func join(rules []Rule, op string) string {
	var parts []string
	for _, r := range rules {
		if len(r.All) > 0 || len(r.Any) > 0 {
			parts = append(parts, "("+r.cel()+")")
		} else {
			parts = append(parts, r.cel())
		}
	}
	return strings.Join(parts, op)
}

// list is the events as a list of their own.
func (e *Events) list() string {
	if c := e.cel(); c != "" {
		return "events.filter(e, " + c + ")"
	}
	return "events"
}

func (e *Events) cel() string {
	var parts []string
	for _, d := range []struct {
		field  string
		values []string
	}{{"event_type", e.Types}, {"category", e.Categories}, {"country", e.Countries}, {"platform", e.Platforms}} {
		if len(d.values) > 0 {
			parts = append(parts, oneOf("e."+d.field, d.values))
		}
	}
	switch {
	case e.Hours == 0:
	case e.Hours%24 == 0: // the plan's zone is UTC
		parts = append(parts, fmt.Sprintf("e.days_ago < %d", e.Hours/24))
	default:
		parts = append(parts, fmt.Sprintf("e.event_time >= as_of - duration(%q)", fmt.Sprintf("%dh", e.Hours)))
	}
	return strings.Join(parts, " && ")
}

func oneOf(field string, values []string) string {
	if len(values) == 1 {
		return fmt.Sprintf("%s == %q", field, values[0])
	}
	return fmt.Sprintf("%s in [%s]", field, quoted(values))
}

func quoted(values []string) string {
	var parts []string
	for _, v := range values {
		parts = append(parts, fmt.Sprintf("%q", v))
	}
	return strings.Join(parts, ", ")
}
