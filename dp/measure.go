// SPDX-License-Identifier: Apache-2.0

package dp

import "slices"

// A measured holds the noisy rows of all measurements, each divided by what its
// centre multiplied it with. Nothing after it sees an exact number.
type measured struct {
	all    [][]float64   // of each feature, its rows over everybody
	seg    [][][]float64 // of each segment and feature
	pair   []float64
	triple []float64
	base   [][]float64 // of each feature: see design.bases
	others [boundingRows]float64
}

// An exact is the integer rows of the features over some set of people.
type exact [][]int64

// measure draws the noise of every row that the design has, whatever the
// counts: time and number of draws are the plan's (privacy R30). One after the
// other: the library guards its random bytes with a lock, so two threads take as
// long as one and 1.7 times its processor time.
func (d *design) measure(counts []int64, src sampler) (*measured, error) {
	l := d.layout
	m := &measured{seg: make([][][]float64, len(l.reach)), pair: make([]float64, len(l.pairs)), triple: make([]float64, len(l.triples))}
	everybody := d.exact(counts, counts[l.people], l.allCross, l.allAmount, nil)
	shared := d.shared(counts)
	var err error
	m.all, err = d.noised(src, d.scales.all, everybody, nil)
	for s := 0; s < len(l.reach) && err == nil; s++ {
		if l.reach[s] == none {
			continue
		}
		rows := d.exact(counts, counts[l.reach[s]], l.segCross[s], l.segAmount[s], d.scales.seg[s])
		m.seg[s], err = d.noised(src, d.scales.seg[s], rows, func(f, i int) int64 {
			x := int64(0)
			if c := &d.centres[f]; c.p != 0 {
				x = c.p * everybody[f][i]
			}
			if shared[f] != nil {
				x += shared[f][i]
			}
			return x
		})
	}
	c := &d.pairCentre
	for i := 0; i < len(l.pairs) && err == nil; i++ {
		p := l.pairs[i]
		x := c.q*c.q*counts[l.pair[i]] - c.p*c.q*(counts[l.reach[p[0]]]+counts[l.reach[p[1]]]) + c.p*c.p*counts[l.people]
		m.pair[i], err = d.noisy(src, x, d.scales.pair[i], c.multiple(2), c.most(2))
	}
	for i := 0; i < len(l.triples) && err == nil; i++ {
		c := &d.tripleCentre
		m.triple[i], err = d.noisy(src, d.centredTriple(counts, i), d.scales.triple[i], c.multiple(3), c.most(3))
	}
	if err == nil {
		m.others, err = d.measureBounding(counts, src)
	}
	if err != nil {
		return nil, err
	}
	return m, nil
}

// exact computes the rows of all features that have a scale (all, if scales is
// nil) from the counts of people that stand at the given places.
func (d *design) exact(counts []int64, people int64, cross, amounts []int, scales []float64) exact {
	rows := make(exact, len(d.features))
	rows[0] = []int64{people}
	for i, f := range d.features {
		if f.kind == amount && amounts[f.index] != none {
			a := d.workload.Amounts[f.index]
			rows[i] = []int64{2*counts[amounts[f.index]] - (a.Min+a.Max)*people}
		}
	}
	for c, at := range cross {
		if at == none {
			continue
		}
		cells := slices.Clone(counts[at : at+d.layout.cells[c]])
		if d.mechanism == laplace {
			rows[d.tables[c]] = cells
			continue
		}
		by := d.layout.crossings[c]
		analyse(cells, d.workload.sizes(by))
		for mask, f := range d.components[c] {
			if mask == 0 || f == none || rows[f] != nil || scales != nil && scales[f] == 0 {
				continue
			}
			d.workload.eachRow(by, subset(by, mask), func(at int) { rows[f] = append(rows[f], cells[at]) })
		}
	}
	return rows
}

// shared computes, of every feature whose centre grows with people's own
// memberships, what these add to the centre over everybody.
func (d *design) shared(counts []int64) exact {
	l := d.layout
	sums := make(exact, len(d.features))
	for s, at := range l.reach {
		some := false
		for f := range d.centres {
			some = some || d.centres[f].own != nil && d.centres[f].own[s] != 0
		}
		if at == none || !some {
			continue
		}
		rows := d.exact(counts, counts[at], l.segCross[s], l.segAmount[s], d.scales.seg[s])
		for f := range d.centres {
			own := d.centres[f].own
			if own == nil || own[s] == 0 {
				continue
			}
			if sums[f] == nil {
				sums[f] = make([]int64, len(rows[f]))
			}
			for i, x := range rows[f] {
				sums[f][i] += own[s] * x
			}
		}
	}
	return sums
}

// noised draws the noise of the rows of each feature with a scale: everybody's
// own, or those of a segment's people less the centre's.
func (d *design) noised(src sampler, scales []float64, rows exact, centred func(f, i int) int64) ([][]float64, error) {
	out := make([][]float64, len(d.features))
	for f, scale := range scales {
		if scale == 0 || d.features[f].kind == category {
			continue
		}
		multiple, most := 1.0, 1.0
		if centred != nil {
			multiple, most = d.centres[f].multiple(1), d.centres[f].most(1)
		}
		out[f] = make([]float64, 0, len(rows[f]))
		var err error
		i := 0
		d.rows(f, func(length, entry float64) {
			x := rows[f][i]
			if centred != nil {
				x = d.centres[f].q*x - centred(f, i)
			}
			y, e := d.noisy(src, x, scale*length, multiple, entry*most)
			if e != nil {
				err = e
			}
			out[f] = append(out[f], y)
			i++
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// noisy draws the noise of one integer row that was multiplied to be one.
func (d *design) noisy(src sampler, x int64, scale, multiple, entry float64) (float64, error) {
	if scale == 0 {
		return 0, nil // no released number needs it
	}
	s, ok := d.mechanism.step(scale*multiple, entry)
	if !ok {
		return 0, ErrPrice // NewStrategy has refused it
	}
	y, err := src.draw(d.mechanism, x, s)
	return y / multiple, err
}
