// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"fmt"
	"math"
	"slices"
)

// An objective weighs variances: every family's mean variance counts the same,
// times its tables' weights. Sums count in units of the most that one person
// adds to them, so that they compare with people.
type objective struct {
	design   *design
	base     levels      // weight of each measurement's variance, before centres
	overlap  []float64   // of each segment: weight of its overlaps
	overlaps float64     // of all
	degree   []int       // of each segment: its overlaps
	both     [][]float64 // of each segment and amount's feature: weight of its covariance with the reach
	goals    *levels     // of what has a target: as base, in units of the targets; nil if nothing has
	inside   float64     // pairs within the worst person's kept segments, at most
	ends     float64     // ends of pairs at these
}

func newObjective(d *design) *objective {
	w, l := d.workload, d.layout
	o := &objective{design: d, base: newLevels(w, l, len(d.features)), overlap: make([]float64, w.Segments), both: newLevels(w, &layout{}, len(d.features)).seg}
	if wanted := w.goals(); slices.Max(append(wanted, 0)) > 0 {
		goal := &objective{design: d, base: newLevels(w, l, len(d.features)), overlap: make([]float64, w.Segments), both: newLevels(w, &layout{}, len(d.features)).seg}
		for i, x := range wanted {
			if x > 0 {
				goal.add(i, 1/(x*x))
			}
		}
		o.goals = &goal.base
	}
	for t, weight := range d.weights {
		o.add(t, weight)
	}
	o.degree = make([]int, w.Segments)
	for _, p := range l.pairs {
		o.degree[p[0]]++
		o.degree[p[1]]++
	}
	degree, inside := make([]float64, w.Segments), make([]float64, w.Segments)
	for i, n := range o.degree {
		degree[i], inside[i] = float64(n), float64(min(n, w.Bound-1))/2
	}
	o.inside, o.ends = max(1, largest(inside, w.Bound)), largest(degree, w.Bound)
	return o
}

// balanced returns the weight of each table's variances: those of a family's
// cells add up to 1, but for the tables' own weights.
func balanced(w *Workload) []float64 {
	weights := make([]float64, len(w.Tables))
	for _, family := range families(w) {
		for _, t := range family.tables {
			if k := w.Tables[t].Kind; k == Quantiles || k == PeopleOver || k == Dropped {
				continue // the vector has no part in them, or a fixed one
			}
			weights[t] = w.Tables[t].weight() / float64(family.cells)
		}
	}
	return weights
}

// add weighs the variances of one table's cells.
func (o *objective) add(t int, weight float64) {
	d := o.design
	w, table := d.workload, &d.workload.Tables[t]
	if table.Kind == Population {
		o.base.all[0] += weight
		return
	}
	if len(table.Segments) == 0 {
		return // see planBounding
	}
	seg := o.base.seg[table.Segments[0]]
	switch table.Kind {
	case Reach:
		seg[0] += weight
	case Breakdown, Frequency:
		if w.discovers(t) {
			seg[d.categories[table.By[0]]] += weight
			return
		}
		o.addCrossing(seg, d.layout.crossing(table.By), weight)
	case Top:
		if c := d.layout.crossing(table.By); d.layout.asked[table.Segments[0]][c] {
			o.addCrossing(seg, c, weight*float64(table.Most)/float64(d.layout.cells[c]))
		}
	case Sum, Mean:
		sum, reach, both := d.amountWeights(t)
		if f := d.amounts[table.Amount]; f != none {
			seg[f] += weight * sum
			o.both[table.Segments[0]][f] += weight * both
		}
		seg[0] += weight * reach
	case Overlap:
		if len(table.Segments) == 3 {
			o.base.triple[d.layout.overlap[t]] += weight
			return
		}
		o.base.pair[d.layout.overlap[t]] += weight
		o.overlap[table.Segments[0]] += weight
		o.overlap[table.Segments[1]] += weight
		o.overlaps += weight
	}
}

