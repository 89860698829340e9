// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"os"
	"strings"
	"testing"
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
