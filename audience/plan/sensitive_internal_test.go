// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"strings"
	"testing"
)

// TestTaxonomyIsWhole: 1,558 rows, of which 6 take a value, and every class has
// a law behind it and something to be known by.
func TestTaxonomyIsWhole(t *testing.T) {
	k := known()
	if len(k.exists) != 1558 || !k.exists["1"] || !k.exists["1679"] || k.exists["198"] || k.exists["349"] || k.exists["1680"] {
		t.Errorf("%d ids", len(k.exists))
	}
	if len(k.extensions) != 6 {
		t.Errorf("%d rows take a value", len(k.extensions))
	}
	if len(k.byID) < 130 {
		t.Errorf("%d ids are sensitive", len(k.byID))
	}
	for _, c := range k.classes {
		if c.law == "" || c.words == nil {
			t.Errorf("%s: law %q", c.name, c.law)
		}
	}
	if !strings.Contains(string(sensitiveYAML), "CC BY 3.0") || !strings.Contains(string(sensitiveYAML), "github.com/InteractiveAdvertisingBureau/Taxonomies") {
		t.Error("no attribution")
	}
}
