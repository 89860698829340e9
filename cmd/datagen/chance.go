// SPDX-License-Identifier: Apache-2.0

package main

import (
	"math"
	"math/rand/v2"
)

// hash is a bijection on 64 bits for every salt (the finaliser of splitmix64).
// What belongs to a person is a hash of the person's number, so that no table
// of people has to be held while events are made.
func hash(n, salt uint64) uint64 {
	n += salt * 0x9E3779B97F4A7C15
	n = (n ^ n>>30) * 0xBF58476D1CE4E5B9
	n = (n ^ n>>27) * 0x94D049BB133111EB
	return n ^ n>>31
}

// fraction maps 64 random bits to [0, 1).
func fraction(bits uint64) float64 { return float64(bits>>11) / (1 << 53) }

// A choice draws from weighted values in constant time: each slot holds one
// value and what fills it up (Vose's alias method).
type choice struct {
	keep  []float64
	other []int32
}

func newChoice(weights []float64) *choice {
	n := len(weights)
	var total float64
	for _, w := range weights {
		total += w
	}
	c := &choice{make([]float64, n), make([]int32, n)}
	var small, large []int32
	for i, w := range weights {
		c.keep[i] = w / total * float64(n)
		c.other[i] = int32(i)
		if c.keep[i] < 1 {
			small = append(small, int32(i))
		} else {
			large = append(large, int32(i))
		}
	}
	for len(small) > 0 && len(large) > 0 {
		s, l := small[len(small)-1], large[len(large)-1]
		small = small[:len(small)-1]
		c.other[s] = l
		c.keep[l] -= 1 - c.keep[s]
		if c.keep[l] < 1 {
			large = large[:len(large)-1]
			small = append(small, l)
		}
	}
	return c
}

// of draws by 64 random bits.
func (c *choice) of(bits uint64) int {
	x := fraction(bits) * float64(len(c.keep))
	slot := int(x)
	if x-float64(slot) < c.keep[slot] {
		return slot
	}
	return int(c.other[slot])
}

// zipf weighs n values by rank to the power of -s.
func zipf(n int, s float64) []float64 {
	w := make([]float64, n)
	for i := range w {
		w[i] = math.Pow(float64(i+1), -s)
	}
	return w
}

// geometric is the number of tries up to the first success.
func geometric(r *rand.Rand, p float64) int {
	return 1 + int(math.Log1p(-r.Float64())/math.Log1p(-p))
}
