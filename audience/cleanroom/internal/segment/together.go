// SPDX-License-Identifier: Apache-2.0

package segment

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/throng-dp/throng/audience/rule"
)

// Of hundreds of aggregates most ask for a few values of some column: a section
// of a catalogue, a kind of event, a country. Lanes that ask for the same values
// of one column are put into one group, so that a row touches the groups of its
// own values and no others. Where they lie changes no answer.

// fewest is how many lanes a group of its own is worth.
const fewest = 16

// together parts the lanes of a table into those of its groups, of at most 64
// lanes each. Those that any row may count for come first.
func (p *Program) together(t *table, lanes []lane) (groups [][]lane) {
	if len(lanes) <= 64 {
		return [][]lane{lanes}
	}
	asks := make([]asked, len(lanes))
	values := map[string]map[string]bool{} // of each column, all that are asked for
	for i, l := range lanes {
		asks[i].lane = l
		for _, c := range p.conditions(t, l.agg) {
			if column, of := valuesOf(c); column != "" {
				asks[i].of = append(asks[i].of, wanted{column, of})
				if values[column] == nil {
					values[column] = map[string]bool{}
				}
				for _, v := range of {
					values[column][v] = true
				}
			}
		}
	}
	for i := range asks {
		asks[i].choose(values)
	}
	slices.SortStableFunc(asks, func(a, b asked) int { return cmp.Or(cmp.Compare(a.column, b.column), cmp.Compare(a.text, b.text)) })
	var anywhere []lane
	for _, part := range partsOf(asks, max(fewest, len(lanes)/48)) {
		of := map[string]bool{}
		var own []lane
		for _, a := range part {
			own = append(own, a.lane)
			for _, v := range a.values {
				of[v] = true
			}
		}
		if column := part[0].column; column == "" || len(own) < fewest || !few(len(of), len(values[column])) {
			anywhere = append(anywhere, own...)
			continue
		}
		groups = append(groups, own)
	}
	return append(slices.Collect(slices.Chunk(anywhere, 64)), groups...)
}

// few tells whether so many values are at most half of those of a column: of
// those that are asked for, and one for all others.
func few(n, all int) bool { return 2*n <= all+1 }

// asked is what a lane asks of rows.
type asked struct {
	lane lane
	of   []wanted

	// The one of these that leaves the smallest share of a column's values.
	column string // empty: none leaves few
	values []string
	text   string
}

// wanted are the values of a column that a lane asks for.
type wanted struct {
	column string
	values []string
}

func (a *asked) choose(all map[string]map[string]bool) {
	for _, w := range a.of {
		n, of := len(w.values), len(all[w.column])+1
		if few(n, of-1) && (a.column == "" || n*(len(all[a.column])+1) < len(a.values)*of) {
			a.column, a.values, a.text = w.column, w.values, strings.Join(w.values, "\x00")
		}
	}
}

// partsOf cuts sorted lanes where what they ask for changes, once there are least
// of them, or after 64.
func partsOf(asks []asked, least int) (parts [][]asked) {
	from := 0
	for i := range asks {
		n, a := i-from, &asks[i]
		b := &asks[max(i-1, 0)]
		if n == 64 || n > 0 && (a.column != b.column || n >= least && a.text != b.text) {
			parts, from = append(parts, asks[from:i]), i
		}
	}
	return append(parts, asks[from:])
}

// valuesOf returns the values of a column that a row must have one of to meet a
// clause, if it is of that kind. A part of a text stands for the values that have
// it.
func valuesOf(c clause) (column string, values []string) {
	if c.not {
		return "", nil
	}
	column, values = listed(c.e)
	slices.Sort(values)
	return column, slices.Compact(values)
}

func listed(e rule.Expr) (column string, values []string) {
	switch e := e.(type) {
	case rule.In:
		f, ok := e.X.(rule.EventField)
		if !ok {
			return "", nil
		}
		for _, v := range e.Values {
			values = append(values, fmt.Sprint(v))
		}
		return f.Name, values
	case rule.Text:
		if f, ok := e.X.(rule.EventField); ok {
			return f.Name, []string{key(e)}
		}
	case rule.Binary:
		switch e.Op {
		case rule.Eq:
			x, y := e.X, e.Y
			if _, swapped := x.(rule.Const); swapped {
				x, y = y, x
			}
			f, isField := x.(rule.EventField)
			c, isConst := y.(rule.Const)
			if isField && isConst {
				return f.Name, []string{fmt.Sprint(c.Value)}
			}
		case rule.Or:
			a, some := listed(e.X)
			b, others := listed(e.Y)
			if a == b {
				return a, append(some, others...)
			}
		}
	}
	return "", nil
}
