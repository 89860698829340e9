// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"

	"github.com/throng-dp/throng/dp/release"
)

// detailsMost is how many panels a group shows without being asked.
const detailsMost = 24

// A group is one breakdown or frequency over all audiences: a panel each, all
// on one scale of shares, so that their shapes can be compared.
type group struct {
	Title    string
	Open     bool
	Panels   []panel
	Withheld string // audiences that have none, by name
	Note     string
}

// A panel is one table of one audience: Lines, or Grid where two values cross.
type panel struct {
	Place int
	Name  string
	Lines []line
	Index bool // its lines have one
	Grid  *grid
	Curve *curve // of a frequency: people with at least so many
}

type line struct {
	Label, People, Range string
	Bar                  bar
	Rough                bool
	Index                *indexed
}

// A grid is a crossing of two values.
type grid struct {
	Columns []string
	Rows    []gridRow
}

type gridRow struct {
	Label string
	Cells []gridCell
}

type gridCell struct {
	Column        string
	Shade         int
	People, Range string
	Rough         bool
}

// HTML is the row's cells as the page has them. A report has thousands: the
// template would take longer over them than over all else.
func (r gridRow) HTML() template.HTML {
	var b strings.Builder
	for _, c := range r.Cells {
		b.WriteString(`<td data-n="` + template.HTMLEscapeString(c.Column) + `" class="h` + strconv.Itoa(c.Shade))
		if c.Rough {
			b.WriteString(" q")
		}
		b.WriteString(`">` + template.HTMLEscapeString(c.People) + "<small>" + template.HTMLEscapeString(c.Range) + "</small></td>")
	}
	return template.HTML(b.String())
}

// groups gathers the tables of a kind by what they are of, and frequencies by their
// bins too: their panels have one scale.
func groups(x *index, kind string) []group {
	type key struct{ title, bins string }
	tables, order := map[key]map[string]*release.Table{}, []key{}
	for i := range x.r.Tables {
		t := &x.r.Tables[i]
		if t.Kind != kind {
			continue
		}
		of := key{groupTitle(t), fmt.Sprint(t.Bins)}
		if tables[of] == nil {
			tables[of] = map[string]*release.Table{}
			order = append(order, of)
		}
		tables[of][t.Segments[0]] = t
	}
	var found []group
	for _, of := range order {
		found = append(found, newGroup(x, of.title, tables[of]))
	}
	return found
}

func groupTitle(t *release.Table) string {
	switch t.Kind {
	case release.Frequency:
		return release.Plain(t.Of)
	case release.Top:
		return fmt.Sprintf("top %d of %s", len(t.Cells), release.Plain(t.By[0]))
	}
	return release.Plain(strings.Join(t.By, release.Joint))
}

// foundNote says which categories a reader does not see; empty where all were
// declared. Of several tables the one that shows fewest speaks.
func foundNote(tables map[string]*release.Table) string {
	from := int64(-1)
	for _, t := range tables {
		if t.Found != nil {
			from = max(from, t.Found.EvenFrom)
		}
	}
	if from < 0 {
		return ""
	}
	return fmt.Sprintf("The plan does not declare these values: one that %s people have is here with an even chance, of fewer hardly ever. The others are in %s.",
		release.Number(from), release.Other)
}

func newGroup(x *index, title string, tables map[string]*release.Table) group {
	top := 0.0
	for id, t := range tables {
		for i := range t.Cells {
			if c := &t.Cells[i]; released(c) && c.Readable {
				top = math.Max(top, float64(*c.Upper)/size(x, id, t))
			}
		}
	}
	g, ranges, indices := group{Title: title}, 0, 0
	var none []string
	for _, s := range x.order {
		t := tables[s.ID]
		switch {
		case t == nil:
		case t.Cells[0].Status == release.Withheld:
			none = append(none, x.name[s.ID])
		default:
			g.Panels = append(g.Panels, newPanel(x, s, t, tables[x.everyone], top))
			if !t.Picked {
				ranges += len(t.Cells) + len(t.AtLeast)
			}
		}
	}
	g.Open = len(g.Panels) <= detailsMost
	g.Withheld = strings.Join(none, ", ")
	g.Note = misses(x.r, ranges)
	for i := range g.Panels {
		for k := range g.Panels[i].Lines {
			if g.Panels[i].Lines[k].Index != nil {
				g.Panels[i].Index = true
				indices++
			}
		}
	}
	if indices > 0 {
		g.Note += fmt.Sprintf(" The last column is the index: the share of the audience beside the share of everyone, which is 100; ▲ and ▼ where it surely differs. %s", atMostMisses(x.r, indices))
	}
	g.Note = strings.TrimSpace(g.Note + " " + foundNote(tables))
	for _, t := range tables {
		if t.Picked {
			g.Note = "In order, chosen without numbers."
		}
	}
	return g
}

// size is the released number of people that a table's cells are shares of.
func size(x *index, id string, t *release.Table) float64 {
	if c := x.reach[id]; released(c) && *c.Estimate > 0 {
		return float64(*c.Estimate)
	}
	sum := int64(0)
	for _, c := range t.Cells {
		if c.Estimate != nil {
			sum += *c.Estimate
		}
	}
	return math.Max(1, float64(sum))
}

func newPanel(x *index, s *release.Segment, t, everyone *release.Table, top float64) panel {
	p := panel{Place: x.place[s.ID], Name: x.name[s.ID]}
	whole := size(x, s.ID, t)
	if t.Kind == release.Breakdown && len(t.By) == 2 {
		p.Grid = newGrid(t, whole)
		return p
	}
	for i := range t.Cells {
		c := &t.Cells[i]
		label := make([]string, len(c.Key))
		for k := range c.Key {
			label[k] = release.Plain(c.Key[k])
		}
		l := line{Label: strings.Join(label, release.Joint), People: dash}
		if released(c) {
			l.People, l.Range, l.Rough = release.Number(*c.Estimate), c.Range(0), !c.Readable
			l.Bar, l.Index = newBar(c, top*whole), bandIndex(x, s.ID, t, everyone, i)
		}
		p.Lines = append(p.Lines, l)
	}
	p.Curve = newCurve(t)
	return p
}

// newGrid sets the last value's labels as columns: it runs fastest.
func newGrid(t *release.Table, whole float64) *grid {
	g := &grid{}
	for i := range t.Cells {
		c := &t.Cells[i]
		if len(g.Rows) == 0 || t.Cells[i-1].Key[0] != c.Key[0] {
			g.Rows = append(g.Rows, gridRow{Label: release.Plain(c.Key[0])})
		}
		if len(g.Rows) == 1 {
			g.Columns = append(g.Columns, release.Plain(c.Key[1]))
		}
		cell := gridCell{Column: release.Plain(c.Key[1]), People: dash}
		if released(c) {
			cell.People, cell.Range, cell.Rough = release.Number(*c.Estimate), c.Range(0), !c.Readable
			if c.Readable {
				cell.Shade = shade(float64(*c.Estimate) / whole)
			}
		}
		row := &g.Rows[len(g.Rows)-1]
		row.Cells = append(row.Cells, cell)
	}
	return g
}
