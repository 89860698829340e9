// SPDX-License-Identifier: Apache-2.0

package export

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/throng-dp/throng/dp/release"
)

// Read reads a catalog.json back into a release, for whoever has the file and
// no ledger. What only the manifest tells (account, plan digest, mechanism,
// errors by family) stays empty.
func Read(text []byte) (*release.Release, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	var c catalog
	if err := d.Decode(&c); err != nil {
		return nil, fmt.Errorf("read catalogue: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("read catalogue: there is something after its end")
	}
	r := c.release()
	if err := r.Validate(); err != nil {
		return nil, fmt.Errorf("read catalogue: %w", err)
	}
	return r, nil
}

func (c *catalog) release() *release.Release {
	p := &c.Privacy
	r := &release.Release{
		Throng: c.Throng, ID: c.Release, Plan: c.Plan, Date: c.Date, AsOf: c.AsOf, TimeZone: c.TimeZone,
		LookbackDays: c.LookbackDays, Issued: c.Issued, ValidUntil: orEmpty(c.ValidUntil), Supersedes: orEmpty(c.Supersedes),
		Publisher: c.Publisher, Who: c.Population.Who, MinReach: c.MinReach,
		Changes: release.Changes{Since: orEmpty(c.Changes.Since), Added: c.Changes.Added, Changed: c.Changes.Changed, Removed: c.Changes.Removed},
		Privacy: release.Privacy{
			Unit: p.Unit, Epsilon: p.Epsilon, Delta: p.Delta, Mu: p.Mu, Confidence: p.Confidence, Covers: p.Covers,
			Lifetime: release.Lifetime{Epsilon: p.Lifetime.Epsilon, Delta: p.Lifetime.Delta, Builds: p.Lifetime.Builds},
		},
	}
	if c.Population.Reach != nil {
		r.Tables = append(r.Tables, single(release.Population, nil, *c.Population.Reach))
	}
	before := map[string]bool{}
	for _, id := range c.Changes.Retracted {
		before[id] = true
	}
	for i := range c.Segments {
		s := c.Segments[i].segment()
		if before[s.ID] {
			s.Before = release.Released
		}
		r.Segments = append(r.Segments, s)
		r.Tables = append(r.Tables, c.Segments[i].tables()...)
		r.Purpose = s.Purpose
	}
	for _, o := range c.Overlaps {
		r.Tables = append(r.Tables, single(release.Overlap, o.Segments, o.number))
	}
	return r
}

func (s *segment) segment() release.Segment {
	n := release.Segment{
		ID: s.ID, Version: s.Version, Name: s.Name, Description: s.Description, Purpose: s.Purpose,
		Status: s.Status, Reason: orEmpty(s.Reason), AtLeast: s.AtLeast,
	}
	if s.Taxonomy != nil {
		n.Taxonomy = s.Taxonomy.IDs
	}
	if s.BoundedBy != nil {
		n.BoundedBy = *s.BoundedBy
	}
	return n
}

func (s *segment) tables() []release.Table {
	var tables []release.Table
	of := []string{s.ID}
	if s.Reach != nil {
		tables = append(tables, single(release.Reach, of, *s.Reach))
	}
	for _, b := range s.Breakdowns {
		t := release.Table{Kind: release.Breakdown, Segments: of, By: b.By}
		for _, c := range b.Cells {
			t.Cells = append(t.Cells, c.cell(c.Key))
		}
		tables = append(tables, t)
	}
	for _, f := range s.Frequency {
		t := release.Table{Kind: release.Frequency, Segments: of, Of: f.Of}
		for _, b := range f.Bins {
			t.Bins = append(t.Bins, float64(b.From))
			t.Cells = append(t.Cells, b.cell([]string{b.Key}))
		}
		t.Cells = append(t.Cells, f.Other.cell([]string{other}))
		tables = append(tables, t)
	}
	for kind, amounts := range [][]amount{s.Sums, s.Means} {
		for _, a := range amounts {
			t := single([]string{release.Sum, release.Mean}[kind], of, a.number)
			t.Of, t.Unit, t.Decimals, t.Clip = a.Name, a.Unit, a.Decimals, a.Clip
			tables = append(tables, t)
		}
	}
	return tables
}

// other is the label of the cell that holds everything else.
const other = "(other)"

func single(kind string, segments []string, n number) release.Table {
	return release.Table{Kind: kind, Segments: segments, Cells: []release.Cell{n.cell(nil)}}
}

func (n *number) cell(key []string) release.Cell {
	return release.Cell{
		Key: key, Estimate: n.Estimate, Lower: n.Lower, Upper: n.Upper,
		Unbiased: (*float64)(n.Unbiased), StdDev: (*float64)(n.StdDev), Status: n.Status, Readable: n.Readable,
	}
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
