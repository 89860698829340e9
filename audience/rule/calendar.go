// SPDX-License-Identifier: Apache-2.0

package rule

import (
	"fmt"
	"sort"
	"time"
)

// maxLookback is a century: more is a slip of the keyboard.
const maxLookback = 36_600

// A Calendar knows the run's days. Days are calendar days of the plan's zone;
// their boundaries are computed once, here, and handed to kernels and SQL as
// instants.
type Calendar struct {
	Zone   *time.Location
	AsOf   time.Time   // the midnight that ends the run's date
	Starts []time.Time // Starts[n] is the first instant of the day n days before the run's date; len = lookback in days

	date time.Time // the run's date, as a midnight of UTC
}

// NewCalendar returns the calendar of a run for the day date ("2006-01-02")
// with a lookback of that many days: an event is visible from the first
// instant of the day `lookback` days before date's successor until just
// before AsOf.
func NewCalendar(zone *time.Location, date string, lookback int) (*Calendar, error) {
	d, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return nil, fmt.Errorf("calendar: %q is no date of the form 2006-01-02", date)
	}
	if zone == nil {
		return nil, fmt.Errorf("calendar: no time zone")
	}
	if lookback < 1 || lookback > maxLookback {
		return nil, fmt.Errorf("calendar: a lookback of %d days is not between 1 and %d", lookback, maxLookback)
	}
	if d.AddDate(0, 0, -lookback).Year() < 1 || d.AddDate(0, 0, 2).Year() > 9999 {
		return nil, fmt.Errorf("calendar: %s and its lookback leave the years 1 to 9999", date)
	}
	c := &Calendar{Zone: zone, AsOf: dayStart(d.AddDate(0, 0, 1), zone), date: d}
	c.Starts = make([]time.Time, lookback)
	for n := range c.Starts {
		c.Starts[n] = dayStart(d.AddDate(0, 0, -n), zone)
	}
	return c, nil
}

// dayStart returns the first instant at which the clocks of a zone show the day
// d, given as a midnight of UTC, or a later one. Where clocks jump over
// midnight it is the jump; a day that a zone left out (Samoa's 30 December
// 2011) starts where the next one does and so has no length.
func dayStart(d time.Time, zone *time.Location) time.Time {
	// 26 hours before UTC's midnight no zone shows the day yet.
	t := d.Add(-26 * time.Hour).In(zone)
	for {
		_, offset := t.Zone()
		midnight := d.Add(-time.Duration(offset) * time.Second)
		if !midnight.After(t) {
			return t.UTC()
		}
		// The offset holds until the next change of clocks.
		_, end := t.ZoneBounds()
		if end.IsZero() || midnight.Before(end) {
			return midnight.UTC()
		}
		t = end
	}
}

// Visible tells whether rules may see an event of this time.
func (c *Calendar) Visible(t time.Time) bool {
	return t.Before(c.AsOf) && !t.Before(c.Starts[len(c.Starts)-1])
}

// Day returns how many days before the run's date the day of t lies. It is not
// ok if rules may not see an event of this time.
func (c *Calendar) Day(t time.Time) (daysAgo int, ok bool) {
	if !c.Visible(t) {
		return 0, false
	}
	return sort.Search(len(c.Starts), func(n int) bool { return !c.Starts[n].After(t) }), true
}

// Date returns the day n days before the run's date, as "2006-01-02".
func (c *Calendar) Date(n int) string { return c.day(n).Format(time.DateOnly) }

// Month returns the month, 1 to 12, of the day n days before the run's date.
func (c *Calendar) Month(n int) int64 { return int64(c.day(n).Month()) }

// Weekday returns the day of the week of the day n days before the run's date:
// Monday is 1, Sunday 7.
func (c *Calendar) Weekday(n int) int64 {
	return int64(c.day(n).Weekday()+6)%7 + 1
}

func (c *Calendar) day(n int) time.Time { return c.date.AddDate(0, 0, -n) }
