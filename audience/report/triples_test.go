// SPDX-License-Identifier: Apache-2.0

package report_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/throng-dp/throng/dp/release"
)

func overlap(people int64, segments ...string) release.Table {
	lower, upper, unbiased, sd := max(0, people-80), people+80, float64(people), 40.8
	return release.Table{Kind: release.Overlap, Segments: segments, Cells: []release.Cell{{Estimate: &people, Lower: &lower, Upper: &upper,
		Unbiased: &unbiased, StdDev: &sd, Status: release.Released, Readable: people > 160}}}
}

// TestTriples: overlaps of three are a list below the matrix, largest first, each
// audience in the page's order, and those that have no number are told of.
func TestTriples(t *testing.T) {
	plain := write(t, giftShop(t))
	if strings.Contains(plain, "Three at once") {
		t.Error("a list of nothing")
	}
	r := giftShop(t)
	r.Tables = append(r.Tables, overlap(53, "abroad", "regulars", "lapsed"), overlap(311, "regulars", "bought-christmas", "loyal-christmas"),
		release.Table{Kind: release.Overlap, Segments: []string{"regulars", "lapsed", "wholesale"}, Cells: []release.Cell{{Status: release.Withheld}}})
	if err := r.Validate(); err != nil {
		t.Fatal(err)
	}
	page := write(t, r)
	tokens(t, page)
	_, list, _ := strings.Cut(page, "Three at once")
	list, _, _ = strings.Cut(list, "</section>")
	large, small := strings.Index(list, "Bought Christmas goods in 90 days × Ordered three times"), strings.Index(list, "× Ships outside the UK")
	if large < 0 || small < large {
		t.Errorf("not by falling size, or not in the page's order:\n%s", list)
	}
	for _, want := range []string{">311<", "231–391", "51\u202f%", ">53<", "0–133", "of these 2, 0.1 are expected to miss it", "1 overlap is withheld, as one of the audiences is."} {
		if !strings.Contains(list, want) {
			t.Errorf("the list does not say %q:\n%s", want, list)
		}
	}
	before, _, _ := strings.Cut(page, "<h3>Three at once")
	if old, _, _ := strings.Cut(plain, `</section>`+"\n\n"+`<section id="index">`); !strings.HasPrefix(before, strings.TrimSpace(old)) {
		t.Error("the matrix changes with the list below it")
	}
}

// TestTriplesAlone: a page without overlaps of two, and one with more than it has
// room for.
func TestTriplesAlone(t *testing.T) {
	r := large(61)
	var tables []release.Table
	for _, table := range r.Tables {
		if table.Kind != release.Overlap {
			tables = append(tables, table)
		}
	}
	for i := range 11 {
		for j := range i {
			tables = append(tables, overlap(int64(200+10*i+j), r.Segments[i].ID, r.Segments[j].ID, r.Segments[i+1].ID))
		}
	}
	r.Tables = tables
	if err := r.Validate(); err != nil {
		t.Fatal(err)
	}
	page := write(t, r)
	tokens(t, page)
	for _, want := range []string{`<a href="#overlaps">`, "Three at once", "5 more are in catalog.json", fmt.Sprintf(">%d<", 200+10*10+9)} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(page, "Read along a row") || strings.Contains(page, ">231<") {
		t.Error("there is a matrix of nothing, or more than there is room for")
	}
}
