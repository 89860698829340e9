// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os/exec"
	"testing"
)

// A JVM begun by Python is still there when Python has ended; what it uses must
// be counted.
func TestWhatIsLeftBehindIsCounted(t *testing.T) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no sh: ", err)
	}
	if err := adopt(); err != nil {
		t.Fatal(err)
	}
	const work = `i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done`
	alone, err := (&bench{}).child(t.Context(), shell, "-c", ":")
	if err != nil {
		t.Fatal(err)
	}
	left, err := (&bench{}).child(t.Context(), shell, "-c", "("+work+") >/dev/null 2>&1 </dev/null & exit 0")
	if err != nil {
		t.Fatal(err)
	}
	// 300,000 turns of a shell's loop take 100 ms or more of a core.
	if least := 0.02; left.cpu < alone.cpu+least {
		t.Errorf("%.3f s of CPU, %.3f s without the orphan", left.cpu, alone.cpu)
	}
}
