// SPDX-License-Identifier: Apache-2.0

package release

import (
	"math"
	"slices"
)

// An Index compares a share of some people with the same share of everyone, in
// per cent: 100 where both are alike, 200 where it is twice as large.
type Index struct {
	Estimate int64
	Lower    int64
	Upper    int64
}

// Index returns 100 (part / of) / (like / everyone), or nil where a number is
// not told, or so small that noise alone could make the index anything. The range
// holds with 95 %: each of the four numbers is taken at a confidence that makes
// all of them hold at once (Bonferroni), since their noise is not independent.
func (r *Release) Index(part, of, like, everyone *Cell) *Index {
	if !told(part) || !told(of) || !told(like) || !told(everyone) {
		return nil
	}
	z := r.Privacy.deviations((1 - confidence) / 4)
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

// Like returns the cell of t that means what cell i of u does, or nil: both are
// tables of the same values. What is left over is alike where it is beside the
// same categories.
func (t *Table) Like(u *Table, i int) *Cell {
	key := u.Cells[i].Key
	if slices.Contains(key, Other) && !t.sameKeys(u) {
		return nil
	}
	return t.cell(key)
}

func (t *Table) sameKeys(u *Table) bool {
	if len(t.Cells) != len(u.Cells) {
		return false
	}
	for i := range u.Cells {
		// In the same order but for categories that were found.
		if !slices.Equal(t.Cells[i].Key, u.Cells[i].Key) && t.cell(u.Cells[i].Key) == nil {
			return false
		}
	}
	return true
}

func (t *Table) cell(key []string) *Cell {
	i := slices.IndexFunc(t.Cells, func(c Cell) bool { return slices.Equal(c.Key, key) })
	if i < 0 {
		return nil
	}
	return &t.Cells[i]
}
