// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/throng-dp/throng/dp/release"
)

// TestFullDisk writes results where there is no room for them.
func TestFullDisk(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("no /dev/full on this system")
	}
	defer full.Close()
	for _, args := range []string{"version", "version --json", "schema", "completion bash"} {
		var stderr strings.Builder
		if exit := run(context.Background(), strings.Fields("throng "+args), full, &stderr); exit != 15 {
			t.Errorf("throng %s: exit %d, want 15: %s", args, exit, stderr.String())
		}
		if !strings.Contains(stderr.String(), "standard output: cannot be written") && !strings.Contains(stderr.String(), `"output.stdout"`) {
			t.Errorf("throng %s says %q", args, stderr.String())
		}
	}
}

// TestChange shows the difference of the figures that are shown, not of the
// unbiased ones behind them.
func TestChange(t *testing.T) {
	figure := func(n int64) *int64 { return &n }
	unbiased := -7.4
	for _, c := range []struct {
		n    release.Delta
		want string
	}{
		{release.Delta{Before: figure(161), After: figure(153), Difference: &unbiased}, "\u22128"},
		{release.Delta{Before: figure(100), After: figure(12550), Difference: &unbiased, Decimals: 2}, "+124.50"},
		{release.Delta{Before: figure(5), After: figure(5), Difference: &unbiased}, "+0"},
		{release.Delta{After: figure(5)}, ""},
	} {
		if got := change(&c.n); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}
