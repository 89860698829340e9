// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"math"
	"sync"

	"github.com/throng-dp/throng/dp/accountant"
)

// A Family is all tables of one kind, over all segments.
//
// Bound takes a certified lower bound on the objective apart: no unbiased Gaussian
// mechanism at the same price is below the Bound of every family, and Optimality
// tells how near this one is in all of them together. Where segments fall into
// classes of equal ones it is the standard deviation in the mechanism that
// attains the bound; elsewhere the bound is shared out in proportion to this
// strategy's own variances. It is the root mean square over the family's cells,
// weighted like them in the objective. It is 0 where there is none: for means,
// which are no unbiased numbers, for categories that are declared nowhere, for
// cells that nobody can be in, and for Laplace noise.
type Family struct {
	Family     string  `json:"family"` // "reach", "breakdown spend_band × home" …: named by the caller through Table
	Table      int     `json:"-"`      // index of its first table
	Cells      int     `json:"cells"`
	StdDev     float64 `json:"stddev"`     // root mean square over its cells
	HalfWidth  float64 `json:"half_width"` // largest, at confidence 0.95
	Bound      float64 `json:"bound,omitempty"`
	BoundRatio float64 `json:"bound_ratio,omitempty"` // of StdDev to Bound; may be below 1 where another family's is above
}

// Families returns the expected errors, one entry for every kind of table (for
// breakdowns and frequencies: for every list of attributes; for sums: for every
// amount), in the order of the workload. A mean's errors are those of an
// audience of 1,000 people; so are those of quantiles, which are of their ranks.
func (s *Strategy) Families() []Family {
	var out []Family
	for _, family := range families(&s.workload) {
		f := s.errors(family)
		// The floor is that of all other tables alone: beside categories that
		// nobody declared it would read as if these were for nothing.
		if least := s.floor(); least != nil && len(s.layout.found) == 0 && s.workload.Tables[f.Table].Kind != Mean {
			if ours, floor := s.compare(least, family.tables); floor > 0 { // 0: nobody can be in these cells
				f.BoundRatio = math.Sqrt(ours / floor)
				f.Bound = f.StdDev / f.BoundRatio
			}
		}
		out = append(out, f)
	}
	return out
}

// onceErrors are computed when somebody asks: a release is described twice, once of
// invented numbers.
type onceErrors struct {
	sync.Once
	families []Family
}

// expectedErrors returns those of all families, without the bound.
func (s *Strategy) expectedErrors() []Family {
	s.told.Do(func() {
		for _, family := range families(&s.workload) {
			s.told.families = append(s.told.families, s.errors(family))
		}
	})
	return s.told.families
}

// errors returns the expected errors of a family, without the bound, which takes
// longer to find than all else of a release.
func (s *Strategy) errors(of family) Family {
	f := Family{Table: of.tables[0], Cells: of.cells}
	squares := 0.0
	for _, t := range of.tables {
		var sd, width float64
		switch s.workload.Tables[t].Kind {
		case Mean:
			width = s.Width(t)
			sd = width / s.design.width()
		case Quantiles:
			sd, width = s.StdDev(t, 0), s.Width(t)
		default:
			e := s.expected(t)
			sd, width = e.deviation, e.width
		}
		squares += sd * sd * float64(s.workload.Cells(t))
		f.HalfWidth = max(f.HalfWidth, width)
	}
	f.StdDev = math.Sqrt(squares / float64(f.Cells))
	return f
}

// Optimality returns the root of the weighted variances of all numbers over the
// certified lower bound on them for any unbiased Gaussian mechanism at the same
// price: 1 is the best that there is. It is 0 for Laplace noise.
func (s *Strategy) Optimality() float64 {
	least := s.floor()
	if least == nil {
		return 0
	}
	var all []int
	for t := range s.workload.Tables {
		if !s.workload.discovers(t) {
			all = append(all, t)
		}
	}
	ours := 0.0
	for _, t := range all {
		ours += s.design.weights[t] * s.design.weighed(s.own(), t)
	}
	return math.Sqrt(ours / least.value)
}

// compare adds up the weighted variances of tables, and those of a bound.
func (s *Strategy) compare(least *floor, tables []int) (ours, floor float64) {
	d, own := s.design, s.own()
	for _, t := range tables {
		ours += d.weights[t] * d.weighed(own, t)
		floor += d.weights[t] * d.weighed(least.statistics, t)
	}
	if !least.alike {
		ratio := s.Optimality()
		floor = ours / (ratio * ratio)
	}
	return ours, floor
}

// own are the variances of a Gaussian design.
func (s *Strategy) own() statistics {
	d := s.design
	return statistics{
		all:    func(f int) float64 { return d.variance(d.scales.all[f]) },
		seg:    d.featureVariance,
		cross:  func(int, int) float64 { return 0 }, // measured apart
		pair:   d.pairVariance,
		triple: d.tripleVariance,
	}
}

// A onceFloor is computed when somebody asks.
type onceFloor struct {
	sync.Once
	floor *floor
}

// floor returns the certified bound at the strategy's price, or nil.
func (s *Strategy) floor() *floor {
	if s.design.mechanism != gaussian {
		return nil
	}
	s.least.Do(func() {
		mu := accountant.Mu(s.price.Epsilon, s.price.Delta)
		s.least.floor = s.design.shaper.floor(mu * mu)
	})
	return s.least.floor
}

// statistics are the variances of what tables are made of: of a feature summed
// over everybody and over a segment, and of overlaps. cross is the covariance of
// an amount's feature with the reach.
type statistics struct {
	all    func(f int) float64
	seg    func(segment, f int) float64
	cross  func(segment, f int) float64
	pair   func(pair int) float64
	triple func(triple int) float64
}

// weighed is the variance of a table as the objective weighs it: of all its
// cells together, in its units.
func (d *design) weighed(v statistics, t int) float64 {
	w, table := d.workload, &d.workload.Tables[t]
	switch table.Kind {
	case Quantiles, PeopleOver, Dropped:
		return 0 // drawn, or with noise of a fixed share of the price
	case Population:
		return v.all(0)
	case Reach:
		return v.seg(table.Segments[0], 0)
	case Overlap:
		if len(table.Segments) == 3 {
			return v.triple(d.layout.overlap[t])
		}
		return v.pair(d.layout.overlap[t])
	case Sum, Mean:
		sum, reach, both := d.amountWeights(t)
		x := reach * v.seg(table.Segments[0], 0)
		if f := d.amounts[table.Amount]; f != none {
			x += sum*v.seg(table.Segments[0], f) + 2*both*v.cross(table.Segments[0], f)
		}
		return x
	}
	if w.discovers(t) {
		return v.seg(table.Segments[0], d.categories[table.By[0]])
	}
	c := d.layout.crossing(table.By)
	cells := float64(d.layout.cells[c])
	if table.Kind == Top {
		if !d.layout.asked[table.Segments[0]][c] {
			return 0 // picked, not measured
		}
		cells = float64(table.Most)
	}
	x := 0.0
	for mask, f := range d.components[c] {
		if f != none {
			x += spread(w, d.layout.crossings[c], mask) * v.seg(table.Segments[0], f)
		}
	}
	return x * cells
}
