// SPDX-License-Identifier: Apache-2.0

package release

import (
	"fmt"
	"iter"
	"slices"
	"strings"
)

// A Row is one number of a release with everything that says which one it is:
// the flat form for tables. Numbers are nil where they are withheld.
type Row struct {
	Plan, Date, Release string
	Segment, Second     string // empty where there is none; of overlaps of three, Second is the two others, joined by Joint
	Kind                string
	By                  string // names joined by Joint; of frequency, sum and mean: what it is of
	Key                 string // labels joined by Joint
	Estimate            *int64
	Lower, Upper        *int64
	Unbiased, StdDev    *float64
	Status              string
	Readable            bool
	Unit                string
	Decimals            int
	Domain              string // of breakdowns: "declared", or "discovered" where categories were found

	meaning string // see place
}

// Joint stands between the names and between the labels of a crossing, and between
// segments: no id of a segment holds it.
const Joint = " × "

// Numbers returns how many rows Cells returns.
func (r *Release) Numbers() int {
	n := 0
	for i := range r.Tables {
		n += len(r.Tables[i].Cells) + len(r.Tables[i].AtLeast)
	}
	return n
}

// Overlaps returns how many tables speak of two or three segments.
func (r *Release) Overlaps() int {
	n := 0
	for i := range r.Tables {
		if len(r.Tables[i].Segments) > 1 {
			n++
		}
	}
	return n
}

// Cells returns every number of a release, tables and cells in their order.
func (r *Release) Cells() iter.Seq[Row] {
	return func(yield func(Row) bool) {
		for i := range r.Tables {
			t := &r.Tables[i]
			row := t.Row()
			row.Plan, row.Date, row.Release = r.Plan, r.Date, r.ID
			meaning := t.meanings()
			for c := range t.Cells {
				row.meaning = meaning(&t.Cells[c])
				if !yield(row.with(&t.Cells[c])) {
					return
				}
			}
			for c := range t.AtLeast {
				row.meaning = ""
				row.Kind = FrequencyAtLeast
				if !yield(row.with(&t.AtLeast[c].Cell)) {
					return
				}
			}
		}
	}
}

// meanings tells of a table's cells what their keys leave open: the range that
// amounts were cut to, and which labels the rest is beside.
func (t *Table) meanings() func(*Cell) string {
	if t.Clip != nil {
		clip := fmt.Sprint(*t.Clip)
		return func(*Cell) string { return clip }
	}
	var labels string
	return func(c *Cell) string {
		if !slices.Contains(c.Key, Other) {
			return ""
		}
		if labels == "" {
			var b strings.Builder
			for i := range t.Cells {
				b.WriteString(strings.Join(t.Cells[i].Key, Joint) + "\x00")
			}
			labels = b.String()
		}
		return labels
	}
}

// with returns the row of a cell.
func (r Row) with(c *Cell) Row {
	r.Key = strings.Join(c.Key, Joint)
	r.Estimate, r.Lower, r.Upper = c.Estimate, c.Lower, c.Upper
	r.Unbiased, r.StdDev = c.Unbiased, c.StdDev
	r.Status, r.Readable = c.Status, c.Readable
	return r
}

// Row returns what all rows of a table have in common.
func (t *Table) Row() Row {
	row := Row{Kind: t.Kind, By: strings.Join(t.By, Joint), Unit: t.Unit, Decimals: t.Decimals}
	if len(t.Segments) > 0 {
		row.Segment = t.Segments[0]
	}
	if len(t.Segments) > 1 {
		row.Second = strings.Join(t.Segments[1:], Joint)
	}
	switch t.Kind {
	case Top:
	case Breakdown:
		row.Domain = "declared"
		if t.Found != nil {
			row.Domain = "discovered"
		}
	default:
		row.By = t.Of
	}
	return row
}

// Family names the tables of one kind: of one list of names, or of one value,
// where the kind has them; overlaps of three are apart from those of two.
func (t *Table) Family() string {
	switch {
	case len(t.By) > 0:
		return t.Kind + " " + strings.Join(t.By, Joint)
	case t.Of != "":
		return t.Kind + " " + t.Of
	case len(t.Segments) == 3:
		return t.Kind + " of three"
	}
	return t.Kind
}
