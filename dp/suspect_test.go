// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"context"
	"math"
	"os"
	"runtime"
	"slices"
	"sync"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/throng-dp/throng/dp/audit"
	"github.com/throng-dp/throng/dp/release"
)

// group is how many copies of the worst person the two data sets of an audit
// differ by. The loss of Gaussian and of Laplace noise grows by exactly this
// factor, and the power of an audit with it.
const group = 10

// full says that make audit runs this: with all the runs that its figures need.
var full = os.Getenv("THRONG_AUDIT") == "full"

// A Suspect is a strategy with two counts of data sets that differ by a group of
// people. It is exported for an audit from outside this package. Its releases come out of the
// code that publishes, with the noise that is published; only the reservation is
// one that takes everything.
type Suspect struct {
	s         *Strategy
	counts    [2][]int64
	rows      [2][]float64 // exact, in units of the noise
	fromCells *mat.Dense   // rows from released cells
	distance  float64      // between the two: in L2, or in L1 for Laplace
}

// NewSuspect consumes the tallies. Every row of the strategy must follow from
// the released cells, so that an attacker who reads them loses nothing.
func NewSuspect(t testing.TB, s *Strategy, without, with Tallies) *Suspect {
	t.Helper()
	u := &Suspect{s: s}
	for i, tallies := range []Tallies{without, with} {
		counts, err := tallies.consume(s)
		if err != nil {
			t.Fatal(err)
		}
		r := &recorder{}
		if _, err := s.design.measure(counts, r); err != nil {
			t.Fatal(err)
		}
		u.counts[i], u.rows[i] = counts, r.rows
	}
	for i, x := range u.rows[1] {
		u.distance += math.Pow(math.Abs(x-u.rows[0][i]), s.design.mechanism.power())
	}
	u.distance = math.Pow(u.distance, 1/s.design.mechanism.power())
	toCells := mat.NewDense(s.cellCount(), len(u.rows[0]), nil)
	for row, r := range responses(t, s) {
		toCells.SetCol(row, slices.Concat(r.cells...))
	}
	u.fromCells = new(mat.Dense)
	if err := u.fromCells.Inverse(toCells); err != nil {
		t.Fatal(err)
	}
	return u
}

func (s *Strategy) cellCount() int {
	n := 0
	for i := range s.workload.Tables {
		n += s.workload.Cells(i)
	}
	return n
}

// charge is μ, or ε for Laplace noise, that the ledger is charged for one person.
// The group must be of the worst persons, or the audit would be too kind.
func (u *Suspect) charge(t testing.TB) float64 {
	t.Helper()
	c := u.s.Cost()
	charge := math.Sqrt(float64(c.MuSquared) * pico)
	if u.s.design.mechanism == laplace {
		charge = float64(c.Epsilon) * pico
	}
	if off := u.distance/group/charge - 1; off > 0 || off < -5e-6 {
		t.Fatalf("the group's distance is %g of what is charged for it", 1+off)
	}
	return charge
}

// shrunk is the mutant: noise that is too small by a factor.
type shrunk struct{ by float64 }

func (s shrunk) draw(m mechanism, x int64, at step) (float64, error) {
	at.linf = int64(float64(at.linf) / s.by)
	return library{}.draw(m, x, at)
}

func drawnBy(weaker float64) sampler {
	if weaker == 1 {
		return library{}
	}
	return shrunk{weaker}
}

// publish releases one of the data sets (1: the one with the group) and returns
// the attacker's statistic of the released numbers. See score.
func (u *Suspect) publish(which int, weaker float64) (float64, error) {
	tallies := Tallies{&seal{in: &tallies{digest: u.s.digest, workload: u.s.fingerprint, layout: u.s.layout,
		tables: u.s.workload.Tables, shards: 1, have: map[int]bool{0: true}, counts: slices.Clone(u.counts[which])}}}
	r, err := publish(context.Background(), reserve(u.s), u.s, tallies, draftOf(&u.s.workload), drawnBy(weaker))
	if err != nil {
		return 0, err
	}
	return u.score(cellsOf(r)), nil
}

// measure draws the same noise and reconstructs the same numbers, but for their
// rounding and writing.
func (u *Suspect) measure(which int, weaker float64) (float64, error) {
	m, err := u.s.design.measure(u.counts[which], drawnBy(weaker))
	if err != nil {
		return 0, err
	}
	return u.score(slices.Concat(u.s.design.reconstruct(m).cells...)), nil
}

func cellsOf(r *release.Release) (cells []float64) {
	for _, t := range r.Tables {
		for _, c := range t.Cells {
			cells = append(cells, *c.Unbiased)
		}
	}
	return cells
}

// score is the logarithm of the likelihood ratio, the best statistic there is
// (Neyman and Pearson). For Gaussian noise it is scaled to be normal around 0
// without the group and around distance with it, of variance 1; for Laplace it
// lies within distance of 0.
func (u *Suspect) score(cells []float64) float64 {
	rows := mat.NewVecDense(len(u.rows[0]), nil)
	rows.MulVec(u.fromCells, mat.NewVecDense(len(cells), cells))
	score := 0.0
	for i, x := range u.rows[0] {
		y, more := rows.AtVec(i), u.rows[1][i]
		if u.s.design.mechanism == laplace {
			score += math.Abs(y-x) - math.Abs(y-more)
		} else {
			score += (y - x) * (more - x) / u.distance
		}
	}
	return score
}

// attack releases both data sets so many times and guesses from the threshold on
// that the group is there.
func (u *Suspect) attack(t testing.TB, runs int, threshold float64, release func(which int) (float64, error)) audit.Counts {
	t.Helper()
	workers := runtime.GOMAXPROCS(0)
	above := make([][2]int, workers)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := w; i < runs; i += workers {
				for which := range 2 {
					score, err := release(which)
					if err != nil {
						t.Error(err)
						return
					}
					if score > threshold {
						above[w][which]++
					}
				}
			}
		}()
	}
	wg.Wait()
	c := audit.Counts{Runs: runs}
	for _, a := range above {
		c.False, c.Hits = c.False+a[0], c.Hits+a[1]
	}
	return c
}

// Audit publishes both data sets, guesses with a threshold halfway, and holds
// what it proves to what the ledger is charged: no more, and, so that the attack
// is known to work, no less than 0.9 of it. It sees 7 % too little noise, and twice
// the noise. False alarms at the full number of runs: below 2e-6 for the first
// (either bound of 99.9 % is missed by 3.3 standard deviations, both together by
// 4.65), below 1e-15 for the second; fewer runs ask for 0.75 only.
func (u *Suspect) Audit(t testing.TB) {
	t.Helper()
	runs, least := 1500, 0.75
	if full {
		runs, least = 20_000, 0.9
	}
	claimed := u.charge(t)
	c := u.attack(t, runs, u.distance/2, func(which int) (float64, error) { return u.publish(which, 1) })
	u.judge(t, runs, "μ", c.Mu(0.999)/group, claimed, least)
}

func (u *Suspect) judge(t testing.TB, runs int, of string, bound, claimed, least float64) {
	t.Helper()
	t.Logf("of 2 × %d releases: %s >= %.4f, claimed %.4f: %.3f of it", runs, of, bound, claimed, bound/claimed)
	if bound > claimed {
		t.Errorf("%s is at least %.4f, the ledger is charged %.4f", of, bound, claimed)
	}
	if bound < least*claimed {
		t.Errorf("the attack proves %s >= %.4f of %.4f only: it is dead, or the noise too large", of, bound, claimed)
	}
}
