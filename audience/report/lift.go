// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"

	"github.com/throng-dp/throng/dp/release"
)

// An indexed is a share beside the same share of everyone, which is 100.
type indexed struct {
	Figure, Range string
	Class         string // "up", "down", or "even": not to be told from 100
}

func newIndexed(i *release.Index) *indexed {
	if i == nil {
		return nil
	}
	return &indexed{
		Figure: release.Number(i.Estimate), Range: release.Number(i.Lower) + "\u2013" + release.Number(i.Upper),
		Class: map[int]string{1: "up", -1: "down"}[i.Differs()] + map[bool]string{true: "even"}[i.Differs() == 0],
	}
}

// lifts is the matrix of indices: how much commoner an audience is among the
// people of another than among everyone. It reads the same both ways.
type lifts struct {
	Columns []heading
	Rows    []liftRow
	Note    string
}

type liftRow struct {
	heading
	Cells []lift
}

// A lift is one index; nil where there is none: of an audience with itself, or
// where the overlap was not asked for, is withheld or is too rough.
type lift struct {
	Place int // of the column
	Index *indexed
	Title string
}

func newLifts(x *index) *lifts {
	everyone := x.r.Population()
	shown := x.overlapping()
	if !released(everyone) || len(shown) == 0 {
		return nil
	}
	l, told := &lifts{}, 0
	for _, b := range shown {
		l.Columns = append(l.Columns, heading{x.place[b.ID], x.name[b.ID]})
	}
	for _, a := range shown {
		row := liftRow{heading: heading{x.place[a.ID], x.name[a.ID]}}
		for _, b := range shown {
			out := lift{Place: x.place[b.ID], Title: x.name[b.ID]}
			if c := x.overlap(a.ID, b.ID); a != b && released(c) && c.Readable {
				out.Index = newIndexed(x.r.Index(c, x.reach[a.ID], x.reach[b.ID], everyone))
			}
			if out.Index != nil {
				out.Title = fmt.Sprintf("%s and %s: %s, between %s", x.name[a.ID], x.name[b.ID], out.Index.Figure, out.Index.Range)
				if x.place[a.ID] < x.place[b.ID] {
					told++
				}
			}
			row.Cells = append(row.Cells, out)
		}
		l.Rows = append(l.Rows, row)
	}
	if told == 0 {
		return nil
	}
	l.Note = atMostMisses(x.r, told)
	return l
}

// atMostMisses is the line under ranges that were made of several others, each
// wide enough for all to hold at once.
func atMostMisses(r *release.Release, ranges int) string {
	if r.Bounded() || ranges == 0 {
		return misses(r, ranges)
	}
	return fmt.Sprintf("Each range covers the truth with 95%s%% or more: of these %s, at most %s are expected to miss it.",
		thin, release.Number(int64(ranges)), release.Misses(ranges, 0.95))
}

// bandIndex compares a band of an audience with the same band of everyone.
func bandIndex(x *index, of string, t, everyone *release.Table, i int) *indexed {
	if everyone == nil || everyone == t || !t.Cells[i].Readable {
		return nil
	}
	return newIndexed(x.r.Index(&t.Cells[i], x.reach[of], everyone.Like(t, i), x.reach[x.everyone]))
}
