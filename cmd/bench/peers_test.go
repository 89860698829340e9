// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"
)

func TestBarsAreHeldAgainstTheWholeBuild(t *testing.T) {
	b := &bench{rounds: 3, plan: "w50"}
	b.field = b.private()
	got := renderPeers(b, samples{
		"build":  {{wall: 1}, {wall: 2}, {wall: 1}},
		"opendp": {{wall: 9, verdict: verdict{RMSE: 3}}, {wall: 24, verdict: verdict{RMSE: 4}}, {wall: 10, verdict: verdict{RMSE: 5}}},
		"tumult": {{wall: 49}, {wall: 98}, {wall: 50}},
	}, "here")
	for _, want := range []string{"| 10.0 (9.00–12.0) | ≥ 10: held | 4.00 (3.00–5.00) |", "| 49.0 (49.0–50.0) | ≥ 50: **missed** |"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if strings.Contains(got, "PipelineDP") {
		t.Errorf("what was not run is told:\n%s", got)
	}
}
