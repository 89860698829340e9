// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"math"
	"math/bits"

	"github.com/throng-dp/throng/dp/accountant"
)

// Confidence is that of every interval.
const Confidence = 0.95

// normalWidth is half the width of an interval around a normal variable.
var normalWidth = accountant.HalfWidth(Confidence)

// variance returns that of a measurement.
func (d *design) variance(scale float64) float64 { return d.mechanism.variance() * scale * scale }

// featureVariance is the variance of feature f summed over the people of a
// segment: of the measurement around the centre, and of the centre's share of
// the measurements over everybody and over all segments; see around.
func (d *design) featureVariance(seg, f int) float64 {
	c := &d.centres[f]
	rest := c.rest()
	a := c.fixed() / rest
	return d.variance(d.scales.seg[seg][f])*(1+2*c.share(seg)/rest) + d.common[f] + a*a*d.variance(d.scales.all[f])
}

// pairVariance is the variance of an overlap. With B the centre's share in
// either reach (see around), it is measured less a·(r+s) - a²N, where
// r + s = z_r + z_s + 2B.
func (d *design) pairVariance(pair int) float64 {
	c, a := &d.centres[0], d.pairCentre.fixed()
	rest := c.rest()
	v := d.variance(d.scales.pair[pair]) + 4*a*a*d.common[0]
	for _, seg := range d.layout.pairs[pair] {
		v += a * a * d.variance(d.scales.seg[seg][0]) * (1 + 4*c.share(seg)/rest)
	}
	n := a * (2*c.fixed()/rest - a)
	return v + n*n*d.variance(d.scales.all[0])
}

// precision is what crossing c tells of the component of attributes mask in a
// segment under Laplace noise: the reciprocal of the variance that its cells
// give a row of length 1.
func (d *design) precision(seg, c, mask int) float64 {
	p := 1 / d.featureVariance(seg, d.tables[c])
	for i, a := range d.layout.crossings[c] {
		if mask>>i&1 == 0 {
			p /= float64(d.workload.Attributes[a])
		}
	}
	return p
}

// A source is a measured table that tells something of a component, with the
// component's mask in the table's own order.
type source struct {
	crossing, mask int
	precision      float64
}

// sources returns the tables of a segment that hold the attributes of part.
func (d *design) sources(seg int, part []int) []source {
	var found []source
	for c, at := range d.layout.segCross[seg] {
		if at == none || !d.layout.asked[seg][c] {
			continue
		}
		if mask, ok := maskOf(d.layout.crossings[c], part); ok {
			found = append(found, source{c, mask, d.precision(seg, c, mask)})
		}
	}
	return found
}

// maskOf finds part in by.
func maskOf(by, part []int) (int, bool) {
	mask := 0
	for i, a := range by {
		for _, p := range part {
			if a == p {
				mask |= 1 << i
			}
		}
	}
	return mask, bits.OnesCount(uint(mask)) == len(part)
}

// componentVariance is the variance of a row of length 1 of a component in a
// segment. Least squares weighs what several tables tell of it by precision;
// equal noise on all cells of a table makes that exact.
func (d *design) componentVariance(seg int, part []int) float64 {
	total := 0.0
	if len(part) == 0 {
		total = 1 / d.featureVariance(seg, 0)
	}
	for _, s := range d.sources(seg, part) {
		total += s.precision
	}
	return 1 / total
}

// reachVariance is the variance of a segment's released reach.
func (d *design) reachVariance(seg int) float64 {
	if d.mechanism == gaussian {
		return d.featureVariance(seg, 0)
	}
	return d.componentVariance(seg, nil)
}

// cellVariance is the variance of each cell of a crossing in a segment.
func (d *design) cellVariance(seg, c int) float64 {
	by := d.layout.crossings[c]
	v := 0.0
	for mask, f := range d.components[c] {
		share := spread(d.workload, by, mask)
		switch {
		case share == 0:
		case d.mechanism == laplace:
			v += share * d.componentVariance(seg, subset(by, mask))
		default:
			v += share * d.featureVariance(seg, f)
		}
	}
	return v
}

