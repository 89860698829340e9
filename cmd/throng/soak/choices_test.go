// SPDX-License-Identifier: Apache-2.0

//go:build unix

package soak

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestKilledWithChoices kills the first build of a plan whose policy compares
// the opt-outs with those of the build before, at every place from the count to
// the end. The builds of that day and of the next are made all the same, and the
// day after refuses opt-outs that shrank: nothing was forgotten.
func TestKilledWithChoices(t *testing.T) {
	together(t)
	c := cross(t, scenario{posts: 1})
	policy := policyText + "opt_outs: {max_shrink: 5%}\n"
	places := []string{"run.counted", "publish.rehearsed", "post.drawn", "post.appended", "post.committed", "choices.keep", "run.released", "release.rename"}
	for _, place := range places {
		if c.hits[place] == 0 {
			t.Errorf("a build does not come by %s", place)
			continue
		}
		for _, again := range []string{" and the day again", ""} {
			t.Run(place+again, func(t *testing.T) {
				t.Parallel()
				h := newHome(t)
				h.reopen(t, policy, "many")
				killed(t, h.run(at(place), buildArgs()...))
				if again != "" {
					must(t, h.run(nil, buildArgs()...), 0)
				}
				must(t, h.run(nil, "build", "plan.yaml", "--date", "2026-03-12"), 0)
				h.optOuts(t, "few")
				if e := h.run(nil, "build", "plan.yaml", "--date", "2026-03-11"); e.code != 12 || !strings.Contains(e.talk, "shrunken") && !strings.Contains(e.talk, "smaller") {
					t.Errorf("opt-outs that shrank: %d, %s", e.code, e.talk)
				}
				h.state(t)
			})
		}
	}
}

// reopen opens the account anew with another policy.
func (h home) reopen(t *testing.T, policy, optOuts string) {
	t.Helper()
	for _, name := range []string{"ledger.db", "ledger.key", "witness"} {
		if err := os.Remove(filepath.Join(h.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(h.dir, "policy.yaml"), []byte(policy), 0o644); err != nil {
		t.Fatal(err)
	}
	h.optOuts(t, optOuts)
	must(t, h.run(from(earlier), "ledger", "init"), 0)
	must(t, h.run(from(earlier), "ledger", "account", account, "--epsilon", "8", "--delta", "1e-7", "--period", "30d", "--ceiling", "40", "--policy", "policy.yaml"), 0)
}

// optOuts writes the source of choices anew.
func (h home) optOuts(t *testing.T, how string) {
	t.Helper()
	text := "user_id\n" + strings.Repeat("u0000\n", map[string]int{"few": 10, "many": 1000}[how])
	if err := os.WriteFile(filepath.Join(h.dir, "opt_outs.csv"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
