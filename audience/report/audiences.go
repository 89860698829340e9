// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/throng-dp/throng/dp/release"
)

// audiences is the first table: largest first, withheld ones last.
type audiences struct {
	Ticks []tick
	Rows  []audience
	Note  string
	Cap   string // what a cap cuts off
	Since bool   // there was a release before
	Trust string // how far changes are to be trusted
}

type audience struct {
	Place                  int
	ID, Name, About, Badge string
	Title                  string // of the bar, in words
	Bar                    bar
	People, Range          string
	Share, Chance          string
	Change                 change
	Withheld               string // why; empty if it is not
	Readable               bool
	Bounded                int
}

func newAudiences(x *index) audiences {
	top, ranges := 0.0, 0
	for _, c := range x.reach {
		if released(c) {
			top = math.Max(top, float64(*c.Upper))
			ranges++
		}
	}
	a := audiences{Ticks: ticks(top, people), Note: misses(x.r, ranges), Cap: bounding(x.r)}
	if x.r.Changes.Since != "" {
		a.Since, a.Trust = true, changesNote(x)
	}
	for _, s := range x.order {
		a.Rows = append(a.Rows, newAudience(x, s, top))
	}
	return a
}

func newAudience(x *index, s *release.Segment, top float64) audience {
	row := audience{
		Place: x.place[s.ID], ID: release.Plain(s.ID), Name: x.name[s.ID], About: release.Plain(s.Description),
		Badge: badge(x.r, s.ID), Bounded: s.BoundedBy, Share: dash, Chance: dash, Change: newChange(x, s),
	}
	c := x.reach[s.ID]
	if !released(c) {
		row.Withheld = withheld(x.r, s, c)
		return row
	}
	row.Bar, row.Readable = newBar(c, top), c.Readable
	row.People, row.Range = release.Number(*c.Estimate), c.Range(0)
	row.Title = fmt.Sprintf("%s people, between %s and %s", row.People, release.Number(*c.Lower), release.Number(*c.Upper))
	if all := x.r.Population(); released(all) {
		row.Share = release.Share(*c.Estimate, *all.Estimate)
	}
	if p, ok := s.AtLeast[thousand]; ok {
		row.Chance = release.Chance(p)
	}
	return row
}

// bounding says what a cap cuts off, and that sizes are without it.
func bounding(r *release.Release) string {
	if !r.Bounded() {
		return ""
	}
	say := fmt.Sprintf("A person counts in at most %d of the %d audiences: all numbers here are of this bounded count.", r.Privacy.MaxSegments, len(r.Segments))
	over, dropped := r.Single(release.PeopleOver), r.Single(release.Dropped)
	if over == nil || over.Share == nil || dropped == nil || dropped.Share == nil {
		return say
	}
	part := func(f *release.Fraction) string {
		percent := func(x float64) string { return strconv.FormatFloat(math.Round(1000*x)/10, 'f', -1, 64) }
		return fmt.Sprintf("%s%s%% (%s\u2013%s%s%%)", percent(f.Estimate), thin, percent(f.Lower), percent(f.Upper), thin)
	}
	return say + fmt.Sprintf(" Of all people %s are in more, and of all memberships %s are not counted.", part(over.Share), part(dropped.Share))
}

const dash = "\u2013"

// badge says what happened to an audience since the release before.
func badge(r *release.Release, id string) string {
	switch {
	case slices.Contains(r.Changes.Added, id):
		return "new"
	case slices.Contains(r.Changes.Changed, id):
		return "new rule"
	}
	return ""
}

// withheld says why there is no number.
func withheld(r *release.Release, s *release.Segment, reach *release.Cell) string {
	switch {
	case reach == nil:
		return "its size is not released"
	case s.Reason == "" || s.Reason == "below min_reach":
		return "withheld (below " + release.Number(r.MinReach) + ")"
	}
	return "withheld (" + release.Plain(s.Reason) + ")"
}
