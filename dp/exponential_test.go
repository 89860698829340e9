// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"errors"
	"math"
	"math/big"
	"testing"
)

// chances are those of an exponential mechanism, in 200 bits.
func chances(e exponential, losses, masses []int64) []float64 {
	least := losses[0]
	for _, l := range losses {
		least = min(least, l)
	}
	base := new(big.Float).SetPrec(200).SetMantExp(new(big.Float).SetUint64(e.base), -baseBits)
	total := new(big.Float).SetPrec(200)
	var ws []*big.Float
	for i, l := range losses {
		w := new(big.Float).SetPrec(200).SetInt64(massOf(masses, i))
		for range l - least {
			w.Mul(w, base)
		}
		ws = append(ws, w)
		total.Add(total, w)
	}
	var ps []float64
	for _, w := range ws {
		p, _ := new(big.Float).Quo(w, total).Float64()
		ps = append(ps, p)
	}
	return ps
}

// TestExponentialChances compares how often each candidate is drawn with its
// exact chance. Coarse weights, of 1 to 8 bits, need a second look nearly
// always: a sampler that took their rounded values would be far off. It sees a
// chance that is off by about 5 standard deviations, 0.7 % of all draws, and
// fails a correct mechanism with a chance below 1e-8 (chi-square, 6 cases).
func TestExponentialChances(t *testing.T) {
	const draws = 40_000
	cases := []struct {
		name           string
		epsilon        float64
		fine           uint
		losses, masses []int64
	}{
		{"as built", 0.5, weightBits, []int64{0, 1, 2, 5, 3}, nil},
		{"with masses", 0.3, weightBits, []int64{4, 0, 2, 2}, []int64{9, 1, 0, 3}},
		{"negative losses", 1, weightBits, []int64{math.MinInt64, math.MinInt64 + 1, math.MinInt64 + 2}, nil},
		{"8 bits", 0.5, 8, []int64{0, 1, 2, 5, 3}, nil},
		{"3 bits", 0.4, 3, []int64{0, 1, 2, 3, 4, 5, 6}, []int64{1, 2, 1, 2, 1, 2, 1}},
		{"1 bit", 0.7, 1, []int64{0, 1, 2, 3}, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			e, err := newExponential(c.epsilon)
			if err != nil {
				t.Fatal(err)
			}
			e.fine = c.fine
			got := make([]float64, len(c.losses))
			for range draws {
				i, err := e.pick(c.losses, c.masses)
				if err != nil {
					t.Fatal(err)
				}
				got[i]++
			}
			square, free := 0.0, -1.0
			for i, p := range chances(e, c.losses, c.masses) {
				if p == 0 {
					if got[i] > 0 {
						t.Errorf("candidate %d has no mass and was drawn", i)
					}
					continue
				}
				square += (got[i] - draws*p) * (got[i] - draws*p) / (draws * p)
				free++
			}
			// Wilson and Hilferty 1931; 6.2 standard deviations are 3e-10.
			limit := free * math.Pow(1-2/(9*free)+6.2*math.Sqrt(2/(9*free)), 3)
			if square > limit {
				t.Errorf("chi-square %.1f of %g degrees, more than %.1f", square, free, limit)
			}
		})
	}
}

// TestExponentialWeights: the two sides of a weight enclose the true one, at
// every precision, and are near each other; far losses leave a unit at most.
func TestExponentialWeights(t *testing.T) {
	e, err := newExponential(0.01)
	if err != nil {
		t.Fatal(err)
	}
	base := new(big.Float).SetPrec(4000).SetMantExp(new(big.Float).SetUint64(e.base), -baseBits)
	for _, fine := range []uint{1, 4, 64, 128, 512} {
		p := newPowers(e.base, fine)
		truth := new(big.Float).SetPrec(4000).SetInt64(7)
		for loss := range uint64(200) {
			low, high := p.weight(loss, 7)
			at := new(big.Float).SetMantExp(truth, int(fine))
			if new(big.Float).SetInt(low).Cmp(at) > 0 || new(big.Float).SetInt(high).Cmp(at) < 0 {
				t.Fatalf("fine %d, loss %d: not enclosed", fine, loss)
			}
			if width := new(big.Int).Sub(high, low); width.Cmp(big.NewInt(7*40)) > 0 {
				t.Fatalf("fine %d, loss %d: %v wide", fine, loss, width)
			}
			truth.Mul(truth, base)
		}
		low, high := p.weight(math.MaxUint64, 7)
		if low.Sign() != 0 || high.Sign() == 0 || fine >= 64 && high.Cmp(big.NewInt(7)) > 0 {
			t.Errorf("fine %d: a far loss weighs %v to %v", fine, low, high)
		}
	}
}

// TestExponentialPrivacy: for every pair of neighbouring losses (each moves by
// 1 or not, all in one direction) no chance grows or shrinks by more than
// epsilon; and the price covers what the base does.
func TestExponentialPrivacy(t *testing.T) {
	for _, epsilon := range []float64{0x1p-40, 1e-6, 0.02, 0.5, 3, 32} {
		e, err := newExponential(epsilon)
		if err != nil {
			t.Fatal(err)
		}
		if e.epsilon() > epsilon*(1+1e-14) || e.epsilon() < epsilon*(1-1e-3) {
			t.Errorf("ε %g is charged %g", epsilon, e.epsilon())
		}
	}
	e, err := newExponential(0.8)
	if err != nil {
		t.Fatal(err)
	}
	losses := []int64{3, 0, 1, 6}
	before := chances(e, losses, nil)
	worst := 0.0
	for moved := range 1 << len(losses) {
		next := append([]int64(nil), losses...)
		for i := range next {
			next[i] -= int64(moved >> i & 1)
		}
		low, high := 0.0, 0.0
		for i, p := range chances(e, next, nil) {
			low, high = min(low, math.Log(p/before[i])), max(high, math.Log(p/before[i]))
		}
		worst = max(worst, high-low)
	}
	if worst > e.epsilon() || worst < 0.99*e.epsilon() {
		t.Errorf("chances range over %g, ε is %g", worst, e.epsilon())
	}
}

// TestExponentialRefuses: what is no set of candidates, and what is no price.
func TestExponentialRefuses(t *testing.T) {
	e, err := newExponential(1)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range [][2][]int64{{nil, nil}, {{1}, {0}}, {{1, 2}, {1}}, {{1, 2}, {1, -1}}} {
		if _, err := e.pick(c[0], c[1]); !errors.Is(err, errCandidates) {
			t.Errorf("%v: %v", c, err)
		}
	}
	for _, epsilon := range []float64{0, -1, 33, math.NaN(), 0x1p-41} {
		if _, err := newExponential(epsilon); !errors.Is(err, ErrPrice) {
			t.Errorf("ε %g: %v", epsilon, err)
		}
	}
	e.random = stuck{}
	if _, err := e.pick([]int64{0, 1}, nil); err == nil {
		t.Error("a source that is out of numbers went unnoticed")
	}
}

type stuck struct{}

func (stuck) Read([]byte) (int, error) { return 0, errors.New("no numbers") }

// BenchmarkExponential draws from 250 candidates.
func BenchmarkExponential(b *testing.B) {
	e, err := newExponential(0.01)
	if err != nil {
		b.Fatal(err)
	}
	losses := make([]int64, 250)
	for i := range losses {
		losses[i] = int64(i * i * 37)
	}
	for b.Loop() {
		if _, err := e.pick(losses, nil); err != nil {
			b.Fatal(err)
		}
	}
}
