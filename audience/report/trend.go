// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/throng-dp/throng/dp/release"
)

// trendsMost is how many audiences have their past drawn; the catalogue has all.
const trendsMost = 60

// trends is how sizes went over past releases, a panel each.
type trends struct {
	From, To string
	Panels   []trend
	Left     int
	Note     string
}

// A trend is one audience's sizes over time, drawn in a box of 100 by 40.
type trend struct {
	Place      int // 0: everyone
	Name       string
	Line, Band string
	Title      string // the picture in words
	First, Now string
	Top        string // of the scale
}

// A sized is a size on a day.
type sized struct {
	date                   string
	estimate, lower, upper int64
}

func newTrends(x *index) *trends {
	if len(x.r.Past) == 0 {
		return nil
	}
	t, ranges := &trends{From: release.Day(x.r.Past[len(x.r.Past)-1].Date), To: release.Day(x.r.Date)}, 0
	add := func(place int, name string, c *release.Cell, of func(*release.Past) *release.Size) {
		points := history(x.r, c, of)
		switch {
		case len(points) < 2:
		case len(t.Panels) == trendsMost:
			t.Left++
		default:
			t.Panels = append(t.Panels, newTrend(place, name, points, x.r.Past[len(x.r.Past)-1].Date))
			ranges += len(points)
		}
	}
	add(0, "Everyone", x.r.Population(), func(p *release.Past) *release.Size { return p.Population })
	for _, s := range x.order {
		add(x.place[s.ID], x.name[s.ID], x.reach[s.ID], func(p *release.Past) *release.Size { return p.Reach[x.segment[s.ID]] })
	}
	if len(t.Panels) == 0 {
		return nil
	}
	t.Note = misses(x.r, ranges)
	return t
}

// history returns a number's sizes, the oldest first and this release's last.
func history(r *release.Release, c *release.Cell, of func(*release.Past) *release.Size) []sized {
	if !released(c) {
		return nil
	}
	points := []sized{{r.Date, *c.Estimate, *c.Lower, *c.Upper}}
	for i := range r.Past {
		if s := of(&r.Past[i]); s != nil {
			points = append(points, sized{r.Past[i].Date, s.Estimate, s.Lower, s.Upper})
		}
	}
	slices.Reverse(points)
	return points
}

func newTrend(place int, name string, points []sized, from string) trend {
	last := points[len(points)-1]
	top := 1.0
	for _, p := range points {
		top = math.Max(top, float64(p.upper))
	}
	var middle, upper, lower []string
	for _, p := range points {
		across := 100 * days(from, p.date) / math.Max(1, days(from, last.date))
		at := func(n int64) string { return fmt.Sprintf("%.1f,%.1f", across, 40*(1-math.Max(0, float64(n))/top)) }
		middle, upper = append(middle, at(p.estimate)), append(upper, at(p.upper))
		lower = append([]string{at(p.lower)}, lower...)
	}
	t := trend{
		Place: place, Name: name, Line: strings.Join(middle, " "), Band: strings.Join(append(upper, lower...), " "),
		First: release.Number(points[0].estimate), Now: release.Number(last.estimate), Top: release.Number(int64(top)),
	}
	var say []string
	for _, p := range points {
		say = append(say, fmt.Sprintf("%s: %s", release.Day(p.date), release.Number(p.estimate)))
	}
	t.Title = strings.Join(say, "; ")
	return t
}

// days is the time between two dates; 0 where one is none.
func days(from, to string) float64 {
	a, err := time.Parse(time.DateOnly, from)
	b, err2 := time.Parse(time.DateOnly, to)
	if err != nil || err2 != nil {
		return 0
	}
	return b.Sub(a).Hours() / 24
}
