// SPDX-License-Identifier: Apache-2.0

package export

import (
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/throng-dp/throng/dp/release"
)

// atLeast is the size that a buyer asks about first.
const atLeast = "1000"

// Table writes the catalogue as a table for a terminal of width columns (no
// limit if 0): every audience, how many people it has, its share of everyone,
// how likely it has at least 1,000. Largest first, withheld ones last.
func Table(w io.Writer, r *release.Release, width int, color bool) error {
	p := pen{color}
	t := table.NewWriter()
	t.SetStyle(plainStyle())
	t.AppendHeader(table.Row{p.dim("audience"), p.dim("people"), p.dim("range"), p.dim("share"),
		p.dim("\u2265\u202f" + release.Number(1000)), p.dim("readable")})
	for _, s := range r.BySize() {
		t.AppendRow(tableRow(p, r, s))
	}
	if c := r.Population(); c != nil && c.Status == release.Released {
		t.AppendSeparator()
		t.AppendRow(table.Row{p.dim("everyone"), p.dim(release.Number(*c.Estimate)), p.dim(c.Range(0))})
	}
	right := func(n int) table.ColumnConfig {
		return table.ColumnConfig{Number: n, Align: text.AlignRight, AlignHeader: text.AlignRight}
	}
	t.SetColumnConfigs([]table.ColumnConfig{
		{Number: 1, WidthMax: nameWidth(width), WidthMaxEnforcer: text.WrapSoft},
		right(2), right(3), right(4), right(5),
	})
	lines := strings.Split(t.Render(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	_, err := fmt.Fprintf(w, "%s\n%s\n%s", title(p, r), strings.Join(lines, "\n"), caption(p, r, width))
	return err
}

// nameWidth leaves the numbers what they need.
func nameWidth(width int) int {
	if width <= 0 {
		return 60
	}
	return max(16, min(60, width-62))
}

func plainStyle() table.Style {
	s := table.StyleLight
	s.Options = table.Options{SeparateHeader: true}
	s.Format = table.FormatOptions{}
	s.Box.PaddingLeft, s.Box.PaddingRight = " ", " "
	return s
}

func tableRow(p pen, r *release.Release, s *release.Segment) table.Row {
	name := p.bold(release.Plain(s.Name))
	c := r.Reach(s.ID)
	switch {
	case c == nil:
		return table.Row{p.dim(release.Plain(s.Name)), "", p.dim("not released")}
	case c.Status == release.Withheld:
		return table.Row{p.dim(release.Plain(s.Name)), "", p.dim(fmt.Sprintf("withheld (below %s)", release.Number(r.MinReach)))}
	}
	share := "\u2013"
	if all := r.Population(); all != nil && all.Estimate != nil {
		share = release.Share(*c.Estimate, *all.Estimate)
	}
	chance := "\u2013"
	if q, ok := s.AtLeast[atLeast]; ok {
		chance = release.Chance(q)
	}
	read := p.paint("32", "yes")
	if !c.Readable {
		read = p.paint("33", "no: rough")
	}
	return table.Row{name, release.Number(*c.Estimate), p.dim(c.Range(0)), share, chance, read}
}

func title(p pen, r *release.Release) string {
	parts := []string{p.bold(release.Plain(r.Plan)), release.Day(r.Date)}
	if r.Publisher != "" {
		parts = append(parts, release.Plain(r.Publisher))
	}
	return " " + strings.Join(parts, " · ")
}

// caption says what the numbers are worth and what they cost.
func caption(p pen, r *release.Release, width int) string {
	ranges := 0
	for i := range r.Tables {
		t := &r.Tables[i]
		if t.Kind == release.Reach && t.Cells[0].Status == release.Released {
			ranges++
		}
	}
	what := "the truth"
	if r.Bounded() {
		what = fmt.Sprintf("the count of people in at most %d audiences each", r.Privacy.MaxSegments)
	}
	sure := release.Share(int64(r.Privacy.Confidence*1000), 1000)
	var say []string
	switch {
	case ranges == 1:
		say = append(say, fmt.Sprintf("The range covers %s with %s.", what, sure))
	case ranges > 1:
		say = append(say, fmt.Sprintf("Each range covers %s with %s; of these %d, %s are expected to miss it.",
			what, sure, ranges, release.Misses(ranges, r.Privacy.Confidence)))
	}
	say = append(say, fmt.Sprintf("Share: of everyone. \u2265\u202f%s: the chance of at least so many.", release.Number(1000)))
	if r.Who != "" {
		say = append(say, "Everyone: "+release.Plain(r.Who)+".")
	}
	life, releases := r.Privacy.Lifetime, "1 release"
	if life.Builds != 1 {
		releases = release.Number(int64(life.Builds)) + " releases"
	}
	ceiling := "no ceiling"
	if life.Ceiling > 0 {
		ceiling = "never beyond ε " + release.Real(life.Ceiling)
	}
	cost := fmt.Sprintf("Privacy: in all, ε %s (δ %s) over %s, %s; ε %s (δ %s) for this release.", release.Real(life.Epsilon), release.Real(life.Delta),
		releases, ceiling, release.Real(r.Privacy.Epsilon), release.Real(r.Privacy.Delta))
	if r.ValidUntil != "" {
		cost += " Valid until " + release.Day(r.ValidUntil) + "."
	}
	if width <= 0 {
		width = 120
	}
	var b strings.Builder
	for _, line := range append(say, cost) {
		for _, part := range strings.Split(text.WrapSoft(line, max(20, width-2)), "\n") {
			b.WriteString(" " + p.dim(strings.TrimSpace(part)) + "\n")
		}
	}
	return b.String()
}

// A pen colours, if it may.
type pen struct{ color bool }

func (p pen) bold(s string) string { return p.paint("1", s) }
func (p pen) dim(s string) string  { return p.paint("2", s) }

func (p pen) paint(code, s string) string {
	if !p.color || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}
