// SPDX-License-Identifier: Apache-2.0

package export_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/throng-dp/throng/dp/release"
)

// asked are the formats that are written on request only.
var asked = []string{"openrtb", "data-label", "record"}

func TestAskedGoldenFiles(t *testing.T) {
	for _, format := range asked {
		golden(t, format+".json", write(t, giftShop(t), format))
	}
}

// TestOpenRTB: the objects are read by another's types, which know every field;
// a withheld segment is in neither list, and no number is.
func TestOpenRTB(t *testing.T) {
	r := giftShop(t)
	r.Segments[1].Taxonomy = []string{"1105", "55=GBR"}
	text := write(t, r, "openrtb")
	var doc struct {
		Data []openrtb2.Data `json:"data"`
		Ext  json.RawMessage `json:"ext"`
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&doc); err != nil {
		t.Fatal(err)
	}
	if len(doc.Data) != 2 || string(doc.Data[1].Ext) == "" || !strings.Contains(string(doc.Data[1].Ext), `"segtax": 4`) || doc.Data[0].Ext != nil {
		t.Fatalf("not the provider's segments and those of segtax 4: %s", text)
	}
	released := 0
	for _, s := range r.Segments {
		if s.Status == release.Released {
			released++
		}
	}
	if own := doc.Data[0].Segment; len(own) != released || released == len(r.Segments) || own[0].ID != "regulars" || own[0].Name == "" {
		t.Errorf("%d of %d released segments, of %d", len(own), released, len(r.Segments))
	}
	if iab := doc.Data[1].Segment; len(iab) != 2 || iab[0].ID != "1105" || iab[1].ID != "55" || iab[1].Value != "GBR" {
		t.Errorf("segtax 4: %+v", iab)
	}
	for _, secret := range []string{"1254", "wholesale", "estimate"} {
		if strings.Contains(string(text), secret) {
			t.Errorf("%s is in it", secret)
		}
	}
}

// TestDataLabel: a label for each released audience, whose only count is the
// released one.
func TestDataLabel(t *testing.T) {
	var doc struct {
		Labels []struct {
			Snapshot struct {
				Segment string `json:"segment"`
			} `json:"audience_snapshot"`
			Construction struct {
				Count struct{ Estimate, Lower, Upper *int64 } `json:"audience_count"`
			} `json:"audience_construction"`
			Sources []map[string]any `json:"source_information"`
		} `json:"labels"`
	}
	r := giftShop(t)
	if err := json.Unmarshal(write(t, r, "data-label"), &doc); err != nil {
		t.Fatal(err)
	}
	if len(doc.Labels) != len(r.Segments)-1 {
		t.Fatalf("%d labels of %d segments, of which one is withheld", len(doc.Labels), len(r.Segments))
	}
	for _, l := range doc.Labels {
		c, n := l.Construction.Count, r.Reach(l.Snapshot.Segment)
		if c.Estimate == nil || *c.Estimate != *n.Estimate || *c.Lower != *n.Lower || *c.Upper != *n.Upper {
			t.Errorf("%s: the count is not the released one", l.Snapshot.Segment)
		}
		for _, s := range l.Sources {
			if v, there := s["id_contribution"]; !there || v != nil || s["seed_size"] != nil {
				t.Errorf("%s: a source tells a count that nobody released", l.Snapshot.Segment)
			}
		}
	}
}

// TestRecord answers the buyer's seven questions, and says what is weak.
func TestRecord(t *testing.T) {
	r := giftShop(t)
	r.Privacy.Lifetime.Ceiling, r.Privacy.OptOuts = 0, "none"
	text := string(write(t, r, "record"))
	if n := strings.Count(text, `"question": `); n != 7 {
		t.Errorf("%d questions", n)
	}
	for _, want := range []string{"no ceiling was set for the lifetime total", "there are no opt-outs", `"has_lifetime_ceiling": false`, "reach ±48"} {
		if !strings.Contains(text, want) {
			t.Errorf("the record does not say %q", want)
		}
	}
	if strings.Contains(text, "1254") {
		t.Error("the record holds a released number")
	}
}
