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
func (d *design) worst(prices levels) float64 {
	return d.price(prices).most(d.workload.Bound) * (1 + 1e-11) // for the rounding of a long sum
}

// A priceList says what kept segments cost: for memberships x
//
//	base + Σ gain_i·x_i + Σ bonus_ij·x_i·x_j + Σ extra_ijk·x_i·x_j·x_k
//	     + Σ_f X_f·(A_f·X_f - 2·D_f),
//
// where X = Σ share_i·x_i is what the person adds to the centre of a feature
// and D = Σ price_i·x_i; A is the sum of all prices.
type priceList struct {
	base    float64
	gain    []float64
	pairs   [][2]int
	bonus   []float64
	triples [][3]int
	extra   []float64
	own     []ownPrice
}

// ownPrice is of a feature whose centre grows with a person's own memberships.
type ownPrice struct {
	share, price []float64
	rest, total  float64
}

// price sums up a design. With a centre that is the same for everybody,
// out = a^e and in = (1-a)^e, a measurement in a segment costs out, or in for
// who is kept, and a pair the product of two such factors.
func (d *design) price(prices levels) *priceList {
	w, e := d.workload, d.mechanism.power()
	p := &priceList{gain: make([]float64, w.Segments), pairs: d.layout.pairs, bonus: make([]float64, len(prices.pair)),
		triples: d.layout.triples, extra: make([]float64, len(prices.triple)), base: prices.others}
	for f := range d.features {
		c := &d.centres[f]
		out, in := c.out(e), c.in(e)
		p.base += prices.all[f]
		total := 0.0
		for i := range prices.seg {
			p.base += prices.seg[i][f] * out
			p.gain[i] += prices.seg[i][f] * (in - out)
			total += prices.seg[i][f]
		}
		if c.own == nil || total == 0 {
			continue
		}
		own := ownPrice{rest: c.rest(), total: total, share: make([]float64, w.Segments), price: make([]float64, w.Segments)}
		for i := range prices.seg {
			own.share[i], own.price[i] = c.share(i), prices.seg[i][f]
			p.gain[i] += 2 * c.fixed() * total * own.share[i]
		}
		p.own = append(p.own, own)
	}
	out, in := d.pairCentre.out(e), d.pairCentre.in(e)
	for i, ends := range d.layout.pairs {
		p.base += prices.pair[i] * out * out
		p.gain[ends[0]] += prices.pair[i] * out * (in - out)
		p.gain[ends[1]] += prices.pair[i] * out * (in - out)
		p.bonus[i] = prices.pair[i] * (in - out) * (in - out)
	}
	out, in = d.tripleCentre.out(e), d.tripleCentre.in(e)
	rise := in - out
	for i, t := range d.layout.triples {
		x := prices.triple[i]
		p.extra[i] = x * rise * rise * rise
		if out == 0 {
			continue
		}
		p.base += x * out * out * out
		for j, seg := range t {
			p.gain[seg] += x * out * out * rise
			p.bonus[d.layout.pairIndex[ordered([]int{seg, t[(j+1)%3]})]] += x * out * rise * rise
		}
	}
	return p
}

// tried is up to how many sets of kept segments, or ways of falling into
// classes of equal ones, are tried one by one.
const tried = 200_000

// most is the cost of the worst person. It is exact where the sets are few
// enough to be tried, or where segments and pairs fall into few classes of equal
// ones; elsewhere it is an upper bound.
func (p *priceList) most(bound int) float64 {
	sets := 0.0
	for k := range bound + 1 {
		sets += choices(len(p.gain), k)
	}
	if sets <= tried {
		return p.trySets(bound)
	}
	if c := p.classes(); c != nil {
		if all, ok := counts(c.sizes, bound, tried); ok {
			return p.tryCounts(c, all)
		}
	}
	return p.upper(bound)
}

// choices is the number of sets of k out of n.
func choices(n, k int) float64 {
	c := 1.0
	for i := range k {
		c *= float64(n-i) / float64(i+1)
	}
	return c
}

