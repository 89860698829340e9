// SPDX-License-Identifier: Apache-2.0

package gpp_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	peer "github.com/prebid/go-gpp"

	"github.com/throng-dp/throng/audience/consent/gpp"
)

type vector struct {
	Section int
	Text    string
	Fields  map[string][]int
}

func vectors(t testing.TB) []vector {
	t.Helper()
	text, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var vs []vector
	if err := json.Unmarshal(text, &vs); err != nil {
		t.Fatal(err)
	}
	return vs
}

// TestVectors reads what the reference encoder writes, of all 21 sections: every
// field, those that are 0 too.
func TestVectors(t *testing.T) {
	seen := map[int]int{}
	for _, v := range vectors(t) {
		u, err := gpp.DecodeUS(gpp.Section{ID: v.Section, Text: v.Text})
		if err != nil {
			t.Errorf("%d %s: %v", v.Section, v.Text, err)
			continue
		}
		seen[v.Section]++
		if want := slices.Equal(v.Fields["Gpc"], []int{1}); u.GPC != want {
			t.Errorf("%d %s: GPC %v", v.Section, v.Text, u.GPC)
		}
		for name, got := range u.Fields {
			want, given := v.Fields[name]
			if !given {
				want = make([]int, len(got))
				if name == "MspaCoveredTransaction" {
					want[0] = got[0] // writers have it 1 or 2 where nothing was said
				}
			}
			if len(v.Fields) == 0 && strings.HasPrefix(name, "Mspa") {
				continue
			}
			if !slices.Equal(got, want) && !short(want, got) {
				t.Errorf("%d %s: %s is %v, want %v", v.Section, v.Text, name, got, want)
			}
		}
		for name := range v.Fields {
			if name != "Gpc" && u.Fields[name] == nil && v.Fields[name][0] != 0 {
				t.Errorf("%d %s: no field %s", v.Section, v.Text, name)
			}
		}
	}
	for id := gpp.USNat; id <= gpp.USRI; id++ {
		if seen[id] < 2 || !gpp.IsUS(id) {
			t.Errorf("section %d: %d vectors", id, seen[id])
		}
	}
}

// short tells whether a vector gave a shorter list, which writers fill up.
func short(want, got []int) bool {
	return len(want) < len(got) && slices.Equal(want, got[:len(want)]) && !slices.ContainsFunc(got[len(want):], func(v int) bool { return v != 0 })
}

// TestHeaders reads the specification's own examples, and what breaks its rules.
func TestHeaders(t *testing.T) {
	const tcf = "CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA"
	for text, want := range map[string][]int{
		"DBABM~" + tcf:              {2},
		"DBABMA~" + tcf:             {2}, // filled up to bytes
		"DBACNY~" + tcf + "~1YNN":   {2, 6},
		"DBABjw~CPX~1YNN":           {5, 6},
		"DBABBgA~xlgWEYCZAA":        {8},
		"DBAA":                      {},
		"":                          nil,
		"D":                         nil,
		"DBABM":                     nil, // it names a section that is not there
		"DBABM~a~b":                 nil, // and here one that it does not name
		"DBACNY~" + tcf:             nil,
		"CBABM~" + tcf:              nil, // another type
		"DCABM~" + tcf:              nil, // another version
		"DBABN~" + tcf:              nil, // padding
		"DBABMAAAAAAAAAAAAA~" + tcf: nil,
		"DB~BM~" + tcf:              nil,
		"DBAB=~" + tcf:              nil,
		"DBABM~" + strings.Repeat("A", gpp.MaxLength): nil,
		"DP__" + strings.Repeat("_", 1000):            nil, // thousands of sections
	} {
		s, err := gpp.Parse(text)
		if (err == nil) != (want != nil) {
			t.Errorf("%.30q: %v", text, err)
			continue
		}
		var ids []int
		if s != nil {
			for _, x := range s.Sections {
				ids = append(ids, x.ID)
			}
		}
		if !slices.Equal(ids, want) {
			t.Errorf("%.30q: %v, want %v", text, ids, want)
		}
	}
}

