// SPDX-License-Identifier: Apache-2.0

package report_test

import (
	"math"
	"testing"

	"github.com/throng-dp/throng/dp/release"
)

// sample is giftShop with an audience of everyone, whose bands others are
// compared with, overlaps of three, and people who spend differently. It is what
// the screenshots in docs show; no number of it was ever drawn.
func sample(t testing.TB) *release.Release {
	t.Helper()
	r := giftShop(t)
	r.Segments = append(r.Segments, release.Segment{ID: "everyone", Version: "5eed0009", Name: "Everyone with an order", Purpose: "ads",
		Status: release.Released, Before: release.Released, Everyone: true, AtLeast: map[string]float64{"100": 1, "300": 1, "1000": 1}})
	for i := range r.Past {
		r.Past[i].Reach = append(r.Past[i].Reach, r.Past[i].Population)
	}
	everyone := float64(*r.Population().Estimate)
	r.Tables = append(r.Tables, release.Table{Kind: release.Reach, Segments: []string{"everyone"}, Cells: []release.Cell{invented(nil, everyone, 24.6)}})
	bands := []string{"0\u2013250", "250\u2013500", "500\u20131000", "1000\u20132500", "2500+"}
	spread := map[string][]float64{ // of everyone, and of who spends otherwise
		"everyone": {0.3, 0.27, 0.22, 0.14, 0.07}, "regulars": {0.1, 0.2, 0.29, 0.26, 0.15}, "big-baskets": {0, 0, 0.03, 0.63, 0.34},
		"lapsed": {0.42, 0.27, 0.19, 0.09, 0.03}, "loyal-christmas": {0.12, 0.24, 0.28, 0.23, 0.13},
	}
	for _, s := range r.Segments {
		reach := r.Reach(s.ID)
		if reach.Estimate == nil {
			continue
		}
		shares := spread[s.ID]
		if shares == nil {
			shares = []float64{0.27, 0.26, 0.23, 0.16, 0.08}
		}
		spend := release.Table{Kind: release.Breakdown, Segments: []string{s.ID}, By: []string{"spend_band"}}
		for k, band := range bands {
			spend.Cells = append(spend.Cells, invented([]string{band}, float64(*reach.Estimate)*shares[k], 25.1))
		}
		r.Tables = append(r.Tables, spend)
	}
	r.Tables = append(r.Tables, overlap(311, "regulars", "bought-christmas", "loyal-christmas"), overlap(202, "regulars", "bought-christmas", "big-baskets"),
		overlap(53, "abroad", "regulars", "lapsed"))
	if err := r.Validate(); err != nil {
		t.Fatal(err)
	}
	return r
}

// invented is a number without noise, with the range of one that has some.
func invented(key []string, people, sd float64) release.Cell {
	estimate := int64(math.Round(people))
	lower, upper, unbiased := max(0, estimate-int64(1.96*sd)), estimate+int64(math.Ceil(1.96*sd)), float64(estimate)
	return release.Cell{Key: key, Estimate: &estimate, Lower: &lower, Upper: &upper, Unbiased: &unbiased, StdDev: &sd,
		Status: release.Released, Readable: 1.96*sd < people/2}
}
