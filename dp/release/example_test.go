// SPDX-License-Identifier: Apache-2.0

package release_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/throng-dp/throng/dp/release"
)

// giftShop is a release of a shop that does not exist. Every number is
// invented: drawn from a generator, never counted.
func giftShop() *release.Release {
	r := &release.Release{
		Throng: 1, ID: "4f0c2f7a9d1b4c55a3e8d7100b6a2c91", Account: "gift-shop", Plan: "gift-shop",
		PlanDigest: "9b1d0b1f5a0e4f6c8a7d3e2c1b0a99887766554433221100ffeeddccbbaa9988",
		Date:       "2011-12-09", AsOf: "2011-12-10T00:00:00Z", TimeZone: "UTC", LookbackDays: 400, Every: "week",
		Issued: "2011-12-10T02:14:00Z", ValidUntil: "2011-12-17T00:00:00Z",
		Publisher: "Gift Shop Ltd", Owner: "ads-data@example.com", Purpose: "ads",
		Who:      "people with an event in 400 days, not opted out of ads",
		MinReach: 100, CodeVersion: "v0.1.0", Cleared: []string{"orders.order_type"},
		Changes: release.Changes{
			Since: "77aa2b3c4d5e6f708192a3b4c5d6e7f8", Date: "2011-12-02",
			Added: []string{"party-hosts"}, Changed: []string{"regulars"}, Removed: []string{"easter"},
		},
		Privacy: release.Privacy{
			Unit: "person", Neighbours: "one person added or removed", Epsilon: 1, Delta: 1e-8, Mu: 0.19607,
			Confidence: 0.95, Mechanism: "gaussian", Noise: "github.com/google/differential-privacy/go/v3 v3.0.0",
			MuSquared: 38443444900, MaxSegments: 9, OptOuts: "applied",
			Lifetime: release.Lifetime{Epsilon: 3.4, Delta: 1e-7, Builds: 12, Ceiling: 24},
			Period:   &release.Period{Days: 364, Epsilon: 8, Delta: 1e-7},
			Families: []release.Family{
				{Family: "population", Cells: 1, StdDev: 22, HalfWidth: 43.1},
				{Family: "reach", Cells: 9, StdDev: 24.6, HalfWidth: 48.2},
				{Family: "overlap", Cells: 36, StdDev: 31, HalfWidth: 60.8},
			},
			PostProcess: []string{"tables of a segment add up to its reach", "overlaps lie within their bounds", "rounding by largest remainder"},
			Suppression: "an audience whose released reach stays below min_reach is withheld, with everything of it",
			Unprotected: []string{"labels", "dates", "the plan's digest"},
			Covers:      "these numbers; not delivery reports of campaigns that use the segments",
		},
	}
	audiences := []struct {
		id, name string
		people   float64
	}{
		{"regulars", "Ordered three times or more in half a year", 1258},
		{"bought-christmas", "Bought Christmas goods in 90 days", 2321},
		{"bought-garden", "Bought garden goods in 90 days", 864},
		{"loyal-christmas", "Regulars who bought Christmas goods and sent nothing back", 611},
		{"big-baskets", "Spent 1,000 or more in a year", 1489},
		{"lapsed", "Ordered in the year, but not for 120 days", 1102},
		{"abroad", "Ships outside the UK", 402},
		{"party-hosts", "Bought for a party, often", 128},
		{"wholesale", "Orders like a shop", 0},
	}
	g := drawer{rand.New(rand.NewPCG(2011, 12))}
	r.Tables = append(r.Tables, release.Table{Kind: release.Population, Cells: []release.Cell{g.cell(nil, 4180, 22, false)}})
	for i, a := range audiences {
		r.Segments = append(r.Segments, segment(i, a.id, a.name, a.people))
		r.Tables = append(r.Tables, g.tables(a.id, a.people)...)
	}
	for i, a := range audiences {
		for _, b := range audiences[i+1:] {
			both := math.Min(a.people, b.people) * (0.15 + 0.7*g.Float64())
			r.Tables = append(r.Tables, release.Table{
				Kind: release.Overlap, Segments: []string{a.id, b.id},
				Cells: []release.Cell{g.cell(nil, both, 31, a.people == 0 || b.people == 0)},
			})
		}
	}
	r.Past = past(r)
	return r
}

