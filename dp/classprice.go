// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"math"
	"slices"
)

// priceClasses are classes of segments that cost the same in every respect:
// what a person costs follows from how many of each are kept.
type priceClasses struct {
	sizes []int
	first []int     // of each class: a segment
	gain  []float64 // of each class: the largest
	sets  []priceSet
}

// A priceSet is what each pair or triple of some classes adds where it is kept.
type priceSet struct {
	of     []int // classes, rising
	each   float64
	listed int
}

// classes returns the classes of segments, or nil where pairs and triples do not
// fall into them: of the same classes all or none must cost something, and the
// same.
func (p *priceList) classes() *priceClasses {
	c := &priceClasses{}
	of := make([]int, len(p.gain))
	known := map[string]int{}
	for i := range of {
		key := string(p.key(i))
		g, ok := known[key]
		if !ok {
			g = len(c.sizes)
			if g == maxPriceClasses {
				return nil
			}
			known[key] = g
			c.sizes, c.first, c.gain = append(c.sizes, 0), append(c.first, i), append(c.gain, p.gain[i])
		}
		c.gain[g] = max(c.gain[g], p.gain[i])
		of[i] = g
		c.sizes[g]++
	}
	at := map[[3]int]int{}
	for i, ends := range p.pairs {
		t := orderedTriple([]int{none, of[ends[0]], of[ends[1]]})
		if !c.note(at, t, t[1:], p.bonus[i]) {
			return nil
		}
	}
	for i, ends := range p.triples {
		t := orderedTriple([]int{of[ends[0]], of[ends[1]], of[ends[2]]})
		if !c.note(at, t, t[:], p.extra[i]) {
			return nil
		}
	}
	for _, s := range c.sets {
		if s.each != 0 && float64(s.listed) != math.Round(chosen(s.of, c.sizes)) {
			return nil
		}
	}
	return c
}

// note adds one pair or triple. It is false where others of the same classes cost
// something else.
func (c *priceClasses) note(at map[[3]int]int, key [3]int, of []int, each float64) bool {
	i, ok := at[key]
	if !ok {
		i = len(c.sets)
		at[key] = i
		c.sets = append(c.sets, priceSet{of: slices.Clone(of), each: each})
	}
	c.sets[i].listed++
	return c.sets[i].each == each
}

// maxPriceClasses is beyond what counts could be tried.
const maxPriceClasses = 17

// key is equal for segments that cost the same. Gains are sums in different
// orders, so their last digits may differ; a class has its largest.
func (p *priceList) key(i int) []byte {
	var key []byte
	add := func(x float64) {
		b := math.Float64bits(x)
		for range 8 {
			key = append(key, byte(b))
			b >>= 8
		}
	}
	add(float64(float32(p.gain[i])))
	for f := range p.own {
		add(p.own[f].share[i])
		add(p.own[f].price[i])
	}
	return key
}

// tryCounts tries all ways of falling into the classes.
func (p *priceList) tryCounts(c *priceClasses, all [][]int) float64 {
	best := 0.0
	for _, k := range all {
		cost := p.base
		for g, n := range k {
			cost += c.gain[g] * float64(n)
		}
		for _, s := range c.sets {
			cost += s.each * chosen(s.of, k)
		}
		for f := range p.own {
			o := &p.own[f]
			share, price := 0.0, 0.0
			for g, n := range k {
				share += float64(n) * o.share[c.first[g]]
				price += float64(n) * o.price[c.first[g]]
			}
			cost += share * (o.total*share - 2*price)
		}
		best = max(best, cost)
	}
	return best
}
