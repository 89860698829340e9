// SPDX-License-Identifier: Apache-2.0

//go:build unix

package soak

import (
	"strings"
	"testing"
)

// TestClockTurned turns the clock while a build holds its reservation. Put back,
// the build ends as ever: ledger time stands still. Put forward past the lease,
// it has lost its reservation. In the end there is one post and one charge, in
// the period that was reserved.
func TestClockTurned(t *testing.T) {
	together(t)
	price := once(t)
	c := cross(t, scenario{posts: 1})
	places := []string{"run.reserved", "run.touched", "tally.scanned", "run.counted", "publish.rehearsed"}
	turns := []struct {
		by   string
		code int
	}{{"-24h", 0}, {"-1h", 0}, {"1h", 75}, {"8760h", 75}, {"1s", 0}, {"-8760h", 0}}
	for i, place := range places {
		for j, turn := range turns {
			if !long && (i+j)%3 != 0 {
				continue
			}
			t.Run(place+" "+turn.by, func(t *testing.T) {
				t.Parallel()
				h := newHome(t)
				e := h.run(at(place+"="+turn.by), buildArgs()...)
				if e.code != turn.code {
					t.Errorf("ended with %d, want %d: %s", e.code, turn.code, e.talk)
				}
				after := h.state(t)
				must(t, h.run(nil, buildArgs()...), 0)
				c.settled(t, h, after, price)
			})
		}
	}
}

// TestClockBehind: whoever builds with a clock that is before ledger time is
// told so, and pays in the period of ledger time; a hold of a run that died then
// serves all the same.
func TestClockBehind(t *testing.T) {
	together(t)
	price := once(t)
	h := newHome(t)
	const warning = "before the time that the ledger has seen"
	e := h.run(from("2027-03-15T12:00:00Z"), "build", "plan.yaml", "--date", "2026-03-12")
	must(t, e, 0)
	if strings.Contains(e.talk, warning) {
		t.Errorf("the clock is right, and it says %s", e.talk)
	}
	killed(t, h.run(at("tally.scanned"), buildArgs()...))
	for range 2 {
		e := h.run(nil, buildArgs()...)
		must(t, e, 0)
		if !strings.Contains(e.talk, "the clock is 8760h0m0s "+warning) {
			t.Errorf("a clock a year behind: %s", e.talk)
		}
	}
	if s := h.state(t); len(s.releases) != 2 || s.spent.MuSquared != 2*price.MuSquared {
		t.Errorf("%d releases, spent %d", len(s.releases), s.spent.MuSquared)
	}
}

// TestZoneOfMachine: the machine's zone, which may change between a run and the
// next, changes neither the day of a build nor what is released.
func TestZoneOfMachine(t *testing.T) {
	together(t)
	price := once(t)
	c := cross(t, scenario{posts: 1})
	h := newHome(t)
	for i, zone := range []string{"America/Los_Angeles", "Asia/Tokyo", "Pacific/Kiritimati", "UTC", ""} {
		e := h.run([]string{"TZ=" + zone, "THRONG_FAILPOINT_NOW=2026-03-14T12:00:00Z"}, "build", "plan.yaml")
		must(t, e, 0)
		if i > 0 && !strings.Contains(e.talk, plan+"@"+date+": already released") {
			t.Errorf("in %s: %s", zone, e.talk)
		}
	}
	c.settled(t, h, state{}, price)
}
