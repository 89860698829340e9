// SPDX-License-Identifier: Apache-2.0

package attack

import (
	"math/rand/v2"
	"testing"

	"github.com/throng-dp/throng/dp/audit"
)

// TestEveryAttackFails tries them all, with few runs. False alarms: below 1e-5,
// six attacks judged with Confidence.
func TestEveryAttackFails(t *testing.T) {
	found, err := Run(t.Context(), Options{Dir: t.TempDir(), Runs: 60})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) < 7 {
		t.Fatalf("%d attacks", len(found))
	}
	for _, v := range found {
		t.Logf("%+v", v)
		if !v.Failed {
			t.Errorf("%s succeeds: %g %s proven, %g allowed", v.Attack, v.Proven, v.Of, v.Allowed)
		}
		if v.Without <= v.Allowed {
			t.Errorf("%s would not succeed without noise either: %g, %g is allowed", v.Attack, v.Without, v.Allowed)
		}
	}
}

// TestAttacksWork gives the attackers what too little noise would: then they
// succeed. Releases are invented, with normal noise of a tenth of what μ asks for.
// The seed is fixed: this tests arithmetic.
func TestAttacksWork(t *testing.T) {
	rng := rand.New(rand.NewPCG(51, 52))
	const mu, runs = 0.2, 400
	weak := func(shift float64) (out [][]float64) {
		for range runs {
			out = append(out, []float64{shift + rng.NormFloat64()/mu/10, 2*shift + rng.NormFloat64()/mu/10})
		}
		return out
	}
	d, err := discriminant(weak(0), weak(group))
	if err != nil {
		t.Fatal(err)
	}
	if v := audited(counts(d.of, weak(0), weak(group), 0.5), mu, runs); v.Failed {
		t.Errorf("the audit finds nothing: %+v", v)
	}
	if v := guesses(Verdict{}, counts(d.of, weak(0), weak(1), 0.5/group), mu); v.Failed {
		t.Errorf("nobody is found: %+v", v)
	}
	first := weak(1)
	if v := guesses(Verdict{}, counts(d.difference, minus(weak(0), first), minus(weak(1), first), -0.5/group), mu); v.Failed {
		t.Errorf("a difference of two nights tells nothing: %+v", v)
	}
	if v := (Verdict{Proven: 1.01, Allowed: 1}).judged(); v.Failed {
		t.Error("an attack that succeeds is said to have failed")
	}
	if v := guesses(Verdict{}, audit.Counts{Runs: runs, Hits: runs / 2, False: runs / 2}, mu); !v.Failed {
		t.Errorf("an attack that knows nothing succeeds: %+v", v)
	}
}
