// SPDX-License-Identifier: Apache-2.0

package ruletest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/throng-dp/throng/audience/rule"
)

// depth is how deep rules are nested.
const depth = 3

// A drawer draws the rules of a case.
type drawer struct {
	t     *rapid.T
	c     *Case
	n     int        // macros so far, for their variables
	lists []list     // what macros can be called on
	vals  []variable // lets of values
	segs  []string   // segments that may be asked for
	each  map[string]rule.Value
	// event is the variable of the macro or where around; empty outside.
	event string
}

type list struct{ text, table string }

type variable struct {
	name string
	kind rule.Kind
}

func (d *drawer) pick(n int) int { return rapid.IntRange(0, n-1).Draw(d.t, "pick") }

func oneOf[T any](d *drawer, all []T) T { return all[d.pick(len(all))] }

func (d *drawer) where() {
	for _, table := range d.c.Schema.Tables {
		d.lists = append(d.lists, list{table.Name, table.Name})
		if d.pick(3) == 0 {
			d.event = "row"
			d.c.Where = append(d.c.Where, rule.Source{Name: table.Name, Text: d.bool(2)})
			d.event = ""
		}
	}
}

// lets draws lets that refer to those before them, in any order.
func (d *drawer) lets() {
	for i := range d.pick(5) {
		name := fmt.Sprintf("l%d", i)
		if d.pick(3) == 0 {
			from := d.from()
			d.c.Lets = append(d.c.Lets, rule.Source{Name: name, Text: from.text})
			d.lists = append(d.lists, list{name, from.table})
			continue
		}
		k := oneOf(d, []rule.Kind{rule.Bool, rule.Int, rule.Double, rule.String, rule.Timestamp})
		d.c.Lets = append(d.c.Lets, rule.Source{Name: name, Text: d.of(k, depth)})
		d.vals = append(d.vals, variable{name, k})
	}
	d.c.Lets = shuffled(d, d.c.Lets)
}

func (d *drawer) segments() {
	for i := range 1 + d.pick(4) {
		id := fmt.Sprintf("s-%d", i)
		d.each = nil
		if d.pick(3) == 0 {
			d.each = map[string]rule.Value{"text": oneOf(d, texts), "int": oneOf(d, ints), "double": oneOf(d, doubles), "bool": d.pick(2) == 0}
		}
		d.c.Segments = append(d.c.Segments, rule.Source{Name: id, Text: d.bool(depth), Each: d.each})
		d.segs = append(d.segs, id)
	}
	d.each = nil
	d.c.Segments = shuffled(d, d.c.Segments)
}

func shuffled(d *drawer, all []rule.Source) []rule.Source {
	if len(all) < 2 {
		return all
	}
	return rapid.Permutation(all).Draw(d.t, "order")
}

// of draws an expression of a kind.
func (d *drawer) of(k rule.Kind, depth int) string {
	switch k {
	case rule.Bool:
		return d.bool(depth)
	case rule.Int:
		return d.int(depth)
	case rule.Double:
		return d.double(depth)
	case rule.String:
		return d.text(depth)
	}
	return d.time(depth)
}

func (d *drawer) bool(depth int) string {
	if depth <= 0 {
		return oneOf(d, append(d.leaves(rule.Bool), "true", "false"))
	}
	depth--
	switch d.pick(11) {
	case 0:
		return fmt.Sprintf("(%s && %s)", d.bool(depth), d.bool(depth))
	case 1:
		return fmt.Sprintf("(%s || %s)", d.bool(depth), d.bool(depth))
	case 2:
		return fmt.Sprintf("!%s", d.bool(depth))
	case 3, 4:
		return d.compare(depth)
	case 5:
		return d.choose(rule.Bool, depth)
	case 6:
		return d.in(depth)
	case 7:
		fn := oneOf(d, []string{"startsWith", "endsWith", "contains"})
		return fmt.Sprintf("%s.%s(%s)", d.text(depth), fn, d.textLiteral())
	case 8:
		if has := d.fields(rule.Invalid); len(has) > 0 {
			return "has(" + oneOf(d, has) + ")"
		}
	}
	if d.event == "" {
		return d.quantifier(depth)
	}
	return d.bool(0)
}

// quantifier is an answer about events, or about another segment.
func (d *drawer) quantifier(depth int) string {
	if len(d.segs) > 0 && d.pick(3) == 0 {
		return fmt.Sprintf("in_segment(%q)", oneOf(d, d.segs))
	}
	if d.pick(5) == 0 {
		return d.value("latest", rule.Bool, depth)
	}
	return d.macro(oneOf(d, []string{"exists", "all"}), d.from(), func() string { return d.bool(depth) })
}

