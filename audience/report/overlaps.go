// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"

	"github.com/throng-dp/throng/dp/release"
)

// matrixMost is how many audiences a matrix has room for.
const matrixMost = 20

// A matrix is the table of overlaps: what share of the row's audience is in
// the column's too.
type matrix struct {
	Columns []heading
	Rows    []matrixRow
	Left    int // overlaps that have no room
	Note    string
}

type heading struct {
	Place int
	Name  string
}

type matrixRow struct {
	heading
	Cells []pair
}

// A pair is one cell: people in both, and their share of the row's audience.
type pair struct {
	Place         int // of the column
	Shade         int
	People, Share string
	Title         string
	Self, Rough   bool
}

func newMatrix(x *index) *matrix {
	if len(x.overlaps) == 0 {
		return nil
	}
	shown := x.overlapping()
	m, drawn, ranges := &matrix{}, 0, 0
	for _, s := range shown {
		m.Columns = append(m.Columns, heading{x.place[s.ID], x.name[s.ID]})
	}
	for _, a := range shown {
		row := matrixRow{heading: heading{x.place[a.ID], x.name[a.ID]}}
		for _, b := range shown {
			c := x.overlap(a.ID, b.ID)
			if c != nil && x.place[a.ID] < x.place[b.ID] {
				drawn++
				if released(c) {
					ranges++
				}
			}
			p := newPair(x, a, b, c)
			p.Place = x.place[b.ID]
			row.Cells = append(row.Cells, p)
		}
		m.Rows = append(m.Rows, row)
	}
	m.Left = len(x.overlaps) - drawn
	m.Note = misses(x.r, ranges)
	return m
}

// overlapping is the audiences that a matrix has room for.
func (x *index) overlapping() []*release.Segment {
	var shown []*release.Segment
	for _, s := range x.order {
		if x.paired[x.place[s.ID]] && len(shown) < matrixMost {
			shown = append(shown, s)
		}
	}
	return shown
}

// findOverlaps finds the overlaps by the places of their two audiences, the first
// one first, and the audiences that have any.
func (x *index) findOverlaps() {
	x.overlaps, x.paired = map[[2]int]*release.Cell{}, make([]bool, 1+len(x.order))
	for i := range x.r.Tables {
		t := &x.r.Tables[i]
		if t.Kind != release.Overlap || len(t.Segments) != 2 {
			continue
		}
		a, b := x.place[t.Segments[0]], x.place[t.Segments[1]]
		x.overlaps[[2]int{min(a, b), max(a, b)}] = &t.Cells[0]
		x.paired[a], x.paired[b] = true, true
	}
}

// overlap returns the overlap of two audiences, in whichever order; nil if it was
// not asked for.
func (x *index) overlap(one, other string) *release.Cell {
	a, b := x.place[one], x.place[other]
	return x.overlaps[[2]int{min(a, b), max(a, b)}]
}

func newPair(x *index, a, b *release.Segment, c *release.Cell) pair {
	switch {
	case a == b:
		p := pair{Self: true, Title: x.name[a.ID]}
		if reach := x.reach[a.ID]; released(reach) {
			p.People = release.Number(*reach.Estimate)
		}
		return p
	case c == nil:
		return pair{People: "\u00b7", Title: "not asked for"}
	case !released(c):
		return pair{People: dash, Title: "withheld"}
	}
	p := pair{
		People: release.Number(*c.Estimate), Rough: !c.Readable,
		Title: fmt.Sprintf("%s and %s: %s people, %s", x.name[a.ID], x.name[b.ID], release.Number(*c.Estimate), c.Range(0)),
	}
	if reach := x.reach[a.ID]; released(reach) && *reach.Estimate > 0 {
		p.Share = release.Share(min(*c.Estimate, *reach.Estimate), *reach.Estimate)
		if c.Readable {
			p.Shade = shade(float64(*c.Estimate) / float64(*reach.Estimate))
		}
	}
	return p
}
