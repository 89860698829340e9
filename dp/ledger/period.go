// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"fmt"
	"time"
)

// Calendars are the periods of the calendar that an account may have instead of
// a number of days: weeks begin on Monday (ISO 8601), the others on the first
// of a month. All of them begin at midnight UTC, whatever zone a plan counts
// its days in: one account may serve plans of several zones.
var Calendars = []string{"week", "month", "quarter", "year"}

// longest tells the most days that a period of the calendar has.
var longest = map[string]int{"week": 7, "month": 31, "quarter": 92, "year": 366}

const hoursOfDay = 24 * time.Hour

// Days returns the most days that one period has.
func (a *Account) Days() int {
	if a.Calendar != "" {
		return longest[a.Calendar]
	}
	return a.Period
}

// Every tells the length of a period in words: "364 days", "calendar month".
func (a *Account) Every() string {
	switch {
	case a.Calendar != "":
		return "calendar " + a.Calendar
	case a.Period == 1:
		return "day"
	}
	return fmt.Sprintf("%d days", a.Period)
}

// Years returns the lifetime total after so many years of periods that are used
// up, for an owner who chooses a ceiling. What an account cannot have is
// ErrInvalid.
func (a Account) Years(years int) (Total, error) {
	if a.Lineage == "" {
		a.Lineage = a.Name
	}
	t, err := newTerms(a)
	if err != nil {
		return Total{}, invalid("account %q: %v", a.Name, err)
	}
	n := years * map[string]int{"week": 52, "month": 12, "quarter": 4, "year": 1}[a.Calendar]
	if a.Calendar == "" {
		n = max(1, years*365/a.Period)
	}
	var all []Balance
	for range n {
		all = append(all, Balance{Spent: t.caps})
	}
	return t.lifetime(all, Cost{}, false), nil
}

// The periods of a part are those of the whole.

// day returns the opening day's first instant: periods of days are counted from
// it.
func (t *terms) day() time.Time { return t.Opened.UTC().Truncate(hoursOfDay) }

// period returns the number of the period that holds a time; 0 is the one in
// which the account was opened, and times before it have negative numbers.
func (t *terms) period(at time.Time) int {
	t = t.root()
	if t.Calendar != "" {
		return calendarNumber(t.Calendar, at) - calendarNumber(t.Calendar, t.Opened)
	}
	days := int(at.UTC().Truncate(hoursOfDay).Sub(t.day()) / hoursOfDay)
	return floorDiv(days, t.Period)
}

// bounds returns the first instant of a period and the first one after it.
func (t *terms) bounds(period int) (from, to time.Time) {
	t = t.root()
	if t.Calendar != "" {
		n := calendarNumber(t.Calendar, t.Opened) + period
		return calendarStart(t.Calendar, n), calendarStart(t.Calendar, n+1)
	}
	from = t.day().AddDate(0, 0, period*t.Period)
	return from, from.AddDate(0, 0, t.Period)
}

// firstMonday is the first one of Unix time, in days.
const firstMonday = 4

// calendarNumber numbers the periods of a calendar through all time.
func calendarNumber(calendar string, at time.Time) int {
	at = at.UTC()
	months := at.Year()*12 + int(at.Month()) - 1
	switch calendar {
	case "week":
		days := floorDiv(int(at.Unix()), int(hoursOfDay/time.Second))
		return floorDiv(days-firstMonday, 7)
	case "month":
		return months
	case "quarter":
		return floorDiv(months, 3)
	}
	return at.Year()
}

// calendarStart returns the first instant of a period of a calendar.
func calendarStart(calendar string, n int) time.Time {
	switch calendar {
	case "week":
		return time.Unix(0, 0).UTC().AddDate(0, 0, firstMonday+7*n)
	case "month":
		return time.Date(0, time.Month(n+1), 1, 0, 0, 0, 0, time.UTC)
	case "quarter":
		return time.Date(0, time.Month(3*n+1), 1, 0, 0, 0, 0, time.UTC)
	}
	return time.Date(n, 1, 1, 0, 0, 0, 0, time.UTC)
}

// floorDiv divides and rounds down, also below zero. b is positive.
func floorDiv(a, b int) int {
	if a < 0 {
		return -((-a + b - 1) / b)
	}
	return a / b
}
