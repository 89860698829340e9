// SPDX-License-Identifier: Apache-2.0

package dp

import "math"

// A design is a set of noisy measurements. Memberships are measured around a
// centre a: for feature h of a person, the sum of h over everybody, and for
// each segment the sum of (x-a)·h, where x is 1 for who is kept in it. A person
// who is not in a segment then costs something too, and one who is costs less:
// with a = 1/2 and no cap the two are equal, and every table gets better by
// about a third. Overlaps are sums of (x-a)(y-a). All rows are integers: they
// are multiplied by the centre's denominator.
type design struct {
	workload   *Workload
	layout     *layout
	mechanism  mechanism
	features   []feature
	components [][]int // Gaussian: of each crossing and subset, its feature, or none
	tables     []int   // Laplace: of each crossing, its feature
	amounts    []int   // of each amount, its feature, or none
	categories []int   // of each attribute that is Unknown, its feature, or none
	centres    []centre
	scales     levels    // of the noise, for a row of length 1; 0 is not measured
	weights    []float64 // of each table's variances in what is minimised
}

// levels hold a number for each measurement: of a feature over everybody, of a
// feature in a segment, of a pair of segments.
type levels struct {
	all  []float64
	seg  [][]float64
	pair []float64
}

func newLevels(w *Workload, l *layout, features int) levels {
	v := levels{all: make([]float64, features), pair: make([]float64, len(l.pairs)), seg: make([][]float64, w.Segments)}
	for i := range v.seg {
		v.seg[i] = make([]float64, features)
	}
	return v
}

// A centre is the fraction p/q, at most a half.
type centre struct{ p, q int64 }

func (c centre) float() float64 { return float64(c.p) / float64(c.q) }

// out and in are what a person outside and inside a segment costs.
func (c centre) out(power float64) float64 { return math.Pow(c.float(), power) }
func (c centre) in(power float64) float64  { return math.Pow(1-c.float(), power) }

var centres = []centre{{0, 1}, {1, 10}, {1, 8}, {1, 6}, {1, 5}, {1, 4}, {3, 10}, {1, 3}, {2, 5}, {1, 2}}

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
	o := newObjective(d)
	for f := range d.features {
		d.plan(o, f)
	}
	return d
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

// plan chooses centre and scales of one feature. Minimising a weighted sum of
// variances Σ v·s² under a price Σ c/s^e has the closed form s = (c/v)^(1/(2+e)),
// and its optimum grows with Σ (c²v^e)^(1/(2+e)): a sum over features, so each
// may choose its centre on its own.
func (d *design) plan(o *objective, f int) {
	e := d.mechanism.power()
	best := math.Inf(1)
	for _, c := range centres {
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
}
