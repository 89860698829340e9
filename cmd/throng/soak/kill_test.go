// SPDX-License-Identifier: Apache-2.0

//go:build unix

package soak

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/throng-dp/throng/dp/ledger"
)

// A scenario is a command that is killed somewhere on its way, and what must be
// there once it was run again.
type scenario struct {
	name    string
	prepare func(t *testing.T, h home) // what happened before
	orders  string                     // failpoints beside the one that kills
	env     []string
	args    []string // by default a build
	posts   int      // in the end
	nothing bool     // in the end nothing stands in release/
}

// once is the price of one release; a run that was never killed tells it.
func once(t *testing.T) ledger.Cost {
	t.Helper()
	h := newHome(t)
	must(t, h.run(nil, buildArgs()...), 0)
	s := h.state(t)
	if len(s.releases) != 1 || s.held != (ledger.Cost{}) {
		t.Fatalf("a run that nobody killed: %d releases, %+v held", len(s.releases), s.held)
	}
	return s.releases[0].Cost
}

func must(t *testing.T, e ending, code int) {
	t.Helper()
	if e.code != code {
		t.Fatalf("ended with %d (%v), want %d: %s", e.code, e.signal, code, e.talk)
	}
}

func killed(t *testing.T, e ending) {
	t.Helper()
	if e.signal != syscall.SIGKILL {
		t.Fatalf("ended with %d, and was to be killed: %s", e.code, e.talk)
	}
}

func scenarios() []scenario {
	built := func(t *testing.T, h home) { must(t, h.run(nil, buildArgs()...), 0) }
	return []scenario{
		{name: "build", posts: 1},
		{name: "restate", prepare: built, args: buildArgs("--restate"), posts: 2},
		{name: "replay", prepare: func(t *testing.T, h home) {
			built(t, h)
			if err := os.RemoveAll(filepath.Join(h.dir, "releases")); err != nil {
				t.Fatal(err)
			}
		}, posts: 1},
		{name: "replay over damaged files", prepare: func(t *testing.T, h home) {
			built(t, h)
			if err := os.Remove(filepath.Join(h.release(), "manifest.json")); err != nil {
				t.Fatal(err)
			}
		}, posts: 1},
		{name: "retract", prepare: built, args: []string{"retract", plan + "@" + date, "--reason", "a wrong file"}, posts: 1, nothing: true},
		{name: "after a try that died reading", prepare: func(t *testing.T, h home) {
			killed(t, h.run(at("tally.scanned"), buildArgs()...))
		}, posts: 1},
		{name: "after a try that died before it read", prepare: func(t *testing.T, h home) {
			killed(t, h.run(at("run.reserved"), buildArgs()...))
		}, posts: 1},
		{name: "interrupted while counting", orders: "tally.begun=int,", posts: 1},
		{name: "slow", orders: "tally.begun=slow,", env: []string{"THRONG_FAILPOINT_WAIT=100"}, posts: 1},
	}
}

// A crossing is a scenario with its starting point, and the places its command
// comes by.
type crossing struct {
	scenario
	from string
	hits map[string]int
}

func cross(t *testing.T, s scenario) crossing {
	t.Helper()
	if s.args == nil {
		s.args = buildArgs()
	}
	h := newHome(t)
	if s.prepare != nil {
		s.prepare(t, h)
	}
	c := crossing{s, filepath.Join(t.TempDir(), "from"), map[string]int{}}
	home{dir: c.from}.copyFrom(t, h.dir)
	trace := filepath.Join(t.TempDir(), "trace")
	env := append([]string{"THRONG_FAILPOINT_TRACE=" + trace}, append(s.env, at(strings.TrimSuffix(s.orders, ","))...)...)
	if e := h.run(env, s.args...); e.code != 0 && e.code != 130 {
		t.Fatalf("%s: %s", s.name, e.talk)
	}
	text, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range strings.Fields(string(text)) {
		c.hits[name]++
	}
	return c
}

// TestKilledEverywhere kills each command at every named place. Whatever the
// place: the ledger verifies, nothing half-written is visible, no exact number
// and no person is in any file; and the same command once more ends with one
// post and the spend of a run that was never killed, with the bytes that were
// posted if the kill came after the post.
//
// In short each place is tried once, where it is reached first; in long, in
// every scenario, at up to twelve of its hits, five times.
func TestKilledEverywhere(t *testing.T) {
	price := once(t)
	reached := map[string]bool{}
	tries := 0
	for _, s := range scenarios() {
		c := cross(t, s)
		for name, n := range c.hits {
			if reached[name] && !long {
				continue
			}
			reached[name] = true
			for _, hit := range hitsOf(n) {
				for range rounds(1, 5) {
					tries++
					t.Run(fmt.Sprintf("%s/%s:%d", s.name, name, hit), func(t *testing.T) {
						t.Parallel()
						c.try(t, fmt.Sprintf("%s:%d", name, hit), price)
					})
				}
			}
		}
	}
	for _, name := range points(t) {
		// Moves, upgrades and the making of ledgers are killed in tests of their own.
		if what, _, _ := strings.Cut(name, "."); !reached[name] && what != "move" && what != "upgrade" && what != "init" {
			t.Errorf("no scenario comes by %s", name)
		}
	}
	t.Logf("%d kills at %d places", tries, len(reached))
}