// tableVariance is the variance of each cell of a table, for a mean that of its
// sum.
func (d *design) tableVariance(t int) float64 {
	table := &d.workload.Tables[t]
	switch table.Kind {
	case Quantiles:
		return 0 // none of the vector's
	case PeopleOver, Dropped:
		return d.variance(d.bounding[table.rowOf()])
	case Population:
		return d.variance(d.scales.all[0])
	case Reach:
		return d.reachVariance(table.Segments[0])
	case Overlap:
		if len(table.Segments) == 3 {
			return d.tripleVariance(d.layout.overlap[t])
		}
		return d.pairVariance(d.layout.overlap[t])
	case Sum, Mean:
		a := d.workload.Amounts[table.Amount]
		middle := float64(a.Max+a.Min) / 2
		return d.centredVariance(t) + middle*middle*d.reachVariance(table.Segments[0])
	case Top:
		if c := d.layout.crossing(table.By); d.layout.asked[table.Segments[0]][c] {
			return d.cellVariance(table.Segments[0], c)
		}
		return 0
	default:
		if d.workload.discovers(t) {
			return d.variance(d.scales.seg[table.Segments[0]][d.categories[table.By[0]]])
		}
		return d.cellVariance(table.Segments[0], d.layout.crossing(table.By))
	}
}

// centredVariance is the variance of a sum of distances from the middle.
func (d *design) centredVariance(t int) float64 {
	table := &d.workload.Tables[t]
	f := d.amounts[table.Amount]
	if f == none {
		return 0
	}
	return d.featureVariance(table.Segments[0], f) / 4
}

// error is the sum over families of their mean variance, in the objective's
// units: what the choice between two kinds of noise is made by.
func (d *design) error() float64 {
	total := 0.0
	for t, weight := range balanced(d.workload) {
		switch table := &d.workload.Tables[t]; table.Kind {
		case Sum, Mean:
			sum, reach, _ := d.amountWeights(t)
			total += weight * (sum*4*d.centredVariance(t) + reach*d.reachVariance(table.Segments[0]))
		default:
			total += weight * d.tableVariance(t) * float64(d.workload.Cells(t))
		}
	}
	return total
}

// StdDev returns the standard deviation of cell c of table t, in released
// units (people, or units of a sum). For a Mean it is not known beforehand,
// and 0 here: see MeanHalfWidth. For Quantiles it is 0: see RankError.
func (s *Strategy) StdDev(t, c int) float64 {
	if s.workload.Tables[t].Kind == Mean {
		return 0
	}
	return math.Sqrt(s.design.tableVariance(t))
}

// HalfWidth returns half the width of the interval of cell c of table t at
// confidence 0.95; 0 for a Mean.
func (s *Strategy) HalfWidth(t, c int) float64 {
	if s.design.mechanism == laplace && s.workload.Tables[t].Kind != Mean {
		return s.widths.of(s.design.mixture(t))
	}
	return normalWidth * s.StdDev(t, c)
}

// expected returns both.
func (s *Strategy) expected(t int) expected {
	e := expected{deviation: s.StdDev(t, 0)}
	if e.width = normalWidth * e.deviation; s.design.mechanism == laplace {
		e.width = s.HalfWidth(t, 0)
	}
	return e
}

// meanWidth is the half width of a variable of standard deviation 1 that mixes
// Laplace noises, at most: that of a single one is the widest.
const meanWidth = 2.1183 // ln(20)/√2

// width is the half width to use where a mixture depends on released numbers.
func (d *design) width() float64 {
	if d.mechanism == laplace {
		return meanWidth
	}
	return normalWidth
}

// MeanHalfWidth returns half the width of the interval of mean t for an
// audience of n people whose mean lies mid-way to an end of its range.
func (s *Strategy) MeanHalfWidth(t int, n float64) float64 {
	return s.design.width() * math.Sqrt(s.design.meanVariance(t)) / n
}

// meanVariance is the variance of a mean, times the square of the audience's
// size, where the mean lies mid-way to an end of its range.
func (d *design) meanVariance(t int) float64 {
	table := &d.workload.Tables[t]
	a := d.workload.Amounts[table.Amount]
	quarter := float64(a.Max-a.Min) / 4
	return d.centredVariance(t) + quarter*quarter*d.reachVariance(table.Segments[0])
}

// typicalAudience is the size of the audiences for which the error of a mean is
// told and asked for: it depends on the size.
const typicalAudience = 1000

// typicalVariance is the variance of each cell of a table, for a mean that of
// an audience of 1,000 people.
func (d *design) typicalVariance(t int) float64 {
	if d.workload.Tables[t].Kind == Mean {
		return d.meanVariance(t) / (typicalAudience * typicalAudience)
	}
	return d.tableVariance(t)
}

// Width returns half the width of the interval of every cell of table t at
// confidence 0.95, in released units; for a Mean that of an audience of 1,000
// people, for Quantiles that of their ranks in one.
func (s *Strategy) Width(t int) float64 {
	if s.workload.Tables[t].Kind == Quantiles {
		return s.RankError(t, typicalAudience)
	}
	if s.workload.Tables[t].Kind == Mean {
		return s.MeanHalfWidth(t, typicalAudience)
	}
	return s.HalfWidth(t, 0)
}
