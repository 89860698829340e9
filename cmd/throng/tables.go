// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/throng-dp/throng/dp/release"
)

// writeAudiences writes a release as the table that people ask for first: which
// audiences there are, how many people, how sure.
func writeAudiences(w io.Writer, rel *release.Release) {
	fmt.Fprintf(w, "%s@%s  release %s\n", rel.Plan, rel.Date, rel.ID)
	if c := rel.Population(); c != nil {
		fmt.Fprintf(w, "%s: %s, 95 %% sure: %s\n", rel.Who, people(c), span(c))
	}
	fmt.Fprintln(w)
	var rows [][]string
	for i := range rel.Segments {
		seg := &rel.Segments[i]
		if c := rel.Reach(seg.ID); c != nil {
			rows = append(rows, []string{seg.ID, people(c), span(c), note(rel, seg, c), seg.Name})
		}
	}
	writeTable(w, []column{left("audience"), right("people"), right("95 % sure"), left("note"), left("name")}, rows)
}

// people writes an estimate of people.
func people(c *release.Cell) string {
	if c.Estimate == nil {
		return "withheld"
	}
	return grouped(*c.Estimate)
}

// span writes an interval.
func span(c *release.Cell) string {
	if c.Lower == nil {
		return ""
	}
	return c.Range(0)
}

func note(rel *release.Release, seg *release.Segment, c *release.Cell) string {
	switch {
	case seg.Status == release.Withheld:
		return fmt.Sprintf("below %s", grouped(rel.MinReach))
	case !c.Readable:
		return "rough"
	case seg.BoundedBy > 0:
		return fmt.Sprintf("of at most %d each", seg.BoundedBy)
	}
	return ""
}

// writeOverlaps writes how many people two audiences share, then three.
func writeOverlaps(w io.Writer, rel *release.Release, wanted func(...string) bool) {
	columns := []column{left("audience"), left("and"), right("people"), right("95 % sure"), left("note")}
	for i, title := range []string{"in both", "in all three"} {
		n := i + 2
		if n == 3 {
			columns = slices.Insert(columns, 2, left("and"))
		}
		var rows [][]string
		for i := range rel.Tables {
			t := &rel.Tables[i]
			if t.Kind != release.Overlap || len(t.Segments) != n || !wanted(t.Segments...) {
				continue
			}
			c := &t.Cells[0]
			rows = append(rows, append(slices.Clone(t.Segments), people(c), span(c), roughly(c)))
		}
		if len(rows) > 0 {
			fmt.Fprintf(w, "\n%s\n", title)
			writeTable(w, columns, rows)
		}
	}
}

func roughly(c *release.Cell) string {
	if c.Estimate != nil && !c.Readable {
		return "rough"
	}
	return ""
}

// writeDetails writes everything that was released about one audience alone.
func writeDetails(w io.Writer, rel *release.Release, id string) {
	for _, t := range rel.TablesOf(id) {
		switch t.Kind {
		case release.Breakdown:
			fmt.Fprintf(w, "\n%s by %s\n", id, strings.Join(t.By, " and "))
			writeCells(w, t.By, t)
		case release.Frequency:
			fmt.Fprintf(w, "\n%s by %s\n", id, t.Of)
			writeCells(w, []string{t.Of}, t)
			writeTails(w, id, t)
		case release.Quantiles:
			writeQuantiles(w, id, t)
		case release.Sum, release.Mean:
			c := &t.Cells[0]
			if c.Estimate == nil {
				continue
			}
			fmt.Fprintf(w, "\n%s: %s of %s %s, 95 %% sure: %s %s\n", id, t.Kind, t.Of, units(*c.Estimate, t.Decimals, t.Unit), c.Range(t.Decimals), t.Unit)
		}
	}
}

// writeTails writes how many people have at least so many, and their share.
func writeTails(w io.Writer, id string, t *release.Table) {
	if len(t.AtLeast) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s by %s, at least\n", id, t.Of)
	var rows [][]string
	for i := range t.AtLeast {
		it := &t.AtLeast[i]
		share, sure := "", ""
		if f := it.Share; f != nil {
			share, sure = percent(f.Estimate), percent(f.Lower)+"\u2013"+percent(f.Upper)
		}
		rows = append(rows, []string{it.Key[0], people(&it.Cell), span(&it.Cell), share, sure, roughly(&it.Cell)})
	}
	writeTable(w, []column{left(t.Of), right("people"), right("95 % sure"), right("share"), right("95 % sure"), left("note")}, rows)
}

func writeQuantiles(w io.Writer, id string, t *release.Table) {
	fmt.Fprintf(w, "\n%s: quantiles of %s\n", id, t.Of)
	var rows [][]string
	for i := range t.Cells {
		c := &t.Cells[i]
		value, rank := "withheld", ""
		if c.Estimate != nil {
			value, rank = units(*c.Estimate, t.Decimals, t.Unit), percent(*c.RankError)
		}
		rows = append(rows, []string{c.Key[0], value, rank, roughly(c)})
	}
	writeTable(w, []column{left("share of people below"), right(t.Of), right("± share, 95 % sure"), left("note")}, rows)
}

func writeCells(w io.Writer, by []string, t *release.Table) {
	var columns []column
	for _, b := range by {
		columns = append(columns, left(b))
	}
	columns = append(columns, right("people"), right("95 % sure"), left("note"))
	var rows [][]string
	for i := range t.Cells {
		c := &t.Cells[i]
		rows = append(rows, append(append([]string{}, c.Key...), people(c), span(c), roughly(c)))
	}
	writeTable(w, columns, rows)
}
