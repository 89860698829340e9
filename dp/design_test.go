// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A planner is a case of the reference implementation of ResidualPlanner.
type planner struct {
	ID       string
	Domain   []int
	Workload [][]int
	Sum      struct {
		Objective float64
		Noise     map[string]float64 `json:"noise_level"`
		Variance  map[string]float64 `json:"cell_variance"`
	} `json:"sum_of_variance"`
	Max struct{ Objective float64 } `json:"max_variance"`
}

// planners reads the cases of testdata, or of the folder that THRONG_VECTORS names.
func planners(t *testing.T) []planner {
	t.Helper()
	var vectors struct{ Cases []planner }
	readVectors(t, "residual_planner.json", &vectors)
	if len(vectors.Cases) == 0 {
		t.Fatal("no cases")
	}
	return vectors.Cases
}

func readVectors(t *testing.T, name string, into any) {
	t.Helper()
	dir := os.Getenv("THRONG_VECTORS")
	if dir == "" {
		dir = "testdata"
	}
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

// workload is the case's marginals of one segment. Population and reach are in
// every workload of ours; a weight of next to nothing leaves them no say.
func (p *planner) workload(weight func(cells int) float64) Workload {
	const nothing = 1e-24
	w := Workload{Segments: 1, Bound: 1, Attributes: p.Domain, Tables: []Table{
		{Kind: Population, Weight: nothing}, {Kind: Reach, Segments: []int{0}, Weight: nothing}}}
	for _, by := range p.Workload {
		if len(by) == 0 {
			w.Tables[1].Weight = 1
			continue
		}
		w.Tables = append(w.Tables, Table{Kind: Breakdown, Segments: []int{0}, By: by})
		last := len(w.Tables) - 1
		w.Tables[last].Weight = weight(w.Cells(last))
	}
	return w
}

// TestResidualPlanner holds the design of one segment's marginals to the
// reference implementation of ResidualPlanner: the noise of every component and
// the variance of every cell, at price 1.
func TestResidualPlanner(t *testing.T) {
	for _, c := range planners(t) {
		w := c.workload(func(cells int) float64 { return float64(cells) }) // all cells alike
		if err := w.validate(); err != nil {
			t.Fatal(err)
		}
		d := newDesign(&w, newLayout(&w), gaussian, nil)
		d.calibrate(1)
		near := func(what string, got, want float64) {
			if math.Abs(got-want) > 1e-8*want {
				t.Errorf("%s: %s is %.12g, want %.12g", c.ID, what, got, want)
			}
		}
		for part, want := range c.Sum.Noise {
			for i, f := range d.features {
				if f.kind != amount && key(f.by) == key(numbers(t, part)) {
					near("noise of ["+part+"]", d.variance(d.scales.seg[0][i]), want)
				}
			}
		}
		for part, want := range c.Sum.Variance {
			if part == "" {
				near("variance of the total", d.reachVariance(0), want)
				continue
			}
			near("variance of ["+part+"]", d.cellVariance(0, d.layout.crossing(numbers(t, part))), want)
		}
	}
}

// numbers reads "0,2".
func numbers(t *testing.T, list string) []int {
	t.Helper()
	var out []int
	for _, s := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' }) {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, n)
	}
	return out
}

// TestBasis holds that the integer basis loses nothing, whatever the sizes.
func TestBasis(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sizes := rapid.SliceOfN(rapid.IntRange(1, 7), 1, 4).Draw(t, "sizes")
		n := 1
		for _, s := range sizes {
			n *= s
		}
		cells := rapid.SliceOfN(rapid.Int64Range(0, 1<<33), n, n).Draw(t, "cells")
		rows := make([]int64, n)
		copy(rows, cells)
		analyse(rows, sizes)
		back := make([]float64, n)
		total := int64(0)
		for i, x := range rows {
			back[i] = float64(x)
			total += cells[i]
		}
		if rows[0] != total {
			t.Fatalf("the first row is %d, not the total %d", rows[0], total)
		}
		synthesise(back, sizes)
		for i, x := range back {
			if math.Abs(x-float64(cells[i])) > 1e-2 {
				t.Fatalf("cell %d comes back as %f, was %d", i, x, cells[i])
			}
		}
	})
}

// TestCentring shows what measuring around a centre is worth: without a cap
// every number of twelve segments gets better by at least a quarter.
func TestCentring(t *testing.T) {
	w := shop(12, 12)
	centred := forced(t, w, gaussian, 1)
	all := laplaceCentres
	laplaceCentres = laplaceCentres[:1]
	raw := forced(t, w, gaussian, 1)
	o := newObjective(raw.design)
	for f := range raw.design.features {
		raw.design.plan(o, f)
	}
	raw.design.pairCentre = raw.design.centres[0]
	raw.design.calibrate(centred.charge)
	laplaceCentres = all
	for i := range w.Tables {
		if k := w.Tables[i].Kind; k == Population || k == Mean {
			continue
		}
		if c, r := centred.StdDev(i, 0), raw.StdDev(i, 0); c > 0.75*r {
			t.Errorf("table %d: σ %.1f around centres, %.1f without", i, c, r)
		}
	}
}

// TestLargestVariance holds designs that make the largest variance small to the
// same vectors, which a general solver of convex problems found.
func TestLargestVariance(t *testing.T) {
	for _, c := range planners(t) {
		w := c.workload(func(cells int) float64 { return 1 })
		w.Objective = LargestVariance
		w.Tables[0].Weight = 1e-12
		if len(c.Workload[0]) > 0 {
			w.Tables[1].Weight = 1e-12
		}
		s := &Strategy{workload: w, layout: newLayout(&w)}
		d, _, _ := s.level(newDesign(&s.workload, s.layout, gaussian, nil), 1)
		largest := 0.0
		for i := range w.Tables[1:] {
			if w.Tables[1+i].Weight == 1 {
				largest = math.Max(largest, d.tableVariance(1+i))
			}
		}
		t.Logf("%s: largest variance %.5f, the solver's %.5f", c.ID, largest, c.Max.Objective)
		if math.Abs(largest/c.Max.Objective-1) > 1e-3 {
			t.Errorf("%s: largest variance %g, the solver's %g", c.ID, largest, c.Max.Objective)
		}
	}
}
