// SPDX-License-Identifier: Apache-2.0

package export

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/throng-dp/throng/dp/release"
)

//go:embed catalog.schema.json
var schema []byte

// Schema returns the JSON Schema of catalog.json.
func Schema() []byte { return slices.Clone(schema) }

// segtax is what OpenRTB calls the IAB Audience Taxonomy 1.1.
const segtax = 4

// A catalog is the shape of catalog.json. Fields stand in the order in which a
// reader wants them.
type catalog struct {
	Throng       int        `json:"throng"`
	Release      string     `json:"release"`
	Plan         string     `json:"plan"`
	Date         string     `json:"date"`
	AsOf         string     `json:"as_of"`
	TimeZone     string     `json:"time_zone"`
	LookbackDays int        `json:"lookback_days"`
	Issued       string     `json:"issued"`
	ValidUntil   *string    `json:"valid_until"`
	Supersedes   *string    `json:"supersedes"`
	Publisher    string     `json:"publisher"`
	MinReach     int64      `json:"min_reach"`
	Population   population `json:"population"`
	Bounding     *bounding  `json:"bounding"`
	Segments     []segment  `json:"segments"`
	Overlaps     []overlap  `json:"overlaps"`
	Changes      changes    `json:"changes"`
	Past         []past     `json:"past"`
	Privacy      privacy    `json:"privacy"`
}

// A number is one released number, as every part of the catalogue has it.
type number struct {
	Estimate *int64   `json:"estimate"`
	Lower    *int64   `json:"lower"`
	Upper    *int64   `json:"upper"`
	Unbiased *decimal `json:"unbiased"`
	StdDev   *decimal `json:"stddev"`
	Status   string   `json:"status"`
	Readable bool     `json:"readable"`
}

// A decimal is a real that is written with exactly one decimal.
type decimal float64

func (d decimal) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, float64(d), 'f', 1, 64), nil
}

type population struct {
	Who   string  `json:"who"`
	Reach *number `json:"reach"`
}

// A bounding tells what a cap cuts off; null where there is none.
type bounding struct {
	MaxSegments int     `json:"max_segments"`
	People      *cutOff `json:"people_over"`
	Memberships *cutOff `json:"memberships_dropped"`
}

type cutOff struct {
	number
	Share *release.Fraction `json:"share"`
}

type segment struct {
	ID          string      `json:"id"`
	Version     string      `json:"version"`
	Name        string      `json:"name"`
	Description string      `json:"description"`
	Taxonomy    *taxonomy   `json:"taxonomy"`
	Purpose     string      `json:"purpose"`
	Status      string      `json:"status"`
	Reason      *string     `json:"reason"`
	BoundedBy   *int        `json:"bounded_by"`
	Reach       *number     `json:"reach"`
	AtLeast     chances     `json:"at_least"`
	Everyone    bool        `json:"everyone,omitempty"`
	Breakdowns  []breakdown `json:"breakdowns"`
	Frequency   []frequency `json:"frequency"`
	Sums        []amount    `json:"sums"`
	Means       []amount    `json:"means"`
	Quantiles   []quantiles `json:"quantiles"`
	Tops        []top       `json:"tops,omitempty"`
}

type taxonomy struct {
	SegTax int               `json:"segtax"`
	IDs    []string          `json:"ids"`
	Values map[string]string `json:"values,omitempty"` // of ids that mean nothing without one
}

// newTaxonomy splits ids from the values that plans give them: 55=GBR.
func newTaxonomy(given []string) *taxonomy {
	t := &taxonomy{SegTax: segtax}
	for _, g := range given {
		id, value, ok := strings.Cut(g, "=")
		t.IDs = append(t.IDs, id)
		if !ok {
			continue
		}
		if t.Values == nil {
			t.Values = map[string]string{}
		}
		t.Values[id] = value
	}
	return t
}

// given returns the ids as a plan gives them.
func (t *taxonomy) given() []string {
	ids := slices.Clone(t.IDs)
	for i, id := range ids {
		if v, ok := t.Values[id]; ok {
			ids[i] = id + "=" + v
		}
	}
	return ids
}

// A breakdown has Domain and Found only where its categories were found.
type breakdown struct {
	By     []string       `json:"by"`
	Domain string         `json:"domain,omitempty"`
	Found  *release.Found `json:"found,omitempty"`
	Cells  []cell         `json:"cells"`
}

// A top is the commonest of some categories, the first one first; Chosen says by
// what: counts, or picks, which have no numbers.
type top struct {
	Of     string   `json:"of"`
	Chosen string   `json:"chosen"`
	Among  []string `json:"among"`
	Cells  []cell   `json:"cells"`
}

// discovered is the domain of a breakdown whose categories were found; byCounts
// and byPicks are how a top is chosen.
const (
	discovered = "discovered"
	byCounts   = "counts"
	byPicks    = "picks"
)

