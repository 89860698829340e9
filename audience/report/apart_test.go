// SPDX-License-Identifier: Apache-2.0

package report_test

import (
	"strings"
	"testing"

	"github.com/throng-dp/throng/dp/release"
)

// TestAmountsCutOtherwiseStandApart: a total whose amounts were cut at 5,000 is not
// set beside one whose amounts were cut at 50, nor does one's range explain the other.
func TestAmountsCutOtherwiseStandApart(t *testing.T) {
	r := giftShop(t)
	r.Tables = append(r.Tables, release.Table{Kind: release.Mean, Segments: []string{"abroad"}, Of: "spend", Unit: "GBP", Decimals: 2,
		Clip: &release.Clip{Max: 5000}, Cells: []release.Cell{invented(nil, 4321, 30)}})
	for range 20 { // maps are walked in another order each time
		section := part(t, write(t, r), `<section id="spend">`, "</section>")
		tables := strings.Split(section, "<h3>spend</h3>")
		if len(tables) != 3 {
			t.Fatalf("%d tables of spend, want 2", len(tables)-1)
		}
		if wide := tables[1]; !strings.Contains(wide, "no more than 5\u202f000 GBP") || strings.Contains(wide, "43.21") {
			t.Fatal("amounts up to 5,000 stand with others")
		}
		if narrow := tables[2]; !strings.Contains(narrow, "no more than 50 GBP") || !strings.Contains(narrow, "43.21") {
			t.Fatal("amounts up to 50 stand with others")
		}
	}
}

// TestFrequenciesOfOtherBinsStandApart: panels of one group have one scale, so they
// have one list of bins, and none is lost.
func TestFrequenciesOfOtherBinsStandApart(t *testing.T) {
	r := giftShop(t)
	var f *release.Table
	for i := range r.Tables {
		if r.Tables[i].Kind == release.Frequency {
			f = &r.Tables[i]
		}
	}
	before := strings.Count(write(t, r), "At least so many, of the audience")
	f.Bins = append([]float64(nil), f.Bins...)
	f.Bins[len(f.Bins)-1]++
	page := write(t, r)
	if groups := strings.Count(page, "<summary><h3>"+f.Of+"</h3></summary>"); groups != 2 {
		t.Errorf("%d groups, want 2", groups)
	}
	if after := strings.Count(page, "At least so many, of the audience"); after != before || before == 0 {
		t.Errorf("%d panels, want %d", after, before)
	}
}

// TestFoundBandsAreComparedByName: categories that were found stand in an order of
// their own in each audience, and are compared with the same ones of everyone; the
// rest, which is beside others, with nothing.
func TestFoundBandsAreComparedByName(t *testing.T) {
	r := sample(t)
	found := &release.Found{Rule: release.Threshold, EvenFrom: 40, Threshold: 39.5, Epsilon: 0.1, Delta: 1e-9}
	rarer := &release.Found{Rule: release.Threshold, EvenFrom: 60, Threshold: 59.5, Epsilon: 0.1, Delta: 1e-9}
	add := func(segment string, f *release.Found, keys []string, people ...float64) {
		table := release.Table{Kind: release.Breakdown, Segments: []string{segment}, By: []string{"town"}, Found: f}
		for i, key := range keys {
			table.Cells = append(table.Cells, invented([]string{key}, people[i], 10))
		}
		r.Tables = append(r.Tables, table)
	}
	// 4,173 people in all, 1,494 of them with big baskets.
	add("everyone", found, []string{"Leeds", "York", "(other)"}, 2000, 1000, 1173)
	add("big-baskets", rarer, []string{"York", "Hull", "(other)"}, 716, 300, 478)
	if err := r.Validate(); err != nil {
		t.Fatal(err)
	}
	group := part(t, write(t, r), "<h3>town</h3>", "</details>")
	panel := part(t, group, "Spent 1,000 or more in a year", "</figure>")
	// 716 of 1,494 beside 1,000 of 4,173: 200.
	if york := part(t, panel, "<th>York</th>", "</tr>"); !strings.Contains(york, ">200</td>") {
		t.Errorf("York is not twice as common: %s", york)
	}
	for _, other := range []string{"Hull", "(other)"} {
		if line := part(t, panel, "<th>"+other+"</th>", "</tr>"); strings.Contains(line, "title=\"index") {
			t.Errorf("%s is compared with something else: %s", other, line)
		}
	}
	for range 20 {
		if note := part(t, write(t, r), "<h3>town</h3>", "</details>"); !strings.Contains(note, "one that 60 people have is here with an even chance") {
			t.Fatal("the note speaks for the table that shows most")
		}
	}
}
