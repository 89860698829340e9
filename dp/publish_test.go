// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"bytes"
	"encoding/hex"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/ledger/sqlite"
	"github.com/throng-dp/throng/dp/release"
)

// account opens a ledger with one account.
func account(t *testing.T, lines ledger.Lines) *ledger.Ledger {
	t.Helper()
	l, err := sqlite.Create(t.Context(), filepath.Join(t.TempDir(), "ledger.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := l.OpenAccount(t.Context(), ledger.Account{Name: "shop", Lineage: "shop", Lines: lines, Period: 364}); err != nil {
		t.Fatal(err)
	}
	return l
}

func request(s *Strategy, date string) ledger.Request {
	return ledger.Request{Account: "shop", Plan: "shop", Date: date, Digest: s.digest, Cost: s.Cost(), PlanText: []byte("name: shop")}
}

// TestPublish walks the whole way through a real ledger, with an account that
// holds exactly one such build, under both kinds of noise.
func TestPublish(t *testing.T) {
	for _, lines := range []ledger.Lines{{Epsilon: 1, Delta: 1e-8}, {PureEpsilon: 1}} {
		w := shop(3, 3)
		s, err := NewStrategy([32]byte{1}, w, Price{Epsilon: 1, Delta: 1e-8, Lines: lines})
		if err != nil {
			t.Fatal(err)
		}
		l := account(t, lines)
		res, err := l.Reserve(t.Context(), request(s, "2011-12-09"))
		if err != nil {
			t.Fatal(err)
		}
		people := invent(&w, rand.New(rand.NewPCG(1, 1)), 500)
		draft := draftOf(&w)
		got, err := Publish(t.Context(), res, s, tally(t, s, people), draft)
		if err != nil {
			t.Fatal(err)
		}
		posted, err := l.Find(t.Context(), "shop", "shop", "2011-12-09")
		if err != nil {
			t.Fatal(err)
		}
		text, err := release.Encode(got)
		if err != nil || !bytes.Equal(text, posted.Bytes) || got.ID != posted.ID {
			t.Errorf("what is returned is not what the ledger holds: %v", err)
		}
		read, err := release.Decode(posted.Bytes)
		if err == nil {
			read.Ledger = release.Ledger{Checkpoint: posted.Checkpoint, Verifier: posted.Verifier}
		}
		if diff := cmp.Diff(read, got, cmpopts.EquateEmpty()); err != nil || diff != "" {
			t.Errorf("what is returned is not what is read from the ledger: %v (-read +returned)\n%s", err, diff)
		}
		if diff := cmp.Diff(draftOf(&w), draft); diff != "" {
			t.Errorf("the draft was written to (-before +after):\n%s", diff)
		}
		if got.PlanDigest != hex.EncodeToString(s.digest[:]) || got.Privacy.Mechanism != s.Mechanism() || got.Privacy.Noise != NoiseLibrary {
			t.Errorf("described as %+v", got.Privacy)
		}
		if at, err := time.Parse(time.RFC3339, got.Issued); err != nil || at.Second() != 0 || at.Before(posted.At) {
			t.Errorf("issued %s, posted at %s", got.Issued, posted.At)
		}
		// The lifetime told is the ledger's at the moment of the post.
		status, err := l.Status(t.Context(), "shop", time.Now())
		if life := got.Privacy.Lifetime; err != nil || life.Epsilon != status.Lifetime.Epsilon || life.Delta != status.Lifetime.Delta || life.Builds != 1 {
			t.Errorf("lifetime told %+v, in the ledger %+v, %v", life, status, err)
		}
		if _, err := l.Reserve(t.Context(), request(s, "2011-12-16")); err == nil {
			t.Error("a second build fits an account of one")
		}
	}
}

// TestPublishRefuses holds that a release pays for itself and for nothing else,
// and that whatever goes wrong uses the tallies up.
func TestPublishRefuses(t *testing.T) {
	w := shop(3, 3)
	s := forced(t, w, gaussian, 1)
	otherPlan, err := NewStrategy([32]byte{2}, w, Price{Epsilon: 1, Delta: 1e-8})
	if err != nil {
		t.Fatal(err)
	}
	cheaper := forced(t, w, gaussian, 0.5)
	shorter := shop(3, 3)
	shorter.Tables = shorter.Tables[:len(shorter.Tables)-1]
	renamed := draftOf(&w)
	renamed.Segments[0].ID = "another"
	ofOther := draftOf(&w)
	ofOther.PlanDigest = hex.EncodeToString(otherPlan.digest[:])
	twice := draftOf(&w)
	twice.Tables[2].Cells[0].Key = twice.Tables[2].Cells[1].Key
	garbled := draftOf(&w)
	garbled.Segments[0].Name = "shops\xff"
	people := invent(&w, rand.New(rand.NewPCG(1, 1)), 50)

	for name, c := range map[string]struct {
		reserved *Strategy
		counted  *Strategy
		draft    *release.Release
	}{
		"a reservation of another plan":  {otherPlan, s, draftOf(&w)},
		"a reservation of another price": {cheaper, s, draftOf(&w)},
		"tallies of another plan":        {s, otherPlan, draftOf(&w)},
		"tallies of another workload":    {s, forced(t, shorter, gaussian, 1), draftOf(&w)},
		"a draft of another workload":    {s, s, draftOf(&shorter)},
		"a draft of another plan":        {s, s, ofOther},
		"a draft with other segments":    {s, s, renamed},
		"a draft that cannot be written": {s, s, twice},
		"a draft that cannot be read":    {s, s, garbled},
		"no draft":                       {s, s, nil},
	} {
		l := account(t, ledger.Lines{Epsilon: 8, Delta: 1e-7})
		res, err := l.Reserve(t.Context(), request(c.reserved, "2011-12-09"))
		if err != nil {
			t.Fatal(err)
		}
		tallies := tally(t, c.counted, people)
		if _, err := Publish(t.Context(), res, s, tallies, c.draft); err == nil {
			t.Errorf("%s: published", name)
		}
		if _, err := tallies.consume(c.counted); err == nil {
			t.Errorf("%s: the tallies are still there", name)
		}
		if all, err := l.Releases(t.Context()); err != nil || len(all) > 0 {
			t.Errorf("%s: %d releases, %v", name, len(all), err)
		}
	}
	if _, err := Publish(t.Context(), nil, s, tally(t, s, people), draftOf(&w)); err == nil {
		t.Error("published without a reservation")
	}
}

// TestReleasesAddUp holds every number of a release to what is promised of it,
// with real noise on data of every size.
func TestReleasesAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		segments := rapid.IntRange(1, 4).Draw(t, "segments")
		w := shop(segments, rapid.IntRange(1, segments).Draw(t, "bound"))
		m := rapid.SampledFrom([]mechanism{gaussian, laplace}).Draw(t, "mechanism")
		s, err := NewStrategy([32]byte{1}, w, Price{Epsilon: 2, Delta: 1e-6})
		if err == nil && m == laplace {
			err = s.calibrateLaplace(2)
		}
		if err != nil {
			t.Fatal(err)
		}
		u := &unbiased{reach: make([]float64, segments), centred: make([]float64, len(w.Tables))}
		number := rapid.Float64Range(-200, 2000)
		for i := range u.reach {
			u.reach[i] = number.Draw(t, "reach")
		}
		for i, table := range w.Tables {
			u.centred[i] = number.Draw(t, "centred")
			u.cells = append(u.cells, rapid.SliceOfN(number, w.Cells(i), w.Cells(i)).Draw(t, "cells"))
			if table.Kind == Reach {
				u.cells[i][0] = u.reach[table.Segments[0]]
			}
		}
		text, err := s.encode(draftOf(&w), "", ledger.Draw{ID: "id", At: time.Unix(0, 1)}, u)
		if err != nil {
			t.Fatal(err)
		}
		r, err := release.Decode(text)
		if err != nil {
			t.Fatal(err)
		}
		addsUp(t, &w, r)
	})
}

