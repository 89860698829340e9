// SPDX-License-Identifier: Apache-2.0

//go:build unix

package soak

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/throng-dp/throng/audience"
	"github.com/throng-dp/throng/dp/ledger"
)

// TestNights builds 365 nights one after the other (12 in short), each at two in
// the morning of its own clock, and without a date: for the day that is over.
// Every other night some runs are killed at random places first, or stopped by
// a signal; now and then a release is restated or taken back, or the clock is
// put back by an hour for a night. After every night the ledger verifies, what
// is charged is so many times one price, nothing is held, and what stands in
// the folders is what stands in the ledger; in the end every day is there once.
func TestNights(t *testing.T) {
	together(t)
	n := rounds(12, 365)
	price := once(t)
	c := cross(t, scenario{posts: 1})
	h := newHome(t)
	file := filepath.Join(h.dir, "plan.yaml")
	if err := os.WriteFile(file, []byte(planText(plan, "day")), 0o644); err != nil {
		t.Fatal(err)
	}
	// Which nights are bad is drawn anew each time; the log tells.
	seed := rand.Uint64()
	s := &season{t: t, h: h, price: price, die: rand.New(rand.NewPCG(seed, 365)), hits: c.hits, posts: map[string]int{}, gone: map[string]bool{}}
	begun := time.Now()
	first := time.Date(2026, 3, 16, 2, 0, 0, 0, time.UTC)
	for i := range n {
		s.night(first.AddDate(0, 0, i))
		if t.Failed() {
			t.Fatalf("night %d of seed %d", i, seed)
		}
	}
	if len(s.posts) != n {
		t.Errorf("%d days were built, want %d", len(s.posts), n)
	}
	t.Logf("%d nights in %v: %d runs killed, %d stopped, %d restated, %d taken back", n, time.Since(begun).Round(time.Second),
		s.kills, s.stops, s.restated, len(s.gone))
}

// A season is the nights so far.
type season struct {
	t     *testing.T
	h     home
	price ledger.Cost
	die   *rand.Rand
	hits  map[string]int
	posts map[string]int  // releases by date
	gone  map[string]bool // dates whose release was taken back

	kills, stops, restated int
}

func (s *season) night(at time.Time) {
	date := at.AddDate(0, 0, -1).Format(time.DateOnly)
	clock := from(at.Format(time.RFC3339))
	if s.die.IntN(30) == 0 {
		clock = from(at.Add(-time.Hour).Format(time.RFC3339))
	}
	command := []string{"build", "plan.yaml"}
	for range s.die.IntN(4) * s.die.IntN(2) {
		s.trouble(clock, command...)
	}
	must(s.t, s.h.run(clock, command...), 0)
	s.posts[date]++
	switch s.die.IntN(20) {
	case 0:
		must(s.t, s.h.run(clock, "build", "plan.yaml", "--restate"), 0)
		s.posts[date]++
		s.restated++
	case 1:
		s.trouble(clock, "retract", plan+"@"+date, "--reason", "a wrong file")
		must(s.t, s.h.run(clock, "retract", plan+"@"+date, "--reason", "a wrong file"), 0)
		s.gone[date] = true
	}
	s.morning(date)
}

// trouble runs a command that is killed or stopped somewhere, or gets through.
func (s *season) trouble(clock []string, args ...string) {
	names := make([]string, 0, len(s.hits))
	for name := range s.hits {
		names = append(names, name)
	}
	name := names[s.die.IntN(len(names))]
	do := []string{"kill", "kill", "kill", "int", "term", "eio"}[s.die.IntN(6)]
	order := fmt.Sprintf("%s:%d=%s", name, 1+s.die.IntN(s.hits[name]), do)
	e := s.h.run(append(at(strings.TrimSuffix(order, "=kill")), clock...), args...)
	switch {
	case e.signal != 0:
		s.kills++
	case e.code == 130 || e.code == 143:
		s.stops++
	case e.code != 0 && e.code != 15 && !(name == "store.commit" && do == "eio"):
		s.t.Errorf("%s: ended with %d: %s", order, e.code, e.talk)
	}
}

// morning looks at what the night has left.
func (s *season) morning(date string) {
	s.t.Helper()
	state := s.h.state(s.t)
	want := 0
	for _, n := range s.posts {
		want += n
	}
	if len(state.releases) != want || state.spent.MuSquared != int64(want)*s.price.MuSquared || state.held != free {
		s.t.Errorf("%s: %d releases, spent %d, held %d; want %d releases at %d", date, len(state.releases), state.spent.MuSquared,
			state.held.MuSquared, want, s.price.MuSquared)
	}
	if state.lifetime.Builds != want {
		s.t.Errorf("%s: the ledger counts %d builds", date, state.lifetime.Builds)
	}
	seen := map[string]int{}
	for i := range state.releases {
		p := &state.releases[i]
		seen[p.Date]++
		if p.Date == date && !p.Superseded {
			s.shown(p)
		}
	}
	for d, n := range s.posts {
		if seen[d] != n {
			s.t.Errorf("%s: %s was released %d times, want %d", date, d, seen[d], n)
		}
	}
	if err := s.h.tidy(); err != nil {
		s.t.Error(err)
	}
}

// shown compares a release's folder with the ledger.
func (s *season) shown(p *ledger.Posted) {
	s.t.Helper()
	folder := filepath.Join(s.h.dir, "releases", plan, "date="+p.Date, "release")
	if s.gone[p.Date] {
		if _, err := os.Stat(folder); !os.IsNotExist(err) {
			s.t.Errorf("%s was taken back, and stands", p.Date)
		}
		return
	}
	rel, err := audience.Decode(p)
	if err != nil {
		s.t.Fatal(err)
	}
	files, err := audience.Files(rel)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, f := range files {
		if text, err := os.ReadFile(filepath.Join(folder, f.Name)); err != nil || !bytes.Equal(text, f.Bytes) {
			s.t.Errorf("%s: %s is not what was posted: %v", p.Date, f.Name, err)
		}
	}
}
