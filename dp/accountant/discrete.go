// SPDX-License-Identifier: Apache-2.0

package accountant

import "math"

// geometric is the loss of discrete Laplace noise of parameter a on a count of
// sensitivity two or more: a(D-2x) for 0 <= x <= D, and the tails join the ends.
type geometric struct {
	a           float64
	sensitivity int
}

func (l geometric) limit() float64    { return l.a * float64(l.sensitivity) }
func (l geometric) order() [3]float64 { return [3]float64{3, l.a, float64(l.sensitivity)} }

func (l geometric) logMoment(t float64) float64 {
	fall, last := l.a*(1+2*t), float64(l.sensitivity)
	between := math.Expm1(-l.a) * math.Exp(-fall) * math.Expm1(-fall*(last-1)) / -math.Expm1(-fall)
	return t*l.limit() + math.Log1p(between+math.Exp(-fall*last)) - math.Log1p(math.Exp(-l.a))
}

func (l geometric) composed(n int, t float64, to side, by *convolver) pld {
	last := l.sensitivity
	q := make([]float64, last+1)
	// With r = e^-a the chances are as 1 : (1-r)r : (1-r)r² : … : r^D, from the
	// largest loss down, over 1+r; a tilt multiplies each step by e^{-2at} more.
	fall := l.a * (1 + 2*t)
	for x := range q {
		q[last-x] = math.Exp(-fall * float64(x))
		if x > 0 && x < last {
			q[last-x] *= -math.Expm1(-l.a)
		}
	}
	p := pld{h: 2 * l.a, base: -l.limit(), q: q, logM: t*l.limit() - math.Log1p(math.Exp(-l.a))}
	p.normalise()
	p.trim(least)
	return by.power(p.coarser(n, t, to), n)
}

// normalLattice is the loss of discrete Gaussian noise: s(D/2-x) with
// s = D/σ².
type normalLattice struct{ sigma, sensitivity float64 }

func (l normalLattice) limit() float64    { return math.Inf(1) }
func (l normalLattice) order() [3]float64 { return [3]float64{4, l.sigma, l.sensitivity} }

// logMoment is that of the Gaussian, which is never smaller (Canonne, Kamath,
// Steinke 2020, theorem 4), unless σ is so small that the two differ.
func (l normalLattice) logMoment(t float64) float64 {
	m := l.normalMoment(t)
	if l.sigma < 1 {
		m += math.Log(theta(l.sigma, -t*l.sensitivity) / theta(l.sigma, 0))
	}
	return m
}

func (l normalLattice) normalMoment(t float64) float64 {
	r := l.sensitivity / l.sigma
	return t * (t + 1) / 2 * r * r
}

// reach is how many standard deviations of normal noise are kept: 4e-20 lie
// beyond.
const reach = 9.2

func (l normalLattice) composed(n int, t float64, to side, by *convolver) pld {
	// Tilting by t moves the middle to -tD and keeps the shape.
	middle := -t * l.sensitivity
	first, last := math.Floor(middle-reach*l.sigma)-1, math.Ceil(middle+reach*l.sigma)+1
	bell := func(x float64) float64 {
		z := (x - middle) / l.sigma
		return math.Exp(-z * z / 2)
	}
	q := make([]float64, int(last-first)+1)
	for i := range q {
		q[i] = bell(last - float64(i))
	}
	step := l.sensitivity / l.sigma / l.sigma
	p := pld{h: step, base: step * (l.sensitivity/2 - last), q: q, logM: l.normalMoment(t) - math.Log(theta(l.sigma, 0))}
	// Beyond the ends each value is smaller than the one before by e^{-reach/σ}
	// or more.
	p.lost = (bell(first-1) + bell(last+1)) / -math.Expm1(-reach/l.sigma)
	p.normalise()
	return by.power(p.coarser(n, t, to), n)
}

// theta is Σ exp(-(x-middle)²/2σ²) over the whole numbers.
func theta(sigma, middle float64) float64 {
	middle -= math.Round(middle)
	if sigma >= 1 {
		// Poisson's sum: σ√2π·(1 + 2e^{-2π²σ²}cos 2πm + …), and the next term is
		// below 1e-34.
		return sigma * math.Sqrt(2*math.Pi) * (1 + 2*math.Exp(-2*math.Pi*math.Pi*sigma*sigma)*math.Cos(2*math.Pi*middle))
	}
	s := 0.0
	for x := -12.0; x <= 12; x++ {
		z := (x - middle) / sigma
		s += math.Exp(-z * z / 2)
	}
	return s
}
