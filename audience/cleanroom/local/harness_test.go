// SPDX-License-Identifier: Apache-2.0

package local

import (
	"math/bits"
	"os"
	"sync"
	"testing"

	"github.com/throng-dp/throng/audience/cleanroom"
	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/audience/rule"
	"github.com/throng-dp/throng/dp"
)

const retail = "../../../datasets/online-retail"

// retailInput returns the input of a run of the plan in a file, over the gift
// shop's data. What it asks of an account does not matter here.
func retailInput(t testing.TB, file string) *cleanroom.Input {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return inputFrom(t, retail, string(text))
}

// inputFrom is for the date that the gift shop's data end with.
func inputFrom(t testing.TB, root, text string) *cleanroom.Input {
	t.Helper()
	f, err := plan.Parse("test.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	p, err := f.Compile(func(s *plan.Source) ([]rule.Column, error) {
		return Engine{}.Columns(t.Context(), root, s, nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	cal, err := rule.NewCalendar(p.Zone, "2011-12-09", p.Lookback)
	if err != nil {
		t.Fatal(err)
	}
	return &cleanroom.Input{Plan: p, Calendar: cal, Root: root, BoundKey: []byte("bound key"), Workers: 2}
}

// exact counts a plan before any noise: a number for every cell of every table
// of its workload. It stays in this test.
func exact(t testing.TB, in *cleanroom.Input) [][]int64 {
	t.Helper()
	w := &in.Plan.Workload
	total := make([][]int64, len(w.Tables))
	for i := range total {
		total[i] = make([]int64, countsOf(w, i))
	}
	var mu sync.Mutex
	err := count(t.Context(), in, func(_, _ int, fill func(func(*dp.Block) error) error) error {
		return fill(func(b *dp.Block) error {
			mu.Lock()
			defer mu.Unlock()
			addBlock(total, w, b)
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return total
}

// countsOf is how many exact counts stand behind a table.
func countsOf(w *dp.Workload, i int) int {
	switch t := &w.Tables[i]; t.Kind {
	case dp.Quantiles:
		return w.Grids[t.Grid].Points
	case dp.Top: // all that they are chosen from, and other
		return w.Attributes[t.By[0]]
	}
	return w.Cells(i)
}

// addBlock is what the tables of a workload count, in so many words.
func addBlock(total [][]int64, w *dp.Workload, b *dp.Block) {
	for i, table := range w.Tables {
		who := ^uint64(0) >> (64 - b.People)
		for _, s := range table.Segments {
			who &= b.Kept[s]
		}
		switch table.Kind {
		case dp.PeopleOver, dp.Dropped:
			most := uint32(min(w.Segments-w.Bound, w.Bound))
			if table.Kind == dp.PeopleOver {
				most = 1
			}
			for _, n := range b.Over[:min(len(b.Over), b.People)] { // none without a cap
				total[i][0] += int64(min(n, most))
			}
		case dp.Population, dp.Reach, dp.Overlap:
			total[i][0] += int64(bits.OnesCount64(who))
		default:
			for p := range b.People {
				if who>>p&1 == 0 {
					continue
				}
				cell := 0
				for _, a := range table.By {
					cell = cell*w.Attributes[a] + int(b.Cells[a][p])
				}
				if table.Kind == dp.Quantiles {
					cell = int(b.Points[table.Grid][p])
				}
				if table.Kind == dp.Sum || table.Kind == dp.Mean {
					total[i][0] += b.Amounts[table.Amount][p]
				} else {
					total[i][cell]++
				}
			}
		}
	}
}

// reaches returns the exact reach of every segment by its id, and of everybody
// by "".
func reaches(t testing.TB, in *cleanroom.Input, total [][]int64) map[string]int64 {
	t.Helper()
	m := map[string]int64{}
	for i, table := range in.Plan.Workload.Tables {
		switch table.Kind {
		case dp.Population:
			m[""] = total[i][0]
		case dp.Reach:
			m[in.Plan.Segments[table.Segments[0]].ID] = total[i][0]
		}
	}
	return m
}
