// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"slices"

	"github.com/throng-dp/throng/dp/release"
)

// A view is the page in words: everything that the template prints, laid out
// and spelled. The template decides nothing.
type view struct {
	Plan, Publisher, Date, Valid, Purpose string
	Lead                                  string
	Tiles                                 []tile
	Audiences                             audiences
	Overlaps                              *matrix
	Together                              *together
	Lifts                                 *lifts
	Trends                                *trends
	Triples                               *triples
	Bands                                 []group
	Frequency                             []group
	Spend                                 []spend
	Quantiles                             []quantiles
	Person                                []remark
	Release, Software                     string
}

// A tile is one figure of the strip at the top.
type tile struct{ Figure, Label, Note string }

// An index is what all parts of the page look up: the audiences in their order
// on the page and where they stand in it.
type index struct {
	r     *release.Release
	order []*release.Segment
	place map[string]int // from 1, as printed
	name  map[string]string
	reach map[string]*release.Cell

	overlaps map[[2]int]*release.Cell // see findOverlaps
	paired   []bool

	segment  map[string]int // place in the release
	everyone string         // id of the audience of all people; empty: there is none
}

func newIndex(r *release.Release) *index {
	x := &index{r: r, order: r.BySize(), place: map[string]int{}, name: map[string]string{}, reach: map[string]*release.Cell{},
		segment: map[string]int{}}
	for i := range r.Segments {
		x.segment[r.Segments[i].ID] = i
	}
	for i, s := range x.order {
		x.place[s.ID] = i + 1
		x.name[s.ID] = release.Plain(s.Name)
		if x.name[s.ID] == "" {
			x.name[s.ID] = s.ID
		}
	}
	for i := range r.Tables {
		if t := &r.Tables[i]; t.Kind == release.Reach {
			x.reach[t.Segments[0]] = &t.Cells[0]
		}
	}
	x.findOverlaps()
	x.everyone = r.Everyone()
	return x
}

func newView(r *release.Release) *view {
	x := newIndex(r)
	v := &view{
		Plan: release.Plain(r.Plan), Publisher: release.Plain(r.Publisher), Date: release.Day(r.Date),
		Purpose: release.Plain(r.Purpose), Release: release.Plain(r.ID), Software: release.Plain(r.CodeVersion),
		Lead: lead(x), Tiles: tiles(x), Audiences: newAudiences(x), Overlaps: newMatrix(x), Triples: newTriples(x),
		Together: newTogether(x), Lifts: newLifts(x), Trends: newTrends(x),
		Bands: append(groups(x, release.Breakdown), groups(x, release.Top)...), Frequency: groups(x, release.Frequency), Spend: newSpend(x), Quantiles: newQuantiles(x),
		Person: person(x),
	}
	if r.ValidUntil != "" {
		v.Valid = release.Day(r.ValidUntil)
	}
	return v
}

// lead answers the first question in one sentence.
func lead(x *index) string {
	sized, readable, large := 0, 0, 0
	for _, s := range x.order {
		c := x.reach[s.ID]
		if c != nil {
			sized++
		}
		if !released(c) || !c.Readable {
			continue
		}
		readable++
		if s.AtLeast[thousand] >= 0.95 {
			large++
		}
	}
	if readable == 0 {
		return "None of " + count(sized, "audience") + " can be told from the noise."
	}
	say := fmt.Sprintf("%s of %s can be booked by these numbers", release.Number(int64(readable)), count(sized, "audience"))
	if large == 0 {
		return say + "."
	}
	who := fmt.Sprintf("%s of them %s", release.Number(int64(large)), verb(large, "holds", "hold"))
	if large == readable {
		who = allOf(large)
	}
	return say + fmt.Sprintf("; %s at least %s people with a chance of 95%s%% or more.", who, release.Number(1000), thin)
}

// withheldCount is how many audiences have a size that is not told.
func (x *index) withheldCount() int {
	n := 0
	for _, c := range x.reach {
		if !released(c) {
			n++
		}
	}
	return n
}

// thousand is the size that a buyer asks about first; thin is a narrow space
// that does not break.
const (
	thousand = "1000"
	thin     = "\u202f"
)

func tiles(x *index) []tile {
	r := x.r
	strip := []tile{spent(&r.Privacy)}
	if c := r.Population(); released(c) {
		strip = append(strip, tile{release.Number(*c.Estimate), "people in all", c.Range(0)})
	}
	note, told := "none withheld", len(x.reach)-x.withheldCount()
	if told < len(x.reach) {
		note = release.Number(int64(len(x.reach)-told)) + " withheld"
	}
	strip = append(strip, tile{release.Number(int64(told)), verb(told, "audience", "audiences"), note})
	if i := slices.IndexFunc(r.Privacy.Families, func(f release.Family) bool { return f.Family == release.Reach }); i >= 0 {
		strip = append(strip, tile{fmt.Sprintf("±%s%.0f", thin, r.Privacy.Families[i].HalfWidth), "people a size may be off",
			release.Share(int64(1000*r.Privacy.Confidence), 1000) + " of the time, at most"})
	}
	return strip
}

// spent is the first tile: what all releases together cost a person.
func spent(p *release.Privacy) tile {
	label := "all " + count(p.Lifetime.Builds, "release") + " so far"
	if p.Lifetime.Builds == 1 {
		label = "the only release so far"
	}
	ceiling := "no ceiling"
	if p.Lifetime.Ceiling > 0 {
		ceiling = "never beyond ε" + thin + release.Real(p.Lifetime.Ceiling)
	}
	return tile{"ε" + thin + release.Real(p.Lifetime.Epsilon), label,
		fmt.Sprintf("at δ%s%s, %s; this one ε%s%s at δ%s%s", thin, release.Real(p.Lifetime.Delta), ceiling,
			thin, release.Real(p.Epsilon), thin, release.Real(p.Delta))}
}

func released(c *release.Cell) bool { return c != nil && c.Status == release.Released }

func verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

func count(n int, what string) string {
	return release.Number(int64(n)) + " " + verb(n, what, what+"s")
}

func allOf(n int) string {
	switch n {
	case 1:
		return "it holds"
	case 2:
		return "both hold"
	}
	return "all of them hold"
}

// misses is the line under a table: how far its ranges are to be trusted.
func misses(r *release.Release, ranges int) string {
	if ranges == 0 {
		return ""
	}
	sure, what := release.Share(int64(1000*r.Privacy.Confidence), 1000), "the truth"
	if r.Bounded() {
		what = "the bounded count" // which is not the truth: see bounding
	}
	if ranges == 1 {
		return "The range covers " + what + " with " + sure + "."
	}
	return fmt.Sprintf("Each range covers %s with %s: of these %s, %s are expected to miss it.",
		what, sure, release.Number(int64(ranges)), release.Misses(ranges, r.Privacy.Confidence))
}
