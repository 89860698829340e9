// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestStopped ends commands that a signal stopped with the signal's own code,
// and leaves nothing behind.
func TestStopped(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "shop")
	var out, talk bytes.Buffer
	if code := run(t.Context(), []string{"throng", "init", dir}, &out, &talk); code != 0 {
		t.Fatalf("init ends with %d: %s", code, talk.String())
	}
	for signal, want := range map[os.Signal]int{os.Interrupt: 130, syscall.SIGTERM: 143} {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(stoppedBy(signal))
		out.Reset()
		talk.Reset()
		code := run(ctx, []string{"throng", "build", filepath.Join(dir, "plan.yaml"), "--json"}, &out, &talk)
		if code != want || out.Len() > 0 || !strings.Contains(talk.String(), `"code":"stopped"`) {
			t.Errorf("%v: code %d, want %d; out %q, talk %s", signal, code, want, out.String(), talk.String())
		}
		if _, err := os.Stat(filepath.Join(dir, "releases")); err == nil {
			t.Errorf("%v: something was released", signal)
		}
	}
}

// TestGuarded tells where a panic came from and not what it said: that may be a
// value out of a row.
func TestGuarded(t *testing.T) {
	err := guarded(func() error { panic("u00042 bought a kite") })
	if err == nil || strings.Contains(err.Error(), "kite") || !strings.Contains(err.Error(), "signal_test.go:") {
		t.Errorf("got %v", err)
	}
}
