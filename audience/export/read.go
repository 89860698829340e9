// SPDX-License-Identifier: Apache-2.0

package export

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/throng-dp/throng/dp/release"
)

// Read puts a release together again from three of its files: labels and
// numbers from the catalogue, the price from the manifest, the order of the
// tables from the flat form. Fields that Write does not know, and text after
// the end, are refused; whether the files are those that were released, only
// their bytes can tell.
func Read(catalogJSON, catalogCSV, manifestJSON []byte) (*release.Release, error) {
	var c catalog
	if err := readJSON(catalogJSON, &c); err != nil {
		return nil, fmt.Errorf("catalog.json: %w", err)
	}
	var m manifest
	if err := readJSON(manifestJSON, &m); err != nil {
		return nil, fmt.Errorf("manifest.json: %w", err)
	}
	if c.Release != m.Release.ID {
		return nil, errors.New("catalog.json and manifest.json are of two releases")
	}
	r := m.release()
	c.fill(r)
	if err := order(r, catalogCSV); err != nil {
		return nil, fmt.Errorf("catalog.csv: %w", err)
	}
	return r, r.Validate()
}

// Identity reads of which release and account a manifest is, whatever else it
// holds.
func Identity(manifestJSON []byte) (id, account string, err error) {
	var m struct {
		Release struct{ ID, Account string }
	}
	err = json.Unmarshal(manifestJSON, &m)
	return m.Release.ID, m.Release.Account, err
}

func readJSON(text []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is something after its end")
	}
	return nil
}

// release returns what the manifest tells: all but labels and numbers.
func (m *manifest) release() *release.Release {
	i, l, g := &m.Release, &m.Loss, &m.Guarantee
	r := &release.Release{Throng: m.Throng, ID: i.ID, Account: i.Account, Plan: i.Plan, PlanDigest: i.PlanDigest, Date: i.Date,
		AsOf: i.AsOf, TimeZone: i.TimeZone, LookbackDays: i.LookbackDays, Every: i.Every, Issued: i.Issued,
		ValidUntil: orZero(i.ValidUntil), Supersedes: orZero(i.Supersedes), Publisher: i.Publisher, Owner: i.Contact,
		Purpose: i.Purpose, Who: i.Population, MinReach: m.Suppression.MinReach, CodeVersion: m.Software.Version, Cleared: m.Cleared, Ledger: orZero(m.Ledger)}
	r.Privacy = release.Privacy{Unit: g.Unit, Neighbours: g.Neighbours, Covers: g.Covers, OptOuts: g.OptOuts, MinAge: orZero(g.MinAge),
		Epsilon: l.Release.Epsilon, Delta: l.Release.Delta, Mu: l.Release.Mu, MuSquared: l.Release.MuSquared,
		PureEpsilon: l.Release.PureEpsilon, PureDelta: l.Release.PureDelta, Period: l.Period,
		Lifetime: release.Lifetime{Epsilon: l.Lifetime.Epsilon, Delta: l.Lifetime.Delta, Builds: l.Lifetime.Builds,
			Ceiling: orZero(l.Lifetime.Ceiling)},
		MaxSegments: m.Bounds.MaxSegments, MostKeys: m.Bounds.MostKeys, Mechanism: m.Mechanism.Name, Noise: m.Mechanism.Noise, Families: m.Mechanism.Families,
		Confidence: m.Accuracy.Confidence, PostProcess: m.PostProcess, Suppression: m.Suppression.Rule, Unprotected: m.Unprotected, Mechanisms: m.Mechanisms}
	return r
}

// fill adds what the catalogue tells: labels and numbers, segment by segment.
func (c *catalog) fill(r *release.Release) {
	add := func(t release.Table) { r.Tables = append(r.Tables, t) }
	h := &c.Changes
	r.Changes = release.Changes{Since: orZero(h.Since), Date: orZero(h.Date), Added: h.Added, Changed: h.Changed, Removed: h.Removed}
	if c.Population.Reach != nil {
		add(release.Table{Kind: release.Population, Cells: c.Population.Reach.cells()})
	}
	if b := c.Bounding; b != nil {
		for kind, of := range map[string]*cutOff{release.PeopleOver: b.People, release.Dropped: b.Memberships} {
			if of != nil {
				add(release.Table{Kind: kind, Cells: of.number.cells(), Share: of.Share})
			}
		}
	}
	for i := range c.Segments {
		s := &c.Segments[i]
		r.Segments = append(r.Segments, s.label(h.Retracted))
		for _, t := range s.tables() {
			t.Segments = []string{s.ID}
			add(t)
		}
	}
	for i := range c.Overlaps {
		o := &c.Overlaps[i]
		add(release.Table{Kind: release.Overlap, Segments: o.Segments, Cells: o.number.cells()})
	}
	c.fillPast(r)
}