// TestBrokenSections: what does not keep to the specification is an error.
func TestBrokenSections(t *testing.T) {
	for _, v := range []vector{
		{13, "", nil}, {13, "B", nil}, {13, "BAAAAAB", nil}, // too short
		{13, "BVWSSZlY.YA", nil},                                                        // Florida has no GPC
		{14, "BVWSSZFY.QA.QA", nil},                                                     // a part too many
		{14, "BVWSSZFY.AA", nil},                                                        // not the part of GPC
		{14, "BVWSSZFY.", nil},                                                          // an empty part
		{14, "CVWSSZFY", nil},                                                           // a version that does not exist
		{14, "BAAAAABB", nil},                                                           // padding
		{14, "BVWSSZFYAAAAAA", nil},                                                     // too long
		{14, "B1WSSZFY", nil},                                                           // the value 3
		{24, "YBAA.QA", nil},                                                            // a header without a core
		{28, "BAAAAABA", nil}, {99, "BAAAAABA", nil}, {2, "CPX", nil}, {6, "1YNN", nil}, // no section of the United States
		{14, strings.Repeat("A", gpp.MaxLength+1), nil},
	} {
		if u, err := gpp.DecodeUS(gpp.Section{ID: v.Section, Text: v.Text}); err == nil {
			t.Errorf("%d %.20q: read as %v", v.Section, v.Text, u)
		}
	}
	// A header before the core of the later sections is read.
	u, err := gpp.DecodeUS(gpp.Section{ID: gpp.USIN, Text: "ZBAA.BVVV"})
	if err != nil || !u.Has(gpp.SaleOptOut, 1) {
		t.Errorf("a section with its header: %v, %v", u, err)
	}
}

// FuzzParse holds the reader to its promises: it never panics, what it accepts
// has as many sections as the header says, and no field has the value 3. What
// it accepts go-gpp reads too, with the same sections.
func FuzzParse(f *testing.F) {
	f.Add("DBABM~CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA")
	f.Add("DBACNY~CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA~1YNN")
	f.Add("DBABrGA~DSJgmkoZJSA.YA~BlgWEYCY.QA~BSFgmiU~bSFgmJQ.YA~BWJYJllA~bSFgmSZQ.YA")
	for _, v := range vectors(f) {
		f.Add("DBABM~" + v.Text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := gpp.Parse(text)
		if err != nil {
			return
		}
		if n := strings.Count(text, "~"); n != len(s.Sections) {
			t.Fatalf("%d sections of %d", len(s.Sections), n)
		}
		for _, x := range s.Sections {
			u, err := gpp.DecodeUS(x)
			if err != nil {
				continue
			}
			for name, list := range u.Fields {
				if slices.ContainsFunc(list, func(v int) bool { return v < 0 || v > 2 }) {
					t.Errorf("%s is %v", name, list)
				}
			}
		}
		theirs, _ := peer.Parse(text)
		if len(theirs.SectionTypes) != len(s.Sections) {
			if len(s.Sections) > 0 {
				t.Fatalf("go-gpp reads %d sections, we %d", len(theirs.SectionTypes), len(s.Sections))
			}
			return
		}
		for i, id := range theirs.SectionTypes {
			if int(id) != s.Sections[i].ID {
				t.Errorf("section %d is %d to go-gpp, %d to us", i, id, s.Sections[i].ID)
			}
		}
	})
}

// FuzzSection reads one section of any number.
func FuzzSection(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(v.Section, v.Text)
	}
	f.Fuzz(func(t *testing.T, id int, text string) {
		u, err := gpp.DecodeUS(gpp.Section{ID: id, Text: text})
		if err == nil && (!gpp.IsUS(id) || u.ID != id) {
			t.Errorf("section %d is read as %d", id, u.ID)
		}
	})
}
