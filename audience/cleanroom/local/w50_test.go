// SPDX-License-Identifier: Apache-2.0

package local

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/throng-dp/throng/audience/cleanroom"
	"github.com/throng-dp/throng/audience/rule"
	"github.com/throng-dp/throng/dp"
)

// TestW50 holds the exact counts of whole workloads to those of the engines
// that Throng is measured against: what counts something else has no speed.
// THRONG_W50 names a folder of data with workloads in it (make bench); without
// it there is nothing to compare. The peers' counts come through a pipe and are
// written nowhere.
func TestW50(t *testing.T) {
	dir := os.Getenv("THRONG_W50")
	if dir == "" {
		t.Skip("NOT COMPARED: no THRONG_W50; make bench makes the data and sets it")
	}
	plans, err := filepath.Glob(filepath.Join(dir, "*.json")) // what peers can read; other plans are beside
	if err != nil || len(plans) == 0 {
		t.Fatalf("no workload in THRONG_W50: %v", err)
	}
	for _, plan := range plans {
		name := strings.TrimSuffix(filepath.Base(plan), ".json")
		t.Run(name, func(t *testing.T) {
			in := workloadInput(t, dir, filepath.Join(dir, name+".yaml"))
			ours := named(in, exact(t, in))
			peers := []string{"duckdb_mask", "duckdb_onepass", "polars_onepass"}
			if name == "mixed" { // in SQL of one pass alone
				peers = peers[1:2]
			}
			for _, peer := range peers {
				t.Run(peer, func(t *testing.T) {
					comparePeer(t, ours, peerCounts(t, peer, dir, name))
				})
			}
		})
	}
}

func workloadInput(t *testing.T, dir, plan string) *cleanroom.Input {
	t.Helper()
	text, err := os.ReadFile(plan)
	if err != nil {
		t.Fatal(err)
	}
	in := inputFrom(t, dir, string(text))
	if in.Calendar, err = rule.NewCalendar(in.Plan.Zone, "2026-03-30", in.Plan.Lookback); err != nil {
		t.Fatal(err)
	}
	return in
}

// named gives every exact count but zeros a name that the peers' counts have
// too.
func named(in *cleanroom.Input, total [][]int64) map[string]int64 {
	m := map[string]int64{}
	for i, table := range in.Plan.Workload.Tables {
		var ids []string
		for _, s := range table.Segments {
			ids = append(ids, in.Plan.Segments[s].ID)
		}
		for cell, n := range total[i] {
			if n == 0 {
				continue
			}
			name := append([]string(nil), ids...)
			if table.Kind == dp.Breakdown {
				region, age := in.Plan.Bands[table.By[0]].Cells, in.Plan.Bands[table.By[1]].Cells
				name = append(name, region[cell/len(age)], age[cell%len(age)])
			}
			m[strings.Join(name, " ")] = n
		}
	}
	return m
}

// peerCounts has a peer count a workload.
func peerCounts(t *testing.T, peer, dir, workload string) map[string]int64 {
	t.Helper()
	top := filepath.Join("..", "..", "..")
	python := os.Getenv("THRONG_PYTHON")
	if python == "" {
		python = filepath.Join(top, ".venv", "bin", "python")
	}
	cmd := exec.Command(python, filepath.Join(top, "cmd", "bench", "peers", peer+".py"), "--counts", dir, filepath.Join(dir, workload+".json"))
	cmd.Stderr = os.Stderr
	text, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var counts struct {
		People       int64
		Segments     map[string]int64
		Cells, Pairs [][]any
	}
	if err := json.Unmarshal(text, &counts); err != nil {
		t.Fatal(err)
	}
	m := map[string]int64{"": counts.People}
	for id, n := range counts.Segments {
		m[id] = n
	}
	for _, row := range append(counts.Cells, counts.Pairs...) {
		var name []string
		for _, part := range row[:len(row)-1] {
			name = append(name, part.(string))
		}
		m[strings.Join(name, " ")] = int64(row[len(row)-1].(float64))
	}
	return m
}

// comparePeer says what differs, not by how much: the data may be anybody's.
func comparePeer(t *testing.T, ours, theirs map[string]int64) {
	t.Helper()
	differ := 0
	for name, n := range theirs {
		if ours[name] != n {
			if differ++; differ <= 5 {
				t.Errorf("%q differs", name)
			}
		}
	}
	for name := range ours {
		if _, ok := theirs[name]; !ok {
			if differ++; differ <= 5 {
				t.Errorf("%q is nobody there", name)
			}
		}
	}
	if differ > 0 || len(theirs) < 100 {
		t.Errorf("%d of %d counts differ", differ, len(theirs))
	}
}
