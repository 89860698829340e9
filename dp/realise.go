// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"math"

	"github.com/throng-dp/throng/dp/accountant"
)

// rows calls each row of a feature with its Euclidean length (an amount's row
// has length 1: its price holds its width) and its largest entry, in the order
// in which they are measured.
func (d *design) rows(f int, row func(length, entry float64)) {
	feature := &d.features[f]
	switch feature.kind {
	case ones, category: // of categories any one
		row(1, 1)
	case amount:
		row(1, feature.entry)
	case table:
		for range d.layout.cells[feature.index] {
			row(1, 1)
		}
	case component:
		eachIndex(d.workload, feature.by, func(k []int) {
			length, entry := rowSize(k)
			row(length, entry)
		})
	}
}

// rowSize returns length and largest entry of the row with k[i] ones and then
// -k[i] along each attribute.
func rowSize(k []int) (length, entry float64) {
	square := 1.0
	entry = 1
	for _, k := range k {
		square *= float64(k) * float64(k+1)
		entry *= float64(k)
	}
	return math.Sqrt(square), entry
}

// eachIndex calls f with every row of a component: for each attribute of n
// cells a number from 1 to n-1, the last runs fastest.
func eachIndex(w *Workload, by []int, f func(k []int)) {
	k := make([]int, len(by))
	var walk func(i int)
	walk = func(i int) {
		if i == len(by) {
			f(k)
			return
		}
		for k[i] = 1; k[i] < w.Attributes[by[i]]; k[i]++ {
			walk(i + 1)
		}
	}
	walk(0)
}

// realised prices a design at the scales that its steps have: a little above
// the planned ones. It is false where a row has no step.
func (d *design) realised() (levels, bool) {
	type place struct {
		f, degree int
		scale     float64
	}
	known := map[place]float64{} // segments with equal tables share all of this
	fits := true
	v := d.priced(func(f, degree int, scale float64) float64 {
		at := place{f, degree, scale}
		if p, ok := known[at]; ok {
			return p
		}
		c := &d.centres[f]
		switch degree {
		case 2:
			c = &d.pairCentre
		case 3:
			c = &d.tripleCentre
		}
		multiple, most := c.multiple(degree), c.most(degree)
		worst := 0.0 // of planned over realised, over the rows
		d.rows(f, func(length, entry float64) {
			planned := scale * length * multiple
			s, ok := d.mechanism.step(planned, entry*most)
			fits = fits && ok
			if ok {
				worst = max(worst, planned/d.mechanism.realised(s))
			}
		})
		known[at] = d.features[f].price * math.Pow(worst/scale, d.mechanism.power())
		return known[at]
	})
	v.others = d.boundingPrice(func(_ int, scale, entry float64) float64 {
		s, ok := d.mechanism.step(scale, entry)
		if fits = fits && ok; !ok {
			return scale
		}
		return d.mechanism.realised(s)
	})
	return v, fits
}

// tail is the share of δ that is set aside for the sampler (privacy R16): the
// binomial that stands for a normal variable ends about 8.8 standard deviations
// out, and a person moves a row by at most its sensitivity.
func (d *design) tail() float64 {
	tail := 0.0
	add := func(rows int, entry, scale float64) {
		if scale > 0 {
			tail += float64(rows) * accountant.CDF(entry/scale-8.8)
		}
	}
	for f := range d.features {
		n, in := d.rowCount(f), d.centres[f].most(1)/d.centres[f].multiple(1)
		size := math.Sqrt(max(1, d.features[f].price))
		add(n, size, d.scales.all[f])
		for i := range d.scales.seg {
			add(n, size*in, d.scales.seg[i][f])
		}
	}
	for _, scale := range d.scales.triple {
		add(1, d.tripleCentre.in(3), scale)
	}
	for row, entry := range d.workload.boundingEntries() {
		add(1, entry, d.bounding[row])
	}
	in := d.pairCentre.in(1)
	for _, scale := range d.scales.pair {
		add(1, in*in, scale)
	}
	return max(1e-12, tail)
}

// rowCount is the number of rows of a feature.
func (d *design) rowCount(f int) int {
	feature := &d.features[f]
	n := 1
	switch feature.kind {
	case table:
		n = d.layout.cells[feature.index]
	case component:
		for _, a := range feature.by {
			n *= d.workload.Attributes[a] - 1
		}
	}
	return n
}
