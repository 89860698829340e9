// SPDX-License-Identifier: Apache-2.0

package rule

import "time"

// A Calendar knows the run's days. Days are calendar days of the plan's zone;
// their boundaries are computed once, here, and handed to kernels and SQL as
// instants.
type Calendar struct {
	Zone   *time.Location
	AsOf   time.Time   // the midnight that ends the run's date
	Starts []time.Time // Starts[n] is the first instant of the day n days before the run's date; len = lookback in days
}

// NewCalendar returns the calendar of a run for the day date ("2006-01-02")
// with a lookback of that many days: an event is visible from the first
// instant of the day `lookback` days before date's successor until just
// before AsOf.
func NewCalendar(zone *time.Location, date string, lookback int) (*Calendar, error) {
	panic("contract: to be built")
}