// amountWeights returns what the variances of an amount's feature and of the
// reach, and twice their covariance, weigh in a sum or a mean of it.
func (d *design) amountWeights(t int) (sum, reach, both float64) {
	table := &d.workload.Tables[t]
	a := d.workload.Amounts[table.Amount]
	width, middle, unit := float64(a.Max-a.Min), float64(a.Max+a.Min)/2, float64(max(a.Max, -a.Min, 1))
	both = middle / (2 * unit * unit)
	if table.Kind == Mean { // on either side of the middle; see MeanHalfWidth
		middle, unit, both = width/4, max(width, 1), 0
	}
	return 1 / (4 * unit * unit), middle * middle / (unit * unit), both
}

// addCrossing weighs the measurements that the cells of a crossing come from.
func (o *objective) addCrossing(seg []float64, c int, weight float64) {
	d := o.design
	cells := float64(d.layout.cells[c])
	if d.mechanism == laplace {
		seg[d.tables[c]] += weight * cells
		return
	}
	for mask, f := range d.components[c] {
		if f != none {
			seg[f] += weight * cells * spread(d.workload, d.layout.crossings[c], mask)
		}
	}
}

// spread is the variance of a cell of the crossing by that noise of level 1 on
// the component of mask brings.
func spread(w *Workload, by []int, mask int) float64 {
	v := 1.0
	for i, a := range by {
		n := float64(w.Attributes[a])
		if mask>>i&1 == 1 {
			v *= (n - 1) / n
		} else {
			v /= n * n
		}
	}
	return v
}

// at returns weight and price of the measurements of one feature, measured
// around a centre, in the order of design.slots. The prices are the worst
// person's, spread evenly: exact where segments have the same tables, and a
// good guess elsewhere. What is charged is computed from the scales.
func (o *objective) at(f int, c centre) (v, price []float64) {
	d := o.design
	e, a := d.mechanism.power(), c.fixed()
	v = append(v, o.base.all[f])
	n := 0.0
	for i := range o.base.seg {
		x := o.base.seg[i][f]
		v[0] += a * a * x
		if f == 0 {
			x += a * a * o.overlap[i]
		}
		if x > 0 {
			n++
		}
		v = append(v, x)
	}
	k := min(float64(d.workload.Bound), n)
	each := d.features[f].price * (k*c.in(e) + (n-k)*c.out(e)) / max(n, 1)
	price = append(price, d.features[f].price)
	for range o.base.seg {
		price = append(price, each)
	}
	if f > 0 {
		return v, price
	}
	v[0] += math.Pow(a, 4) * o.overlaps
	pairs := float64(len(o.base.pair))
	rise := c.in(e) - c.out(e)
	pair := (pairs*c.out(e)*c.out(e) + o.ends*c.out(e)*rise + o.inside*rise*rise) / max(pairs, 1)
	for _, x := range o.base.pair {
		v, price = append(v, x), append(price, pair)
	}
	triples := float64(len(o.base.triple))
	for _, x := range o.base.triple {
		v, price = append(v, x), append(price, max(1, min(triples, choices(d.workload.Bound, 3)))/triples)
	}
	return v, price
}

// A family is all tables of one kind, over all segments; of one list of
// attributes or one amount, where the kind has them.
type family struct {
	tables []int
	cells  int
}

// families sorts a workload's tables, in its order.
func families(w *Workload) []family {
	var fs []family
	type alike struct {
		kind Kind
		of   int
		list string
	}
	at := map[alike]int{}
	for i := range w.Tables {
		t := &w.Tables[i]
		k := alike{kind: t.Kind, of: max(2, len(t.Segments))}
		switch {
		case t.Kind == Sum || t.Kind == Mean:
			k.of = t.Amount
		case t.Kind == Quantiles:
			k.of, k.list = t.Grid, fmt.Sprint(t.At)
		case len(t.By) > 0:
			k.list = key(t.By)
		}
		place, ok := at[k]
		if !ok {
			place = len(fs)
			at[k] = place
			fs = append(fs, family{})
		}
		f := &fs[place]
		f.tables = append(f.tables, i)
		f.cells += w.Cells(i)
	}
	return fs
}

// key names a list of attributes in a map.
func key(by []int) string { return fmt.Sprint(by) }

// largest is the sum of the k largest of xs, none of which is negative.
func largest(xs []float64, k int) float64 {
	xs = slices.Clone(xs)
	slices.Sort(xs)
	sum := 0.0
	for _, x := range xs[len(xs)-min(k, len(xs)):] {
		sum += x
	}
	return sum
}
