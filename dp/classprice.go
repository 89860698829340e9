// SPDX-License-Identifier: Apache-2.0

package dp

import "math"

// priceClasses are classes of segments that cost the same in every respect:
// what a person costs follows from how many of each are kept.
type priceClasses struct {
	sizes []int
	first []int     // of each class: a segment
	gain  []float64 // of each class: the largest
	bonus map[[2]int]float64
	extra map[[3]int]float64
}

// classes returns the classes of segments, or nil where pairs do not fall into
// them: of two classes, all pairs or none must have a bonus, and the same;
// triples likewise.
func (p *priceList) classes() *priceClasses {
	c := &priceClasses{bonus: map[[2]int]float64{}, extra: map[[3]int]float64{}}
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
	listed := map[[2]int]int{}
	for i, ends := range p.pairs {
		g, h := of[ends[0]], of[ends[1]]
		at := [2]int{min(g, h), max(g, h)}
		if n := listed[at]; n == 0 {
			c.bonus[at] = p.bonus[i]
		} else if p.bonus[i] != c.bonus[at] {
			return nil
		}
		listed[at]++
	}
	for at, n := range listed {
		all := c.sizes[at[0]] * c.sizes[at[1]]
		if at[0] == at[1] {
			all = c.sizes[at[0]] * (c.sizes[at[0]] - 1) / 2
		}
		if n != all && c.bonus[at] != 0 {
			return nil
		}
	}
	if !c.alike(p, of) {
		return nil
	}
	return c
}

// alike tells whether triples fall into the classes, and notes what they cost.
func (c *priceClasses) alike(p *priceList, of []int) bool {
	listed := map[[3]int]int{}
	for i, t := range p.triples {
		at := orderedTriple([]int{of[t[0]], of[t[1]], of[t[2]]})
		if n := listed[at]; n == 0 {
			c.extra[at] = p.extra[i]
		} else if p.extra[i] != c.extra[at] {
			return false
		}
		listed[at]++
	}
	for at, n := range listed {
		if float64(n) != math.Round(chosen(at, c.sizes)) && c.extra[at] != 0 {
			return false
		}
	}
	return true
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
		for at, bonus := range c.bonus {
			if at[0] == at[1] {
				cost += bonus * float64(k[at[0]]*(k[at[0]]-1)/2)
			} else {
				cost += bonus * float64(k[at[0]]*k[at[1]])
			}
		}
		for at, extra := range c.extra {
			cost += extra * chosen(at, k)
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
