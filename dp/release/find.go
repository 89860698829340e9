// SPDX-License-Identifier: Apache-2.0

package release

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// Population returns the number of everybody, or nil.
func (r *Release) Population() *Cell { return r.single(Population, nil) }

// Reach returns the number of a segment's people, or nil.
func (r *Release) Reach(segment string) *Cell {
	return r.single(Reach, func(t *Table) bool { return t.Segments[0] == segment })
}

// Overlap returns the number of people in all of two or three segments, in
// whichever order they are named, or nil.
func (r *Release) Overlap(segments ...string) *Cell {
	want := slices.Sorted(slices.Values(segments))
	return r.single(Overlap, func(t *Table) bool {
		return len(want) > 1 && len(t.Segments) == len(want) && slices.Contains(t.Segments, want[0]) &&
			slices.Equal(slices.Sorted(slices.Values(t.Segments)), want)
	})
}

func (r *Release) single(kind string, is func(*Table) bool) *Cell {
	for i := range r.Tables {
		t := &r.Tables[i]
		if t.Kind == kind && (is == nil || is(t)) {
			return &t.Cells[0]
		}
	}
	return nil
}

// Single returns the table of a kind that speaks of no segment, or nil.
func (r *Release) Single(kind string) *Table {
	for i := range r.Tables {
		if t := &r.Tables[i]; t.Kind == kind && len(t.Segments) == 0 {
			return t
		}
	}
	return nil
}

// Bounded tells whether numbers are of people counted in some of their segments
// only.
func (r *Release) Bounded() bool {
	return slices.ContainsFunc(r.Segments, func(s Segment) bool { return s.BoundedBy > 0 })
}

// Everyone returns the audience that all people are in and whose size is told, or
// "": its bands are those of everyone, and what others are compared with.
func (r *Release) Everyone() string {
	for i := range r.Segments {
		if s := &r.Segments[i]; s.Everyone && s.BoundedBy == 0 && told(r.Reach(s.ID)) {
			return s.ID
		}
	}
	return ""
}

// Segment returns a segment's label, or nil.
func (r *Release) Segment(id string) *Segment {
	for i := range r.Segments {
		if r.Segments[i].ID == id {
			return &r.Segments[i]
		}
	}
	return nil
}

// TablesOf returns the tables that speak of one segment alone, in the
// release's order: reach, breakdowns, frequencies, sums and means.
func (r *Release) TablesOf(segment string) []*Table {
	var of []*Table
	for i := range r.Tables {
		if t := &r.Tables[i]; len(t.Segments) == 1 && t.Segments[0] == segment {
			of = append(of, t)
		}
	}
	return of
}

// Retracted returns the segments that the release before released and this one
// withholds: whoever serves them must stop.
func (r *Release) Retracted() []string {
	var ids []string
	for _, s := range r.Segments {
		if s.Before == Released && s.Status == Withheld {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

// Only returns the part of a release that speaks of the named segments and of
// everybody. It shares its parts with r.
func (r *Release) Only(segments []string) (*Release, error) {
	for _, id := range segments {
		if r.Segment(id) == nil {
			return nil, fmt.Errorf("unknown segment %q; this release has %s", id, r.ids())
		}
	}
	part := *r
	part.Segments = slices.DeleteFunc(slices.Clone(r.Segments), func(s Segment) bool {
		return !slices.Contains(segments, s.ID)
	})
	part.Tables = slices.DeleteFunc(slices.Clone(r.Tables), func(t Table) bool {
		return slices.ContainsFunc(t.Segments, func(id string) bool { return !slices.Contains(segments, id) })
	})
	part.Changes = r.Changes.only(segments)
	part.Past = r.pastOnly(segments)
	return &part, nil
}

// pastOnly returns what a release carries of the past of some of its segments.
func (r *Release) pastOnly(segments []string) []Past {
	past := slices.Clone(r.Past)
	for i := range past {
		past[i].Reach = nil
		for k, s := range r.Segments {
			if slices.Contains(segments, s.ID) {
				past[i].Reach = append(past[i].Reach, r.Past[i].Reach[k])
			}
		}
	}
	return past
}

func (c Changes) only(segments []string) Changes {
	other := func(id string) bool { return !slices.Contains(segments, id) }
	c.Added = slices.DeleteFunc(slices.Clone(c.Added), other)
	c.Changed = slices.DeleteFunc(slices.Clone(c.Changed), other)
	c.Removed = nil
	return c
}

// ids lists the segments for a message; the first few of many.
func (r *Release) ids() string {
	const most = 12
	var ids []string
	for i, s := range r.Segments {
		if i == most {
			return fmt.Sprintf("%s and %d more", strings.Join(ids, ", "), len(r.Segments)-most)
		}
		ids = append(ids, s.ID)
	}
	return strings.Join(ids, ", ")
}

// Sizes returns the keys of a segment's AtLeast by rising size.
func Sizes(atLeast map[string]float64) []string {
	sizes := slices.Collect(maps.Keys(atLeast))
	slices.SortFunc(sizes, func(a, b string) int {
		// Sizes are plain whole numbers, so more digits are more people.
		return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
	})
	return sizes
}

// Edges returns the whole values that bin i of a frequency holds, both
// included; the last bin is open and has no upper edge.
func (t *Table) Edges(i int) (from int64, to *int64) {
	from = int64(math.Ceil(t.Bins[i]))
	if i+1 < len(t.Bins) {
		last := int64(math.Ceil(t.Bins[i+1])) - 1
		to = &last
	}
	return from, to
}

// BySize returns the segments by falling reach, those without a number last;
// otherwise in the release's order.
func (r *Release) BySize() []*Segment {
	reach := map[string]int64{}
	for i := range r.Tables {
		t := &r.Tables[i]
		if c := &t.Cells[0]; t.Kind == Reach && c.Estimate != nil {
			reach[t.Segments[0]] = *c.Estimate
		}
	}
	var list []*Segment
	for i := range r.Segments {
		list = append(list, &r.Segments[i])
	}
	size := func(s *Segment) int64 {
		if n, ok := reach[s.ID]; ok {
			return n
		}
		return math.MinInt64
	}
	slices.SortStableFunc(list, func(a, b *Segment) int { return cmp.Compare(size(b), size(a)) })
	return list
}
