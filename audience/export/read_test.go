// SPDX-License-Identifier: Apache-2.0

package export_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/throng-dp/throng/audience/export"
	"github.com/throng-dp/throng/dp/release"
)

// successor is a release that follows another one, with two sums of one value
// that differ in their range alone, one at each end of its tables.
func successor(t testing.TB) *release.Release {
	t.Helper()
	r := giftShop(t)
	r.Changes = release.Changes{Since: "q3ls6rvbm2xtqo6kdl7w4yhaxe", Date: "2011-12-02", Added: []string{r.Segments[0].ID}}
	i := slices.IndexFunc(r.Tables, func(t release.Table) bool { return t.Kind == release.Sum })
	wide := r.Tables[i]
	wide.Clip = &release.Clip{Min: -1, Max: 900_000}
	r.Tables = append(r.Tables, wide)
	if err := r.Validate(); err != nil {
		t.Fatal(err)
	}
	return r
}

// chosen is a release with categories that were found and commonest ones by counts
// and by picks, of a released segment and of a withheld one.
func chosen(t testing.TB) *release.Release {
	t.Helper()
	r := giftShop(t)
	number := func(n int64, key string) release.Cell {
		return release.Cell{Key: []string{key}, Estimate: &n, Lower: new(n - 5), Upper: new(n + 5), Unbiased: new(float64(n)), StdDev: new(2.5),
			Status: release.Released, Readable: true}
	}
	for _, s := range r.Segments {
		found := release.Table{Kind: release.Breakdown, Segments: []string{s.ID}, By: []string{"shop"},
			Found: &release.Found{Rule: release.Threshold, Threshold: 243.7, EvenFrom: 244, Delta: 1e-8}}
		counts := release.Table{Kind: release.Top, Segments: []string{s.ID}, By: []string{"home"}, Among: []string{"UK", "DE", "FR"}}
		picks := counts
		picks.Picked = true
		if s.Status == release.Withheld {
			none := release.Cell{Status: release.Withheld}
			found.Cells = []release.Cell{{Key: []string{release.Other}, Status: release.Withheld}}
			counts.Cells, picks.Cells = []release.Cell{none, none}, []release.Cell{none}
		} else {
			found.Cells = []release.Cell{number(900, "=Großmann & Söhne"), number(300, "a, \"b\""), number(58, release.Other)}
			counts.Cells = []release.Cell{number(900, "FR"), number(200, "UK")}
			picks.Cells = []release.Cell{{Key: []string{"DE"}, Status: release.Named}}
		}
		r.Tables = append(r.Tables, found, counts, picks)
	}
	if err := r.Validate(); err != nil {
		t.Fatal(err)
	}
	return r
}

// TestRead puts releases together again from their files.
func TestRead(t *testing.T) {
	tied := giftShop(t)
	tied.Privacy.MostKeys = 3
	for _, r := range []*release.Release{giftShop(t), tied, successor(t), chosen(t), tripled(t)} {
		got, err := export.Read(write(t, r, "json"), write(t, r, "csv"), write(t, r, "manifest"))
		if err != nil {
			t.Fatal(err)
		}
		// Of the release before, files tell what was retracted since, no more.
		before := cmpopts.IgnoreFields(release.Segment{}, "Before")
		if diff := cmp.Diff(r, got, cmpopts.EquateEmpty(), before); diff != "" {
			t.Errorf("read back (-want +got):\n%s", diff)
		}
		for _, f := range export.Formats() {
			if !bytes.Equal(write(t, r, f.Name), write(t, got, f.Name)) {
				t.Errorf("%s: what was read back writes other bytes", f.Name)
			}
		}
		id, account, err := export.Identity(write(t, r, "manifest"))
		if id != r.ID || account != r.Account || err != nil {
			t.Errorf("identity: %s, %s, %v", id, account, err)
		}
	}
}

// TestReadRefuses holds Read to the files of one release, and of this format.
func TestReadRefuses(t *testing.T) {
	r, other := giftShop(t), giftShop(t)
	other.ID = "q3ls6rvbm2xtqo6kdl7w4yhaxe"
	json, csv, manifest := write(t, r, "json"), write(t, r, "csv"), write(t, r, "manifest")
	edit := func(text []byte, old, new string) []byte {
		t.Helper()
		if !bytes.Contains(text, []byte(old)) {
			t.Fatalf("no %q to edit", old)
		}
		return bytes.Replace(text, []byte(old), []byte(new), 1)
	}
	for _, c := range []struct {
		name                string
		json, csv, manifest []byte
	}{
		{"two releases", write(t, other, "json"), csv, manifest},
		{"a field of no release", edit(json, `"throng": 1`, `"throng": 1, "exact": 1258`), csv, manifest},
		{"a field of no manifest", json, csv, edit(manifest, `"throng": 1`, `"throng": 1, "rows": 3`)},
		{"another format", json, csv, edit(manifest, `"throng": 1`, `"throng": 2`)},
		{"two catalogues", append(slices.Clone(json), json...), csv, manifest},
		{"no catalogue", nil, csv, manifest},
		{"no rows", json, csv[:bytes.IndexByte(csv, '\n')+1], manifest},
		{"no columns", json, nil, manifest},
		{"a row too few", json, csv[:bytes.LastIndexByte(csv[:len(csv)-1], '\n')+1], manifest},
		{"other columns", json, edit(csv, "estimate", "exact"), manifest},
		{"a table of no segment", json, edit(csv, "\n"+r.Plan, "\nnothing"), edit(manifest, `"privacy_loss"`, `"loss"`)},
		{"a number of a withheld audience", edit(json, `"estimate": null`, `"estimate": 7`), csv, manifest},
	} {
		if _, err := export.Read(c.json, c.csv, c.manifest); err == nil {
			t.Errorf("%s: no error", c.name)
		}
	}
}