type cell struct {
	Key []string `json:"key"`
	number
}

type frequency struct {
	Of      string        `json:"of"`
	Bins    []bin         `json:"bins"`
	Other   number        `json:"other"`
	AtLeast []atLeastBins `json:"at_least,omitempty"` // none in releases from before there were any
}

// A bin holds the whole values From to To, both included; the last is open.
type bin struct {
	From int64  `json:"from"`
	To   *int64 `json:"to"`
	Key  string `json:"key"`
	number
}

// atLeastBins are the people in the bin that begins at From and in all above.
type atLeastBins struct {
	From int64  `json:"from"`
	Key  string `json:"key"`
	number
	Share *release.Fraction `json:"share"`
}

type amount struct {
	Name     string        `json:"name"`
	Unit     string        `json:"unit"`
	Decimals int           `json:"decimals"`
	Clip     *release.Clip `json:"clip"`
	number
}

type quantiles struct {
	Name     string        `json:"name"`
	Unit     string        `json:"unit"`
	Decimals int           `json:"decimals"`
	Clip     *release.Clip `json:"clip"`
	Step     int64         `json:"step"`
	Values   []quantile    `json:"values"`
}

// A quantile is a value without a range in its own unit; see release.Cell.
type quantile struct {
	At        string   `json:"at"`
	Estimate  *int64   `json:"estimate"`
	RankError *float64 `json:"rank_error"`
	Status    string   `json:"status"`
	Readable  bool     `json:"readable"`
}

// An overlap is of two or three segments.
type overlap struct {
	Segments []string `json:"segments"`
	number
}

type changes struct {
	Since     *string  `json:"since"`
	Date      *string  `json:"date"`
	Added     []string `json:"added"`
	Changed   []string `json:"changed"`
	Removed   []string `json:"removed"`
	Retracted []string `json:"retracted"`
}

// privacy is told with the lifetime first.
type privacy struct {
	Lifetime   lifetime `json:"lifetime"`
	Unit       string   `json:"unit"`
	Epsilon    float64  `json:"epsilon"`
	Delta      float64  `json:"delta"`
	Mu         float64  `json:"mu"`
	Confidence float64  `json:"confidence"`
	Covers     string   `json:"covers"`
}

type lifetime struct {
	Epsilon float64  `json:"epsilon"`
	Delta   float64  `json:"delta"`
	Builds  int      `json:"builds"`
	Ceiling *float64 `json:"ceiling"` // null: none
}

func newLifetime(l *release.Lifetime) lifetime {
	out := lifetime{Epsilon: l.Epsilon, Delta: l.Delta, Builds: l.Builds}
	if l.Ceiling > 0 {
		out.Ceiling = &l.Ceiling
	}
	return out
}

// chances are written by rising size: "100", "300", "1000".
type chances map[string]float64

