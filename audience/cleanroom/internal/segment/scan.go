// SPDX-License-Identifier: Apache-2.0

package segment

import (
	"math/bits"
	"slices"

	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/cleanroom/internal/near"
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
	listed []uint32 // places of rows that go to accumulators
	in     input
}

// A scannedGroup is a group of lanes while a table is read.
type scannedGroup struct {
	*group
	masks  []uint64  // of each row of the batch that may have some, its lanes
	listed []scanned // parallel to lanes; those without an accumulator are empty
	some   []uint32  // scratch: n rows that have lanes here,
	people []uint32  // and whose they are
	n      int
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
		g.some = sized(g.some, b.Rows)
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
		masks = s.sieve.anywhere(n)
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
	if len(s.groups) == 1 {
		s.groups[0].fetch(to, people)
		s.feed(&s.groups[0], to, rows, people)
		return
	}
	s.part(rows, people)
	for i := range s.groups {
		s.groups[i].fetch(to, s.groups[i].people[:s.groups[i].n])
	}
	for i := range s.groups {
		if g := &s.groups[i]; g.n > 0 {
			s.feed(g, to, g.some[:g.n], g.people[:g.n])
		}
	}
}

// fetch asks for what finding people has not brought near.
func (g *scannedGroup) fetch(to *State, people []uint32) {
	for _, word := range g.far {
		near.FetchLine(to.Records[min(word, len(to.Records)):], people, to.Stride)
	}
}

// part deals rows out to the groups that have lanes of them: of many, few.
func (s *Scanner) part(rows, people []uint32) {
	for i := range s.groups {
		g := &s.groups[i]
		g.n = 0
		if len(g.people) < len(rows) {
			g.some, g.people = sized(g.some, len(rows)), sized(g.people, len(rows))
		}
	}
	for w, live := range s.sieve.live {
		groups := s.groups[w<<6:]
		for k, row := range rows {
			for left := live[row]; left != 0; left &= left - 1 {
				g := &groups[bits.TrailingZeros64(left)]
				g.some[g.n], g.people[g.n] = row, people[k]
				g.n++
			}
		}
	}
}

// feed is Feed for one group.
func (s *Scanner) feed(g *scannedGroup, to *State, rows, people []uint32) {
	switch {
	case g.short != nil:
		g.short.add(to, g.masks, rows, people)
	case len(g.planes) > 0:
		for k, row := range rows {
			at := int(people[k]) * to.Stride
			g.count(to.Records[at:at+to.Stride], g.masks[row])
		}
	}
	if g.group.listed != 0 {
		s.list(g, to, rows, people)
	}
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
