// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"math"
	"slices"

	"github.com/throng-dp/throng/dp/release"
)

// audiences is the first table: largest first, withheld ones last.
type audiences struct {
	Ticks []tick
	Rows  []audience
	Note  string
	Since string
}

type audience struct {
	Place                  int
	ID, Name, About, Badge string
	Title                  string // of the bar, in words
	Bar                    bar
	People, Range          string
	Share, Chance          string
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
	a := audiences{Ticks: ticks(top, people), Note: misses(x.r, ranges)}
	if x.r.Changes.Since != "" {
		a.Since = release.Day(x.r.Changes.Date)
	}
	for _, s := range x.order {
		a.Rows = append(a.Rows, newAudience(x, s, top))
	}
	return a
}

func newAudience(x *index, s *release.Segment, top float64) audience {
	row := audience{
		Place: x.place[s.ID], ID: release.Plain(s.ID), Name: x.name[s.ID], About: release.Plain(s.Description),
		Badge: badge(x.r, s.ID), Bounded: s.BoundedBy, Share: dash, Chance: dash,
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
