// SPDX-License-Identifier: Apache-2.0

package accountant

import "math"

// A pld is a privacy loss distribution on a lattice (Sommer, Meiser, Mohammadi
// 2019), tilted by e^{tl}: value i has loss base+i·h and chance
//
//	p_i = q_i · e^{logM - t·loss_i},
//
// q adds up to 1. With t = 0 these are the chances themselves, and lost is the
// infinite loss. With the tilt that suits the question, the part that decides
// it is in the middle of q, where neither cut tails nor the rounding of a
// Fourier transform can be seen, however small its chance (a saddle point, as
// in Alghamdi et al. 2023).
//
// lost bounds the tilted mass that is missing or wrong. It counts as follows:
// whatever is composed with it, missing mass makes of δ(ε), which sums only
// losses above ε, at most lost·e^{logM-tε}.
type pld struct {
	h, base float64
	q       []float64
	logM    float64
	lost    float64
}

const (
	unit   = 1.0 / (1 << 53) // rounding of one operation
	least  = 1e-18           // tilted mass not worth keeping at an end
	wide   = 18.0            // standard deviations that hold all but least
	window = 1 << 18         // values that an n-fold convolution is sized for
)

// normalise makes q add up to 1 again and moves the factor to logM.
func (p *pld) normalise() {
	s := sum(p.q)
	p.logM += math.Log(s)
	p.lost /= s
	for i := range p.q {
		p.q[i] /= s
	}
}

// trim cuts both ends, at most slack of mass each, and what rounding left below
// zero.
func (p *pld) trim(slack float64) {
	for i, x := range p.q {
		p.q[i] = math.Max(x, 0)
	}
	from, cut := 0, 0.0
	for from < len(p.q)-1 && cut+p.q[from] <= slack {
		cut += p.q[from]
		from++
	}
	p.lost += cut
	to := len(p.q)
	for cut = 0; to > from+1 && cut+p.q[to-1] <= slack; to-- {
		cut += p.q[to-1]
	}
	p.lost += cut
	p.base += p.h * float64(from)
	p.q = p.q[from:to]
}

// coarser rounds a lattice to a wider one where its n-fold convolution would be
// longer than its precision is worth: a step of 1/r standard deviations adds
// 1/6r² of the variance. Buckets move the mean, n times, so the lower bound has a
// longer one.
func (p pld) coarser(n int, t float64, to side) pld {
	root := math.Sqrt(float64(n))
	if to == below && float64(len(p.q))*root < 1<<21 {
		return p
	}
	s := p.scattered()
	r := math.Min(math.Max(window/wide/root, 32), 256)
	if h := s.deviation() / r; p.h < h/2 {
		return s.onGrid(h, t, to)
	}
	return p
}

// scattered are the values without their lattice.
func (p pld) scattered() scatter {
	s := scatter{q: p.q, logM: p.logM, lost: p.lost, loss: make([]float64, len(p.q))}
	for i := range p.q {
		s.loss[i] = p.base + p.h*float64(i)
	}
	return s
}

// A scatter is a tilted loss distribution on any values.
type scatter struct {
	loss, q    []float64
	logM, lost float64
}

func (s scatter) deviation() float64 {
	mean, square := 0.0, 0.0
	for i, q := range s.q {
		mean += q * s.loss[i]
	}
	for i, q := range s.q {
		square += q * (s.loss[i] - mean) * (s.loss[i] - mean)
	}
	return math.Sqrt(square)
}

// ends are the smallest and the largest loss.
func (s scatter) ends() (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, l := range s.loss {
		low, high = math.Min(low, l), math.Max(high, l)
	}
	return low, high
}

// cross composes two few-valued distributions without any rounding.
func (s scatter) cross(o scatter) scatter {
	c := scatter{logM: s.logM + o.logM, lost: s.lost + o.lost + s.lost*o.lost}
	for i, q := range s.q {
		for j, r := range o.q {
			if x := q * r; x > 0 {
				c.q, c.loss = append(c.q, x), append(c.loss, s.loss[i]+o.loss[j])
			}
		}
	}
	return c
}

// near is how far from a grid point, in steps, a loss may be to count as on it.
// A composition puts what that hides on its ε.
const near = 1e-9

// onGrid rounds to multiples of h. From above it connects the dots (Doroshenko,
// Ghazi, Kamath, Kumar, Manurangsi 2022): each value is split between its
// neighbours so that its chances under P and under Q both stay, which is the
// piecewise linear curve in e^ε through the exact δ at every grid point. From
// below it moves values down, into privacy buckets (Meiser and Mohammadi 2018).
func (s scatter) onGrid(h, t float64, to side) pld {
	low, high := s.ends()
	first := math.Floor(low/h + near)
	q := make([]float64, int(math.Floor(high/h+near)-first)+2)
	cellLoss, cellTilt := math.Expm1(-h), math.Exp(t*h)
	for j, mass := range s.q {
		if mass == 0 {
			continue
		}
		x := s.loss[j] / h
		cell := math.Floor(x + near)
		i, rest := int(cell-first), (x-cell)*h
		switch {
		case rest <= near*h:
			q[i] += mass
		case to == below:
			q[i] += mass * math.Exp(-t*rest)
		default:
			upper := math.Expm1(-rest) / cellLoss
			mass *= math.Exp(-t * rest)
			q[i] += mass * (1 - upper)
			q[i+1] += mass * upper * cellTilt
		}
	}
	p := pld{h: h, base: first * h, q: q, logM: s.logM, lost: s.lost}
	p.normalise()
	p.trim(least)
	return p
}
