// SPDX-License-Identifier: Apache-2.0

package release

import "errors"

// PastMost is how many earlier releases a release carries the sizes of: about a
// quarter of weekly ones.
const PastMost = 12

// A Past is an earlier release of the same plan, as far as its sizes are of the
// same people and the same rules as this one's. It holds what was released then,
// copied when this one was made: so a page of this release shows how sizes went,
// and is the same whenever it is written. It costs nothing.
type Past struct {
	ID         string  `json:"release"`
	Date       string  `json:"date"`
	Population *Size   `json:"population"` // null: there was no such number
	Reach      []*Size `json:"reach"`      // of Segments, in their order; null: no number then, another rule, or withheld now
}

// A Size is the number of people in a segment, as it was released.
type Size struct {
	Estimate int64   `json:"estimate"`
	Lower    int64   `json:"lower"`
	Upper    int64   `json:"upper"`
	Unbiased float64 `json:"unbiased"`
	StdDev   float64 `json:"stddev"`
}

// PastOf returns what a release carries of an earlier one, or nil where the two
// count other people, so that no size of one can be compared with one of the
// other.
func PastOf(before, now *Release) *Past {
	if before.Who != now.Who || before.LookbackDays != now.LookbackDays || before.Privacy.OptOuts != now.Privacy.OptOuts {
		return nil
	}
	reach := map[string]*Cell{}
	for i := range before.Tables {
		if t := &before.Tables[i]; t.Kind == Reach {
			reach[t.Segments[0]] = &t.Cells[0]
		}
	}
	old := map[string]*Segment{}
	for i := range before.Segments {
		old[before.Segments[i].ID] = &before.Segments[i]
	}
	p := &Past{ID: before.ID, Date: before.Date, Population: before.Population().size(), Reach: make([]*Size, len(now.Segments))}
	for i := range now.Segments {
		s := &now.Segments[i]
		if b := old[s.ID]; b != nil && b.Version == s.Version && b.BoundedBy == s.BoundedBy {
			p.Reach[i] = reach[s.ID].size()
		}
	}
	return p
}

// size returns what is kept of a cell; nil where nothing was told.
func (c *Cell) size() *Size {
	if !told(c) || c.Lower == nil || c.Upper == nil {
		return nil
	}
	return &Size{*c.Estimate, *c.Lower, *c.Upper, *c.Unbiased, *c.StdDev}
}

// Change is by how much a size of this release went up since an earlier one, and
// within what that may be noise alone, with 95 %. Both are of the unbiased numbers,
// with one decimal, and as Diff tells them.
func (r *Release) Change(c *Cell, since *Size) (difference, noise float64) {
	was := Row{Unbiased: &since.Unbiased, StdDev: &since.StdDev}
	d := delta(Delta{}, was, Row{Unbiased: c.Unbiased, StdDev: c.StdDev}, r.Privacy.deviations(1-confidence))
	return *d.Difference, *d.Noise
}

// validatePast checks that earlier sizes fit the segments, and that none is told
// of a segment that is withheld now.
func (r *Release) validatePast() error {
	if len(r.Past) > PastMost {
		return errors.New("release: it carries more of the past than it may")
	}
	for i := range r.Past {
		p := &r.Past[i]
		if p.ID == "" || p.Date == "" || len(p.Reach) != len(r.Segments) {
			return errors.New("release: what it carries of the past is not of its segments")
		}
		if !p.Population.valid() {
			return errors.New("release: what it carries of the past holds what is no size")
		}
		for k, s := range p.Reach {
			if s != nil && r.Segments[k].Status == Withheld || !s.valid() {
				return errors.New("release: what it carries of the past holds what is no size")
			}
		}
	}
	return nil
}

func (s *Size) valid() bool {
	return s == nil || s.Lower <= s.Upper && oneDecimal(s.Unbiased) && oneDecimal(s.StdDev) && s.StdDev >= 0
}
