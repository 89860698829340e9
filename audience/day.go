// SPDX-License-Identifier: Apache-2.0

package audience

import (
	"time"

	"github.com/throng-dp/throng/audience/fault"
)

// day returns the day of a run: yesterday in the plan's zone, or date where it
// is a day that is over there.
func day(date string, zone *time.Location, now time.Time) (string, error) {
	// Days are counted as days of the calendar: where clocks jump over midnight,
	// a time of day before now may not exist.
	y, m, d := now.In(zone).Date()
	newest := time.Date(y, m, d-1, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
	if date == "" {
		return newest, nil
	}
	if at, err := time.Parse(time.DateOnly, date); err != nil || at.Format(time.DateOnly) != date {
		return "", &fault.Error{Kind: fault.Usage, Code: "usage.date", Where: "--date",
			Msg: "not a day of the calendar", Hint: "write it as 2011-12-09"}
	}
	if date > newest {
		return "", &fault.Error{Kind: fault.Usage, Code: "usage.date-not-over", Where: "--date",
			Msg:  date + " is not over in " + zone.String(),
			Hint: "the newest day that is over is " + newest}
	}
	return date, nil
}
