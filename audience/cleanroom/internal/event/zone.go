// SPDX-License-Identifier: Apache-2.0

package event

import "time"

// A zone turns wall-clock times into instants. It remembers the last stretch of
// time without a change of clocks, so it belongs to one goroutine.
type zone struct {
	loc      *time.Location
	from, to int64 // wall-clock microseconds that offset holds for
	offset   int64
}

func newZone(loc *time.Location) *zone {
	if loc == nil {
		loc = time.UTC
	}
	return &zone{loc: loc}
}

// instant returns the instant of a wall-clock time. Where clocks went back and
// a time happened twice, it is the first; where they went forward and it never
// happened, it is as far behind the change as it claims to be.
func (z *zone) instant(wall int64) int64 {
	if z.loc == time.UTC {
		return wall
	}
	if wall >= z.from && wall < z.to {
		return wall - z.offset
	}
	// Every zone is within a day of UTC, and none changes twice in two days.
	before, after := z.offsetAt(wall-day), z.offsetAt(wall+day)
	if before == after {
		z.from, z.to, z.offset = wall-day/4, wall+day/4, before
		return wall - before
	}
	if t := wall - before; z.offsetAt(t) == before {
		return t
	}
	if t := wall - after; z.offsetAt(t) == after {
		return t
	}
	return wall - before
}

func (z *zone) offsetAt(t int64) int64 {
	_, seconds := time.UnixMicro(t).In(z.loc).Zone()
	return int64(seconds) * 1e6
}
