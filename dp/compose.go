// SPDX-License-Identifier: Apache-2.0

package dp

// mixture returns the Laplace noises of a cell of a table, by the same
// combination that reconstruct makes of the measurements. All cells of a table
// have the same.
func (d *design) mixture(t int) mixture {
	table := &d.workload.Tables[t]
	var m mixture
	switch table.Kind {
	case Quantiles:
	case PeopleOver, Dropped:
		m.and(1, d.bounding[table.rowOf()], 1)
	case Population:
		m.and(1, d.scales.all[0], 1)
	case Reach:
		d.mixReach(&m, table.Segments[0], 1)
	case Overlap:
		if len(table.Segments) == 3 {
			m.and(1, d.scales.triple[d.layout.overlap[t]], 1)
			break
		}
		a, b := d.pairCentre.fixed(), d.centres[0].fixed()
		m.and(1, d.scales.pair[d.layout.overlap[t]], 1)
		m.and(a, d.scales.seg[table.Segments[0]][0], 1)
		m.and(a, d.scales.seg[table.Segments[1]][0], 1)
		m.and(a*(2*b-a), d.scales.all[0], 1)
	case Sum, Mean:
		a := d.workload.Amounts[table.Amount]
		if f := d.amounts[table.Amount]; f != none {
			d.mixFeature(&m, table.Segments[0], f, 0.5, 1)
		}
		d.mixReach(&m, table.Segments[0], float64(a.Max+a.Min)/2)
	default:
		switch {
		case d.workload.discovers(t):
			m.and(1, d.scales.seg[table.Segments[0]][d.categories[table.By[0]]], 1)
		case d.layout.asked[table.Segments[0]][d.layout.crossing(table.By)]:
			d.mixCell(&m, table.Segments[0], d.layout.crossing(table.By))
		}
	}
	return m
}

// mixFeature adds count rows of a feature in a segment, times a factor. Laplace
// noise has centres that are the same for everybody.
func (d *design) mixFeature(m *mixture, seg, f int, factor, count float64) {
	m.and(factor, d.scales.seg[seg][f], count)
	m.and(factor*d.centres[f].fixed(), d.scales.all[f], count)
}

// mixReach adds a segment's reach: its own measurement and the totals of its
// tables, by precision.
func (d *design) mixReach(m *mixture, seg int, factor float64) {
	v := d.componentVariance(seg, nil)
	d.mixFeature(m, seg, 0, factor*v/d.featureVariance(seg, 0), 1)
	for _, s := range d.sources(seg, nil) {
		d.mixFeature(m, seg, d.tables[s.crossing], factor*v*s.precision, float64(d.layout.cells[s.crossing]))
	}
}

// mixCell adds a cell of crossing c: what each cell of each table of the
// segment brings to it through the components that the two share. That depends
// only on which of the shared attributes they agree in.
func (d *design) mixCell(m *mixture, seg, c int) {
	by := d.layout.crossings[c]
	share := 1.0
	for _, a := range by {
		share /= float64(d.workload.Attributes[a])
	}
	d.mixFeature(m, seg, 0, share*d.componentVariance(seg, nil)/d.featureVariance(seg, 0), 1)
	for other, at := range d.layout.segCross[seg] {
		if at == none || !d.layout.asked[seg][other] {
			continue
		}
		common := shared(by, d.layout.crossings[other])
		for agree := range 1 << len(common) {
			factor, count := d.kernel(seg, by, other, common, agree)
			d.mixFeature(m, seg, d.tables[other], factor, count)
		}
	}
}

// shared returns the attributes of both lists.
func shared(by, other []int) []int {
	var both []int
	for _, a := range by {
		for _, b := range other {
			if a == b {
				both = append(both, a)
			}
		}
	}
	return both
}

// kernel is the factor of a cell of table other in a cell of by, where the two
// agree in the attributes of mask agree of common and in no other one of them,
// and the number of such cells.
func (d *design) kernel(seg int, by []int, other int, common []int, agree int) (factor, count float64) {
	n := func(a int) float64 { return float64(d.workload.Attributes[a]) }
	count = float64(d.layout.cells[other])
	for i, a := range common {
		count /= n(a)
		if agree>>i&1 == 0 {
			count *= n(a) - 1
		}
	}
	for mask := range 1 << len(common) {
		part := subset(common, mask)
		own, ok := maskOf(d.layout.crossings[other], part)
		if !ok {
			continue
		}
		k := d.componentVariance(seg, part) * d.precision(seg, other, own)
		for _, a := range by {
			k /= n(a) // of attributes outside the component; taken back below
		}
		for i, a := range common {
			switch {
			case mask>>i&1 == 0:
			case agree>>i&1 == 1:
				k *= n(a) - 1
			default:
				k = -k
			}
		}
		factor += k
	}
	return factor, count
}
