// SPDX-License-Identifier: Apache-2.0

package dp

// An unbiased holds the numbers that measurements say, by least squares: linear in
// them, so their variances are those of the plan. All tables of a segment agree
// with one another. It sees noisy numbers only (privacy R39).
type unbiased struct {
	cells   [][]float64   // of each table; of a mean: its sum; of commonest cells: all of them
	reach   []float64     // of each segment
	found   [][]survivor  // of each place of layout.found: the categories that are released
	picked  map[int][]int // of each picked table: its cells
	points  [][]int       // of each table of quantiles: their grid points; drawn, not measured
	centred []float64     // of each table of sums and means: distances from the middle, added up
}

// reconstruct computes all tables from the measurements.
func (d *design) reconstruct(m *measured) *unbiased {
	w := d.workload
	u := &unbiased{cells: make([][]float64, len(w.Tables)), reach: make([]float64, w.Segments), centred: make([]float64, len(w.Tables))}
	m.base = d.bases(m)
	parts := make([]map[string][]float64, w.Segments)
	for s := range parts {
		if m.seg[s] != nil {
			parts[s] = d.parts(m, s)
			u.reach[s] = parts[s][key(nil)][0]
		}
	}
	for i := range w.Tables {
		t := &w.Tables[i]
		switch t.Kind {
		case Population:
			u.cells[i] = []float64{m.all[0][0]}
		case Reach:
			u.cells[i] = []float64{u.reach[t.Segments[0]]}
		case Overlap:
			if len(t.Segments) == 3 {
				u.cells[i] = []float64{d.tripleOf(m, d.layout.overlap[i])}
				continue
			}
			u.cells[i] = []float64{d.pairOf(m, d.layout.overlap[i])}
		case PeopleOver, Dropped:
			u.cells[i] = []float64{m.others[t.rowOf()]}
		case Quantiles: // drawn, not measured
		case Sum, Mean:
			s, r := t.Segments[0], w.Amounts[t.Amount]
			if f := d.amounts[t.Amount]; f != none {
				u.centred[i] = d.around(m, s, f)[0] / 2
			}
			u.cells[i] = []float64{u.centred[i] + float64(r.Min+r.Max)/2*u.reach[s]}
		default:
			if w.discovers(i) || !d.layout.asked[t.Segments[0]][d.layout.crossing(t.By)] {
				continue // see found and picked
			}
			u.cells[i] = d.assemble(parts[t.Segments[0]], t.By)
		}
	}
	return u
}

// pairOf returns an overlap: the sum of (x-a)(y-a) is o - a(r+s) + a²N.
func (d *design) pairOf(m *measured, pair int) float64 {
	a, p := d.pairCentre.fixed(), d.layout.pairs[pair]
	both := m.seg[p[0]][0][0] + m.seg[p[1]][0][0]
	if base := m.base[0]; base != nil { // see around
		both += 2 * base[0]
	}
	return m.pair[pair] + a*both - a*a*m.all[0][0]
}

// bases returns, of each feature, its rows of the sum of c·h over everybody,
// where c is the centre: a = p/q of what was measured over everybody, and the
// share of each segment. Since y_i = R_i - base and base = aN + Σ share_i·R_i,
//
//	base = (aN + Σ share_i·y_i) / (1 - Σ share_i).
func (d *design) bases(m *measured) [][]float64 {
	out := make([][]float64, len(d.features))
	for f := range out {
		c := &d.centres[f]
		if c.p == 0 && c.own == nil {
			continue
		}
		var base []float64
		add := func(rows []float64, by float64) {
			if base == nil {
				base = make([]float64, len(rows))
			}
			for i, y := range rows {
				base[i] += by * y
			}
		}
		if c.p != 0 {
			add(m.all[f], c.fixed()/c.rest())
		}
		for s := range m.seg {
			if share := c.share(s); share != 0 {
				add(m.seg[s][f], share/c.rest())
			}
		}
		out[f] = base
	}
	return out
}

// around returns the rows of feature f over a segment's people: the measurement
// around the centre, and the centre's sum.
func (d *design) around(m *measured, seg, f int) []float64 {
	base := m.base[f]
	rows := make([]float64, len(m.seg[seg][f]))
	for i, y := range m.seg[seg][f] {
		rows[i] = y
		if base != nil {
			rows[i] += base[i]
		}
	}
	return rows
}

// parts returns the rows of every component that a segment's tables have, by
// its attributes.
func (d *design) parts(m *measured, seg int) map[string][]float64 {
	parts := map[string][]float64{}
	if d.mechanism == laplace {
		d.weigh(m, seg, parts)
		return parts
	}
	for f := range d.features {
		if k := d.features[f].kind; (k == ones || k == component) && m.seg[seg][f] != nil {
			parts[key(d.features[f].by)] = d.around(m, seg, f)
		}
	}
	return parts
}

// weigh combines what a segment's reach and its tables of Laplace noise tell of
// each component, by precision.
func (d *design) weigh(m *measured, seg int, parts map[string][]float64) {
	add := func(part []int, rows []float64, precision float64) {
		sum := parts[key(part)]
		if sum == nil {
			sum = make([]float64, len(rows))
			parts[key(part)] = sum
		}
		for i, y := range rows {
			sum[i] += y * precision * d.componentVariance(seg, part)
		}
	}
	add(nil, d.around(m, seg, 0), 1/d.featureVariance(seg, 0))
	for c, at := range d.layout.segCross[seg] {
		if at == none || !d.layout.asked[seg][c] {
			continue
		}
		by := d.layout.crossings[c]
		cells := d.around(m, seg, d.tables[c])
		analyse(cells, d.workload.sizes(by))
		for mask := range 1 << len(by) {
			part := subset(by, mask)
			var rows []float64
			d.workload.eachRow(by, part, func(at int) { rows = append(rows, cells[at]) })
			if own, ok := maskOf(by, part); ok && len(rows) > 0 {
				add(part, rows, d.precision(seg, c, own))
			}
		}
	}
}

// assemble computes the cells of a crossing from its components.
func (d *design) assemble(parts map[string][]float64, by []int) []float64 {
	sizes := d.workload.sizes(by)
	n := 1
	for _, s := range sizes {
		n *= s
	}
	rows := make([]float64, n)
	for mask := range 1 << len(by) {
		part := subset(by, mask)
		from, i := parts[key(part)], 0
		d.workload.eachRow(by, part, func(at int) { rows[at] = from[i]; i++ })
	}
	synthesise(rows, sizes)
	return rows
}
