// SPDX-License-Identifier: Apache-2.0

package export

import (
	"fmt"
	"io"
	"strings"

	"github.com/throng-dp/throng/dp/release"
)

// A record is an entry for a register of deployments of differential privacy:
// the questions of NIST SP 800-226 and of the registry's three tiers, and a
// buyer's seven questions of the IAB Tech Lab's guidance on differential
// privacy, answered from the release alone.
type record struct {
	Throng  int           `json:"throng"`
	Tier1   recordPurpose `json:"deployment"`
	Tier2   recordLoss    `json:"privacy"`
	Tier3   recordDetail  `json:"implementation"`
	Answers []answer      `json:"buyers_questions"`
}

type recordPurpose struct {
	Name     string  `json:"name"`
	Curator  string  `json:"curator"`
	Contact  string  `json:"contact"`
	Use      string  `json:"intended_use"`
	Data     string  `json:"data_product"`
	Year     string  `json:"year"`
	Region   *string `json:"region"`
	Sector   string  `json:"sector"`
	Release  string  `json:"release"`
	Date     string  `json:"date"`
	Lifetime bool    `json:"has_lifetime_ceiling"`
}

type recordLoss struct {
	Loss       loss   `json:"loss"`
	Flavour    string `json:"flavour"`
	Unit       string `json:"unit"`
	Neighbours string `json:"neighbours"`
	Model      string `json:"deployment_model"`
}

type recordDetail struct {
	Population  string              `json:"data_domain"`
	Domains     []domain            `json:"domains"`
	Bounds      bounds              `json:"bounds"`
	Mechanism   mechanism           `json:"mechanism"`
	Mechanisms  []release.Mechanism `json:"mechanisms"`
	Composition string              `json:"composition"`
	PostProcess []string            `json:"post_processing"`
	Suppression suppression         `json:"suppression"`
	Accuracy    accuracy            `json:"accuracy"`
	Unprotected []string            `json:"unprotected"`
	Cleared     []string            `json:"cleared_key_roles"`
	Access      string              `json:"access_to_raw_data"`
	Limits      []string            `json:"limits"`
	Software    softwareOrigin      `json:"software"`
}

type answer struct {
	Question string `json:"question"`
	Answer   string `json:"answer"`
}

func writeRecord(w io.Writer, r *release.Release) error {
	m := newManifest(r)
	return writeJSON(w, record{
		Throng: r.Throng,
		Tier1: recordPurpose{
			Name: r.Plan, Curator: r.Publisher, Contact: r.Owner, Use: r.Purpose,
			Data: fmt.Sprintf("noised sizes and breakdowns of %d audiences", len(r.Segments)),
			Year: r.Date[:4], Sector: "advertising", Release: r.ID, Date: r.Date, Lifetime: r.Privacy.Lifetime.Ceiling > 0,
		},
		Tier2: recordLoss{m.Loss, m.Guarantee.Flavour, m.Guarantee.Unit, m.Guarantee.Neighbours, m.Guarantee.TrustModel},
		Tier3: recordDetail{
			Population: r.Who, Domains: m.Domains, Bounds: m.Bounds, Mechanism: m.Mechanism, Mechanisms: m.Mechanisms,
			Composition: "one account for all people of a data lineage, over every plan, purpose and recipient: Gaussian releases add up as mu squared, all others as epsilon and delta",
			PostProcess: m.PostProcess, Suppression: m.Suppression, Accuracy: m.Accuracy, Unprotected: m.Unprotected, Cleared: m.Cleared,
			Access: "whoever runs the build; nobody who reads the release",
			Limits: m.Limits, Software: m.Software,
		},
		Answers: answers(r, m),
	})
}

// answers are those to the buyer's questions, in their order.
func answers(r *release.Release, m *manifest) []answer {
	p := &r.Privacy
	ceiling := "no ceiling was set for the lifetime total"
	if p.Lifetime.Ceiling > 0 {
		ceiling = fmt.Sprintf("the lifetime total may never pass epsilon %s", release.Real(p.Lifetime.Ceiling))
	}
	var tuned []string
	for _, f := range p.Families {
		switch f.Family {
		case release.Population, release.Reach, release.Breakdown, release.Frequency, release.Overlap:
			tuned = append(tuned, fmt.Sprintf("%s ±%.0f", f.Family, f.HalfWidth))
		}
	}
	first := "Opted-out people are removed before anything is counted"
	if p.OptOuts == "none" {
		first = "The plan says that nobody can opt out"
	}
	return []answer{
		{"How does it work from end to end?",
			first + ". Each person's audiences are worked out by rules, noise is drawn once for all counts of a build, and only the noised numbers are kept and leave. A second run of the same day gives the same numbers."},
		{"Which epsilon, and why?",
			fmt.Sprintf("This release: epsilon %s at delta %s. All %d so far on these people: epsilon %s at delta %s; %s. The owner of the data fixed both before anything was counted, without looking at the data.",
				release.Real(p.Epsilon), release.Real(p.Delta), p.Lifetime.Builds, release.Real(p.Lifetime.Epsilon), release.Real(p.Lifetime.Delta), ceiling)},
		{"For which uses?",
			"Planning of campaigns: sizes, breakdowns, overlaps and frequencies of audiences. Not for deciding about a person, and not for audiences below the gate of " + release.Number(r.MinReach) + " people."},
		{"How is it tuned?",
			"Price and error of each kind of number are known before a row is read, from the plan alone: " + strings.Join(tuned, ", ") + ", in people, with 95 %."},
		{"Which attacks were considered?",
			"Differencing of audiences and of days, averaging over repeated runs, guessing whether a person is in it with full knowledge of everybody else, padded audiences, low bits of floating-point noise. `throng attack` replays them."},
		{"What are its limits?", strings.Join(m.Limits, "; ") + "."},
		{"What does it assume?",
			"That whoever holds the raw data and runs the build is honest, that the operating system's randomness is sound, that the keys in the data tell people apart, and that everybody who was counted pays from the same account."},
	}
}