// past invents eight earlier weeks: some audiences grew, some shrank, one had
// another rule, one is new, and one is younger than the others.
func past(r *release.Release) []release.Past {
	g := drawer{rand.New(rand.NewPCG(2010, 12))}
	growth := map[string]float64{"bought-christmas": 0.075, "bought-garden": -0.035, "loyal-christmas": 0.05, "big-baskets": 0.01, "lapsed": -0.02, "abroad": 0}
	size := func(c *release.Cell, growth float64, weeks int) *release.Size {
		n := g.cell(nil, *c.Unbiased*math.Pow(1+growth, -float64(weeks)), *c.StdDev, false)
		return &release.Size{Estimate: *n.Estimate, Lower: *n.Lower, Upper: *n.Upper, Unbiased: *n.Unbiased, StdDev: *n.StdDev}
	}
	var weeks []release.Past
	for w := 1; w <= 8; w++ {
		day := time.Date(2011, 12, 9-7*w, 0, 0, 0, 0, time.UTC)
		p := release.Past{ID: fmt.Sprintf("%032x", g.Uint64()), Date: day.Format(time.DateOnly), Population: size(r.Population(), 0.006, w)}
		if w == 1 {
			p.ID = r.Changes.Since
		}
		for _, s := range r.Segments {
			per, known := growth[s.ID]
			if !known || s.ID == "loyal-christmas" && w > 5 {
				p.Reach = append(p.Reach, nil)
				continue
			}
			p.Reach = append(p.Reach, size(r.Reach(s.ID), per, w))
		}
		weeks = append(weeks, p)
	}
	return weeks
}

func segment(i int, id, name string, people float64) release.Segment {
	s := release.Segment{ID: id, Version: fmt.Sprintf("%08x", 0x5eed0000+i), Name: name, Purpose: "ads", Before: release.Released}
	if id == "regulars" {
		s.Description = "Three different orders or more within 180 days"
		s.Taxonomy = []string{"1105"}
	}
	if id == "party-hosts" {
		s.Before = ""
	}
	if people == 0 {
		s.Status, s.Reason = release.Withheld, "below min_reach"
		return s
	}
	s.Status = release.Released
	s.AtLeast = map[string]float64{}
	for _, at := range []float64{100, 300, 1000} {
		p := 0.5 * math.Erfc((at-people)/24.6/math.Sqrt2)
		s.AtLeast[fmt.Sprint(at)] = math.Round(p*1e4) / 1e4
	}
	return s
}

type drawer struct{ *rand.Rand }

// cell invents a number: its noise is small beside sd, so that pictures of it
// look like pictures.
func (g drawer) cell(key []string, n, sd float64, withheld bool) release.Cell {
	if withheld {
		return release.Cell{Key: key, Status: release.Withheld}
	}
	unbiased := math.Round(10*(n+sd*(g.Float64()-0.5)))/10 + 0
	estimate := int64(math.Max(0, math.Round(unbiased)))
	half := 1.96 * sd
	lower := int64(math.Max(0, math.Floor(unbiased-half)))
	upper := max(int64(math.Ceil(unbiased+half)), estimate)
	return release.Cell{
		Key: key, Estimate: &estimate, Lower: &lower, Upper: &upper, Unbiased: &unbiased, StdDev: &sd,
		Status: release.Released, Readable: half < float64(estimate)/2,
	}
}

