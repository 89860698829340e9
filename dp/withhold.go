// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"slices"
	"strconv"

	"github.com/throng-dp/throng/dp/release"
)

// Reasons of a withheld segment.
const (
	belowMinReach = "below min_reach"
	notCounted    = "no number of it is released"
)

// sizes are those that people ask of an audience: is it at least …
var sizes = []int64{100, 300, 1000}

// withhold decides by released numbers alone which segments stay unsaid, and
// blanks everything that is said of them, overlaps with others included. It is
// a filter for usefulness, not a protection: that is the noise. An audience
// that was released stays until its interval lies below the gate, so that one
// near it does not come and go (privacy R18).
func (s *Strategy) withhold(r *release.Release, u *unbiased) {
	withheld := map[string]bool{}
	reach := s.reachTables()
	for i := range r.Segments {
		seg := &r.Segments[i]
		seg.AtLeast, seg.Reason, seg.BoundedBy = nil, "", 0
		seg.Status = release.Released
		if s.workload.Bound < s.workload.Segments {
			seg.BoundedBy = s.workload.Bound
		}
		t := reach[i]
		if t == none {
			seg.Status, seg.Reason = release.Withheld, notCounted
			continue
		}
		// Under a changed rule it is another audience, which was never released.
		stood := seg.Before == release.Released && !slices.Contains(r.Changes.Changed, seg.ID)
		if s.below(&r.Tables[t].Cells[0], stood) {
			seg.Status, seg.Reason = release.Withheld, belowMinReach
			withheld[seg.ID] = true
			continue
		}
		seg.AtLeast = map[string]float64{}
		for _, n := range sizes {
			seg.AtLeast[strconv.FormatInt(n, 10)] = s.atLeast(t, u.reach[i], n)
		}
	}
	for i := range r.Tables {
		for _, id := range r.Tables[i].Segments {
			if withheld[id] {
				blank(&r.Tables[i])
			}
		}
	}
	for i := range r.Past {
		for k := range r.Past[i].Reach {
			if r.Segments[k].Status == release.Withheld {
				r.Past[i].Reach[k] = nil
			}
		}
	}
}

// below tells whether a reach is withheld.
func (s *Strategy) below(reach *release.Cell, before bool) bool {
	if before {
		return *reach.Upper < s.workload.MinReach
	}
	return *reach.Estimate < s.workload.MinReach
}

// reachTables returns the reach table of every segment, or none.
func (s *Strategy) reachTables() []int {
	at := filled(s.workload.Segments)
	for i, t := range s.workload.Tables {
		if t.Kind == Reach {
			at[t.Segments[0]] = i
		}
	}
	return at
}

// blank leaves the keys of a table's cells, so that its shape is the plan's;
// but for keys that were found, which are as much of the segment as its numbers.
func blank(t *release.Table) {
	switch {
	case t.Found != nil:
		t.Cells = t.Cells[len(t.Cells)-1:]
	case t.Kind == release.Top:
		for i := range t.Cells {
			t.Cells[i].Key = nil
		}
	}
	for i := range t.Cells {
		t.Cells[i] = release.Cell{Key: t.Cells[i].Key, Status: release.Withheld}
	}
	for i := range t.AtLeast {
		t.AtLeast[i] = release.Tail{Cell: release.Cell{Key: t.AtLeast[i].Key, Status: release.Withheld}}
	}
}
