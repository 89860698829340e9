// SPDX-License-Identifier: Apache-2.0

package release_test

import (
	"flag"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/throng-dp/throng/dp/release"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const golden = "testdata/gift-shop.json"

// TestEncodeIsCanonical holds the bytes that a ledger keeps to a golden file:
// a release that was stored once must be read by every later version.
func TestEncodeIsCanonical(t *testing.T) {
	got, err := release.Encode(giftShop())
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Error("the stored form has changed: releases in ledgers would not be read any more")
	}
	r, err := release.Decode(want)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(giftShop(), r); diff != "" {
		t.Errorf("decoded release differs (-want +got):\n%s", diff)
	}
}

// TestWithoutTails: releases from before frequencies had tails are read as ever.
func TestWithoutTails(t *testing.T) {
	r := giftShop()
	for i := range r.Tables {
		r.Tables[i].AtLeast = nil
	}
	text, err := release.Encode(r)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), `"share"`) {
		t.Error("what has no tails tells of them")
	}
	again, err := release.Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r, again); diff != "" {
		t.Error(diff)
	}
}

func TestDecodeRefuses(t *testing.T) {
	good, err := release.Encode(giftShop())
	if err != nil {
		t.Fatal(err)
	}
	edit := func(old, new string) string { return strings.Replace(string(good), old, new, 1) }
	tests := []struct{ name, text string }{
		{"nothing", ""},
		{"no release", "{}"},
		{"an unknown field", edit(`"throng":1`, `"throng":1,"rule":"x"`)},
		{"a field twice", edit(`"throng":1`, `"throng":1,"throng":1`)},
		{"a name in another case", edit(`"throng":1`, `"Throng":1`)},
		{"space", edit(`"throng":1`, `"throng": 1`)},
		{"text after the end", string(good) + "{}"},
		{"another version", edit(`"throng":1`, `"throng":2`)},
		{"a damaged end", string(good[:len(good)-1])},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := release.Decode([]byte(tt.text)); err == nil {
				t.Error("no error")
			}
		})
	}
}

func TestValidateRefuses(t *testing.T) {
	real := func(x float64) *float64 { return &x }
	whole := func(n int64) *int64 { return &n }
	tests := []struct {
		name  string
		spoil func(*release.Release)
		say   string
	}{
		{"NaN", func(r *release.Release) { r.Tables[0].Cells[0].Unbiased = real(math.NaN()) }, "one decimal"},
		{"negative zero", func(r *release.Release) { r.Tables[0].Cells[0].Unbiased = real(math.Copysign(0, -1)) }, "one decimal"},
		{"low bits of the noise", func(r *release.Release) { r.Tables[0].Cells[0].StdDev = real(22.04) }, "one decimal"},
		{"an interval upside down", func(r *release.Release) { r.Tables[0].Cells[0].Lower = whole(1 << 40) }, "upside down"},
		{"half a cell", func(r *release.Release) { r.Tables[0].Cells[0].Upper = nil }, "missing"},
		{"a number of a withheld cell", func(r *release.Release) { r.Tables[0].Cells[0].Status = release.Withheld }, "has numbers"},
		{"a number of a withheld segment", func(r *release.Release) { r.Segments[0].Status = release.Withheld; r.Segments[0].AtLeast = nil }, "withheld segment"},
		{"chances of a withheld segment", func(r *release.Release) { r.Segments[0].Status = release.Withheld }, "chances"},
		{"a third status", func(r *release.Release) { r.Segments[0].Status = "rough" }, "status"},
		{"a segment twice", func(r *release.Release) { r.Segments[1].ID = r.Segments[0].ID }, "twice"},
		{"a table of a segment that is not there", func(r *release.Release) { r.Tables[1].Segments = []string{"nobody"} }, "unknown segment"},
		{"a table twice", func(r *release.Release) { r.Tables = append(r.Tables, r.Tables[1]) }, "twice"},
		{"a key that is too short", func(r *release.Release) { r.Tables[3].Cells[0].Key = []string{"UK"} }, "labels"},
		{"one key for two cells", func(r *release.Release) { r.Tables[2].Cells[0].Key = r.Tables[2].Cells[1].Key }, "one key"},
		{"an unknown kind", func(r *release.Release) { r.Tables[0].Kind = "people" }, "unknown kind"},
		{"a chance above 1", func(r *release.Release) { r.Segments[0].AtLeast["100"] = 1.5 }, "no chance"},
		{"a tail too few", func(r *release.Release) { r.Tables[4].AtLeast = r.Tables[4].AtLeast[1:] }, "bins and at_least"},
		{"tails of a breakdown", func(r *release.Release) { r.Tables[2].AtLeast = r.Tables[4].AtLeast }, "bins and at_least"},
		{"two tails of one key", func(r *release.Release) { r.Tables[4].AtLeast[1].Key = r.Tables[4].AtLeast[0].Key }, "two of one key"},
		{"a tail that rises", func(r *release.Release) {
			a := r.Tables[4].AtLeast
			a[3].Estimate, a[3].Upper = whole(*a[2].Estimate+1), whole(*a[2].Estimate+1000)
		}, "more people than have fewer"},
		{"half a tail", func(r *release.Release) { r.Tables[4].AtLeast[0].Upper = nil }, "missing"},
		{"a tail without its share", func(r *release.Release) { r.Tables[4].AtLeast[0].Share = nil }, "do not match"},
		{"a share above 1", func(r *release.Release) { r.Tables[4].AtLeast[0].Share.Upper = 1.001 }, "its share is none"},
		{"low bits in a share", func(r *release.Release) { r.Tables[4].AtLeast[2].Share.Lower = 0.12345 }, "its share is none"},
		{"a share upside down", func(r *release.Release) { r.Tables[4].AtLeast[2].Share.Lower = 1 }, "its share is none"},
		{"infinite ε", func(r *release.Release) { r.Privacy.Epsilon = math.Inf(1) }, "not finite"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := giftShop()
			tt.spoil(r)
			if err := r.Validate(); err == nil || !strings.Contains(err.Error(), tt.say) {
				t.Errorf("error = %v, want one that says %q", err, tt.say)
			}
			if _, err := release.Encode(r); err == nil {
				t.Error("Encode takes it")
			}
		})
	}
}