// tails adds up the bins of a frequency from each on.
func tails(often *release.Table) []release.Tail {
	var all []release.Tail
	for i := range often.Bins {
		from, _ := often.Edges(i)
		it := release.Tail{Cell: release.Cell{Key: []string{fmt.Sprintf("%d+", from)}, Status: often.Cells[0].Status}}
		if it.Status == release.Withheld {
			all = append(all, it)
			continue
		}
		var n, reach int64
		unbiased, variance := 0.0, 0.0
		for j, c := range often.Cells {
			if reach += *c.Estimate; j >= i && j < len(often.Bins) {
				n, unbiased, variance = n+*c.Estimate, unbiased+*c.Unbiased, variance+*c.StdDev**c.StdDev
			}
		}
		unbiased, sd := math.Round(10*unbiased)/10, math.Round(10*math.Sqrt(variance))/10
		lower, upper := int64(math.Max(0, math.Floor(unbiased-1.96*sd))), int64(math.Ceil(unbiased+1.96*sd))
		part := func(n int64) float64 { return math.Round(1000*math.Min(1, float64(n)/float64(reach))) / 1000 }
		it.Estimate, it.Lower, it.Upper, it.Unbiased, it.StdDev = &n, &lower, &upper, &unbiased, &sd
		it.Readable = 1.96*sd < float64(n)/2
		it.Share = &release.Fraction{Estimate: part(n), Lower: part(lower), Upper: part(upper)}
		all = append(all, it)
	}
	return all
}

func (g drawer) tables(id string, people float64) []release.Table {
	of, none := []string{id}, people == 0
	tables := []release.Table{{Kind: release.Reach, Segments: of, Cells: []release.Cell{g.cell(nil, people, 24.6, none)}}}
	homes := release.Table{Kind: release.Breakdown, Segments: of, By: []string{"home"}}
	for i, k := range []string{"UK", "abroad", "(other)"} {
		homes.Cells = append(homes.Cells, g.cell([]string{k}, people*[]float64{0.86, 0.13, 0.01}[i], 25.1, none))
	}
	crossed := release.Table{Kind: release.Breakdown, Segments: of, By: []string{"spend_band", "home"}}
	bands := []string{"0\u2013250", "250\u2013500", "500\u20131000", "1000\u20132500", "2500+", "(other)"}
	for i, b := range bands {
		for j, k := range []string{"UK", "abroad", "(other)"} {
			share := []float64{0.2, 0.25, 0.24, 0.2, 0.11, 0}[i] * []float64{0.86, 0.13, 0.01}[j]
			crossed.Cells = append(crossed.Cells, g.cell([]string{b, k}, people*share, 25.8, none))
		}
	}
	often := release.Table{Kind: release.Frequency, Segments: of, Of: "orders_180", Bins: []float64{0, 1, 2, 3, 5, 10}}
	for i, k := range []string{"0", "1", "2", "3\u20134", "5\u20139", "10+", "(other)"} {
		often.Cells = append(often.Cells, g.cell([]string{k}, people*[]float64{0.02, 0.22, 0.2, 0.26, 0.19, 0.11, 0}[i], 26, none))
	}
	often.AtLeast = tails(&often)
	clip := &release.Clip{Min: 0, Max: 500000}
	sum := release.Table{
		Kind: release.Sum, Segments: of, Of: "spend", Unit: "GBP", Decimals: 2, Clip: clip,
		Cells: []release.Cell{g.cell(nil, people*104212, 6.3e6, none)},
	}
	mean := release.Table{
		Kind: release.Mean, Segments: of, Of: "spend", Unit: "GBP", Decimals: 2, Clip: clip,
		Cells: []release.Cell{g.cell(nil, 104212, 6.3e6/math.Max(people, 1), none)},
	}
	if !none {
		sd := math.Round(*mean.Cells[0].StdDev*10) / 10
		mean.Cells[0].StdDev = &sd
	}
	return append(tables, homes, crossed, often, sum, mean)
}
