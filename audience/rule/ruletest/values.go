// SPDX-License-Identifier: Apache-2.0

package ruletest

import (
	"fmt"

	"github.com/throng-dp/throng/audience/rule"
)

func (d *drawer) int(depth int) string {
	if depth <= 0 {
		return oneOf(d, append(d.leaves(rule.Int), d.literal(rule.Int)))
	}
	depth--
	switch d.pick(8) {
	case 0, 1:
		return fmt.Sprintf("(%s %s %s)", d.int(depth), oneOf(d, []string{"+", "-", "*"}), d.int(depth))
	case 2:
		return fmt.Sprintf("(%s %% %s)", d.int(depth), oneOf(d, []string{"2", "7", "-3", "-1", "9223372036854775807"}))
	case 3:
		return fmt.Sprintf("-(%s)", d.int(depth))
	case 4:
		return d.choose(rule.Int, depth)
	}
	if d.event != "" {
		return d.int(0)
	}
	switch d.pick(8) {
	case 0:
		return d.macro("count", d.from(), func() string { return d.bool(depth) })
	case 1:
		return d.from().text + ".size()"
	case 2:
		return d.from().text + ".days_since()"
	case 3:
		return d.distinct(depth)
	case 4, 5:
		return d.value("sum", rule.Int, depth)
	}
	return d.value(oneOf(d, []string{"min", "max", "latest"}), rule.Int, depth)
}

func (d *drawer) distinct(depth int) string {
	return d.macro("distinct", d.from(), func() string {
		if keys := d.columns(func(c rule.Column) bool { return c.Key }); d.pick(3) == 0 && len(keys) > 0 {
			return oneOf(d, keys)
		}
		return d.of(oneOf(d, []rule.Kind{rule.Bool, rule.Int, rule.Double, rule.String, rule.Timestamp}), depth)
	})
}

func (d *drawer) double(depth int) string {
	if depth <= 0 {
		return oneOf(d, append(d.leaves(rule.Double), d.literal(rule.Double)))
	}
	depth--
	switch d.pick(9) {
	case 0, 1:
		return fmt.Sprintf("(%s %s %s)", d.double(depth), oneOf(d, []string{"+", "-", "*"}), d.double(depth))
	case 2:
		return fmt.Sprintf("(%s / %s)", d.double(depth), oneOf(d, []string{"2.0", "-3.0", "0.1", "1e-300"}))
	case 3:
		return fmt.Sprintf("double(%s)", d.int(depth))
	case 4:
		return fmt.Sprintf("(%s * %s)", d.int(depth), d.double(depth))
	case 5:
		return d.choose(rule.Double, depth)
	case 6:
		return fmt.Sprintf("-(%s)", d.double(depth))
	}
	if d.event != "" {
		return d.double(0)
	}
	return d.value(oneOf(d, []string{"sum", "sum", "min", "max", "latest"}), rule.Double, depth)
}

func (d *drawer) text(depth int) string {
	if depth <= 0 {
		return oneOf(d, append(d.leaves(rule.String), d.literal(rule.String)))
	}
	depth--
	if d.pick(3) == 0 {
		return d.choose(rule.String, depth)
	}
	if d.event != "" {
		return d.text(0)
	}
	return d.value(oneOf(d, []string{"min", "max", "latest", "latest"}), rule.String, depth)
}

func (d *drawer) time(depth int) string {
	if depth <= 0 {
		return oneOf(d, append(d.leaves(rule.Timestamp), "as_of", d.literal(rule.Timestamp)))
	}
	depth--
	by := fmt.Sprintf("duration(%q)", oneOf(d, []string{"24h", "1us", "-36h", "0s", "2540400h"}))
	switch d.pick(5) {
	case 0:
		return fmt.Sprintf("(%s %s %s)", d.time(depth), oneOf(d, []string{"+", "-"}), by)
	case 1:
		return fmt.Sprintf("(%s + %s)", by, d.time(depth))
	case 2:
		return d.choose(rule.Timestamp, depth)
	}
	if d.event != "" {
		return d.time(0)
	}
	return d.value(oneOf(d, []string{"min", "max", "latest"}), rule.Timestamp, depth)
}

// value is an aggregate of a value of each event.
func (d *drawer) value(fn string, k rule.Kind, depth int) string {
	return d.macro(fn, d.from(), func() string { return d.of(k, depth) })
}

// from draws a list of events: a table, a let, or a chain of filters.
func (d *drawer) from() list {
	l := oneOf(d, d.lists)
	for range d.pick(3) {
		l.text = d.macro("filter", l, func() string { return d.bool(2) })
	}
	return l
}

func (d *drawer) macro(fn string, from list, arg func() string) string {
	d.n++
	d.event = fmt.Sprintf("e%d", d.n)
	defer func() { d.event = "" }()
	return fmt.Sprintf("%s.%s(%s, %s)", from.text, fn, d.event, arg())
}
