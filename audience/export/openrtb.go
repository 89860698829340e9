// SPDX-License-Identifier: Apache-2.0

package export

import (
	"io"

	"github.com/throng-dp/throng/dp/release"
)

// An rtb is what an exchange publishes beforehand about the segments that its
// bid requests will name (OpenRTB 2.6, 3.2.21 Data and 3.2.22 Segment): who
// provides them, and which there are. It holds no number: sizes are the
// catalogue's.
type rtb struct {
	Data []rtbData `json:"data"`
	Ext  rtbOrigin `json:"ext"`
}

type rtbData struct {
	ID      string       `json:"id"`
	Name    string       `json:"name"`
	Segment []rtbSegment `json:"segment"`
	Ext     *rtbTaxonomy `json:"ext,omitempty"`
}

type rtbSegment struct {
	ID    string  `json:"id"`
	Name  string  `json:"name,omitempty"`
	Value string  `json:"value,omitempty"`
	Ext   *rtbOwn `json:"ext,omitempty"`
}

// An rtbOwn is what the provider's own segments say beyond their name.
type rtbOwn struct {
	Version    string    `json:"version"`
	Purpose    string    `json:"purpose"`
	ValidUntil *string   `json:"valid_until"`
	Taxonomy   *taxonomy `json:"taxonomy"` // null: the plan names none
}

type rtbTaxonomy struct {
	SegTax int `json:"segtax"`
}

type rtbOrigin struct {
	OpenRTB string `json:"openrtb"`
	Release string `json:"release"`
	Plan    string `json:"plan"`
	Date    string `json:"date"`
}

// writeOpenRTB writes the released segments twice: under their own ids, which
// without a segtax are the provider's, and under the ids of the IAB Audience
// Taxonomy 1.1 that the plan gives them. A withheld segment is not there: it is
// not to be served.
func writeOpenRTB(w io.Writer, r *release.Release) error {
	own := rtbData{ID: r.Plan, Name: release.Plain(r.Publisher), Segment: []rtbSegment{}}
	iab := rtbData{ID: r.Plan, Name: own.Name, Segment: []rtbSegment{}, Ext: &rtbTaxonomy{segtax}}
	seen := map[rtbSegment]bool{}
	for _, s := range r.Segments {
		if s.Status != release.Released {
			continue
		}
		ext := &rtbOwn{Version: s.Version, Purpose: s.Purpose, ValidUntil: orNull(r.ValidUntil)}
		if len(s.Taxonomy) > 0 {
			ext.Taxonomy = newTaxonomy(s.Taxonomy)
			for _, id := range ext.Taxonomy.IDs {
				// Of an extension row the value says which: a country, a language.
				if named := (rtbSegment{ID: id, Value: ext.Taxonomy.Values[id]}); !seen[named] {
					seen[named] = true
					iab.Segment = append(iab.Segment, named)
				}
			}
		}
		own.Segment = append(own.Segment, rtbSegment{ID: s.ID, Name: s.Name, Ext: ext})
	}
	doc := rtb{Data: []rtbData{own}, Ext: rtbOrigin{"2.6", r.ID, r.Plan, r.Date}}
	if len(iab.Segment) > 0 {
		doc.Data = append(doc.Data, iab)
	}
	return writeJSON(w, doc)
}