// hitsOf chooses among the n times that a place is reached.
func hitsOf(n int) []int {
	if !long {
		return []int{1 + n/2}
	}
	all := []int{1}
	for i := 2; i <= n; i++ {
		if n <= 12 || i*12/n != (i-1)*12/n {
			all = append(all, i)
		}
	}
	return all
}

func (c *crossing) try(t *testing.T, place string, price ledger.Cost) {
	throng, _ := program(t)
	h := home{dir: filepath.Join(t.TempDir(), "home"), throng: throng}
	h.copyFrom(t, c.from)
	before := h.state(t)
	_, damaged := h.visible(before) // by the scenario
	first := h.run(append(at(c.orders+place), c.env...), c.args...)
	if strings.HasPrefix(place, "renew") && first.signal == 0 {
		return // how often a lease is renewed is for the clock to say
	}
	killed(t, first)
	after := h.state(t)
	shown, err := h.visible(after)
	if err != nil && damaged == nil {
		t.Error(err)
	}
	if n := len(after.releases); after.spent.MuSquared != int64(n)*price.MuSquared || after.held.MuSquared > price.MuSquared || n > c.posts {
		t.Errorf("after the kill: %d releases, spent %d, held %d; one costs %d", n, after.spent.MuSquared, after.held.MuSquared, price.MuSquared)
	}
	args := c.args
	if stands := after.standing(); len(after.releases) > len(before.releases) && shown != nil && shown.ID == stands.ID { // it ended
		args = slices.DeleteFunc(slices.Clone(args), func(a string) bool { return a == "--restate" })
	}
	second := h.run(c.env, args...)
	must(t, second, 0)
	c.settled(t, h, after, price)
	if err := h.leaks(first.out, first.talk, second.out, second.talk); err != nil {
		t.Error(err)
	}
	if c.nothing {
		return
	}
	if e := h.run(nil, buildArgs()...); e.code != 0 || !strings.Contains(e.talk, "already released, nothing charged") {
		t.Errorf("a third time: %+v", e)
	}
}

// settled looks at the end of it.
func (c *crossing) settled(t *testing.T, h home, after state, price ledger.Cost) {
	t.Helper()
	end := h.state(t)
	if len(end.releases) != c.posts || end.held != (ledger.Cost{}) || end.spent.MuSquared != int64(c.posts)*price.MuSquared {
		t.Errorf("in the end: %d releases, spent %d, held %d; want %d releases at %d each", len(end.releases),
			end.spent.MuSquared, end.held.MuSquared, c.posts, price.MuSquared)
	}
	for i, p := range after.releases {
		if q := end.releases[i]; q.ID != p.ID || string(q.Bytes) != string(p.Bytes) {
			t.Errorf("release %s was posted, and is another now", p.ID)
		}
	}
	shown, err := h.visible(end)
	if err != nil {
		t.Error(err)
	}
	stands := end.standing()
	if c.nothing {
		if shown != nil || stands == nil || stands.Retracted == "" {
			t.Errorf("what was taken back stands: %v", shown)
		}
	} else if shown == nil || stands == nil || shown.ID != stands.ID {
		t.Errorf("release/ does not have what stands in the ledger")
	}
	if err := h.tidy(); err != nil {
		t.Error(err)
	}
}

// TestKilledAnywhere kills builds at random times, from their first instruction
// to their last. The build after that ends as one that was never killed.
func TestKilledAnywhere(t *testing.T) {
	price := once(t)
	c := crossing{scenario: scenario{posts: 1}}
	kills, tries, want := 0, 0, rounds(20, 1000)
	span := 40 * time.Millisecond // what a build takes; the last one tells
	for ; kills < want && tries < 10*want; tries++ {
		h := newHome(t)
		cmd := h.command(nil, buildArgs()...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(tries*7919%1000) * span / 1000)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if cmd.ProcessState.ExitCode() == -1 {
			kills++
		}
		after := h.state(t)
		if _, err := h.visible(after); err != nil {
			t.Error(err)
		}
		again := h.run(nil, buildArgs()...)
		must(t, again, 0)
		if len(after.releases) == 0 {
			span = again.took
		}
		c.settled(t, h, after, price)
		if err := h.leaks(); err != nil {
			t.Error(err)
		}
		if err := os.RemoveAll(h.dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
	}
	if kills < want {
		t.Errorf("%d builds were killed before they ended, want %d", kills, want)
	}
	t.Logf("%d builds were killed, %d had ended before", kills, tries-kills)
}
