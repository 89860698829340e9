// SPDX-License-Identifier: Apache-2.0

package export_test

import (
	"encoding/json"
	"strings"
	"testing"
)

// dataLabelFields are what a label has by the IAB Tech Lab's Data Transparency
// Standard 1.1 (datalabel.org), in its four blocks, each with the place that it has
// in ours. A field whose answer nobody knows is there, and null.
var dataLabelFields = map[string]string{
	"Provider name":                "data_solution_provider.provider_name",
	"Provider contact information": "data_solution_provider.provider_contact",
	"Distributor name":             "data_solution_provider.distributor_name",
	"Distributor contact":          "data_solution_provider.distributor_contact",

	"Branded audience segment name":      "audience_snapshot.branded_name",
	"Standardized audience segment name": "audience_snapshot.standard_name",
	"Segmentation criteria":              "audience_snapshot.description",
	"Geographies":                        "audience_snapshot.geographies",

	"Audience count":           "audience_construction.audience_count",
	"Audience precision level": "audience_construction.precision_level",
	"Activation ID types":      "audience_construction.match_keys",
	"Audience expansion":       "audience_construction.audience_expansion",
	"Cross-device expansion":   "audience_construction.id_expansion",
	"Last refresh date":        "audience_construction.last_refresh",
	"Audience refresh cadence": "audience_construction.refresh_frequency",
	"Event lookback window":    "audience_construction.lookback_days",

	"Source ID contribution":   "source_information.0.id_contribution",
	"Source description":       "source_information.0.description",
	"Source precision level":   "source_information.0.precision_level",
	"Data source origin":       "source_information.0.data_origin",
	"Data inclusion method":    "source_information.0.inclusion_method",
	"Seed size":                "source_information.0.seed_size",
	"Source refresh frequency": "source_information.0.refresh_frequency",
	"Source lookback window":   "source_information.0.lookback_days",
}

// recordFields are what a register of deployments asks in its three tiers, as
// the proposal at NIST has them, with NIST SP 800-226's pyramid: the loss on top,
// below it unit, algorithm and utility, below these access and collection.
var recordFields = map[string]string{
	"tier 1: name":         "deployment.name",
	"tier 1: curator":      "deployment.curator",
	"tier 1: contact":      "deployment.contact",
	"tier 1: description":  "deployment.data_product",
	"tier 1: intended use": "deployment.intended_use",
	"tier 1: year":         "deployment.year",
	"tier 1: region":       "deployment.region",
	"tier 1: sector":       "deployment.sector",

	"tier 2: flavour":          "privacy.flavour",
	"tier 2: privacy unit":     "privacy.unit",
	"tier 2: neighbours":       "privacy.neighbours",
	"tier 2: lifetime's loss":  "privacy.loss.lifetime.epsilon",
	"tier 2: loss at delta":    "privacy.loss.lifetime.delta",
	"tier 2: release's loss":   "privacy.loss.release.epsilon",
	"tier 2: deployment model": "privacy.deployment_model",

	"tier 3: data domain":            "implementation.data_domain",
	"tier 3: domains":                "implementation.domains.0.cells",
	"tier 3: contribution bounds":    "implementation.bounds.max_segments",
	"tier 3: mechanism":              "implementation.mechanism.name",
	"tier 3: scale of each family":   "implementation.mechanism.families.0.stddev",
	"tier 3: library":                "implementation.mechanism.noise",
	"tier 3: composition":            "implementation.composition",
	"tier 3: post-processing":        "implementation.post_processing.0",
	"tier 3: suppression":            "implementation.suppression.rule",
	"tier 3: accuracy":               "implementation.accuracy.statement",
	"tier 3: unprotected quantities": "implementation.unprotected.0",
	"tier 3: access to raw data":     "implementation.access_to_raw_data",
	"tier 3: limits":                 "implementation.limits.0",
	"tier 3: software":               "implementation.software.version",
}

// buyersQuestions are the headings with which the IAB Tech Lab's guidance on
// differential privacy closes, by a word of each, in their order.
var buyersQuestions = []string{"end to end", "epsilon", "uses", "tuned", "attacks", "limits", "assume"}

func TestStandardsFields(t *testing.T) {
	r := giftShop(t)
	var labels struct{ Labels []any }
	if err := json.Unmarshal(write(t, r, "data-label"), &labels); err != nil {
		t.Fatal(err)
	}
	for _, l := range labels.Labels {
		for field, path := range dataLabelFields {
			if _, there := at(l, path); !there {
				t.Errorf("a label does not say %s: %s", field, path)
			}
		}
	}
	doc := document(t, write(t, r, "record"))
	for field, path := range recordFields {
		v, there := at(doc, path)
		if !there || v == nil && !strings.HasSuffix(path, "region") || v == "" {
			t.Errorf("the record does not say %s: %s is %v", field, path, v)
		}
	}
	for i, word := range buyersQuestions {
		q, _ := at(doc, "buyers_questions."+string(rune('0'+i))+".question")
		a, _ := at(doc, "buyers_questions."+string(rune('0'+i))+".answer")
		if q, _ := q.(string); !strings.Contains(strings.ToLower(q), word) {
			t.Errorf("question %d is %q, want that about %s", i+1, q, word)
		}
		if a, _ := a.(string); len(a) < 40 {
			t.Errorf("question %d is answered %q", i+1, a)
		}
	}
}

// at follows a path of names and places.
func at(doc any, path string) (any, bool) {
	for name := range strings.SplitSeq(path, ".") {
		switch x := doc.(type) {
		case map[string]any:
			v, there := x[name]
			if !there {
				return nil, false
			}
			doc = v
		case []any:
			i := int(name[0] - '0')
			if i >= len(x) {
				return nil, false
			}
			doc = x[i]
		default:
			return nil, false
		}
	}
	return doc, true
}
