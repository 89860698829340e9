// SPDX-License-Identifier: Apache-2.0

package segment

import (
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
	frames  uint64
	frame   frame
	days    dayIndex
	where   *node
	times   *node
	aggs    []scanned
	visible Bitmap
	in      input
}

// A scanned aggregate is ready to be fed: which rows, with what.
type scanned struct {
	index  int
	fn     rule.Fn
	where  []*node
	arg    *node // nil where there is none
	mask   Bitmap
	any    bool
	masked uint64 // the frame that mask belongs to
}

// NewScanner returns a scanner for a table.
func (p *Program) NewScanner(table int) *Scanner {
	t := p.tables[table]
	s := &Scanner{days: dayIndex{days: p.days}}
	s.frame.columns = make([]*event.Vector, len(t.columns)+len(derived)+1)
	names := append(slices.Concat(t.columns, derived), "")
	c := newRowCompiler(p.days.end, names, &s.frames)
	if t.where != nil {
		s.where = c.compile(t.where)
	}
	// The time has the empty name here: no column of a rule can have that.
	s.times = c.compile(rule.EventField{Name: "", K: rule.Timestamp})
	for _, index := range t.aggs {
		s.aggs = append(s.aggs, scannedOf(c, index, p.aggs[index]))
	}
	return s
}

func scannedOf(c *rowCompiler, index int, a rule.Aggregate) scanned {
	s := scanned{index: index, fn: a.Fn}
	for _, w := range a.From.Where {
		s.where = append(s.where, c.compile(w))
	}
	switch {
	case a.Arg == nil:
	case a.Fn == rule.Sum && a.Arg.Kind() == rule.Double:
		s.arg = c.compile(units{a.Arg})
	default:
		s.arg = c.compile(a.Arg)
	}
	return s
}

// Look takes a batch and returns the rows that the plan may see: inside the
// lookback, and where the table's condition is true. The batch and the bitmap
// are valid until the next Look.
func (s *Scanner) Look(b *Batch) Bitmap {
	s.frames++
	s.frame.id, s.frame.rows = s.frames, b.Rows
	n := copy(s.frame.columns, b.Columns)
	index := s.days.read(b.Time, b.Rows)
	for i, d := range s.days.days.fields {
		s.frame.columns[n+i] = &event.Vector{Kind: dayKind(i), Dict: d, Index: index}
	}
	s.frame.columns[n+len(derived)] = b.Time
	s.visible = clean(s.visible, b.Rows)
	for i, day := range index {
		if day != 0 {
			s.visible.Set(i)
		}
	}
	if s.where != nil {
		yes := s.where.eval(&s.frame).yes
		for w := range s.visible {
			s.visible[w] &= yes[w]
		}
	}
	return s.visible
}

func dayKind(i int) rule.Kind {
	if derived[i] == "date" {
		return rule.String
	}
	return rule.Int
}

// Feed adds rows of the batch, all of them visible, to the people that they
// belong to: people[i] supplied rows[i].
func (s *Scanner) Feed(to *State, rows, people []uint32) {
	for i := range s.aggs {
		a := &s.aggs[i]
		if a.masked != s.frame.id {
			a.choose(&s.frame, s.visible)
			a.masked = s.frame.id
		}
		if !a.any {
			continue
		}
		s.in.mask, s.in.days, s.in.arg = a.mask, s.days.index, nil
		if a.arg != nil {
			s.in.arg = a.arg.eval(&s.frame)
		}
		if a.fn == rule.Latest {
			s.in.times = s.times.eval(&s.frame).ints
		}
		to.accs[a.index].add(rows, people, &s.in)
	}
}

// choose finds the rows that count: those of the list of events, and among
// them those for which the condition is true (for all: is not), or the value
// is there.
func (a *scanned) choose(f *frame, visible Bitmap) {
	a.mask = sized(a.mask, len(visible))
	copy(a.mask, visible)
	for _, w := range a.where {
		yes := w.eval(f).yes
		for i := range a.mask {
			a.mask[i] &= yes[i]
		}
	}
	if a.arg != nil {
		arg := a.arg.eval(f)
		for i := range a.mask {
			switch a.fn {
			case rule.Exists, rule.Count:
				a.mask[i] &= arg.yes[i]
			case rule.All:
				a.mask[i] &^= arg.yes[i]
			default:
				a.mask[i] &^= arg.null[i]
			}
		}
	}
	a.any = false
	for _, word := range a.mask {
		a.any = a.any || word != 0
	}
}