// label returns a segment without its numbers.
func (s *segment) label(retracted []string) release.Segment {
	l := release.Segment{ID: s.ID, Version: s.Version, Name: s.Name, Description: s.Description, Purpose: s.Purpose,
		Status: s.Status, Reason: orZero(s.Reason), BoundedBy: orZero(s.BoundedBy), AtLeast: s.AtLeast, Everyone: s.Everyone}
	if s.Taxonomy != nil {
		l.Taxonomy = s.Taxonomy.given()
	}
	if slices.Contains(retracted, s.ID) {
		l.Before = release.Released
	}
	return l
}

// tables returns the tables of a segment, without its id.
func (s *segment) tables() []release.Table {
	var all []release.Table
	if s.Reach != nil {
		all = append(all, release.Table{Kind: release.Reach, Cells: s.Reach.cells()})
	}
	for _, b := range s.Breakdowns {
		t := release.Table{Kind: release.Breakdown, By: b.By, Found: b.Found}
		for i := range b.Cells {
			t.Cells = append(t.Cells, b.Cells[i].cell(b.Cells[i].Key...))
		}
		all = append(all, t)
	}
	for _, f := range s.Frequency {
		t := release.Table{Kind: release.Frequency, Of: f.Of}
		for i := range f.Bins {
			t.Bins = append(t.Bins, float64(f.Bins[i].From))
			t.Cells = append(t.Cells, f.Bins[i].cell(f.Bins[i].Key))
		}
		t.Cells = append(t.Cells, f.Other.cell(other))
		for i := range f.AtLeast {
			t.AtLeast = append(t.AtLeast, release.Tail{Cell: f.AtLeast[i].cell(f.AtLeast[i].Key), Share: f.AtLeast[i].Share})
		}
		all = append(all, t)
	}
	for _, a := range s.Sums {
		all = append(all, a.table(release.Sum))
	}
	for _, a := range s.Means {
		all = append(all, a.table(release.Mean))
	}
	for _, p := range s.Tops {
		t := release.Table{Kind: release.Top, By: []string{p.Of}, Among: p.Among, Picked: p.Chosen == byPicks}
		for i := range p.Cells {
			t.Cells = append(t.Cells, p.Cells[i].cell(p.Cells[i].Key...))
		}
		all = append(all, t)
	}
	for _, q := range s.Quantiles {
		t := release.Table{Kind: release.Quantiles, Of: q.Name, Unit: q.Unit, Decimals: q.Decimals, Clip: q.Clip, Step: q.Step}
		for _, v := range q.Values {
			t.Cells = append(t.Cells, release.Cell{Key: []string{v.At}, Estimate: v.Estimate, RankError: v.RankError, Status: v.Status, Readable: v.Readable})
		}
		all = append(all, t)
	}
	return all
}

func (a *amount) table(kind string) release.Table {
	return release.Table{Kind: kind, Of: a.Name, Unit: a.Unit, Decimals: a.Decimals, Clip: a.Clip, Cells: a.number.cells()}
}

func (n *number) cell(key ...string) release.Cell {
	return release.Cell{Key: key, Estimate: n.Estimate, Lower: n.Lower, Upper: n.Upper,
		Unbiased: (*float64)(n.Unbiased), StdDev: (*float64)(n.StdDev), Status: n.Status, Readable: n.Readable}
}

func (n *number) cells() []release.Cell { return []release.Cell{n.cell()} }

// order puts the tables into the order of the flat form, which is the plan's.
// Tables that it names alike keep the catalogue's order.
func order(r *release.Release, flat []byte) error {
	rows, err := csv.NewReader(bytes.NewReader(flat)).ReadAll()
	if err != nil {
		return err
	}
	if len(rows) == 0 || !slices.Equal(rows[0], columns) {
		return errors.New("its columns are not those of a release")
	}
	waiting := map[string][]release.Table{}
	for i := range r.Tables {
		row := r.Tables[i].Row()
		name := flatName(row.Kind, guard(row.Segment), guard(row.Second), guard(row.By))
		waiting[name] = append(waiting[name], r.Tables[i])
	}
	var tables []release.Table
	at := 1
	for at < len(rows) {
		row := rows[at]
		name := flatName(row[5], row[3], row[4], row[6])
		if len(waiting[name]) == 0 {
			return fmt.Errorf("line %d: catalog.json has no such table", at+1)
		}
		t := waiting[name][0]
		waiting[name] = waiting[name][1:]
		tables = append(tables, t)
		at += len(t.Cells) + len(t.AtLeast)
	}
	if len(tables) != len(r.Tables) || at != len(rows) {
		return errors.New("catalog.json has other tables")
	}
	r.Tables = tables
	return nil
}

func flatName(kind, segment, second, by string) string {
	return strings.Join([]string{kind, segment, second, by}, "\x00")
}

func orZero[T any](p *T) T {
	if p == nil {
		return *new(T)
	}
	return *p
}
