// SPDX-License-Identifier: Apache-2.0

//go:build unix

package soak

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/throng-dp/throng/dp/ledger"
)

const processes = 32

// atOnce runs commands at the same time and counts their exit codes.
func atOnce(h home, commands [][]string) (codes map[int]int, talk string) {
	codes = map[int]int{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, args := range commands {
		all.Go(func() {
			e := h.run(nil, args...)
			mu.Lock()
			defer mu.Unlock()
			codes[e.code]++
			if e.code != 0 && e.code != 13 && e.code != 75 {
				talk += e.talk
			}
		})
	}
	all.Wait()
	return codes, talk
}

// TestManyBuildsOfOneDay: of 32 builds of one plan and day one draws; each of
// the others finds what it released, or is told to come again.
func TestManyBuildsOfOneDay(t *testing.T) {
	together(t)
	price := once(t)
	c := cross(t, scenario{posts: 1})
	again := 0
	for range rounds(1, 200) {
		h := newHome(t)
		var all [][]string
		for range processes {
			all = append(all, buildArgs())
		}
		codes, talk := atOnce(h, all)
		if codes[0] < 1 || codes[0]+codes[75] != processes {
			t.Errorf("exit codes %v: %s", codes, talk)
		}
		again += codes[75]
		c.settled(t, h, h.state(t), price)
	}
	t.Logf("%d of %d were told to come again", again, rounds(1, 200)*processes)
}

// TestManyPlans: of 32 plans on an account with room for ten, ten are built.
func TestManyPlans(t *testing.T) {
	together(t)
	price := once(t)
	for range rounds(1, 200) {
		h := newHome(t)
		h.prepareTen(t)
		var all [][]string
		for i := range processes {
			file := fmt.Sprintf("plan%d.yaml", i)
			if err := os.WriteFile(filepath.Join(h.dir, file), []byte(planText(fmt.Sprint("plan", i), "once")), 0o644); err != nil {
				t.Fatal(err)
			}
			all = append(all, []string{"build", file, "--date", date, "--workers", "1"})
		}
		codes, talk := atOnce(h, all)
		if codes[0] != 10 || codes[13] != processes-10 {
			t.Errorf("exit codes %v, want 10 of 0 and the others 13: %s", codes, talk)
		}
		if s := h.state(t); len(s.releases) != 10 || s.spent.MuSquared != 10*price.MuSquared || s.held != (ledger.Cost{}) {
			t.Errorf("%d releases, spent %d, held %d", len(s.releases), s.spent.MuSquared, s.held.MuSquared)
		}
	}
}

// prepareTen opens the account anew, with a period that ten builds at ε 0.5 fit
// into and eleven do not.
func (h home) prepareTen(t *testing.T) {
	t.Helper()
	for _, name := range []string{"ledger.db", "ledger.key", "witness"} {
		if err := os.Remove(filepath.Join(h.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	must(t, h.run(from(earlier), "ledger", "init"), 0)
	must(t, h.run(from(earlier), "ledger", "account", account, "--epsilon", "1.58", "--delta", "1e-7", "--period", "30d", "--no-ceiling", "--policy", "policy.yaml"), 0)
}
