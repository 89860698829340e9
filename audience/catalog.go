// SPDX-License-Identifier: Apache-2.0

package audience

import (
	"errors"
	"io/fs"
	"slices"

	"github.com/throng-dp/throng/dp/release"
)

// A catalogFile is what is read of catalog.json.
type catalogFile struct {
	Release    string
	Population struct{ Reach *release.Cell }
	Segments   []struct {
		ID, Version, Name, Description, Purpose, Status string

		Reason   *string
		Taxonomy *struct{ IDs []string }
		Bounded  *int               `json:"bounded_by"`
		AtLeast  map[string]float64 `json:"at_least"`
		Reach    *release.Cell

		Breakdowns []struct {
			By    []string
			Cells []release.Cell
		}
		Frequency []struct {
			Of   string
			Bins []struct {
				From float64
				Key  string `json:"key"`
				release.Cell
			}
			Other release.Cell
		}
		Sums, Means []amountFile
	}
	Overlaps []struct {
		Segments []string
		release.Cell
	}
	Changes struct {
		Since                              *string
		Added, Changed, Removed, Retracted []string
	}
}

type amountFile struct {
	Name, Unit string
	Decimals   int
	Clip       *release.Clip
	release.Cell
}

// fill adds what the catalogue tells to a release.
func (c *catalogFile) fill(rel *release.Release) {
	one := func(cell *release.Cell) []release.Cell { return []release.Cell{*cell} }
	add := func(t release.Table) { rel.Tables = append(rel.Tables, t) }
	if c.Population.Reach != nil {
		add(release.Table{Kind: release.Population, Cells: one(c.Population.Reach)})
	}
	rel.Changes = release.Changes{Since: orEmpty(c.Changes.Since), Added: c.Changes.Added, Changed: c.Changes.Changed, Removed: c.Changes.Removed}
	for i := range c.Segments {
		s := &c.Segments[i]
		of := []string{s.ID}
		seg := release.Segment{ID: s.ID, Version: s.Version, Name: s.Name, Description: s.Description, Purpose: s.Purpose,
			Status: s.Status, Reason: orEmpty(s.Reason), AtLeast: s.AtLeast}
		if s.Taxonomy != nil {
			seg.Taxonomy = s.Taxonomy.IDs
		}
		if s.Bounded != nil {
			seg.BoundedBy = *s.Bounded
		}
		if slices.Contains(c.Changes.Retracted, s.ID) {
			seg.Before = release.Released
		}
		rel.Segments = append(rel.Segments, seg)
		if s.Reach != nil {
			add(release.Table{Kind: release.Reach, Segments: of, Cells: one(s.Reach)})
		}
		for _, b := range s.Breakdowns {
			add(release.Table{Kind: release.Breakdown, Segments: of, By: b.By, Cells: b.Cells})
		}
		for _, f := range s.Frequency {
			t := release.Table{Kind: release.Frequency, Segments: of, Of: f.Of}
			for _, b := range f.Bins {
				b.Cell.Key = []string{b.Key}
				t.Bins, t.Cells = append(t.Bins, b.From), append(t.Cells, b.Cell)
			}
			f.Other.Key = []string{"(other)"}
			t.Cells = append(t.Cells, f.Other)
			add(t)
		}
		for kind, list := range map[string][]amountFile{release.Sum: s.Sums, release.Mean: s.Means} {
			for _, a := range list {
				add(release.Table{Kind: kind, Segments: of, Of: a.Name, Unit: a.Unit, Decimals: a.Decimals, Clip: a.Clip, Cells: one(&a.Cell)})
			}
		}
	}
	for _, o := range c.Overlaps {
		add(release.Table{Kind: release.Overlap, Segments: o.Segments, Cells: one(&o.Cell)})
	}
}

// cause returns what the file system said, without the path it said it of.
func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
