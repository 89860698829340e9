// SPDX-License-Identifier: Apache-2.0

package release

import "math"

// An Index compares a share of some people with the same share of everyone, in
// per cent: 100 where both are alike, 200 where it is twice as large.
type Index struct {
	Estimate int64
	Lower    int64
	Upper    int64
}

// NewIndex returns 100 (part / of) / (like / everyone), or nil where a number is
// not told, or so small that noise alone could make the index anything. The range
// holds with 95 %: each of the four numbers is taken at a confidence that makes
// all of them hold at once (Bonferroni), since their noise is not independent.
func NewIndex(part, of, like, everyone *Cell) *Index {
	if !told(part) || !told(of) || !told(like) || !told(everyone) {
		return nil
	}
	z := math.Sqrt2 * math.Erfinv(1-(1-confidence)/4)
	p, o, l, e := part.bounds(z), of.bounds(z), like.bounds(z), everyone.bounds(z)
	if o.Lower == 0 || l.Lower == 0 || *of.Estimate == 0 || *like.Estimate == 0 {
		return nil
	}
	ratio := func(part, of, like, everyone int64) float64 {
		return 100 * float64(part) * float64(everyone) / (float64(of) * float64(like))
	}
	return &Index{
		Estimate: int64(math.Round(ratio(*part.Estimate, *of.Estimate, *like.Estimate, *everyone.Estimate))),
		Lower:    int64(math.Floor(ratio(p.Lower, o.Upper, l.Upper, e.Lower))),
		Upper:    int64(math.Ceil(ratio(p.Upper, o.Lower, l.Lower, e.Upper))),
	}
}

// Differs tells whether the index is above or below 100 for certain: 1, -1, or 0
// where its range holds 100.
func (x *Index) Differs() int {
	switch {
	case x.Lower > 100:
		return 1
	case x.Upper < 100:
		return -1
	}
	return 0
}
