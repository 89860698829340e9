// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"fmt"
	"math"
	"slices"
)

// A partition sorts the segments of a workload into classes that a plan treats
// alike, and pairs by the classes of their ends.
type partition struct {
	of       []int       // of each segment its class; none where nothing of it is measured
	sizes    []int       // of each class
	members  [][]int     // of each feature and class: segments that have the feature
	weights  [][]float64 // of each feature and class: of a segment that has it, on average
	ends     []float64   // of each class: weight of a segment's overlaps, on average
	uniform  bool        // every segment of a class has the same weights
	pairOf   []int
	pairs    []pairClass
	tripleOf []int
	triples  []tripleClass
}

// A pairClass is the listed pairs of two classes of segments.
type pairClass struct {
	g, h     int     // g <= h
	count    int     // listed ones
	possible int     // of all segments of the classes
	weight   float64 // mean
	uniform  bool    // all have the same weight, and all possible ones are listed
}

// Up to so many classes are planned apart, and so many ways of falling into them
// tried.
const (
	maxClasses = 6
	maxTypes   = 20_000
)

// partition sorts segments by the weights of their measurements: equal ones
// where that makes few classes, else within a factor, else by which
// measurements they have, else all.
func (o *objective) partition() *partition {
	var p *partition
	for _, quantum := range []float64{1e-6, 0.5, 2, 8, math.Inf(1)} {
		p = o.partitionBy(quantum)
		if len(p.sizes) > maxClasses {
			continue
		}
		if _, ok := counts(p.sizes, o.design.workload.Bound, maxTypes); ok {
			o.sum(p)
			return p
		}
	}
	p = o.partitionBy(-1)
	o.sum(p)
	return p
}

// partitionBy sorts segments whose weights are within about a factor 2^quantum.
func (o *objective) partitionBy(quantum float64) *partition {
	p := &partition{of: filled(len(o.base.seg))}
	known := map[string]int{}
	for i, weights := range o.base.seg {
		if weights[0] == 0 && o.overlap[i] == 0 {
			continue
		}
		name := make([]byte, 0, 64)
		values := slices.Concat(weights, []float64{o.overlap[i], float64(o.degree[i])})
		if o.goals != nil {
			values = append(values, o.goals.seg[i]...)
		}
		for _, v := range values {
			switch {
			case quantum < 0:
			case v == 0:
				name = append(name, '-', ' ')
			case math.IsInf(quantum, 1):
				name = append(name, '+', ' ')
			default:
				name = fmt.Appendf(name, "%d ", int(math.Round(math.Log2(v)/quantum)))
			}
		}
		g, ok := known[string(name)]
		if !ok {
			g = len(p.sizes)
			known[string(name)] = g
			p.sizes = append(p.sizes, 0)
		}
		p.of[i] = g
		p.sizes[g]++
	}
	return p
}

// sum counts what the classes have.
func (o *objective) sum(p *partition) {
	p.uniform = true
	for f := range o.design.features {
		n, v := make([]int, len(p.sizes)), make([]float64, len(p.sizes))
		first := make([]float64, len(p.sizes))
		for i, g := range p.of {
			if g == none {
				continue
			}
			x := o.base.seg[i][f]
			if n[g] == 0 {
				first[g] = x
			}
			p.uniform = p.uniform && (x == first[g] || math.Abs(x-first[g]) < 1e-9*x)
			if x > 0 {
				n[g]++
				v[g] += x
			}
		}
		for g := range v {
			p.uniform = p.uniform && (n[g] == 0 || n[g] == p.sizes[g])
			v[g] /= max(1, float64(n[g]))
		}
		p.members, p.weights = append(p.members, n), append(p.weights, v)
	}
	p.ends = make([]float64, len(p.sizes))
	for i, g := range p.of {
		if g != none {
			p.ends[g] += o.overlap[i] / float64(p.sizes[g])
		}
	}
	type ends struct {
		g, h int
		goal float64
	}
	known := map[ends]int{}
	p.pairOf = make([]int, len(o.base.pair))
	var first []float64
	for i, pair := range o.design.layout.pairs {
		g, h := p.of[pair[0]], p.of[pair[1]]
		at := ends{g: min(g, h), h: max(g, h)}
		if o.goals != nil {
			at.goal = o.goals.pair[i]
		}
		c, ok := known[at]
		if !ok {
			c = len(p.pairs)
			known[at] = c
			possible := p.sizes[g] * p.sizes[h]
			if g == h {
				possible = p.sizes[g] * (p.sizes[g] - 1) / 2
			}
			p.pairs = append(p.pairs, pairClass{g: at.g, h: at.h, possible: possible, uniform: true})
			first = append(first, o.base.pair[i])
		}
		p.pairOf[i] = c
		p.pairs[c].count++
		p.pairs[c].weight += o.base.pair[i]
		p.pairs[c].uniform = p.pairs[c].uniform && math.Abs(o.base.pair[i]-first[c]) <= 1e-9*first[c]
	}
	for i := range p.pairs {
		c := &p.pairs[i]
		c.weight /= float64(c.count)
		c.uniform = c.uniform && c.count == c.possible
	}
	o.sumTriples(p)
}

// counts lists the ways in which at most bound segments fall into the classes,
// if there are at most limit of them.
func counts(sizes []int, bound, limit int) ([][]int, bool) {
	var all [][]int
	k := make([]int, len(sizes))
	var walk func(g, left int) bool
	walk = func(g, left int) bool {
		if g == len(k) {
			all = append(all, append([]int(nil), k...))
			return len(all) <= limit
		}
		for k[g] = 0; k[g] <= min(left, sizes[g]); k[g]++ {
			if !walk(g+1, left-k[g]) {
				return false
			}
		}
		k[g] = 0
		return true
	}
	ok := walk(0, bound)
	return all, ok
}

// cost is what the pairs of a class cost a person who is kept in k segments of
// each class, where being kept at one end costs in and not being kept out.
func (c *pairClass) cost(k, sizes []int, out, in float64) float64 {
	both, one := float64(k[c.g]*k[c.h]), float64(k[c.g]*(sizes[c.h]-k[c.h])+k[c.h]*(sizes[c.g]-k[c.g]))
	if c.g == c.h {
		both, one = float64(k[c.g]*(k[c.g]-1)/2), float64(k[c.g]*(sizes[c.g]-k[c.g]))
	}
	listed := float64(c.count) / float64(c.possible)
	one *= listed
	if c.count < c.possible {
		// The worst person is kept where pairs are listed, as far as the ends of
		// kept segments go.
		degree := 2 * float64(c.count) / float64(sizes[c.g]+sizes[c.h])
		if c.g == c.h {
			degree *= 2
		}
		ends := float64(k[c.g]+k[c.h]) / 2 * degree / 2
		both = max(both*listed, min(both, float64(c.count), ends))
	}
	return both*in*in + one*in*out + max(0, float64(c.count)-both-one)*out*out
}