func addsUp(t *rapid.T, w *Workload, r *release.Release) {
	people := *r.Population().Estimate
	reach := func(s int) int64 { return *r.Reach(r.Segments[s].ID).Estimate }
	for i, table := range w.Tables {
		total := int64(0)
		for _, c := range r.Tables[i].Cells {
			total += *c.Estimate
			negative := table.Kind == Sum && w.Amounts[table.Amount].Min < 0 || table.Kind == Mean && w.Amounts[table.Amount].Min < 0
			if !negative && (*c.Estimate < 0 || *c.Lower < 0) {
				t.Fatalf("table %d: a negative number", i)
			}
			if *c.Lower > *c.Estimate || *c.Upper < *c.Estimate || *c.Upper == *c.Lower && table.Kind != Mean {
				t.Fatalf("table %d: %d is not within %d to %d", i, *c.Estimate, *c.Lower, *c.Upper)
			}
		}
		switch table.Kind {
		case Reach:
			if total > people {
				t.Fatalf("a segment of %d in %d people", total, people)
			}
		case Breakdown, Frequency:
			if n := reach(table.Segments[0]); total != n {
				t.Fatalf("table %d adds up to %d, reach is %d", i, total, n)
			}
		case Overlap:
			a, b := reach(table.Segments[0]), reach(table.Segments[1])
			if total > min(a, b) || total < a+b-people {
				t.Fatalf("an overlap of %d of %d and %d in %d", total, a, b, people)
			}
		case Sum, Mean:
			n, a := reach(table.Segments[0]), w.Amounts[table.Amount]
			if table.Kind == Mean {
				n = 1
			}
			if total < n*a.Min || total > n*a.Max {
				t.Fatalf("table %d: %d of %d people", i, total, n)
			}
		}
	}
}

