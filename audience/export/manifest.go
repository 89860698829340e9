// SPDX-License-Identifier: Apache-2.0

package export

import (
	"fmt"
	"io"
	"slices"

	"github.com/throng-dp/throng/dp/release"
)

// A manifest is the shape of manifest.json: what a registry of deployments of
// differential privacy asks, the lifetime's loss first.
type manifest struct {
	Throng      int                 `json:"throng"`
	Loss        loss                `json:"privacy_loss"`
	Release     identity            `json:"release"`
	Guarantee   guarantee           `json:"guarantee"`
	Bounds      bounds              `json:"bounds"`
	Domains     []domain            `json:"domains"`
	Mechanism   mechanism           `json:"mechanism"`
	Mechanisms  []release.Mechanism `json:"mechanisms"`
	PostProcess []string            `json:"post_processing"`
	Suppression suppression         `json:"suppression"`
	Accuracy    accuracy            `json:"accuracy"`
	Unprotected []string            `json:"unprotected"`
	Cleared     []string            `json:"cleared_key_roles"`
	Limits      []string            `json:"limits"`
	Software    softwareOrigin      `json:"software"`
	Ledger      *release.Ledger     `json:"ledger,omitempty"` // not of what was released before there were checkpoints
}

type loss struct {
	Lifetime lifetime        `json:"lifetime"`
	Period   *release.Period `json:"period"`
	Release  lossRelease     `json:"release"`
}

type lossRelease struct {
	Epsilon     float64 `json:"epsilon"`
	Delta       float64 `json:"delta"`
	Mu          float64 `json:"mu"`
	MuSquared   int64   `json:"mu2_pico"`
	PureEpsilon float64 `json:"pure_epsilon"`
	PureDelta   float64 `json:"pure_delta"`
}

type identity struct {
	ID           string  `json:"id"`
	Account      string  `json:"account"`
	Plan         string  `json:"plan"`
	PlanDigest   string  `json:"plan_digest"`
	Date         string  `json:"date"`
	AsOf         string  `json:"as_of"`
	TimeZone     string  `json:"time_zone"`
	LookbackDays int     `json:"lookback_days"`
	Every        string  `json:"every"`
	Issued       string  `json:"issued"`
	ValidUntil   *string `json:"valid_until"`
	Supersedes   *string `json:"supersedes"`
	Publisher    string  `json:"publisher"`
	Contact      string  `json:"contact"`
	Purpose      string  `json:"purpose"`
	Population   string  `json:"population"`
}

type guarantee struct {
	Flavour    string `json:"flavour"`
	Unit       string `json:"unit"`
	Neighbours string `json:"neighbours"`
	TrustModel string `json:"trust_model"`
	Covers     string `json:"covers"`
	OptOuts    string `json:"opt_outs"`
	MinAge     *int   `json:"min_age"`
}

type bounds struct {
	MaxSegments int     `json:"max_segments"`
	Binds       bool    `json:"max_segments_binds"`
	MostKeys    int     `json:"most_keys,omitempty"`
	Totals      []total `json:"totals"`
}

// A total is a person's amount and the range that it was cut to.
type total struct {
	Of       string        `json:"of"`
	Unit     string        `json:"unit"`
	Decimals int           `json:"decimals"`
	Clip     *release.Clip `json:"clip"`
}

type domain struct {
	Kind       string     `json:"kind"`
	By         []string   `json:"by"`
	Cells      [][]string `json:"cells"`
	Discovered bool       `json:"discovered,omitempty"` // further cells were found, and are in the catalogue
}

type mechanism struct {
	Name     string           `json:"name"`
	Noise    string           `json:"noise"`
	Families []release.Family `json:"families"`
}

type suppression struct {
	Rule     string `json:"rule"`
	MinReach int64  `json:"min_reach"`
}

type accuracy struct {
	Confidence float64 `json:"confidence"`
	Statement  string  `json:"statement"`
}

type softwareOrigin struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

func writeManifest(w io.Writer, r *release.Release) error {
	return writeJSON(w, newManifest(r))
}

