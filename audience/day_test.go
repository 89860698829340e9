// SPDX-License-Identifier: Apache-2.0

package audience

import (
	"testing"
	"time"
	_ "time/tzdata"
)

// TestNoDayTwice asks for the newest day that is over every half hour of years
// in which clocks change, also at midnight: each day of the zone's calendar
// comes in turn, none is left out, none comes again, and each can be named.
func TestNoDayTwice(t *testing.T) {
	for zone, year := range map[string]int{
		"Europe/London": 2026, "America/New_York": 2026, "Australia/Lord_Howe": 2026,
		// Clocks that jump from midnight to one.
		"America/Sao_Paulo": 2018, "America/Havana": 2026, "America/Santiago": 2026, "Africa/Cairo": 2026, "Asia/Beirut": 2026,
		"Asia/Kathmandu": 2026, "Pacific/Apia": 2026, "UTC": 2026,
	} {
		place, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		// The calendar, counted where no clock changes.
		var next time.Time
		last, days := "", 0
		for at := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() == year; at = at.Add(30 * time.Minute) {
			got, err := day("", place, at)
			if err != nil {
				t.Fatal(err)
			}
			if over, err := time.Parse(time.DateOnly, got); err != nil || over.AddDate(0, 0, 1).Format(time.DateOnly) != at.In(place).Format(time.DateOnly) {
				t.Errorf("%s at %v: the newest day is %s", zone, at.In(place), got)
			}
			if last == "" {
				next, _ = time.Parse(time.DateOnly, got)
			}
			if got == last {
				continue
			}
			if want := next.Format(time.DateOnly); got != want {
				t.Fatalf("%s at %v: the newest day is %s, after %s; want %s", zone, at.In(place), got, last, want)
			}
			if named, err := day(got, place, at); err != nil || named != got {
				t.Errorf("%s at %v: %s cannot be named: %v", zone, at.In(place), got, err)
			}
			if _, err := day(next.AddDate(0, 0, 1).Format(time.DateOnly), place, at); err == nil {
				t.Errorf("%s at %v: a day that is not over was taken", zone, at.In(place))
			}
			last, next, days = got, next.AddDate(0, 0, 1), days+1
		}
		if days < 365 {
			t.Errorf("%s: %d days in a year", zone, days)
		}
	}
}