// trySets tries all sets of up to bound segments.
func (p *priceList) trySets(bound int) float64 {
	n := len(p.gain)
	with := make([][]float64, n)
	for i := range with {
		with[i] = make([]float64, n)
	}
	for i, ends := range p.pairs {
		with[ends[0]][ends[1]] += p.bonus[i]
		with[ends[1]][ends[0]] += p.bonus[i]
	}
	third := map[[3]int]float64{}
	for i, t := range p.triples {
		third[t] += p.extra[i]
	}
	best := p.base
	kept := make([]int, 0, bound)
	shares, prices := make([]float64, len(p.own)), make([]float64, len(p.own))
	var try func(from int, sum float64)
	try = func(from int, sum float64) {
		cost := p.base + sum
		for f := range p.own {
			cost += shares[f] * (p.own[f].total*shares[f] - 2*prices[f])
		}
		best = max(best, cost)
		if len(kept) == bound {
			return
		}
		for i := from; i < n; i++ {
			more := p.gain[i]
			for at, j := range kept {
				more += with[i][j]
				for _, l := range kept[at+1:] {
					if len(third) > 0 {
						more += third[[3]int{j, l, i}]
					}
				}
			}
			for f := range p.own {
				shares[f] += p.own[f].share[i]
				prices[f] += p.own[f].price[i]
			}
			kept = append(kept, i)
			try(i+1, sum+more)
			kept = kept[:len(kept)-1]
			for f := range p.own {
				shares[f] -= p.own[f].share[i]
				prices[f] -= p.own[f].price[i]
			}
		}
	}
	try(0, 0)
	return best
}

// upper bounds the most from above.
//
// A pair is half its bonus to either end, and a segment has at most bound-1 kept
// partners, at best its best ones; triples likewise. What a shared centre saves is made linear:
// with X = ΠD/A + ε, where Π = ΣX's shares and ε is what rounding the shares to
// fractions left,
//
//	X(AX-2D) = -(2Π-Π²)/A·D² - 2(1-Π)·εD + Aε²,
//
// and -D² <= t² - 2tD for any t; the better t, the tighter.
func (p *priceList) upper(bound int) float64 {
	fixed := p.linear(bound)
	at := make([]float64, len(p.own)) // D of the worst mixture of people
	for f := range at {
		at[f] = largest(p.own[f].price, bound) / 2
	}
	best := math.Inf(1)
	gain, order := make([]float64, len(fixed)), make([]int, len(fixed))
	for i := range order {
		order[i] = i
	}
	for step := range 60 {
		sum := p.base
		copy(gain, fixed)
		for f := range p.own {
			o := &p.own[f]
			saved := (1 - o.rest*o.rest) / o.total
			sum += saved * at[f] * at[f]
			for i, x := range o.price {
				gain[i] -= 2 * saved * at[f] * x
			}
		}
		slices.SortFunc(order, func(i, j int) int {
			switch {
			case gain[i] > gain[j]:
				return -1
			case gain[i] < gain[j]:
				return 1
			}
			return i - j
		})
		next := make([]float64, len(at))
		for _, i := range order[:min(bound, len(order))] {
			if gain[i] <= 0 {
				break
			}
			sum += gain[i]
			for f := range next {
				next[f] += p.own[f].price[i]
			}
		}
		best = min(best, sum)
		if len(p.own) == 0 {
			break
		}
		for f := range at {
			at[f] += 2 / float64(step+3) * (next[f] - at[f])
		}
	}
	return best
}

// linear returns what each kept segment costs at most, pairs and the rounding of
// shares included, all but what shared centres save.
func (p *priceList) linear(bound int) []float64 {
	incident := make([][]float64, len(p.gain))
	for i, ends := range p.pairs {
		incident[ends[0]] = append(incident[ends[0]], p.bonus[i]/2)
		incident[ends[1]] = append(incident[ends[1]], p.bonus[i]/2)
	}
	gain := slices.Clone(p.gain)
	for i := range gain {
		gain[i] += largest(incident[i], bound-1)
	}
	thirds := make([][]float64, len(gain))
	for i, t := range p.triples {
		for _, seg := range t {
			thirds[seg] = append(thirds[seg], p.extra[i]/3)
		}
	}
	for i := range gain {
		gain[i] += largest(thirds[i], int(min(choices(bound-1, 2), float64(len(thirds[i])))))
	}
	for f := range p.own {
		o := &p.own[f]
		off, short := make([]float64, len(gain)), make([]float64, len(gain))
		for i := range off {
			e := o.share[i] - (1-o.rest)*o.price[i]/o.total
			off[i], short[i] = math.Abs(e), max(0, -e)
		}
		far, below := largest(off, bound), largest(short, bound)
		for i := range gain {
			gain[i] += 2*o.rest*below*o.price[i] + o.total*far*off[i]
		}
	}
	return gain
}

// prices returns what each measurement costs a person of entry 1 at the
// planned scales.
func (d *design) prices() levels {
	v := d.priced(func(f, _ int, scale float64) float64 {
		return d.features[f].price / math.Pow(scale, d.mechanism.power())
	})
	v.others = d.boundingPrice(func(_ int, scale, _ float64) float64 { return scale })
	return v
}

// priced computes the price of each measurement from its feature, its degree
// and its scale. The degree is the number of memberships in a row: 0 over
// everybody, 1 in a segment, 2 in a pair, 3 in a triple.
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
	for i := range v.triple {
		set(&v.triple[i], 0, 3, d.scales.triple[i])
	}
	return v
}
