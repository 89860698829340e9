// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"math"
	"slices"
)

// A person costs a design the sum of (entry/scale)^e over all rows, e = 2 for
// Gaussian and 1 for Laplace noise. worst returns the most over everybody who
// may exist, that is over the sets of at most Bound segments: cells and amounts
// are taken at their worst in each measurement. prices are those of the
// measurements for a person of entry 1.
//
// With out = a^e and in = (1-a)^e a measurement in a segment costs out, or in
// for who is kept, and a pair the product of two such factors. Since a <= 1/2,
// being kept never costs less, so the worst person fills the bound, and
//
//	cost = base + Σ gain(i) + Σ bonus(i,j)   over kept i and kept pairs i,j.
func (d *design) worst(prices levels) float64 {
	w, e := d.workload, d.mechanism.power()
	base := 0.0
	gain := make([]float64, w.Segments)
	for f := range d.features {
		out, in := d.centres[f].out(e), d.centres[f].in(e)
		base += prices.all[f]
		for i := range prices.seg {
			base += prices.seg[i][f] * out
			gain[i] += prices.seg[i][f] * (in - out)
		}
	}
	out, in := d.centres[0].out(e), d.centres[0].in(e)
	bonus := make([]float64, len(prices.pair))
	for i, p := range d.layout.pairs {
		base += prices.pair[i] * out * out
		gain[p[0]] += prices.pair[i] * out * (in - out)
		gain[p[1]] += prices.pair[i] * out * (in - out)
		bonus[i] = prices.pair[i] * (in - out) * (in - out)
	}
	return (base + mostKept(gain, d.layout.pairs, bonus, w.Bound)) * (1 + 1e-11) // for the rounding of a long sum
}

// triedSubsets is up to how many sets of kept segments are tried one by one.
const triedSubsets = 200_000

// mostKept returns the most that a set of at most bound segments gains, pairs
// within it included. It is exact where there is no cap, where nothing depends
// on pairs, where the sets are few enough to be tried, and where all segments
// and pairs are alike; elsewhere it is an upper bound.
func mostKept(gain []float64, pairs [][2]int, bonus []float64, bound int) float64 {
	n := len(gain)
	total := 0.0
	for _, b := range bonus {
		total += b
	}
	switch {
	case bound >= n:
		return largest(gain, n) + total
	case total == 0:
		return largest(gain, bound)
	case choices(n, bound) <= triedSubsets:
		return tryKept(gain, pairs, bonus, bound)
	}
	return boundKept(gain, pairs, bonus, bound)
}

// boundKept bounds mostKept from above: a pair is half its bonus to either end,
// and a segment has at most bound-1 kept partners, at best its best ones.
func boundKept(gain []float64, pairs [][2]int, bonus []float64, bound int) float64 {
	incident := make([][]float64, len(gain))
	for i, p := range pairs {
		incident[p[0]] = append(incident[p[0]], bonus[i]/2)
		incident[p[1]] = append(incident[p[1]], bonus[i]/2)
	}
	upper := slices.Clone(gain)
	for i := range upper {
		upper[i] += largest(incident[i], bound-1)
	}
	return largest(upper, bound)
}

// tryKept tries all sets of bound segments.
func tryKept(gain []float64, pairs [][2]int, bonus []float64, bound int) float64 {
	n := len(gain)
	with := make([][]float64, n)
	for i := range with {
		with[i] = make([]float64, n)
	}
	for i, p := range pairs {
		with[p[0]][p[1]] += bonus[i]
		with[p[1]][p[0]] += bonus[i]
	}
	best := 0.0
	kept := make([]int, 0, bound)
	var try func(from int, sum float64)
	try = func(from int, sum float64) {
		if len(kept) == bound {
			best = max(best, sum)
			return
		}
		for i := from; i <= n-(bound-len(kept)); i++ {
			more := gain[i]
			for _, j := range kept {
				more += with[i][j]
			}
			kept = append(kept, i)
			try(i+1, sum+more)
			kept = kept[:len(kept)-1]
		}
	}
	try(0, 0)
	return best
}

// choices is the number of sets of k out of n.
func choices(n, k int) float64 {
	c := 1.0
	for i := range k {
		c *= float64(n-i) / float64(i+1)
	}
	return c
}

// prices returns what each measurement costs a person of entry 1 at the
// planned scales.
func (d *design) prices() levels {
	return d.priced(func(f, _ int, scale float64) float64 {
		return d.features[f].price / math.Pow(scale, d.mechanism.power())
	})
}

// priced computes the price of each measurement from its feature, its degree
// and its scale. The degree is the number of memberships in a row: 0 over
// everybody, 1 in a segment, 2 in a pair.
func (d *design) priced(price func(f, degree int, scale float64) float64) levels {
	v := newLevels(d.workload, d.layout, len(d.features))
	set := func(to *float64, f, degree int, scale float64) {
		if scale > 0 {
			*to = price(f, degree, scale)
		}
	}
	for f := range d.features {
		set(&v.all[f], f, 0, d.scales.all[f])
		for i := range v.seg {
			set(&v.seg[i][f], f, 1, d.scales.seg[i][f])
		}
	}
	for i := range v.pair {
		set(&v.pair[i], 0, 2, d.scales.pair[i])
	}
	return v
}
