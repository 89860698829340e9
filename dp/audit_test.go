// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"math/rand/v2"
	"testing"

	"github.com/throng-dp/throng/dp/ledger"
)

// suspected counts invented people, and with them copies of a person in the first
// bound segments, of a workload of reaches and, if asked for, overlaps.
func suspected(t *testing.T, segments, bound int, overlaps bool, price Price) *Suspect {
	t.Helper()
	w := Workload{Segments: segments, Bound: bound, Tables: []Table{{Kind: Population}}}
	worst := person{}
	for s := range segments {
		w.Tables = append(w.Tables, Table{Kind: Reach, Segments: []int{s}})
		for r := range s {
			if overlaps {
				w.Tables = append(w.Tables, Table{Kind: Overlap, Segments: []int{r, s}})
			}
		}
		if s < bound {
			worst.kept = append(worst.kept, s)
		}
	}
	s, err := NewStrategy([32]byte{1}, w, price)
	if err != nil {
		t.Fatal(err)
	}
	people := invent(&w, rand.New(rand.NewPCG(61, 62)), 300)
	more := people[:len(people):len(people)]
	for range group {
		more = append(more, worst)
	}
	return NewSuspect(t, s, tally(t, s, people), tally(t, s, more))
}

// TestAuditGaussian audits the main path. See Suspect.Audit; TestAuditEngine does
// the same from files on.
func TestAuditGaussian(t *testing.T) {
	suspected(t, 4, 2, true, Price{Epsilon: 1, Delta: 1e-8}).Audit(t)
}

// TestAuditLaplace is judged by the plain bound on ε, at an ε of the group that
// is large enough for one (3.5). Numbers are those that Publish would round and
// write: it also looks up the chances of mixtures, which takes long. It sees two
// thirds of the noise. False alarms: below 1e-6; the loss of the event that is
// looked at is 3.30 (simulated), and the bound has 99.9999 %.
func TestAuditLaplace(t *testing.T) {
	runs, least := 3000, 0.45
	if full {
		runs, least = 20_000, 0.7
	}
	u := suspected(t, 2, 2, false, Price{Epsilon: 3.5 / group, Delta: 1e-8, Lines: ledger.Lines{PureEpsilon: 1}})
	claimed := u.charge(t)
	c := u.attack(t, runs, 0.8*u.distance, func(which int) (float64, error) { return u.measure(which, 1) })
	u.judge(t, runs, "ε", c.Epsilon(0, 0.999_999)/group, claimed, least)
}

// TestAuditPower runs the Gaussian audit 20 times on noise that is a tenth too
// small and 20 times on the true noise: it must flag the first at least 19 times
// and the second never. Each run proves its bound with 99.99 %. False alarms:
// below 1e-6; a true mechanism is flagged with a chance of 2e-8 a run, a tenth
// too little noise is missed with one below 1e-6.
func TestAuditPower(t *testing.T) {
	if !full {
		t.Skip("make audit runs it")
	}
	const repeats, runs = 20, 15_000
	u := suspected(t, 2, 2, true, Price{Epsilon: 1, Delta: 1e-8})
	claimed := u.charge(t)
	for _, c := range []struct {
		weaker      float64
		least, most int
	}{{1.1, 19, 20}, {1, 0, 0}} {
		flagged := 0
		for range repeats {
			n := u.attack(t, runs, u.distance/2, func(which int) (float64, error) { return u.measure(which, c.weaker) })
			if n.Mu(0.9999)/group > claimed {
				flagged++
			}
		}
		t.Logf("noise divided by %.1f: flagged in %d of %d audits", c.weaker, flagged, repeats)
		if flagged < c.least || flagged > c.most {
			t.Errorf("noise divided by %.1f: flagged in %d of %d audits, want %d to %d", c.weaker, flagged, repeats, c.least, c.most)
		}
	}
}
