// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"math"
	"math/rand/v2"
	"os"
	"testing"
)

// times is how many releases a simulation draws: few in every run of the tests,
// many in `make accuracy`.
func times(few, many int) int {
	if os.Getenv("THRONG_ACCURACY") != "" {
		return many
	}
	return few
}

// skewed makes up people as they are: a few segments and cells have most of
// them.
func skewed(w *Workload, rng *rand.Rand, n int) []person {
	people := make([]person, n)
	for i := range people {
		p := &people[i]
		for _, s := range rng.Perm(w.Segments) {
			if len(p.kept) < w.Bound && rng.Float64() < 0.4/(1+float64(s)/3) {
				p.kept = append(p.kept, s)
			}
		}
		for _, n := range w.Attributes {
			p.cells = append(p.cells, uint32(math.Floor(float64(n)*math.Pow(rng.Float64(), 3))))
		}
	}
	return people
}

// drawn is a workload counted by the real code, and planned.
type drawn struct {
	*Strategy
	counts []int64
	truth  [][]int64
}

func draw(t *testing.T, w Workload, people int) *drawn {
	t.Helper()
	s, err := NewStrategy([32]byte{}, w, Price{Epsilon: 1, Delta: 1e-8})
	if err != nil {
		t.Fatal(err)
	}
	all := skewed(&w, rand.New(rand.NewPCG(31, 32)), people)
	counts, err := tally(t, s, all).consume(s)
	if err != nil {
		t.Fatal(err)
	}
	d := &drawn{Strategy: s, counts: counts, truth: make([][]int64, len(w.Tables))}
	for i := range w.Tables {
		d.truth[i] = counts[s.layout.tableFirst[i]:][:w.Cells(i)]
	}
	return d
}

// release draws a release's noise as Publish does.
func (d *drawn) release(t *testing.T) *unbiased {
	t.Helper()
	m, err := d.design.measure(d.counts, library{})
	if err != nil {
		t.Fatal(err)
	}
	return d.design.reconstruct(m)
}

// TestAccuracy draws the reference workload with the noise of a release and
// holds its errors to the goals, and to what was told before. What was told is
// within the goal (TestReference). Errors of one release are correlated, so
// deviations are measured over releases; an alarm is beyond seven of them, which
// by Student's t with 19 degrees of freedom is false once in a million.
func TestAccuracy(t *testing.T) {
	d := draw(t, reference(), 20_000)
	fs := d.Families()
	releases := times(20, 300)
	squares := make([][]float64, len(fs)) // of each family, of each release, a cell's mean
	all, cells := make([]float64, releases), 0
	for i, f := range fs {
		squares[i] = make([]float64, releases)
		if i > 0 {
			cells += f.Cells
		}
	}
	for r := range releases {
		u := d.release(t)
		for i, family := range families(&d.workload) {
			for _, at := range family.tables {
				for c, x := range u.cells[at] {
					off := x - float64(d.truth[at][c])
					squares[i][r] += off * off / float64(fs[i].Cells)
				}
			}
			if i > 0 {
				all[r] += squares[i][r] * float64(fs[i].Cells) / float64(cells)
			}
		}
	}
	for i, f := range fs {
		rmse, deviation := rootMean(squares[i])
		t.Logf("%-10s RMSE %6.2f ± %.2f in %d releases, told %6.2f, bound %6.2f: %.3f of it", kinds[d.workload.Tables[f.Table].Kind], rmse, deviation, releases, f.StdDev, f.Bound, rmse/f.Bound)
		if math.Abs(rmse-f.StdDev) > 7*deviation {
			t.Errorf("family %d: RMSE %g, told %g", i, rmse, f.StdDev)
		}
	}
	rmse, deviation := rootMean(all)
	t.Logf("all %d cells: RMSE %.2f ± %.2f (226 by Laplace noise for each family, 132 by the library's Gaussian, 41.9 the optimum)", cells, rmse, deviation)
	if rmse > 42.6+7*deviation {
		t.Errorf("RMSE over %d cells is %.2f", cells, rmse)
	}
}

// rootMean returns the root of the mean of squares, and its deviation.
func rootMean(squares []float64) (root, deviation float64) {
	n, mean, spread := float64(len(squares)), 0.0, 0.0
	for _, x := range squares {
		mean += x / n
	}
	for _, x := range squares {
		spread += (x - mean) * (x - mean) / (n - 1)
	}
	root = math.Sqrt(mean)
	return root, math.Sqrt(spread/n) / (2 * root)
}

// TestAccuracyUncapped draws people of 20 segments who may be in all of them,
// and holds the intervals to the unbounded truth: nothing is capped. Of 134,000
// intervals, which share some of their noise, the share that covers moves by
// about 0.08 %; a false alarm is beyond six standard deviations.
func TestAccuracyUncapped(t *testing.T) {
	w := audiences(20, 20, []int{20, 6, 11}, byAll, everyPair)
	d := draw(t, w, 20_000)
	covered, of, squares := 0, 0, 0.0
	for range times(40, 300) {
		u := d.release(t)
		for i := range w.Tables {
			for c, x := range u.cells[i] {
				off := x - float64(d.truth[i][c])
				if math.Abs(off) <= d.HalfWidth(i, c) {
					covered++
				}
				if i > 0 {
					squares += off * off
				}
				of++
			}
		}
	}
	rate := float64(covered) / float64(of)
	rmse := math.Sqrt(squares / float64(of))
	t.Logf("%d intervals: %.2f %% cover; RMSE %.2f, %.4f of the bound (the optimum is 32.0; 418 by Laplace noise, 164 by the library's Gaussian)",
		of, 100*rate, rmse, d.Optimality())
	if rate < 0.945 || rate > 0.955 {
		t.Errorf("%.2f %% of %d intervals cover", 100*rate, of)
	}
	if rmse > 1.1*32.0 {
		t.Errorf("RMSE %g, the optimum is 32.0", rmse)
	}
}

// TestAccuracyProjected holds what projecting is worth where segments are
// sparse: cells have a smaller error, and totals keep theirs. 20 releases of
// 4,000 cells; the ratio moves by less than 0.5 %.
func TestAccuracyProjected(t *testing.T) {
	d := draw(t, reference(), 20_000)
	w := &d.workload
	var cells, totals [2]float64
	count := 0
	for range times(20, 100) {
		u := d.release(t)
		estimates := d.estimates(u)
		for i := range w.Tables {
			table := &w.Tables[i]
			if table.Kind != Reach && table.Kind != Breakdown {
				continue
			}
			into := &cells
			if table.Kind == Reach {
				into = &totals
			} else if table.Segments[0] < w.Segments/2 {
				continue // the larger half
			}
			for c, x := range u.cells[i] {
				raw, fit := x-float64(d.truth[i][c]), float64(estimates[i][c]-d.truth[i][c])
				into[0] += raw * raw
				into[1] += fit * fit
				count++
			}
		}
	}
	cell, total := math.Sqrt(cells[1]/cells[0]), math.Sqrt(totals[1]/totals[0])
	t.Logf("%d numbers: projected cells of sparse segments have %.3f of the unbiased RMSE, reaches %.3f", count, cell, total)
	if cell > 0.85 {
		t.Errorf("projected cells of sparse segments have %.3f of the unbiased RMSE", cell)
	}
	if math.Abs(total-1) > 0.02 {
		t.Errorf("projected reaches have %.3f of the unbiased RMSE", total)
	}
}
