// SPDX-License-Identifier: Apache-2.0

package rule_test

import (
	"testing"
	"time"
	_ "time/tzdata" // zones are part of the tests

	"github.com/throng-dp/throng/audience/rule"
)

func calendar(t *testing.T, zone, date string, lookback int) *rule.Calendar {
	t.Helper()
	z, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	c, err := rule.NewCalendar(z, date, lookback)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func instant(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// TestStarts holds the boundaries of days to changes of clocks.
func TestStarts(t *testing.T) {
	tests := []struct {
		name, zone, date, asOf string
		starts                 []string
	}{
		{"UTC", "UTC", "2011-12-09", "2011-12-10T00:00:00Z", []string{"2011-12-09T00:00:00Z", "2011-12-08T00:00:00Z"}},
		{"23 hours", "Europe/London", "2011-03-27", "2011-03-27T23:00:00Z", []string{"2011-03-27T00:00:00Z", "2011-03-26T00:00:00Z"}},
		{"25 hours", "Europe/London", "2011-10-30", "2011-10-31T00:00:00Z", []string{"2011-10-29T23:00:00Z", "2011-10-28T23:00:00Z"}},
		{"no midnight", "America/Sao_Paulo", "2011-10-16", "2011-10-17T02:00:00Z", []string{"2011-10-16T03:00:00Z", "2011-10-15T03:00:00Z"}},
		{"23 o'clock twice", "America/Sao_Paulo", "2012-02-26", "2012-02-27T03:00:00Z", []string{"2012-02-26T03:00:00Z", "2012-02-25T02:00:00Z"}},
		{"one minute of the day, then the day before again", "America/St_Johns", "2010-11-07", "2010-11-08T03:30:00Z", []string{"2010-11-07T02:30:00Z", "2010-11-06T02:30:00Z"}},
		{"a day left out", "Pacific/Apia", "2011-12-31", "2011-12-31T10:00:00Z", []string{"2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z", "2011-12-29T10:00:00Z"}},
		{"a quarter of an hour", "Asia/Kathmandu", "2011-01-01", "2011-01-01T18:15:00Z", []string{"2010-12-31T18:15:00Z"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := calendar(t, test.zone, test.date, len(test.starts))
			if want := instant(t, test.asOf); !c.AsOf.Equal(want) {
				t.Errorf("as_of %v, want %v", c.AsOf, want)
			}
			for n, s := range test.starts {
				if want := instant(t, s); !c.Starts[n].Equal(want) {
					t.Errorf("day %d starts %v, want %v", n, c.Starts[n].UTC(), want)
				}
			}
		})
	}
}

func TestDay(t *testing.T) {
	c := calendar(t, "Europe/London", "2011-03-28", 3)
	tests := []struct {
		at   string
		days int
		ok   bool
	}{
		{"2011-03-28T23:00:00Z", 0, false}, // as_of
		{"2011-03-28T22:59:59.999999Z", 0, true},
		{"2011-03-27T23:00:00Z", 0, true}, // midnight in summer time
		{"2011-03-27T22:59:59.999999Z", 1, true},
		{"2011-03-27T00:00:00Z", 1, true},
		{"2011-03-26T23:59:59.999999Z", 2, true},
		{"2011-03-26T00:00:00Z", 2, true},
		{"2011-03-25T23:59:59.999999Z", 0, false}, // before the lookback
	}
	for _, test := range tests {
		days, ok := c.Day(instant(t, test.at))
		if days != test.days || ok != test.ok || c.Visible(instant(t, test.at)) != test.ok {
			t.Errorf("%s: %d, %v; want %d, %v", test.at, days, ok, test.days, test.ok)
		}
	}
	// An event of the first instant after a day that was left out is of the
	// day that clocks show.
	apia := calendar(t, "Pacific/Apia", "2011-12-31", 3)
	if days, _ := apia.Day(instant(t, "2011-12-30T10:00:00Z")); days != 0 {
		t.Errorf("%d days ago, want 0", days)
	}
	if days, _ := apia.Day(instant(t, "2011-12-30T09:59:59Z")); days != 2 {
		t.Errorf("%d days ago, want 2", days)
	}
}

func TestDates(t *testing.T) {
	c := calendar(t, "America/Sao_Paulo", "2012-03-01", 3)
	if got := c.Date(1); got != "2012-02-29" {
		t.Error(got)
	}
	if got := c.Month(1); got != 2 {
		t.Error(got)
	}
	// 1 March 2012 was a Thursday, the Sunday before it is 4 days ago.
	if c.Weekday(0) != 4 || c.Weekday(4) != 7 || c.Weekday(3) != 1 {
		t.Error(c.Weekday(0), c.Weekday(4), c.Weekday(3))
	}
}

// TestDaysNeverOverlap holds twenty years of every zone in the test to their
// clocks: the days follow one another, and clocks at a day's start show it.
func TestDaysNeverOverlap(t *testing.T) {
	for _, zone := range []string{"UTC", "Europe/London", "America/Sao_Paulo", "America/St_Johns", "Pacific/Apia", "Africa/Cairo", "Asia/Tehran", "Australia/Lord_Howe", "America/Havana"} {
		c := calendar(t, zone, "2024-12-31", 20*366)
		end := c.AsOf
		for n, start := range c.Starts {
			if start.After(end) {
				t.Fatalf("%s: day %d starts after it ends", zone, n)
			}
			if shown := start.In(c.Zone).Format(time.DateOnly); start.Before(end) && shown != c.Date(n) {
				t.Fatalf("%s: clocks show %s at the start of %s", zone, shown, c.Date(n))
			}
			if before := start.Add(-time.Microsecond).In(c.Zone).Format(time.DateOnly); before >= c.Date(n) {
				t.Fatalf("%s: clocks show %s before the start of %s", zone, before, c.Date(n))
			}
			end = start
		}
	}
}

func TestCalendarsThatAreNone(t *testing.T) {
	for _, test := range []struct {
		date     string
		lookback int
	}{{"2011-13-01", 1}, {"9.12.2011", 1}, {"", 1}, {"2011-12-09", 0}, {"2011-12-09", 1 << 30}, {"0001-01-01", 1}, {"9999-12-31", 1}} {
		if c, err := rule.NewCalendar(time.UTC, test.date, test.lookback); err == nil {
			t.Errorf("%q with %d days: %v", test.date, test.lookback, c)
		}
	}
}

func BenchmarkTwentyYears(b *testing.B) {
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := rule.NewCalendar(zone, "2024-12-31", 20*365); err != nil {
			b.Fatal(err)
		}
	}
}
