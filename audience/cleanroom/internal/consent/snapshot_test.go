// SPDX-License-Identifier: Apache-2.0

package consent_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/throng-dp/throng/audience/cleanroom"
	"github.com/throng-dp/throng/audience/cleanroom/internal/consent"
	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/audience/plan"
)

// TestSnapshot is F26: a source that is missing, empty, stale or shrunken, by
// what its provider declares and by bytes, stops the build, and the fault says
// whether waiting mends it and who must act.
func TestSnapshot(t *testing.T) {
	const day = 24 * time.Hour
	now := time.Date(2011, 12, 10, 3, 0, 0, 0, time.UTC)
	taken := func(at string, bytes int) string { return fmt.Sprintf(`{"taken_at": %q, "bytes": %d}`, at, bytes) }
	rows := "person\n" + strings.Repeat("anna\n", 400) // 2007 bytes
	fresh := taken("2011-12-10T02:00:00Z", len(rows))
	size := int64(len(rows))
	for _, c := range []struct {
		name, rows, snapshot string // an empty snapshot: no file
		undeclared           bool   // the plan names none
		demand               cleanroom.Choices
		code                 string // empty: accepted
		waits                bool
		who                  string
	}{
		{name: "fresh", rows: rows, snapshot: fresh, demand: cleanroom.Choices{MaxAge: day}},
		{name: "no demand", rows: rows, undeclared: true},
		{name: "exactly as old as allowed", rows: rows, snapshot: taken("2011-12-09T03:00:00Z", len(rows)), demand: cleanroom.Choices{MaxAge: day}},
		{name: "a second older", rows: rows, snapshot: taken("2011-12-09T02:59:59Z", len(rows)), demand: cleanroom.Choices{MaxAge: day}, code: "consent.stale", waits: true},
		{name: "older in another zone", rows: rows, snapshot: taken("2011-12-09T03:00:00+01:00", len(rows)), demand: cleanroom.Choices{MaxAge: day}, code: "consent.stale", waits: true},
		{name: "old, and no limit", rows: rows, snapshot: taken("2001-12-09T03:00:00Z", len(rows))},
		{name: "from the future", rows: rows, snapshot: taken("2011-12-10T03:06:00Z", len(rows)), demand: cleanroom.Choices{MaxAge: day}, code: "consent.future"},
		{name: "clocks a little apart", rows: rows, snapshot: taken("2011-12-10T03:04:00Z", len(rows)), demand: cleanroom.Choices{MaxAge: day}},
		{name: "nobody says when", rows: rows, undeclared: true, demand: cleanroom.Choices{MaxAge: day}, code: "consent.undated", who: "author of the plan"},
		{name: "the describing file is missing", rows: rows, demand: cleanroom.Choices{MaxAge: day}, code: "consent.missing", waits: true},
		{name: "the description is no JSON", rows: rows, snapshot: "taken_at: today", code: "consent.snapshot"},
		{name: "the description says nothing", rows: rows, snapshot: "{}", code: "consent.snapshot"},
		{name: "a time without a zone", rows: rows, snapshot: `{"taken_at": "2011-12-10T02:00:00"}`, code: "consent.snapshot"},
		{name: "half of it copied", rows: rows[:len(rows)/2], snapshot: fresh, code: "consent.bytes", waits: true},
		{name: "bytes not declared", rows: rows, snapshot: `{"taken_at": "2011-12-10T02:00:00Z"}`, demand: cleanroom.Choices{MaxAge: day}},
		{name: "missing", snapshot: fresh, code: "consent.missing", waits: true},
		{name: "an older snapshot than before", rows: rows, snapshot: fresh, demand: cleanroom.Choices{Before: cleanroom.Snapshot{TakenAt: now}}, code: "consent.older", waits: true},
		{name: "the same snapshot as before", rows: rows, snapshot: fresh, demand: cleanroom.Choices{MaxShrink: 0.05,
			Before: cleanroom.Snapshot{TakenAt: time.Date(2011, 12, 10, 2, 0, 0, 0, time.UTC), Bytes: cleanroom.Coarse(size)}}},
		{name: "grown", rows: rows, snapshot: fresh, demand: cleanroom.Choices{MaxShrink: 0.05, Before: cleanroom.Snapshot{Bytes: size / 2}}},
		{name: "shrunken by half", rows: rows, snapshot: fresh, demand: cleanroom.Choices{MaxShrink: 0.05, Before: cleanroom.Snapshot{Bytes: 2 * size}}, code: "consent.shrunken",
			who: "provider of the opt-outs"},
		{name: "shrunken, and accepted", rows: rows, snapshot: fresh, demand: cleanroom.Choices{MaxShrink: 0.05, Before: cleanroom.Snapshot{Bytes: 2 * size}, Accept: true}},
		{name: "shrunken, and no limit", rows: rows, snapshot: fresh, demand: cleanroom.Choices{Before: cleanroom.Snapshot{Bytes: 2 * size}}},
		{name: "a header without rows, where there were some", rows: "person\n", undeclared: true, demand: cleanroom.Choices{MaxShrink: 0.5, Before: cleanroom.Snapshot{Bytes: size}}, code: "consent.shrunken",
			who: "provider of the opt-outs"},
		{name: "what was before is forgotten", rows: rows, snapshot: fresh, demand: cleanroom.Choices{MaxShrink: 0.05, Forgotten: true}, code: "consent.forgotten", who: "owner of the budget"},
		{name: "forgotten, and accepted", rows: rows, snapshot: fresh, demand: cleanroom.Choices{MaxShrink: 0.05, Forgotten: true, Accept: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if c.rows != "" {
				put(t, dir, "o.csv", []byte(c.rows))
			}
			o := plan.OptOuts{Files: []string{"o.csv"}, Person: "person"}
			if !c.undeclared {
				o.Snapshot = "o.json"
			}
			if c.snapshot != "" {
				put(t, dir, "o.json", []byte(c.snapshot))
			}
			c.demand.Now = now
			seen, err := consent.Accept(t.Context(), dir, []plan.OptOuts{o}, &c.demand)
			if c.code == "" {
				if err != nil {
					t.Fatal(err)
				}
				if seen.Bytes != cleanroom.Coarse(int64(len(c.rows))) {
					t.Errorf("kept %d bytes", seen.Bytes)
				}
				return
			}
			wants(t, err)
			var f *fault.Error
			errors.As(err, &f)
			if f.Code != c.code || f.Waits != c.waits || f.Who != c.who {
				t.Errorf("code %s, waits %v, who %q", f.Code, f.Waits, f.Who)
			}
		})
	}
}

// TestSizesAreKeptCoarse: one more choice shows in what is kept only where it
// crosses one of 64 steps, and never shows as growth that is not there.
func TestSizesAreKeptCoarse(t *testing.T) {
	for n := int64(0); n < 1<<20; n += 13 {
		c := cleanroom.Coarse(n)
		if c > n || float64(n-c) > float64(n)/64 || cleanroom.Coarse(c) != c {
			t.Fatalf("%d is kept as %d", n, c)
		}
	}
	if cleanroom.Coarse(1<<62+1<<40) != 1<<62 || cleanroom.Coarse(-1) != 0 {
		t.Error("sizes at the ends")
	}
}
