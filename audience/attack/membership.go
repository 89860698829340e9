// SPDX-License-Identifier: Apache-2.0

package attack

import (
	"context"
	"fmt"

	"github.com/throng-dp/throng/dp/audit"
)

// group is how many copies of one person two data sets differ by in the audit:
// the loss of Gaussian noise grows by exactly this factor, and the power of the
// audit with it.
const group = 10

const membershipPlan = `throng: 1
name: membership
data:
  events:
    events: {files: "*.parquet", person: who, time: at}
  opt_outs: none
purpose: ads
lookback: 30d
privacy: {account: invented, epsilon: 1, delta: 1e-8, min_reach: 0}
segments:
  - {id: a, name: A, rule: 'events.exists(e, e.what == "a")'}
  - {id: b, name: B, rule: 'events.exists(e, e.what == "b")'}
release: [reach, overlap]
`

// crowd invents people who did a, b, both or neither, and more who did both.
func crowd(more int) (events []event) {
	for i := range 200 + more {
		who := fmt.Sprintf("p%d", i)
		events = append(events, event{who, day, "c"})
		if i%2 == 0 || i >= 200 {
			events = append(events, event{who, day, "a"})
		}
		if i%4 < 2 || i >= 200 {
			events = append(events, event{who, day, "b"})
		}
	}
	return events
}

// membership tells data sets apart that differ by one person, or by the group.
// The attacker knows everybody else, and has learned on releases of his own what
// the two look like (linear discriminant analysis, the best there is for normal
// noise).
func membership(ctx context.Context, l *lab, runs int) ([]Verdict, error) {
	w, err := l.world(ctx, "membership", membershipPlan, crowd(0))
	if err != nil {
		return nil, err
	}
	train := max(200, runs/2)
	seen := map[int][][]float64{}
	for _, more := range []int{0, 1, group} {
		if err := w.write(crowd(more)); err != nil {
			return nil, err
		}
		n := train + runs
		if more == 1 {
			n = 2 * runs
		}
		if seen[more], err = w.releases(ctx, n); err != nil {
			return nil, err
		}
	}
	mu := w.mu()
	direction, err := discriminant(seen[0][:train], seen[group][:train])
	if err != nil {
		return nil, err
	}
	far := counts(direction.of, seen[0][train:], seen[group][train:], 0.5)
	near := counts(direction.of, seen[0][train:], seen[1][:runs], 0.5/group)
	// Of two nights the first has the person, and the second has or has not: the
	// attacker looks at the difference.
	first := seen[1][runs:]
	differ := counts(direction.difference, minus(seen[0][train:], first), minus(seen[1][:runs], first), -0.5/group)
	return []Verdict{
		audited(far, mu, runs),
		guesses(Verdict{Attack: "membership inference", Source: "Homer et al. 2008; Dwork et al. 2015", Releases: 1}, near, mu),
		guesses(Verdict{Attack: "difference of two nights", Source: "Dinur and Nissim 2003; Denning 1980", Releases: 2}, differ, mu),
	}, nil
}

// audited is the verdict on the lower bound on μ.
func audited(c audit.Counts, mu float64, runs int) Verdict {
	return Verdict{Attack: "audit", Of: "μ of one person", Source: "Ding et al. 2018; Nasr et al. 2023", Releases: 2 * runs,
		Seen: c.Mu(0) / group, Proven: c.Mu(Confidence) / group,
		Allowed: mu, Without: unbounded}.judged()
}

// unbounded stands for what has no bound: JSON has no infinity.
const unbounded = 1e308

// minus subtracts releases from one another.
func minus(a, b [][]float64) [][]float64 {
	out := make([][]float64, len(a))
	for i := range a {
		for j := range a[i] {
			out[i] = append(out[i], a[i][j]-b[i][j])
		}
	}
	return out
}
