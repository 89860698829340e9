// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"fmt"
	"math"
	"sync"
)

// A mixture is a sum of independent Laplace variables: what is left of the
// noise in a number that several measurements went into. It is not a Laplace
// variable, nor normal (privacy R19).
type mixture []term

type term struct {
	scale float64 // of each of them, positive
	count float64 // how many of them
}

// and adds count variables of a scale, taken times a factor.
func (m *mixture) and(factor, scale, count float64) {
	if s := math.Abs(factor * scale); s > 0 && count > 0 {
		*m = append(*m, term{s, count})
	}
}

// variance of the sum.
func (m mixture) variance() float64 {
	v := 0.0
	for _, t := range m {
		v += 2 * t.scale * t.scale * t.count
	}
	return v
}

// characteristic is the real, even characteristic function at u.
func (m mixture) characteristic(u float64) float64 {
	log := 0.0
	for _, t := range m {
		log -= t.count * math.Log1p(t.scale*t.scale*u*u)
	}
	return math.Exp(log)
}

// grid is where the characteristic function of a mixture of variance 1 is
// sampled: the sum over these points is the integral but for what lies beyond
// 50 standard deviations, which a Laplace tail does not reach, and for what
// the function still is at the last point.
const (
	gridStep = 2 * math.Pi / 50
	gridMost = 2000
)

// An inversion answers for one mixture, scaled to variance 1.
type inversion struct {
	deviation float64
	samples   []float64
}

func (m mixture) invert() *inversion {
	v := &inversion{deviation: math.Sqrt(m.variance())}
	for u := gridStep; u < gridMost; u += gridStep {
		f := m.characteristic(u / v.deviation)
		if f < 1e-13 {
			break
		}
		v.samples = append(v.samples, f/u)
	}
	return v
}

// within returns the probability that the mixture lies within ±x (Gil-Pelaez
// 1951, for an even density).
func (v *inversion) within(x float64) float64 {
	x /= v.deviation
	sum := x / 2
	for i, f := range v.samples {
		sum += f * math.Sin(float64(i+1)*gridStep*x)
	}
	return min(1, max(0, 2/math.Pi*gridStep*sum))
}

// above returns the probability that the mixture is at least x.
func (v *inversion) above(x float64) float64 {
	p := (1 - v.within(math.Abs(x))) / 2
	if x < 0 {
		return 1 - p
	}
	return p
}

// halfWidth returns x with within(x) = Confidence, rounded up.
func (v *inversion) halfWidth() float64 {
	low, high := 0.0, 3*v.deviation // a single Laplace variable needs 2.12, nothing more
	for range 50 {
		if middle := (low + high) / 2; v.within(middle) < Confidence {
			low = middle
		} else {
			high = middle
		}
	}
	return high
}

// widths remembers inversions: most tables of a workload have equal mixtures.
type widths struct {
	mu    sync.Mutex
	known map[string]*known
}

type known struct {
	*inversion
	width float64
}

func (w *widths) find(m mixture) *known {
	if len(m) == 0 {
		return &known{inversion: &inversion{deviation: 1}}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	k := fmt.Sprint(m)
	if w.known == nil {
		w.known = map[string]*known{}
	}
	if w.known[k] == nil {
		v := m.invert()
		w.known[k] = &known{v, v.halfWidth()}
	}
	return w.known[k]
}

// of returns half the width of a mixture's interval.
func (w *widths) of(m mixture) float64 { return w.find(m).width }
