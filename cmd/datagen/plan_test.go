// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"testing"

	"github.com/throng-dp/throng/audience/cleanroom/local"
	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/audience/rule"
)

// TestPlanFitsTheData compiles the plan beside the data against their schemas,
// whatever the keys are, and runs its tests.
func TestPlanFitsTheData(t *testing.T) {
	const file = "../../datasets/synth/plan.yaml"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, ids := range idKinds {
		dir := made(t, "--ids", ids, "--events", "100", "--people", "50")
		parsed, err := plan.Parse(file, text)
		if err != nil {
			t.Fatal(err)
		}
		p, err := parsed.Compile(func(s *plan.Source) ([]rule.Column, error) {
			return local.Engine{}.Columns(t.Context(), dir, s, nil)
		})
		if err != nil {
			t.Fatal(err)
		}
		if errs := p.RunTests(); len(errs) > 0 {
			t.Error(errs)
		}
	}
}
