// SPDX-License-Identifier: Apache-2.0

package export

import (
	"io"

	"github.com/throng-dp/throng/dp/release"
)

// A label is one audience in the fields of the Data Transparency Standard 1.1
// (IAB Tech Lab, datalabel.org), in its four blocks. The standard asks for two
// counts. The audience's is the released one, with its range; that of a source's
// ids is a count nobody released, and stays null, as does what no plan says.
type label struct {
	Provider     labelProvider     `json:"data_solution_provider"`
	Snapshot     labelSnapshot     `json:"audience_snapshot"`
	Construction labelConstruction `json:"audience_construction"`
	Sources      []labelSource     `json:"source_information"`
}

type labelProvider struct {
	Provider    string  `json:"provider_name"`
	Contact     string  `json:"provider_contact"`
	Distributor *string `json:"distributor_name"`
	Email       *string `json:"distributor_contact"`
}

type labelSnapshot struct {
	Branded     string    `json:"branded_name"`
	ID          string    `json:"segment"`
	Standard    *taxonomy `json:"standard_name"`
	Description string    `json:"description"`
	Geographies []string  `json:"geographies"`
}

type labelConstruction struct {
	Count       *number `json:"audience_count"`
	Precision   string  `json:"precision_level"`
	MatchKeys   string  `json:"match_keys"`
	Expansion   string  `json:"audience_expansion"`
	IDExpansion string  `json:"id_expansion"`
	Refreshed   string  `json:"last_refresh"`
	Refresh     string  `json:"refresh_frequency"`
	Lookback    int     `json:"lookback_days"`
}

type labelSource struct {
	IDs         *number `json:"id_contribution"`
	Description *string `json:"description"`
	Precision   string  `json:"precision_level"`
	Origin      *string `json:"data_origin"`
	Inclusion   string  `json:"inclusion_method"`
	Seed        *number `json:"seed_size"`
	Refresh     string  `json:"refresh_frequency"`
	Lookback    int     `json:"lookback_days"`
}

type labels struct {
	Standard string       `json:"standard"`
	Release  string       `json:"release"`
	Plan     string       `json:"plan"`
	Date     string       `json:"date"`
	Labels   []label      `json:"labels"`
	Counts   labelCounts  `json:"counts"`
	Privacy  labelPrivacy `json:"privacy"`
}

// labelCounts says what the counts of a label are.
type labelCounts struct {
	Confidence float64 `json:"confidence"`
	Note       string  `json:"note"`
}

type labelPrivacy struct {
	Lifetime lifetime `json:"lifetime"`
	Epsilon  float64  `json:"epsilon"`
	Delta    float64  `json:"delta"`
}

// every tells how often a plan is built in the standard's word.
var every = map[string]string{"day": "daily", "week": "weekly", "month": "monthly"}

// writeDataLabel writes a label for every released audience.
func writeDataLabel(w io.Writer, r *release.Release) error {
	p := &r.Privacy
	doc := labels{
		Standard: "IAB Tech Lab Data Transparency Standard 1.1", Release: r.ID, Plan: r.Plan, Date: r.Date,
		Labels:  []label{},
		Counts:  labelCounts{p.Confidence, "counts carry noise; no exact count leaves"},
		Privacy: labelPrivacy{newLifetime(&p.Lifetime), p.Epsilon, p.Delta},
	}
	for i := range r.Segments {
		if r.Segments[i].Status == release.Released {
			doc.Labels = append(doc.Labels, labelOf(r, &r.Segments[i]))
		}
	}
	return writeJSON(w, doc)
}

func labelOf(r *release.Release, s *release.Segment) label {
	refresh := every[r.Every]
	if refresh == "" {
		refresh = "once"
	}
	l := label{
		Provider: labelProvider{Provider: r.Publisher, Contact: r.Owner},
		Snapshot: labelSnapshot{Branded: s.Name, ID: s.ID, Description: s.Description, Geographies: []string{}},
		Construction: labelConstruction{
			Precision: "individual", MatchKeys: "none: ids are not supplied, the rule is applied where the data are",
			Expansion: "no", IDExpansion: "no", Refreshed: r.Date, Refresh: refresh, Lookback: r.LookbackDays,
		},
		Sources: []labelSource{{Precision: "individual", Inclusion: "observed", Refresh: refresh, Lookback: r.LookbackDays}},
	}
	if len(s.Taxonomy) > 0 {
		l.Snapshot.Standard = newTaxonomy(s.Taxonomy)
	}
	if c := r.Reach(s.ID); c != nil {
		n := newNumber(c)
		l.Construction.Count = &n
	}
	return l
}
