// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"math"
	"slices"
)

// A design is a set of noisy measurements. Memberships are measured around a
// centre c: for feature h of a person, the sum of h over everybody where
// something needs it, and for each segment the sum of (x-c)·h, where x is 1 for
// who is kept in it. A person who is not in a segment then costs something too,
// and one who is costs less: with c = 1/2 and no cap the two are equal, and
// every table gets better by about a third. Overlaps are sums of (x-a)(y-a) for
// a centre a that is the same for everybody, those of three segments likewise. All rows are integers: they are
// multiplied by the centre's denominator.
type design struct {
	workload     *Workload
	layout       *layout
	mechanism    mechanism
	features     []feature
	components   [][]int // Gaussian: of each crossing and subset, its feature, or none
	tables       []int   // Laplace: of each crossing, its feature
	amounts      []int   // of each amount, its feature, or none
	categories   []int   // of each attribute that is Unknown, its feature, or none
	centres      []centre
	pairCentre   centre
	tripleCentre centre                // 0 where a triple's pairs are not all measured
	scales       levels                // of the noise, for a row of length 1; 0 is not measured
	bounding     [boundingRows]float64 // scales of the noise of what a cap cuts off
	shaper       *shaper               // Gaussian: what chose it
	common       []float64             // of each feature: see settle
	weights      []float64             // of each table's variances in what is minimised
}

// levels hold a number for each measurement: of a feature over everybody, of a
// feature in a segment, of a pair and of a triple of segments.
type levels struct {
	all    []float64
	seg    [][]float64
	pair   []float64
	triple []float64
	others float64 // of prices: of the rows of bounding together
}

func newLevels(w *Workload, l *layout, features int) levels {
	v := levels{all: make([]float64, features), pair: make([]float64, len(l.pairs)), triple: make([]float64, len(l.triples)), seg: make([][]float64, w.Segments)}
	for i := range v.seg {
		v.seg[i] = make([]float64, features)
	}
	return v
}

func (v levels) clone() levels {
	v.all, v.pair, v.triple, v.seg = slices.Clone(v.all), slices.Clone(v.pair), slices.Clone(v.triple), slices.Clone(v.seg)
	for i := range v.seg {
		v.seg[i] = slices.Clone(v.seg[i])
	}
	return v
}

// laplaceCentres are tried for Laplace noise, and for amounts whose range leaves no
// room for more.
var laplaceCentres = []centre{{p: 0, q: 1}, {p: 1, q: 10}, {p: 1, q: 8}, {p: 1, q: 6}, {p: 1, q: 5}, {p: 1, q: 4},
	{p: 3, q: 10}, {p: 1, q: 3}, {p: 2, q: 5}, {p: 1, q: 2}}

// newDesign plans the measurements for one kind of noise, up to a common factor
// of the scales. weights are those of the tables; the objective's own if nil.
func newDesign(w *Workload, l *layout, m mechanism, weights []float64) *design {
	d := &design{workload: w, layout: l, mechanism: m, features: features(w, l, m), weights: weights}
	if weights == nil {
		d.weights = balanced(w)
	}
	d.index()
	d.centres = make([]centre, len(d.features))
	d.scales = newLevels(w, l, len(d.features))
	for f := range d.centres {
		d.centres[f] = centre{q: 1}
	}
	d.pairCentre, d.tripleCentre = centre{q: 1}, centre{q: 1}
	o := newObjective(d)
	if m == gaussian {
		d.shaper = newShaper(o)
		d.shaper.choose()
	} else {
		for f := range d.features {
			d.plan(o, f)
		}
		d.pairCentre = d.centres[0]
	}
	d.settle()
	d.planBounding()
	return d
}

// copied returns a design of the same measurements whose scales are its own, for
// an equal workload and its layout.
func (d *design) copied(w *Workload, l *layout) *design {
	e := *d
	e.workload, e.layout, e.scales = w, l, d.scales.clone()
	if d.shaper != nil {
		h, o := *d.shaper, *d.shaper.o
		h.d, h.o, o.design = &e, &o, &e
		e.shaper = &h
	}
	return &e
}

// settle computes what the noise of all segments brings to each of them.
func (d *design) settle() {
	d.common = make([]float64, len(d.features))
	for f := range d.features {
		c := &d.centres[f]
		if c.own == nil {
			continue
		}
		for i, m := range c.own {
			x := float64(m) / (c.rest() * float64(c.q))
			d.common[f] += x * x * d.variance(d.scales.seg[i][f])
		}
	}
}

// index finds the features of crossings and amounts.
func (d *design) index() {
	byPart := map[string]int{}
	d.amounts = filled(len(d.workload.Amounts))
	d.tables = filled(len(d.layout.crossings))
	d.categories = filled(len(d.workload.Attributes))
	for i, f := range d.features {
		switch f.kind {
		case ones, component:
			byPart[key(f.by)] = i
		case table:
			d.tables[f.index] = i
		case amount:
			d.amounts[f.index] = i
		case category:
			d.categories[f.index] = i
		}
	}
	for _, by := range d.layout.crossings {
		parts := filled(1 << len(by))
		for mask := range parts {
			if i, ok := byPart[key(subset(by, mask))]; ok {
				parts[mask] = i
			}
		}
		d.components = append(d.components, parts)
	}
}

// plan chooses one centre for everybody, and scales, of one feature. Minimising a weighted sum of
// variances Σ v·s² under a price Σ c/s^e has the closed form s = (c/v)^(1/(2+e)),
// and its optimum grows with Σ (c²v^e)^(1/(2+e)): a sum over features, so each
// may choose its centre on its own.
func (d *design) plan(o *objective, f int) {
	e := d.mechanism.power()
	best := math.Inf(1)
	for _, c := range laplaceCentres {
		if d.features[f].kind == amount && c.q > 4 {
			continue // leaves the most room for large amounts
		}
		if d.features[f].kind == category && c.p > 0 {
			continue // a centre needs the same categories over everybody
		}
		v, price := o.at(f, c)
		sum := 0.0
		for i := range v {
			sum += math.Pow(price[i]*price[i]*math.Pow(v[i], e), 1/(2+e))
		}
		// A tie goes to the smaller centre, which has fewer measurements.
		if sum < best*(1-1e-9) {
			best = sum
			d.centres[f] = c
		}
	}
	v, price := o.at(f, d.centres[f])
	for i, s := range d.slots(f) {
		if v[i] > 0 {
			*s = math.Pow(price[i]/v[i], 1/(2+e))
		}
	}
}

// slots returns where the scales of one feature stand, in the order of
// objective.at.
func (d *design) slots(f int) []*float64 {
	s := []*float64{&d.scales.all[f]}
	for i := range d.scales.seg {
		s = append(s, &d.scales.seg[i][f])
	}
	if f == 0 {
		for i := range d.scales.pair {
			s = append(s, &d.scales.pair[i])
		}
		for i := range d.scales.triple {
			s = append(s, &d.scales.triple[i])
		}
	}
	return s
}

// scale multiplies all scales.
func (d *design) scale(by float64) {
	for f := range d.features {
		for _, s := range d.slots(f) {
			*s *= by
		}
	}
	for row := range d.bounding {
		d.bounding[row] *= by
	}
	d.settle()
}
