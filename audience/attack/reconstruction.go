// SPDX-License-Identifier: Apache-2.0

package attack

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"

	"gonum.org/v1/gonum/mat"

	"github.com/throng-dp/throng/dp/audit"
)

const (
	suspects = 24 // people of the reconstruction
	queries  = 32 // audiences that overlap: of each person about half
)

// reconstruction is that of Dinur and Nissim (2003), as Cohen and Nissim (2018)
// ran it against a product with noise: the attacker knows who is in which of many
// overlapping audiences, reads how many of each have a secret, and solves for who
// has it. Each time others have it, and one person at random is the target.
func reconstruction(ctx context.Context, l *lab, runs int) ([]Verdict, error) {
	in := make([][]bool, queries) // audience, person
	a := mat.NewDense(queries, suspects, nil)
	for q := range in {
		in[q] = coins(suspects)
		for p, yes := range in[q] {
			if yes {
				a.Set(q, p, 1)
			}
		}
	}
	w, err := l.world(ctx, "reconstruction", reconstructionPlan(), secretEvents(in, coins(suspects)))
	if err != nil {
		return nil, err
	}
	tries := max(50, runs/4)
	right, exact := 0, 0
	for range tries {
		secret, target := coins(suspects), below(suspects)
		if err := w.write(secretEvents(in, secret)); err != nil {
			return nil, err
		}
		r, err := w.release(ctx)
		if err != nil {
			return nil, err
		}
		// Behind the population stand the audiences. What noise cannot say, the
		// ridge leaves in the middle.
		sd := w.strategy.StdDev(1, 0)
		x, err := leastSquares(a, r[1:1+queries], 4*sd*sd)
		if err != nil {
			return nil, err
		}
		if (x[target] > 0.5) == secret[target] {
			right++
		}
		truth := make([]float64, queries)
		for q := range truth {
			for p, yes := range secret {
				if yes && in[q][p] {
					truth[q]++
				}
			}
		}
		y, err := leastSquares(a, truth, 1e-6)
		if err != nil {
			return nil, err
		}
		if (y[target] > 0.5) == secret[target] {
			exact++
		}
	}
	// Having the secret or not is one person exchanged for another: twice μ.
	v := Verdict{Attack: "reconstruction", Of: "share of right guesses", Source: "Dinur and Nissim 2003; Cohen and Nissim 2018", Releases: tries,
		Allowed: audit.BestAccuracy(2 * w.mu()), Without: float64(exact) / float64(tries)}
	v.Proven, _ = audit.Interval(right, tries, Confidence)
	v.Seen = float64(right) / float64(tries)
	return []Verdict{v.judged()}, nil
}

func reconstructionPlan() string {
	var segments strings.Builder
	for q := range queries {
		fmt.Fprintf(&segments, "  - {id: q%d, name: Q, rule: 'events.exists(e, e.what == \"q%d\") && events.exists(e, e.what == \"secret\")'}\n", q, q)
	}
	return `throng: 1
name: reconstruction
data:
  events:
    events: {files: "*.parquet", person: who, time: at}
  opt_outs: none
purpose: ads
lookback: 30d
privacy: {account: invented, epsilon: 1, delta: 1e-8, min_reach: 0}
segments:
` + segments.String() + "release: [reach]\n"
}

// secretEvents are those of everybody: who is in which audience, and who has the
// secret.
func secretEvents(in [][]bool, secret []bool) (events []event) {
	for p := range suspects {
		who := fmt.Sprintf("p%d", p)
		events = append(events, event{who, day, "there"})
		for q := range in {
			if in[q][p] {
				events = append(events, event{who, day, fmt.Sprintf("q%d", q)})
			}
		}
		if secret[p] {
			events = append(events, event{who, day, "secret"})
		}
	}
	return events
}

// coins are tossed: half are true.
func coins(n int) []bool {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: the process ends where there is no randomness
	out := make([]bool, n)
	for i := range b {
		out[i] = b[i]&1 == 1
	}
	return out
}

// below draws a number below n. That 2^16 is no multiple of n does not matter to
// whom it singles out.
func below(n int) int {
	var b [2]byte
	_, _ = rand.Read(b[:])
	return (int(b[0])<<8 | int(b[1])) % n
}
