// SPDX-License-Identifier: Apache-2.0

package audience_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/throng-dp/throng/audience"
	"github.com/throng-dp/throng/dp/release"
)

// TestPast carries the sizes of the releases that stand when a release is made,
// and of no other; and what becomes of them later changes no byte of its files.
func TestPast(t *testing.T) {
	l, _ := freshLedger(t)
	job := shopJob(t, l)
	built := map[string]*audience.Result{}
	for _, job.Date = range []string{"2011-12-06", "2011-12-07", "2011-12-08"} {
		if job.Date == "2011-12-08" {
			if err := l.Retract(t.Context(), built["2011-12-07"].Release.ID, "a test"); err != nil {
				t.Fatal(err)
			}
		}
		var err error
		if built[job.Date], err = audience.Build(t.Context(), job); err != nil {
			t.Fatal(err)
		}
	}
	first, second, third := built["2011-12-06"].Release, built["2011-12-07"].Release, built["2011-12-08"].Release
	if len(first.Past) != 0 || len(second.Past) != 1 || len(third.Past) != 1 {
		t.Fatalf("%d, %d and %d earlier releases, want 0, 1, 1", len(first.Past), len(second.Past), len(third.Past))
	}
	want := *release.PastOf(first, third)
	for i, s := range third.Segments {
		if s.Status == release.Withheld {
			want.Reach[i] = nil
		}
	}
	if diff := cmp.Diff(want, third.Past[0]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	before, err := audience.Files(third)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Retract(t.Context(), first.ID, "a test"); err != nil {
		t.Fatal(err)
	}
	again, err := audience.Build(t.Context(), job)
	if err != nil {
		t.Fatal(err)
	}
	after, err := audience.Files(again.Release)
	if err != nil {
		t.Fatal(err)
	}
	for i := range before {
		if !bytes.Equal(before[i].Bytes, after[i].Bytes) {
			t.Errorf("%s is another one once an earlier release is retracted", before[i].Name)
		}
	}
}

// TestEveryone marks the audience whose rule holds for all people.
func TestEveryone(t *testing.T) {
	l, _ := freshLedger(t)
	job := shopJob(t, l)
	job.Plan = shopPlan(t, func(text string) string {
		return strings.Replace(text, "segments:\n", "segments:\n  - {id: everyone, name: Everyone, rule: true}\n", 1)
	})
	built, err := audience.Build(t.Context(), job)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range built.Release.Segments {
		if s.Everyone != (s.ID == "everyone") {
			t.Errorf("%s: everyone is %v", s.ID, s.Everyone)
		}
	}
}