func (c chances) MarshalJSON() ([]byte, error) {
	if len(c) == 0 {
		return []byte("null"), nil
	}
	var b bytes.Buffer
	for i, at := range release.Sizes(c) {
		b.WriteByte("{,"[min(i, 1)])
		p, err := json.Marshal(c[at])
		if err != nil {
			return nil, err
		}
		b.WriteString(strconv.Quote(at) + ":")
		b.Write(p)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

func writeCatalog(w io.Writer, r *release.Release) error {
	text, err := newCatalog(r).marshal()
	if err != nil {
		return err
	}
	return writeLaid(w, text)
}

func newCatalog(r *release.Release) *catalog {
	p := &r.Privacy
	c := &catalog{
		Throng: r.Throng, Release: r.ID, Plan: r.Plan, Date: r.Date, AsOf: r.AsOf, TimeZone: r.TimeZone,
		LookbackDays: r.LookbackDays, Issued: r.Issued, ValidUntil: orNull(r.ValidUntil), Supersedes: orNull(r.Supersedes),
		Publisher: r.Publisher, MinReach: r.MinReach,
		Population: population{Who: r.Who, Reach: numberOrNull(r.Population())},
		Segments:   make([]segment, 0, len(r.Segments)), Overlaps: make([]overlap, 0, r.Overlaps()),
		Changes: changes{
			Since: orNull(r.Changes.Since), Date: orNull(r.Changes.Date), Added: list(r.Changes.Added), Changed: list(r.Changes.Changed),
			Removed: list(r.Changes.Removed), Retracted: list(r.Retracted()),
		},
		Past: newPast(r),
		Privacy: privacy{
			Unit: p.Unit, Epsilon: p.Epsilon, Delta: p.Delta, Mu: p.Mu, Confidence: p.Confidence, Covers: p.Covers,
			Lifetime: newLifetime(&p.Lifetime),
		},
	}
	place := map[string]int{}
	for i := range r.Segments {
		c.Segments = append(c.Segments, newSegment(&r.Segments[i]))
		place[r.Segments[i].ID] = i
	}
	for i := range r.Tables {
		t := &r.Tables[i]
		if t.Kind == release.PeopleOver || t.Kind == release.Dropped {
			c.addBounding(t, p.MaxSegments)
		}
		switch len(t.Segments) {
		case 1:
			c.Segments[place[t.Segments[0]]].add(t)
		case 2, 3:
			c.Overlaps = append(c.Overlaps, overlap{list(t.Segments), newNumber(&t.Cells[0])})
		}
	}
	return c
}

func (c *catalog) addBounding(t *release.Table, most int) {
	if c.Bounding == nil {
		c.Bounding = &bounding{MaxSegments: most}
	}
	of := &cutOff{newNumber(&t.Cells[0]), t.Share}
	if t.Kind == release.PeopleOver {
		c.Bounding.People = of
	} else {
		c.Bounding.Memberships = of
	}
}

func newSegment(s *release.Segment) segment {
	n := segment{
		ID: s.ID, Version: s.Version, Name: s.Name, Description: s.Description, Purpose: s.Purpose,
		Status: s.Status, Reason: orNull(s.Reason), AtLeast: s.AtLeast, Everyone: s.Everyone,
		Breakdowns: []breakdown{}, Frequency: []frequency{}, Sums: []amount{}, Means: []amount{}, Quantiles: []quantiles{},
	}
	if len(s.Taxonomy) > 0 {
		n.Taxonomy = newTaxonomy(s.Taxonomy)
	}
	if s.BoundedBy > 0 {
		n.BoundedBy = &s.BoundedBy
	}
	return n
}

// add puts a table of this segment alone where it belongs.
func (s *segment) add(t *release.Table) {
	switch t.Kind {
	case release.Reach:
		s.Reach = numberOrNull(&t.Cells[0])
	case release.Breakdown:
		b := breakdown{By: t.By, Found: t.Found}
		if t.Found != nil {
			b.Domain = discovered
		}
		b.Cells = make([]cell, 0, len(t.Cells))
		for i := range t.Cells {
			b.Cells = append(b.Cells, cell{t.Cells[i].Key, newNumber(&t.Cells[i])})
		}
		s.Breakdowns = append(s.Breakdowns, b)
	case release.Frequency:
		s.Frequency = append(s.Frequency, newFrequency(t))
	case release.Sum:
		s.Sums = append(s.Sums, newAmount(t))
	case release.Mean:
		s.Means = append(s.Means, newAmount(t))
	case release.Top:
		s.Tops = append(s.Tops, newTop(t))
	case release.Quantiles:
		q := quantiles{Name: t.Of, Unit: t.Unit, Decimals: t.Decimals, Clip: t.Clip, Step: t.Step}
		for _, c := range t.Cells {
			q.Values = append(q.Values, quantile{c.Key[0], c.Estimate, c.RankError, c.Status, c.Readable})
		}
		s.Quantiles = append(s.Quantiles, q)
	}
}

// other is the label of a frequency's last cell, which has no edges.
const other = "(other)"

// newFrequency names the bins by their edges.
func newFrequency(t *release.Table) frequency {
	f := frequency{Of: t.Of}
	last := len(t.Cells) - 1
	for i := range t.Cells[:last] {
		from, to := t.Edges(i)
		f.Bins = append(f.Bins, bin{from, to, t.Cells[i].Key[0], newNumber(&t.Cells[i])})
	}
	f.Other = newNumber(&t.Cells[last])
	for i := range t.AtLeast {
		it := &t.AtLeast[i]
		from, _ := t.Edges(i)
		f.AtLeast = append(f.AtLeast, atLeastBins{from, it.Key[0], newNumber(&it.Cell), it.Share})
	}
	return f
}

func newTop(t *release.Table) top {
	n := top{Of: t.By[0], Chosen: byCounts, Among: t.Among}
	if t.Picked {
		n.Chosen = byPicks
	}
	for i := range t.Cells {
		n.Cells = append(n.Cells, cell{list(t.Cells[i].Key), newNumber(&t.Cells[i])})
	}
	return n
}

func newAmount(t *release.Table) amount {
	return amount{t.Of, t.Unit, t.Decimals, t.Clip, newNumber(&t.Cells[0])}
}

func newNumber(c *release.Cell) number {
	return number{c.Estimate, c.Lower, c.Upper, (*decimal)(c.Unbiased), (*decimal)(c.StdDev), c.Status, c.Readable}
}

func numberOrNull(c *release.Cell) *number {
	if c == nil {
		return nil
	}
	n := newNumber(c)
	return &n
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}
