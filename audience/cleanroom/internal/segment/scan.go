// SPDX-License-Identifier: Apache-2.0

package segment

import (
	"math/bits"
	"slices"

	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/rule"
)

// A Batch is a run of rows of one events table.
type Batch struct {
	Rows    int
	Time    *event.Vector
	Columns []*event.Vector // those of Program.Columns, in its order
}

// A Scanner reads the batches of one table. It is not safe for concurrent use:
// every worker has its own.
type Scanner struct {
	frames uint64
	frame  frame
	days   dayIndex
	sieve  *sieve
	times  *node
	groups []scannedGroup
	rows   []uint32
	any    []uint64 // of each row, the lanes of all groups
	picked [2][]uint32
	listed []uint32 // places of rows that go to accumulators
	in     input
}

// A scannedGroup is a group of lanes while a table is read.
type scannedGroup struct {
	*group
	masks  []uint64  // of each row of the batch, its lanes
	listed []scanned // parallel to lanes; those without an accumulator are empty
}

// A scanned aggregate is kept by an accumulator: which rows are its own is
// gathered for some people at a time.
type scanned struct {
	fn           rule.Fn
	arg          *node // nil where there is none
	rows, people []uint32
}

// NewScanner returns a scanner for a table. With all it hands out every visible
// row, else only those that a rule looks at.
func (p *Program) NewScanner(table int, all bool) *Scanner {
	t := p.tables[table]
	s := &Scanner{days: dayIndex{days: p.days}}
	s.frame.columns = make([]*event.Vector, len(t.columns)+len(derived)+1)
	// The time has the empty name here: no column of a rule can have that.
	names := append(slices.Concat(t.columns, derived), "")
	c := newRowCompiler(p.days.end, names, &s.frames)
	s.times = c.compile(rule.EventField{Name: "", K: rule.Timestamp})
	s.sieve = newSieve(c, len(t.groups))
	for i := range t.groups {
		g := &t.groups[i]
		to := scannedGroup{group: g, listed: make([]scanned, len(g.lanes))}
		for at, l := range g.lanes {
			if l.agg < 0 && !all {
				continue // nobody asks for this lane
			}
			s.sieve.lane(i, at, p.conditions(t, l.agg))
			if l.agg >= 0 && l.width == 0 {
				to.listed[at] = scannedOf(c, p.aggs[l.agg])
			}
		}
		s.groups = append(s.groups, to)
	}
	return s
}

func scannedOf(c *rowCompiler, a rule.Aggregate) scanned {
	s := scanned{fn: a.Fn}
	switch {
	case a.Arg == nil, a.Fn == rule.Count:
	case a.Fn == rule.Sum && a.Arg.Kind() == rule.Double:
		s.arg = c.compile(units{a.Arg})
	default:
		s.arg = c.compile(a.Arg)
	}
	return s
}

// Look takes a batch and returns the rows that count for something. The batch
// and the rows are valid until the next Look.
func (s *Scanner) Look(b *Batch) []uint32 {
	s.frames++
	s.frame.id, s.frame.rows = s.frames, b.Rows
	n := copy(s.frame.columns, b.Columns)
	days := s.days.read(b.Time, b.Rows)
	for i, d := range s.days.days.fields {
		s.frame.columns[n+i] = &event.Vector{Kind: dayKind(i), Dict: d, Index: days, Same: b.Time.Same}
	}
	s.frame.columns[n+len(derived)] = b.Time
	for i := range s.groups {
		g := &s.groups[i]
		g.masks = sized(g.masks, b.Rows)
	}
	s.sieve.sift(&s.frame, s.groups)
	return s.choose(b.Rows)
}

// choose lists the rows whose masks are not empty.
func (s *Scanner) choose(n int) []uint32 {
	if len(s.groups) == 0 {
		return nil
	}
	masks := s.groups[0].masks[:n]
	if len(s.groups) > 1 {
		s.any = sized(s.any, n)
		copy(s.any, masks)
		masks = s.any
		for i := range s.groups[1:] {
			for row, mask := range s.groups[1+i].masks[:n] {
				masks[row] |= mask
			}
		}
	}
	s.rows = sized(s.rows, n)
	rows, found := s.rows, 0
	for row, mask := range masks {
		// Without a branch: which rows count is hard to foretell.
		rows[found] = uint32(row)
		found += int((mask | -mask) >> 63)
	}
	return rows[:found]
}

func dayKind(i int) rule.Kind {
	if derived[i] == "date" {
		return rule.String
	}
	return rule.Int
}

// Feed adds rows that Look has returned to the people that they belong to:
// people[i] supplied rows[i].
func (s *Scanner) Feed(to *State, rows, people []uint32) {
	for i := range s.groups {
		g, of, who := &s.groups[i], rows, people
		if len(s.groups) > 1 {
			of, who = s.pick(g.masks, rows, people)
		}
		switch {
		case g.short():
			g.countShort(to, g.masks, of, who)
		case len(g.planes) > 0:
			for k, row := range of {
				at := int(who[k]) * to.Stride
				g.count(to.Records[at:at+to.Stride], g.masks[row])
			}
		}
		if g.group.listed != 0 {
			s.list(g, to, of, who)
		}
	}
}

// pick returns the rows whose masks of one group are not empty, and their
// people, until its next call. Of many groups most have nothing of a row.
func (s *Scanner) pick(masks []uint64, rows, people []uint32) (of, who []uint32) {
	s.picked[0], s.picked[1] = sized(s.picked[0], len(rows)), sized(s.picked[1], len(rows))
	of, who = s.picked[0], s.picked[1]
	n := 0
	for k, row := range rows {
		of[n], who[n] = row, people[k]
		n += int((masks[row] | -masks[row]) >> 63) // without a branch
	}
	return of[:n], who[:n]
}

// list hands rows to the accumulators of a group.
func (s *Scanner) list(g *scannedGroup, to *State, rows, people []uint32) {
	listed, masks := g.group.listed, g.masks
	s.listed = sized(s.listed, len(rows))
	some, n := s.listed, 0
	for k, row := range rows {
		some[n] = uint32(k)
		mask := masks[row] & listed
		n += int((mask | -mask) >> 63) // without a branch
	}
	for _, k := range some[:n] {
		row := rows[k]
		for mask := masks[row] & listed; mask != 0; mask &= mask - 1 {
			a := &g.listed[bits.TrailingZeros64(mask)]
			a.rows, a.people = append(a.rows, row), append(a.people, people[k])
		}
	}
	for i := range g.listed {
		a := &g.listed[i]
		if len(a.rows) == 0 {
			continue
		}
		s.in = input{days: s.days.index}
		if a.arg != nil {
			s.in.arg = a.arg.evalSome(&s.frame, a.rows)
		}
		if a.fn == rule.Latest {
			s.in.times = s.times.eval(&s.frame).ints
		}
		to.accs[g.lanes[i].agg].add(a.rows, a.people, &s.in)
		a.rows, a.people = a.rows[:0], a.people[:0]
	}
}
