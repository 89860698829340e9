// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"math"

	"github.com/throng-dp/throng/dp/release"
)

// A tail of a frequency is its bins from one on, without other: people with at
// least so many. It is the sum of its cells, so it costs nothing beyond them.
type tail struct {
	table int // a Frequency
	from  int // first bin
}

// tails returns how many tails a table has: as many as bins, if it is a
// frequency.
func (w *Workload) tails(t int) int {
	if w.Tables[t].Kind != Frequency {
		return 0
	}
	return w.Cells(t) - 1
}

// tail returns the people of a tail.
func (u *unbiased) tail(t tail) float64 {
	sum, cells := 0.0, u.cells[t.table]
	for _, x := range cells[t.from : len(cells)-1] {
		sum += x
	}
	return sum
}

// share is the part of a table's cells that a tail has.
func (d *design) share(t tail) float64 {
	n := d.workload.Cells(t.table)
	return float64(n-1-t.from) / float64(n)
}

// partVariance is the variance of a row of length 1 of a component in a segment,
// of the reach for none.
func (d *design) partVariance(seg int, part []int) float64 {
	switch {
	case d.mechanism == laplace:
		return d.componentVariance(seg, part)
	case len(part) == 0:
		return d.featureVariance(seg, 0)
	}
	c := d.layout.crossing(part)
	return d.featureVariance(seg, d.components[c][len(d.components[c])-1])
}

// tailVariance is the variance of a tail of k of a table's n cells. With 1 for
// its cells and 0 for the others, it is k/n of the reach and a row of squared
// length k(1-k/n) of the attribute's residual. Its covariance with the reach is
// that of its first part: residuals add up to nothing.
func (d *design) tailVariance(t tail) (variance, withReach float64) {
	table := &d.workload.Tables[t.table]
	seg, share := table.Segments[0], d.share(t)
	reach := d.partVariance(seg, nil)
	k := share * float64(d.workload.Cells(t.table))
	return share*share*reach + k*(1-share)*d.partVariance(seg, table.By), share * reach
}

// tailMixture returns the Laplace noises of a tail: every table of the segment
// brings its total, and those that have the attribute the residual of each of
// its values, by precision.
func (d *design) tailMixture(t tail) mixture {
	table := &d.workload.Tables[t.table]
	seg, share := table.Segments[0], d.share(t)
	all, own := d.componentVariance(seg, nil), d.componentVariance(seg, table.By)
	var m mixture
	d.mixFeature(&m, seg, 0, share*all/d.featureVariance(seg, 0), 1)
	residual := map[int]float64{} // of crossings that have the attribute: the weight of its residual
	for _, s := range d.sources(seg, table.By) {
		residual[s.crossing] = own * s.precision
	}
	for _, s := range d.sources(seg, nil) {
		total, cells := share*all*s.precision, float64(d.layout.cells[s.crossing])
		r, has := residual[s.crossing]
		if !has {
			d.mixFeature(&m, seg, d.tables[s.crossing], total, cells)
			continue
		}
		d.mixFeature(&m, seg, d.tables[s.crossing], total+(1-share)*r, cells*share)
		d.mixFeature(&m, seg, d.tables[s.crossing], total-share*r, cells*(1-share))
	}
	return m
}

// tailWidth returns standard deviation and half width of a tail's interval.
func (s *Strategy) tailWidth(t tail) expected {
	variance, _ := s.design.tailVariance(t)
	e := expected{deviation: math.Sqrt(variance)}
	if e.width = normalWidth * e.deviation; s.design.mechanism == laplace {
		e.width = s.widths.of(s.design.tailMixture(t))
	}
	return e
}

// fillTails puts the tails of frequency t into a release, beside its cells.
func (s *Strategy) fillTails(to *release.Table, t int, u *unbiased) {
	reach := int64(0) // the cells add up to it
	for i := range to.Cells {
		reach += *to.Cells[i].Estimate
	}
	estimates := s.tailEstimates(t, u, reach)
	for from := range to.AtLeast {
		it := tail{t, from}
		key := to.AtLeast[from].Key
		to.AtLeast[from] = release.Tail{Cell: s.cell(t, s.tailWidth(it), u.tail(it), estimates[from]), Share: s.tailShare(it, u)}
		to.AtLeast[from].Key = key
	}
}

// tailEstimates are the nearest whole numbers to the tails, weighed by their
// precision, of which none is larger than the one before, larger than the reach
// or negative. Bounds of all may be put on after the order: what is nearest in
// order and then cut is nearest in both.
func (s *Strategy) tailEstimates(t int, u *unbiased, reach int64) []int64 {
	n := s.workload.tails(t)
	values, weights := make([]float64, n), make([]float64, n)
	for from := range n {
		variance, _ := s.design.tailVariance(tail{t, from})
		values[from], weights[from] = u.tail(tail{t, from}), 1/variance
	}
	out := make([]int64, n)
	for i, x := range antitonic(values, weights) {
		out[i] = min(max(whole(x), 0), reach)
	}
	return out
}

// antitonic returns the nearest numbers to xs, by weighted squares, that do not
// rise: neighbours that do are pooled (Ayer, Brunk, Ewing, Reid, Silverman
// 1955).
func antitonic(xs, weights []float64) []float64 {
	type pool struct {
		mean, weight float64
		n            int
	}
	var pools []pool
	for i, x := range xs {
		p := pool{x, weights[i], 1}
		for len(pools) > 0 && pools[len(pools)-1].mean < p.mean {
			q := pools[len(pools)-1]
			pools = pools[:len(pools)-1]
			w := p.weight + q.weight
			p = pool{(p.mean*p.weight + q.mean*q.weight) / w, w, p.n + q.n}
		}
		pools = append(pools, p)
	}
	out := make([]float64, 0, len(xs))
	for _, p := range pools {
		for range p.n {
			out = append(out, p.mean)
		}
	}
	return out
}

// tailShare is the share of a segment's people that a tail has: both are noisy,
// so its interval is Fieller's, as that of a mean. It holds the shares p for
// which T - p·r, whose noise is known for each p, lies within its own interval;
// everything, where the reach cannot be told from 0.
func (s *Strategy) tailShare(t tail, u *unbiased) *release.Fraction {
	d, seg := s.design, s.workload.Tables[t.table].Segments[0]
	y, r, z := u.tail(t), u.reach[seg], d.width()
	vr := d.partVariance(seg, nil)
	vy, both := d.tailVariance(t)
	share := release.Fraction{Estimate: 0.5, Lower: 0, Upper: 1}
	clip := func(x float64) float64 { return min(max(x, 0), 1) }
	if r > 0 {
		share.Estimate = clip(y / r)
	}
	if square := r*r - z*z*vr; r > 0 && square > 0 {
		middle := y*r - z*z*both
		root := math.Sqrt(max(0, middle*middle-square*(y*y-z*z*vy)))
		share.Lower, share.Upper = clip((middle-root)/square), clip((middle+root)/square)
	}
	share.Estimate = decimal(share.Estimate, 1000)
	share.Lower = min(share.Estimate, decimal(math.Floor(share.Lower*1000)/1000, 1000))
	share.Upper = max(share.Estimate, decimal(math.Ceil(share.Upper*1000)/1000, 1000))
	return &share
}
