// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"math"

	"github.com/throng-dp/throng/dp/release"
)

// spend is one summed value over all audiences: totals, averages, or both.
type spend struct {
	Title, Unit, Clip string
	Sums, Means       bool
	Rows              []spendRow
	Note              string
}

type spendRow struct {
	Place     int
	Name      string
	Sum, Mean *sum
}

type sum struct {
	What          string // on a narrow screen, where no heading stands above it
	Amount, Range string
	Bar           bar
	Rough         bool
}

// spendKey tells apart values that cannot stand in one column: amounts that were
// cut to other ranges are other amounts.
type spendKey struct {
	of, unit string
	decimals int
	cut      bool
	clip     release.Clip
}

func spendKeyOf(t *release.Table) spendKey {
	key := spendKey{of: t.Of, unit: t.Unit, decimals: t.Decimals}
	if t.Clip != nil {
		key.cut, key.clip = true, *t.Clip
	}
	return key
}

func newSpend(x *index) []spend {
	sums, means := map[spendKey]map[string]*release.Table{}, map[spendKey]map[string]*release.Table{}
	var order []spendKey
	for i := range x.r.Tables {
		t := &x.r.Tables[i]
		into := sums
		switch t.Kind {
		case release.Sum:
		case release.Mean:
			into = means
		default:
			continue
		}
		key := spendKeyOf(t)
		if sums[key] == nil && means[key] == nil {
			order = append(order, key)
		}
		if into[key] == nil {
			into[key] = map[string]*release.Table{}
		}
		into[key][t.Segments[0]] = t
	}
	var found []spend
	for _, key := range order {
		found = append(found, newSpendTable(x, key, sums[key], means[key]))
	}
	return found
}

func newSpendTable(x *index, key spendKey, sums, means map[string]*release.Table) spend {
	s := spend{Title: release.Plain(key.of), Unit: release.Plain(key.unit), Sums: len(sums) > 0, Means: len(means) > 0}
	topSum, topMean, ranges := top(sums), top(means), 0
	for _, segment := range x.order {
		row := spendRow{Place: x.place[segment.ID], Name: x.name[segment.ID]}
		row.Sum = newSum(sums[segment.ID], topSum, true)
		row.Mean = newSum(means[segment.ID], topMean, false)
		if row.Sum == nil && row.Mean == nil {
			continue
		}
		for _, n := range []*sum{row.Sum, row.Mean} {
			if n != nil {
				ranges++
			}
		}
		s.Rows = append(s.Rows, row)
	}
	if key.cut {
		s.Clip = fmt.Sprintf("A person counts with no less than %s and no more than %s %s.",
			short(key.clip.Min, key.decimals), short(key.clip.Max, key.decimals), s.Unit)
	}
	s.Note = misses(x.r, ranges)
	return s
}

// top is the end of a column's scale.
func top(tables map[string]*release.Table) float64 {
	top := 0.0
	for _, t := range tables {
		if c := &t.Cells[0]; released(c) && c.Readable {
			top = math.Max(top, float64(*c.Upper))
		}
	}
	return top
}

// newSum writes one amount; a total without its decimals, which say nothing.
func newSum(t *release.Table, top float64, cut bool) *sum {
	if t == nil || !released(&t.Cells[0]) {
		return nil
	}
	c, decimals := t.Cells[0], t.Decimals
	if cut {
		c, decimals = wholeUnits(c, decimals), 0
	}
	what := "a person"
	if cut {
		what = "together"
	}
	return &sum{
		What:   what,
		Amount: release.Units(*c.Estimate, decimals), Range: c.Range(decimals),
		Bar: newBar(&t.Cells[0], top), Rough: !c.Readable,
	}
}

// short writes an amount without decimals that are zero.
func short(n int64, decimals int) string {
	for decimals > 0 && n%10 == 0 {
		n, decimals = n/10, decimals-1
	}
	return release.Units(n, decimals)
}

// wholeUnits drops the decimals of a number for the eye.
func wholeUnits(c release.Cell, decimals int) release.Cell {
	unit := math.Pow10(decimals)
	cut := func(n *int64) *int64 {
		whole := int64(math.Round(float64(*n) / unit))
		return &whole
	}
	c.Estimate, c.Lower, c.Upper = cut(c.Estimate), cut(c.Lower), cut(c.Upper)
	return c
}
