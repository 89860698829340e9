// SPDX-License-Identifier: Apache-2.0

// Package attack replays published attacks on differential privacy against this
// program: on people that it invents, through the engine, the strategy, the
// ledger and the noise that a build uses. An attack that fails proves little;
// one that succeeds proves that the program does not keep its promise, and so
// this is for whoever wants to see the promise kept on the machine at hand.
package attack

import (
	"context"
	"fmt"

	"github.com/throng-dp/throng/dp/audit"
)

// Confidence is that of each verdict: an attack is said to succeed against a
// program that keeps its promise with probability below one in a million.
const Confidence = 0.999_998

// Options say how hard to try.
type Options struct {
	Dir  string              // Folder for invented data and a ledger; it must be there. Required.
	Runs int                 // Releases of each of two data sets in the statistical attacks; 1000 if zero.
	Step func(attack string) // Told what is under way; may be nil.
}

// A Verdict is what one attack achieved.
type Verdict struct {
	Attack   string  `json:"attack"`
	Of       string  `json:"of"`            // what is measured, with its unit
	Source   string  `json:"source"`        // who published it
	Seen     float64 `json:"seen"`          // what the attack achieved
	Proven   float64 `json:"proven"`        // at least so much, with Confidence
	Allowed  float64 `json:"allowed"`       // at most so much by what the ledger was charged
	Without  float64 `json:"without_noise"` // what it would achieve on exact counts
	Releases int     `json:"releases"`      // that the attacker read
	Failed   bool    `json:"attack_failed"` // as it should: nothing beyond Allowed is proven
}

func (v Verdict) judged() Verdict {
	v.Failed = v.Proven <= v.Allowed
	return v
}

// Run tries every attack. It returns an error where one could not be tried, not
// where one succeeds.
func Run(ctx context.Context, o Options) ([]Verdict, error) {
	if o.Runs == 0 {
		o.Runs = 1000
	}
	if o.Step == nil {
		o.Step = func(string) {}
	}
	l, err := newLab(ctx, o.Dir)
	if err != nil {
		return nil, err
	}
	defer l.close()
	var all []Verdict
	for _, a := range []struct {
		name string
		try  func(context.Context, *lab, int) ([]Verdict, error)
	}{
		{"who is in the data", membership},
		{"who has the secret", reconstruction},
		{"what a re-run tells", reruns},
	} {
		o.Step(a.name)
		found, err := a.try(ctx, l, o.Runs)
		if err != nil {
			return nil, fmt.Errorf("attack: %s: %w", a.name, err)
		}
		all = append(all, found...)
	}
	return append(all, l.lowBits()), nil
}

// guesses is the verdict on an attack that guesses one of two data sets.
func guesses(v Verdict, c audit.Counts, mu float64) Verdict {
	v.Of, v.Without = "share of right guesses", 1
	v.Proven, v.Seen = c.Accuracy(Confidence)
	v.Allowed = audit.BestAccuracy(mu)
	return v.judged()
}
