// SPDX-License-Identifier: Apache-2.0

package segment

import (
	"slices"
	"sort"

	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/rule"
)

// derived are the fields that every event has beside its columns, all of them
// functions of its day.
var derived = []string{"days_ago", "date", "month", "weekday"}

func isDerived(name string) bool { return slices.Contains(derived, name) }

// days numbers the days of the lookback: the run's date is 1, the day before
// it 2, and so on. 0 is every other time, and none at all: not visible. So the
// derived fields are dictionaries over the days, read by one index.
type days struct {
	starts []int64 // first microsecond of each day, newest day first
	end    int64
	fields []*event.Dict // parallel to derived
}

func newDays(cal *rule.Calendar) *days {
	d := &days{end: microsOf(cal.AsOf)}
	n := len(cal.Starts) + 1
	ago, date, month, weekday := dictOf(n), dictOf(n), dictOf(n), dictOf(n)
	ago.Int, month.Int, weekday.Int, date.String = make([]int64, n), make([]int64, n), make([]int64, n), make([]string, n)
	for i, start := range cal.Starts {
		d.starts = append(d.starts, microsOf(start))
		ago.Int[i+1], date.String[i+1] = int64(i), cal.Date(i)
		month.Int[i+1], weekday.Int[i+1] = cal.Month(i), cal.Weekday(i)
	}
	d.fields = []*event.Dict{ago, date, month, weekday}
	return d
}

// dictOf returns a dictionary of n entries. Its ID needs to differ from those
// of its own column alone: there are no others.
func dictOf(n int) *event.Dict {
	d := &event.Dict{ID: 1, Null: make([]bool, n)}
	d.Null[0] = true
	return d
}

// of returns the number of the day that a time lies in.
func (d *days) of(t int64) uint32 {
	if t >= d.end {
		return 0
	}
	n := sort.Search(len(d.starts), func(n int) bool { return d.starts[n] <= t })
	if n == len(d.starts) {
		return 0
	}
	return uint32(n + 1)
}

// span returns from when until when times have the same number as t, at least.
func (d *days) span(day uint32, t int64) (low, high int64) {
	switch day {
	case 0:
		return t, t + 1
	case 1:
		return d.starts[0], d.end
	}
	return d.starts[day-1], d.starts[day-2]
}

// A dayIndex finds the days of a table's times, once for each value of a
// dictionary.
type dayIndex struct {
	days    *days
	dict    uint64
	entries []uint32
	index   []uint32
}

func (x *dayIndex) read(times *event.Vector, rows int) []uint32 {
	x.index = sized(x.index, rows)
	if times.Dict == nil {
		var day uint32 // of the times from low until just before high
		var low, high int64
		for i := range x.index {
			x.index[i] = 0
			if times.Null != nil && times.Null[i] {
				continue
			}
			if t := times.Int[i]; t < low || t >= high {
				day = x.days.of(t)
				low, high = x.days.span(day, t)
			}
			x.index[i] = day
		}
		return x.index
	}
	if x.dict != times.Dict.ID {
		x.dict = times.Dict.ID
		x.entries = sized(x.entries, len(times.Dict.Null))
		for e, null := range times.Dict.Null {
			x.entries[e] = 0
			if !null {
				x.entries[e] = x.days.of(times.Dict.Int[e])
			}
		}
	}
	for i, e := range times.Index[:rows] {
		x.index[i] = x.entries[e]
	}
	return x.index
}
