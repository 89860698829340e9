// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/throng-dp/throng/dp/dptest"
	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/release"
)

// through publishes people by the code that publishes, and returns the release.
func through(t testing.TB, s *Strategy, people []person, src sampler) *release.Release {
	t.Helper()
	r, err := publish(context.Background(), reserve(s), s, tally(t, s, people), draftOf(&s.workload), src)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestPublishNoisesTheExactCounts holds what Publish adds noise to, row by row,
// to the counts of data that grow past every gate person by person: nothing is
// cut, clamped or withheld before the noise, and no person moves more than the
// price.
func TestPublishNoisesTheExactCounts(t *testing.T) {
	for _, m := range []mechanism{gaussian, laplace} {
		w := shop(4, 3)
		w.MinReach = 10
		s := forced(t, w, m, 1)
		people := invent(&w, rand.New(rand.NewPCG(21, 22)), 60)
		var before []float64
		for n := range len(people) + 1 {
			r := &recorder{}
			through(t, s, people[:n], r)
			if want := rowsOf(t, s, people[:n]); !slices.Equal(r.rows, want) {
				t.Fatalf("%v: of %d people, Publish noises other rows than those counted", m, n)
			}
			if n > 0 {
				cost := 0.0
				for i, x := range r.rows {
					cost += math.Pow(math.Abs(x-before[i]), m.power())
				}
				if cost > s.charge {
					t.Errorf("%v: person %d costs %g, charged is %g", m, n, cost, s.charge)
				}
			}
			before = r.rows
		}
	}
}

// TestEveryCellIsNoised holds the number of draws to the plan's: as many for
// nobody as for a crowd.
func TestEveryCellIsNoised(t *testing.T) {
	for _, m := range []mechanism{gaussian, laplace} {
		w := shop(3, 3)
		s := forced(t, w, m, 1)
		people := invent(&w, rand.New(rand.NewPCG(23, 24)), 50)
		nobody, crowd := &witness{}, &witness{}
		through(t, s, nil, nobody)
		through(t, s, people, crowd)
		r := &recorder{}
		through(t, s, people, r)
		if len(nobody.noise) != len(crowd.noise) || len(crowd.noise) != len(r.rows) {
			t.Errorf("%v: %d draws for nobody, %d for people, of %d rows", m, len(nobody.noise), len(crowd.noise), len(r.rows))
		}
		if i := slices.Index(crowd.noise, 0); i >= 0 {
			// A row's noise is at least 2^20 units wide: 0 has a chance below 1e-6 a row.
			t.Errorf("%v: row %d has no noise", m, i)
		}
	}
}

// TestChargeIsRoundedUp holds the ledger's integers to the computed charge.
func TestChargeIsRoundedUp(t *testing.T) {
	for _, m := range []mechanism{gaussian, laplace} {
		for _, epsilon := range []float64{0.1, 0.37, 1, 2.2} {
			s := forced(t, shop(3, 2), m, epsilon)
			c := s.Cost()
			charged := float64(max(c.MuSquared, c.Epsilon))
			if over := charged - s.charge/pico; over < 0 || over >= 1 {
				t.Errorf("%v, ε %g: charged %.0f, computed %.6f", m, epsilon, charged, s.charge/pico)
			}
			if tail := float64(c.Tail) - s.tail*1e18; tail < 0 || tail >= 1 {
				t.Errorf("%v, ε %g: the tail is rounded by %g", m, epsilon, tail)
			}
		}
	}
}

// A retrying reservation draws, loses the bytes before they are committed, and
// draws again, as a run does whose first try failed.
type retrying struct {
	*held
	lost []byte
}

func (r *retrying) Post(ctx context.Context, digest [32]byte, cost ledger.Cost, draw func(ledger.Draw) ([]byte, error)) (*ledger.Posted, error) {
	p, err := r.held.Post(ctx, digest, cost, draw)
	if err != nil {
		return nil, err
	}
	r.lost = p.Bytes
	return r.held.Post(ctx, digest, cost, draw)
}

// TestReleasesShareNoNoise publishes the same people night after night, each
// night after a try that was lost, and looks for what two releases have in
// common: of every table one cell, whose errors are independent and normal. It
// sees a correlation of 0.35. False alarms: below 1e-6, 18 assertions at 5e-8.
func TestReleasesShareNoNoise(t *testing.T) {
	const nights, alarm = 400, 5e-8
	w := few()
	s := forced(t, w, gaussian, 1)
	people := invent(&w, rand.New(rand.NewPCG(25, 26)), 4000)
	truth := count(&w, people)
	errs := make([][]float64, len(w.Tables))
	lost := make([][]float64, len(w.Tables))
	note := func(to [][]float64, r *release.Release) {
		for i := range w.Tables {
			if w.Tables[i].Kind != Mean {
				to[i] = append(to[i], (*r.Tables[i].Cells[0].Unbiased-float64(truth[i][0]))/s.StdDev(i, 0))
			}
		}
	}
	for range nights {
		res := &retrying{held: reserve(s)}
		r, err := publish(t.Context(), res, s, tally(t, s, people), draftOf(&w), library{})
		if err != nil {
			t.Fatal(err)
		}
		first, err := release.Decode(res.lost)
		if err != nil {
			t.Fatal(err)
		}
		note(errs, r)
		note(lost, first)
	}
	for i := range w.Tables {
		if w.Tables[i].Kind == Mean {
			continue
		}
		name := fmt.Sprintf("table %d (%s)", i, kinds[w.Tables[i].Kind])
		dptest.Unrelated(t, name+", two nights", errs[i][1:], errs[i][:nights-1], alarm)
		dptest.Unrelated(t, name+", a lost try", errs[i], lost[i], alarm)
	}
}

// TestNothingButNumbersDiffers publishes neighbours, from nobody on, and holds
// everything but the noised numbers to be the plan's alone: keys, errors, words
// and order.
func TestNothingButNumbersDiffers(t *testing.T) {
	for _, m := range []mechanism{gaussian, laplace} {
		w := shop(3, 2)
		s := forced(t, w, m, 1)
		people := invent(&w, rand.New(rand.NewPCG(27, 28)), 40)
		var want string
		for n := range people {
			text := blanked(t, through(t, s, people[:n], library{}))
			if n > 0 && text != want {
				t.Fatalf("%v: of %d people the release says otherwise than of one less:\n%s\n%s", m, n, text, want)
			}
			want = text
		}
	}
}

// blanked writes a release without the numbers that noise has been added to, and
// what follows from them: of everything that has an estimate its key, its error
// and its status stay. The errors of means follow from a released reach.
func blanked(t *testing.T, r *release.Release) string {
	t.Helper()
	text, err := release.Encode(r)
	if err != nil {
		t.Fatal(err)
	}
	var all any
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	blankNumbers(all, false)
	if text, err = json.Marshal(all); err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func blankNumbers(x any, mean bool) {
	switch x := x.(type) {
	case []any:
		for _, y := range x {
			blankNumbers(y, mean)
		}
	case map[string]any:
		mean = mean || x["kind"] == release.Mean
		_, cell := x["estimate"]
		for name, y := range x {
			if cell && !slices.Contains([]string{"key", "stddev", "status"}, name) || cell && mean && name == "stddev" {
				x[name] = "blank"
				continue
			}
			if odds, ok := y.(map[string]any); ok && name == "at_least" {
				for n := range odds {
					odds[n] = "blank" // how likely a reach is at least so large
				}
				continue
			}
			blankNumbers(y, mean)
		}
	}
}