// TestMarginsAgree holds the estimates of a larger table to those of the
// smaller one that it refines.
func TestMarginsAgree(t *testing.T) {
	w := shop(1, 1)
	s := forced(t, w, gaussian, 1)
	people := invent(&w, rand.New(rand.NewPCG(3, 1)), 300)
	r, err := publish(t.Context(), reserve(s), s, tally(t, s, people), draftOf(&w), library{})
	if err != nil {
		t.Fatal(err)
	}
	// Tables 2 and 3 are by (1, 0) and by (0).
	for value := range 3 {
		total, unbiased := int64(0), 0.0
		for other := range 4 {
			c := r.Tables[2].Cells[other*3+value]
			total, unbiased = total+*c.Estimate, unbiased+*c.Unbiased
		}
		c := r.Tables[3].Cells[value]
		if total != *c.Estimate || math.Abs(unbiased-*c.Unbiased) > 0.25+1e-9 {
			t.Errorf("value %d: %d and %.1f in one table, %d and %.1f in the other", value, total, unbiased, *c.Estimate, *c.Unbiased)
		}
	}
}

// TestWithheld walks an audience up and down past the gate.
func TestWithheld(t *testing.T) {
	w := shop(3, 3)
	w.Tables = append(w.Tables, Table{Kind: Overlap, Segments: []int{1, 0, 2}})
	w.MinReach = 100
	s := forced(t, w, gaussian, 1)
	width := s.HalfWidth(1, 0)
	for _, c := range []struct {
		name     string
		reach    float64
		before   string
		changed  bool
		released bool
	}{
		{"new, below", 99, "", false, false},
		{"new, above", 100, "", false, true},
		{"withheld, below", 99, release.Withheld, false, false},
		{"withheld, above", 100, release.Withheld, false, true},
		{"released, a little below", 99, release.Released, false, true},
		{"released, its upper end at the gate", 100.5 - width, release.Released, false, true},
		{"released, far below", 98 - width, release.Released, false, false},
		{"released under another rule, a little below", 99, release.Released, true, false},
		{"released under another rule, above", 100, release.Released, true, true},
	} {
		u := &unbiased{reach: []float64{c.reach, 5000, 4000}, centred: make([]float64, len(w.Tables))}
		for i, table := range w.Tables {
			u.cells = append(u.cells, make([]float64, w.Cells(i)))
			switch table.Kind {
			case Population:
				u.cells[i][0] = 9000
			case Reach:
				u.cells[i][0] = u.reach[table.Segments[0]]
			}
		}
		draft := draftOf(&w)
		draft.Segments[0].Before = c.before
		if c.changed {
			draft.Changes = release.Changes{Since: "before", Date: "2011-12-02", Changed: []string{draft.Segments[0].ID}}
		}
		was := &release.Size{Estimate: 120, Lower: 70, Upper: 170, Unbiased: 120, StdDev: 25}
		draft.Past = []release.Past{{ID: "before", Date: "2011-12-02", Reach: []*release.Size{was, was, nil}}}
		text, err := s.encode(draft, "", ledger.Draw{ID: "id", At: time.Unix(0, 0)}, u)
		if err != nil {
			t.Fatal(err)
		}
		r, err := release.Decode(text)
		if err != nil {
			t.Fatal(err)
		}
		seg := r.Segments[0]
		if past := r.Past[0].Reach; (past[0] != nil) != c.released || past[1] == nil || past[2] != nil {
			t.Errorf("%s: earlier sizes are %v", c.name, past)
		}
		if draft.Past[0].Reach[0] == nil {
			t.Errorf("%s: the draft's own past is blanked", c.name)
		}
		if (seg.Status == release.Released) != c.released || (len(seg.AtLeast) == len(sizes)) != c.released || (seg.Reason == "") != c.released {
			t.Errorf("%s: %+v", c.name, seg)
		}
		for i, table := range w.Tables {
			own := slices.Contains(table.Segments, 0)
			for _, cell := range r.Tables[i].Cells {
				if (cell.Estimate == nil) != (own && !c.released) {
					t.Errorf("%s: table %d of segments %v: %+v", c.name, i, table.Segments, cell)
				}
			}
			for _, it := range r.Tables[i].AtLeast {
				if hidden := own && !c.released; (it.Estimate == nil) != hidden || (it.Share == nil) != hidden {
					t.Errorf("%s: table %d of segments %v: %+v", c.name, i, table.Segments, it)
				}
			}
		}
	}
}