// thresholds are what counts are compared with: those that few events reach, the
// edges of what counters of some bits hold, and what none counts up to.
var thresholds = []string{"0", "1", "1", "2", "2", "3", "3", "4", "5", "7", "-1", "31", "32", "1048576", "1048577", "9223372036854775807"}

// threshold compares a number of events, or of their values, with a literal,
// either way round: how most rules that authors write begin.
func (d *drawer) threshold(depth int) string {
	x := d.from().text + ".size()"
	switch d.pick(4) {
	case 0, 1:
		x = d.macro("count", d.from(), func() string { return d.bool(depth) })
	case 2:
		x = d.distinct(depth)
	}
	op, y := oneOf(d, []string{"==", "!=", "<", "<=", ">", ">="}), oneOf(d, thresholds)
	if d.pick(4) == 0 {
		x, y = y, x
	}
	return fmt.Sprintf("(%s %s %s)", x, op, y)
}

func (d *drawer) compare(depth int) string {
	if d.event == "" && d.pick(3) == 0 {
		return d.threshold(depth)
	}
	k := oneOf(d, []rule.Kind{rule.Int, rule.Int, rule.Double, rule.Double, rule.String, rule.Timestamp, rule.Bool})
	ops := []string{"==", "!=", "<", "<=", ">", ">="}
	if k == rule.Bool {
		ops = ops[:2]
	}
	op := oneOf(d, ops)
	x, y := d.of(k, depth), d.of(k, depth)
	if k == rule.Double && len(op) < 3 && op != "==" && op != "!=" && d.pick(3) == 0 {
		// A double and an int literal compare by order, either way round.
		y = strconv.Itoa(d.pick(200) - 100)
		if d.pick(2) == 0 {
			x, y = y, x
		}
	}
	return fmt.Sprintf("(%s %s %s)", x, op, y)
}

func (d *drawer) in(depth int) string {
	k := oneOf(d, []rule.Kind{rule.Int, rule.Double, rule.String, rule.Bool, rule.Timestamp})
	var values []string
	for range 1 + d.pick(3) {
		values = append(values, d.literal(k))
	}
	return fmt.Sprintf("(%s in [%s])", d.of(k, depth), strings.Join(values, ", "))
}

func (d *drawer) choose(k rule.Kind, depth int) string {
	return fmt.Sprintf("(%s ? %s : %s)", d.bool(depth), d.of(k, depth), d.of(k, depth))
}

// leaves are the names of a kind.
func (d *drawer) leaves(k rule.Kind) []string {
	all := d.fields(k)
	if d.event == "" {
		for _, v := range d.vals {
			if v.kind == k {
				all = append(all, v.name)
			}
		}
	}
	return all
}

// fields are the columns of a kind, or of all, that can be compared.
func (d *drawer) fields(k rule.Kind) []string {
	all := d.columns(func(c rule.Column) bool { return (c.Kind == k || k == rule.Invalid) && !c.Key })
	switch {
	case d.event != "" && k == rule.Int:
		all = append(all, d.event+".days_ago", d.event+".month", d.event+".weekday")
	case d.event != "" && k == rule.String:
		all = append(all, d.event+".date")
	}
	return all
}

func (d *drawer) columns(want func(rule.Column) bool) []string {
	of, columns := d.event, columns
	if of == "" {
		of, columns = "person", d.c.Schema.Person
	}
	var all []string
	for _, c := range columns {
		if !want(c) {
			continue
		}
		name := c.Name
		if strings.Contains(name, " ") {
			name = "`" + name + "`"
		}
		all = append(all, of+"."+name)
	}
	return all
}

func (d *drawer) textLiteral() string { return d.literal(rule.String) }

func (d *drawer) literal(k rule.Kind) string {
	each := d.each != nil && d.pick(3) == 0
	switch k {
	case rule.Bool:
		if each {
			return "each.bool"
		}
		return strconv.FormatBool(d.pick(2) == 0)
	case rule.Int:
		if each {
			return "each.int"
		}
		return strconv.FormatInt(oneOf(d, ints), 10)
	case rule.Double:
		if each {
			return "each.double"
		}
		return doubleLiteral(oneOf(d, doubles))
	case rule.String:
		if each {
			return "each.text"
		}
		return strconv.Quote(oneOf(d, texts))
	}
	at := oneOf(d, slices.Concat(d.c.Calendar.Starts[:min(3, len(d.c.Calendar.Starts))], []time.Time{d.c.Calendar.AsOf}))
	return fmt.Sprintf("timestamp(%q)", at.UTC().Format(time.RFC3339Nano))
}

// doubleLiteral writes a double so that CEL does not take it for an int.
func doubleLiteral(x float64) string {
	s := strconv.FormatFloat(x, 'g', -1, 64)
	if !strings.ContainsAny(s, ".e") {
		s += ".0"
	}
	return s
}
