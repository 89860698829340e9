// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"errors"
	"strings"
	"testing"
)

// TestSensitive: audiences of a sensitive class are refused unless the policy
// allows that class, and without a policy too.
func TestSensitive(t *testing.T) {
	ask := Ask{Sensitive: []SensitiveAsk{{"health", "plan.yaml:3:7: audience a is of the class health by taxonomy 382"}, {"income", "audience b"}}}
	for _, tt := range []struct {
		name    string
		allowed []string
		refused string
	}{
		{"no policy", nil, "taxonomy 382"},
		{"another class", []string{"income"}, "taxonomy 382"},
		{"one of two", []string{"health"}, "audience b"},
		{"both", []string{"income", "health"}, ""},
	} {
		err := (&Policy{Sensitive: tt.allowed}).Judge(ask, Cost{})
		if tt.refused == "" && err != nil || tt.refused != "" && (!errors.Is(err, ErrPolicy) || !strings.Contains(err.Error(), tt.refused)) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.refused)
		}
	}
}
