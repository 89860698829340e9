// SPDX-License-Identifier: Apache-2.0

package report_test

import (
	"html"
	"regexp"
	"strings"
	"testing"

	"github.com/throng-dp/throng/dp/release"
)

// part returns what stands on the page between two texts.
func part(t *testing.T, page, from, to string) string {
	t.Helper()
	_, rest, ok := strings.Cut(page, from)
	found, _, ok2 := strings.Cut(rest, to)
	if !ok || !ok2 {
		t.Fatalf("the page has nothing between %q and %q", from, to)
	}
	return found
}

// row returns the row of the first table that holds a name, without its tags.
func row(t *testing.T, page, name string) string {
	t.Helper()
	text := part(t, part(t, page, `<section id="audiences">`, "</section>"), name, "</tr>")
	return regexp.MustCompile(`<[^>]*>`).ReplaceAllString(html.UnescapeString(text), " ")
}

// TestChanges tells of each audience how its size changed, or that it is noise.
func TestChanges(t *testing.T) {
	r := sample(t)
	page := write(t, r)
	for name, want := range map[string]string{
		"Bought Christmas goods in 90 days":          "+162",         // 2,315.4 after 2,153.5, and noise of 68.2
		"Spent 1,000 or more in a year":              "within noise", // 1,494 after 1,486
		"Ordered three times or more in half a year": "new rule",
		"Bought for a party, often":                  "new",
	} {
		if got := row(t, page, name); !strings.Contains(got, want) {
			t.Errorf("%s: %q does not say %q", name, got, want)
		}
	}
	if got := row(t, page, "Bought Christmas goods in 90 days"); !strings.Contains(got, "±\u202f69") {
		t.Errorf("a change without its noise, rounded up: %q", got)
	}
	for _, want := range []string{"Changes are since 2 December 2011", "if nothing had changed, 0.4 of these 7 would be told as a change"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}

	r.Past[0].Reach[5] = nil
	if got := row(t, write(t, r), "Ordered in the year, but not for 120 days"); !strings.Contains(got, "not comparable") {
		t.Errorf("a size that cannot be compared: %q", got)
	}
	r.Changes.Since, r.Changes.Date, r.Changes.Added, r.Changes.Changed = "", "", nil, nil
	if page := write(t, r); strings.Contains(page, ">Change<") || strings.Contains(page, "within noise") {
		t.Error("the first release tells of changes")
	}
}

// TestTrends draws what a release carries of its past, and nothing of an audience
// that is withheld or has no earlier size.
func TestTrends(t *testing.T) {
	r := sample(t)
	section := part(t, write(t, r), `<section id="trend">`, "</section>")
	if got := strings.Count(section, "<figure>"); got != 8 { // everyone twice, and six that can be compared
		t.Errorf("%d panels", got)
	}
	for _, want := range []string{"Sizes from 14 October 2011 to 9 December 2011", "14 October 2011: ", "9 December 2011: 2\u202f315",
		"of these 69, 3.5 are expected to miss it"} {
		if !strings.Contains(section, want) {
			t.Errorf("the trend does not say %q", want)
		}
	}
	for _, never := range []string{"Orders like a shop", "Bought for a party", "Ordered three times"} {
		if strings.Contains(section, never) {
			t.Errorf("the trend says %q", never)
		}
	}
	r.Past = nil
	if page := write(t, r); strings.Contains(page, `id="trend"`) {
		t.Error("there is a trend of nothing")
	}
}

// TestTogether tells what audiences reach together as the library does.
func TestTogether(t *testing.T) {
	r := giftShop(t)
	section := part(t, write(t, r), `<section id="together">`, "</section>")
	told, err := r.Together([]string{"bought-christmas", "big-baskets", "regulars", "lapsed", "bought-garden", "loyal-christmas", "abroad", "party-hosts"})
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range told.Order[:3] {
		for _, n := range []int64{step.Adds.Lower, step.Adds.Upper, step.Together.Lower, step.Together.Upper} {
			if !strings.Contains(section, release.Number(n)) {
				t.Errorf("%s: the page does not tell %d", step.Segment, n)
			}
		}
	}
	if !strings.Contains(section, "all ranges here hold at once with 95\u202f%") {
		t.Error("the page does not say how sure that is")
	}
}

// TestIndices compares with everyone: overlaps with the population, bands with an
// audience of all people.
func TestIndices(t *testing.T) {
	page := write(t, sample(t))
	matrix := part(t, page, `<section id="index">`, "</section>")
	// 711 of 875 garden buyers spent much, as 1,494 of 4,173 people did: 227.
	if !strings.Contains(matrix, `class="up"><b>227</b>`) {
		t.Error("the matrix does not tell a known index")
	}
	bands := part(t, page, `<h3>spend_band</h3>`, "</details>")
	for _, want := range []string{`class="up" title="index `, `class="down" title="index `, "The last column is the index"} {
		if !strings.Contains(bands, want) {
			t.Errorf("the bands do not say %q", want)
		}
	}
	if everyone := part(t, bands, "Everyone with an order", "</figure>"); strings.Contains(everyone, "index") {
		t.Error("everyone is compared with everyone")
	}
	if strings.Contains(write(t, giftShop(t)), "The last column is the index") {
		t.Error("bands are compared with an audience that is not everyone")
	}
}
