// SPDX-License-Identifier: Apache-2.0

package accountant

import (
	"math"
	"math/bits"
	"slices"

	"gonum.org/v1/gonum/dsp/fourier"
)

// A convolver composes loss distributions; it keeps the tables of the Fourier
// transform between calls. It is used by one goroutine.
type convolver struct {
	plans  map[int]*transform
	direct bool // where a transform's rounding is in the way
	spent  int  // products of direct sums
}

type transform struct {
	fft  *fourier.FFT
	x    []float64
	a, b []complex128
}

const (
	short = 1 << 14 // products up to which the direct sum is the faster one
	long  = 1 << 31 // products that direct sums may take in all: seconds
)

// compose is the distribution of the sum of two losses.
func (c *convolver) compose(a, b pld) pld {
	if len(a.q) < len(b.q) {
		a, b = b, a
	}
	sum := pld{h: a.h, base: a.base + b.base, logM: a.logM + b.logM, lost: a.lost + b.lost + a.lost*b.lost}
	slack, products := 0.0, len(a.q)*len(b.q)
	if products <= short || c.direct && c.spent+products <= long {
		// Sums of numbers that are not negative are right in all digits but a few,
		// each by itself.
		sum.q = direct(a.q, b.q)
		c.spent += products
	} else {
		sum.q, slack = c.transformed(a.q, b.q)
	}
	sum.lost += slack
	sum.trim(math.Max(slack, least))
	sum.normalise()
	return sum
}

// power is the sum of n independent losses.
func (c *convolver) power(p pld, n int) pld {
	r := p
	for bit := bits.Len(uint(n)) - 2; bit >= 0; bit-- {
		if r = c.compose(r, r); n>>bit&1 == 1 {
			r = c.compose(r, p)
		}
	}
	return r
}

// all composes every part, short ones first.
func (c *convolver) all(parts []pld) pld {
	for len(parts) > 1 {
		slices.SortStableFunc(parts, func(a, b pld) int { return len(a.q) - len(b.q) })
		next := parts[:0:0]
		if len(parts)%2 == 1 {
			next = append(next, parts[len(parts)-1])
			parts = parts[:len(parts)-1]
		}
		for i := 0; i < len(parts); i += 2 {
			next = append(next, c.compose(parts[i], parts[i+1]))
		}
		parts = next
	}
	return parts[0]
}

func direct(a, b []float64) []float64 {
	r := make([]float64, len(a)+len(b)-1)
	for j, y := range b {
		if y == 0 {
			continue
		}
		for i, x := range a {
			r[i+j] += x * y
		}
	}
	return r
}

// transformed is the convolution by a zero-padded Fourier transform, and a
// bound on the sum of the absolute errors of its values.
func (c *convolver) transformed(a, b []float64) ([]float64, float64) {
	n := len(a) + len(b) - 1
	plan := c.plan(n)
	size := len(plan.x)
	load := func(q []float64, into []complex128) {
		clear(plan.x[copy(plan.x, q):])
		plan.fft.Coefficients(into, plan.x)
	}
	load(a, plan.a)
	if &a[0] == &b[0] && len(a) == len(b) {
		copy(plan.b, plan.a)
	} else {
		load(b, plan.b)
	}
	for i, y := range plan.b {
		plan.a[i] *= y
	}
	plan.fft.Sequence(plan.x, plan.a)
	r := make([]float64, n)
	for i := range r {
		r[i] = plan.x[i] / float64(size)
	}
	return r, roundOff(a, b, r, size)
}

// roundOff bounds the L1 error of a convolution of two distributions by Fourier
// transforms of this size. A transform has a relative error below
// 8·log2(size) roundings in L2 (Higham 2002, theorem 24.2); an error in one
// factor's transform is multiplied by at most the other's largest value, 1; and
// the L1 norm is at most √n times the L2 norm. Twice that, for the products.
func roundOff(a, b, r []float64, size int) float64 {
	each := 8 * math.Log2(float64(size)) * unit
	return 2 * each * math.Sqrt(float64(len(r))) * (norm(a) + norm(b) + norm(r))
}

func norm(q []float64) float64 {
	s := 0.0
	for _, x := range q {
		s += x * x
	}
	return math.Sqrt(s)
}

// plan returns tables for at least n values: 2, 2.5 or 3 times a power of two,
// sizes that the transform has fast steps for.
func (c *convolver) plan(n int) *transform {
	size := 1 << bits.Len(uint(n-1))
	for _, smaller := range []int{size / 8 * 5, size / 4 * 3} {
		if smaller >= n {
			size = smaller
			break
		}
	}
	if c.plans == nil {
		c.plans = map[int]*transform{}
	}
	p := c.plans[size]
	if p == nil {
		p = &transform{
			fft: fourier.NewFFT(size), x: make([]float64, size),
			a: make([]complex128, size/2+1), b: make([]complex128, size/2+1),
		}
		c.plans[size] = p
	}
	return p
}
