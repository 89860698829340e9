// SPDX-License-Identifier: Apache-2.0

package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/throng-dp/throng/audience/cleanroom"
	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/dp"
)

// largeInput is a scan of a second: twelve copies of one file, with ids, people,
// and many choices.
func largeInput(t *testing.T) *cleanroom.Input {
	t.Helper()
	dir := memoryData(t, 40_000, 4, 12, 2)
	text, err := os.ReadFile(filepath.Join(dir, "visits.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 12 {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("visits-%d.parquet", i)), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out strings.Builder
	out.WriteString("who\n")
	for i := range 200_000 {
		fmt.Fprintf(&out, "nobody%d\n", i)
	}
	if err := os.WriteFile(filepath.Join(dir, "out.csv"), []byte(out.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	plan := strings.NewReplacer("visits.parquet", "visits-*.parquet", "ID", ", id: key", "PEOPLE", "people: {files: people.parquet, person: who}",
		"release:", `  - {id: home, rule: 'person.home != "home1"'}`+"\nrelease:").Replace(memoryPlan)
	return inputFrom(t, dir, plan)
}

// stops cancels a count when told to and wants it to end within a second.
func stops(t *testing.T, in *cleanroom.Input, when func(stop func()), each func(stop func())) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	told := make(chan time.Time, 1)
	stop := func() {
		select {
		case told <- time.Now():
			cancel()
		default: // it was told already
		}
	}
	when(stop)
	err := count(ctx, in, func(_, _ int, fill func(func(*dp.Block) error) error) error {
		return fill(func(*dp.Block) error {
			each(stop)
			return nil
		})
	})
	late := time.Since(<-told)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that it was cancelled", err)
	}
	if late > time.Second {
		t.Errorf("stopped after %v", late)
	}
}

// TestStopsInEveryPhase: whatever a run is at, it ends within a second.
func TestStopsInEveryPhase(t *testing.T) {
	in := largeInput(t)
	never := func(func()) {}
	t.Run("judging", func(t *testing.T) { stops(t, in, never, func(stop func()) { stop() }) })
	steps := 0
	for _, phase := range []struct {
		name string
		step int // of 25: the table of people, ids, events
	}{{"people", 1}, {"ids", 5}, {"events", 17}} {
		t.Run(phase.name, func(t *testing.T) {
			steps = 0
			stops(t, in, func(stop func()) {
				in.Progress = func(int64, int64) {
					if steps++; steps == phase.step {
						stop()
					}
				}
			}, never)
		})
	}
	in.Progress = nil
	t.Run("choices", func(t *testing.T) {
		// They are read first, and a line takes more than 50 ns.
		stops(t, in, func(stop func()) { time.AfterFunc(25*time.Millisecond, stop) }, never)
	})
	t.Run("choices in Parquet", func(t *testing.T) {
		in.Plan.OptOuts = []plan.OptOuts{{Files: []string{"visits-*.parquet"}, Person: "who"}}
		stops(t, in, func(stop func()) { time.AfterFunc(25*time.Millisecond, stop) }, never)
	})
}