func newManifest(r *release.Release) *manifest {
	p := &r.Privacy
	m := &manifest{
		Throng: r.Throng,
		Loss: loss{
			Lifetime: newLifetime(&p.Lifetime),
			Period:   p.Period,
			Release:  lossRelease{p.Epsilon, p.Delta, p.Mu, p.MuSquared, p.PureEpsilon, p.PureDelta},
		},
		Release: newIdentity(r),
		Guarantee: guarantee{
			Flavour: "(epsilon, delta)-differential privacy", Unit: p.Unit, Neighbours: p.Neighbours,
			TrustModel: "central: whoever holds the raw data and runs the build is trusted, nobody who reads the release is",
			Covers:     p.Covers, OptOuts: p.OptOuts,
		},
		Bounds:      bounds{MaxSegments: p.MaxSegments, MostKeys: p.MostKeys, Totals: totals(r)},
		Domains:     domains(r),
		Mechanism:   mechanism{p.Mechanism, p.Noise, p.Families},
		Mechanisms:  p.Mechanisms,
		PostProcess: list(p.PostProcess),
		Suppression: suppression{p.Suppression, r.MinReach},
		Accuracy:    accuracy{p.Confidence, accuracyStatement(r)},
		Unprotected: list(p.Unprotected),
		Cleared:     list(r.Cleared),
		Limits:      limits(r),
		Software:    softwareOrigin{"throng", r.CodeVersion},
	}
	if r.Ledger != (release.Ledger{}) {
		m.Ledger = &r.Ledger
	}
	if p.MinAge > 0 {
		m.Guarantee.MinAge = &p.MinAge
	}
	for _, s := range r.Segments {
		m.Bounds.Binds = m.Bounds.Binds || s.BoundedBy > 0
	}
	if m.Mechanisms == nil {
		m.Mechanisms = []release.Mechanism{}
	}
	if m.Mechanism.Families == nil {
		m.Mechanism.Families = []release.Family{}
	}
	return m
}

func newIdentity(r *release.Release) identity {
	return identity{
		ID: r.ID, Account: r.Account, Plan: r.Plan, PlanDigest: r.PlanDigest, Date: r.Date, AsOf: r.AsOf,
		TimeZone: r.TimeZone, LookbackDays: r.LookbackDays, Every: r.Every, Issued: r.Issued,
		ValidUntil: orNull(r.ValidUntil), Supersedes: orNull(r.Supersedes),
		Publisher: r.Publisher, Contact: r.Owner, Purpose: r.Purpose, Population: r.Who,
	}
}

// totals lists each summed value once.
func totals(r *release.Release) []total {
	found, seen := []total{}, map[string]bool{}
	for _, t := range r.Tables {
		if t.Kind != release.Sum && t.Kind != release.Mean && t.Kind != release.Quantiles {
			continue
		}
		clip := "none"
		if t.Clip != nil {
			clip = fmt.Sprint(*t.Clip)
		}
		if key := fmt.Sprint(t.Of, t.Unit, t.Decimals, clip); !seen[key] {
			seen[key] = true
			found = append(found, total{t.Of, t.Unit, t.Decimals, t.Clip})
		}
	}
	return found
}

// domains lists each declared set of cells once.
func domains(r *release.Release) []domain {
	found := []domain{}
	for _, t := range r.Tables {
		d := domain{Kind: t.Kind, By: t.By}
		cells := t.Cells
		switch t.Kind {
		case release.Breakdown:
			if t.Found != nil { // the others are declared, as ever
				d.Discovered, cells = true, cells[len(cells)-1:]
			}
		case release.Frequency:
			d.By = []string{t.Of}
		case release.Top:
			for _, label := range t.Among {
				d.Cells = append(d.Cells, []string{label})
			}
			cells = nil
		default:
			continue
		}
		for _, c := range cells {
			d.Cells = append(d.Cells, c.Key)
		}
		if !slices.ContainsFunc(found, d.same) {
			found = append(found, d)
		}
	}
	return found
}

// same tells whether two domains are of the same cells.
func (d domain) same(e domain) bool {
	return d.Kind == e.Kind && slices.Equal(d.By, e.By) &&
		slices.EqualFunc(d.Cells, e.Cells, func(a, b []string) bool { return slices.Equal(a, b) })
}

// accuracyStatement says in people what the noise does to an audience's size.
func accuracyStatement(r *release.Release) string {
	for _, f := range r.Privacy.Families {
		if f.Family == release.Reach {
			return fmt.Sprintf("an audience's released size is within %.0f people of the counted one with probability %g",
				f.HalfWidth, r.Privacy.Confidence)
		}
	}
	return fmt.Sprintf("each range covers the counted number with probability %g", r.Privacy.Confidence)
}

// limits says aloud what weakens a promise or is not promised.
func limits(r *release.Release) []string {
	p := &r.Privacy
	said := []string{
		"delivery reports of campaigns that use the segments are not covered",
		"an ads system that serves the segments applies opt-outs and a minimum audience itself",
		"withholding is a filter for usefulness on released numbers, not k-anonymity",
	}
	if p.Lifetime.Ceiling == 0 {
		said = append(said, "no lifetime ceiling was set for the account")
	}
	if p.OptOuts == "none" {
		said = append(said, "the plan says that there are no opt-outs")
	}
	if p.MinAge == 0 {
		said = append(said, "no minimum age was applied")
	}
	for _, s := range r.Segments {
		if s.BoundedBy > 0 {
			return append(said, fmt.Sprintf("a person counts in at most %d segments: ranges are of the bounded count", s.BoundedBy))
		}
	}
	return said
}
