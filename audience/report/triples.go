// SPDX-License-Identifier: Apache-2.0

package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/throng-dp/throng/dp/release"
)

// triplesMost is how many overlaps of three the page has room for.
const triplesMost = 50

// triples is the list of overlaps of three, largest first: they have no matrix.
type triples struct {
	Rows []triple
	Note string
}

// A triple is the people in all of three audiences, which stand in the page's
// order, and their share of the smallest of them.
type triple struct {
	Names, Share string
	People       *sum
}

// newTriples returns nil where there is none.
func newTriples(x *index) *triples {
	var told []*release.Table
	withheld := 0
	for i := range x.r.Tables {
		t := &x.r.Tables[i]
		switch {
		case t.Kind != release.Overlap || len(t.Segments) != 3:
		case released(&t.Cells[0]):
			told = append(told, t)
		default:
			withheld++
		}
	}
	if len(told)+withheld == 0 {
		return nil
	}
	slices.SortStableFunc(told, func(a, b *release.Table) int { return cmp.Compare(*b.Cells[0].Estimate, *a.Cells[0].Estimate) })
	left := max(0, len(told)-triplesMost)
	told = told[:len(told)-left]
	top := 0.0
	for _, t := range told {
		top = max(top, float64(*t.Cells[0].Upper))
	}
	list := &triples{Note: misses(x.r, len(told))}
	for _, t := range told {
		list.Rows = append(list.Rows, newTriple(x, t, top))
	}
	if withheld > 0 {
		list.Note += fmt.Sprintf(" %s %s withheld, as one of the audiences is.", count(withheld, "overlap"), verb(withheld, "is", "are"))
	}
	if left > 0 {
		list.Note += fmt.Sprintf(" %s more %s in catalog.json: there is room for the largest alone.", release.Number(int64(left)), verb(left, "is", "are"))
	}
	list.Note = strings.TrimSpace(list.Note)
	return list
}

func newTriple(x *index, t *release.Table, top float64) triple {
	c := &t.Cells[0]
	row := triple{People: &sum{"in all three", release.Number(*c.Estimate), c.Range(0), newBar(c, top), !c.Readable}}
	segments := slices.Clone(t.Segments)
	slices.SortFunc(segments, func(a, b string) int { return x.place[a] - x.place[b] })
	var names []string
	for _, id := range segments {
		names = append(names, x.name[id])
	}
	row.Names = strings.Join(names, release.Joint)
	// The page goes by falling size, so the last one is the smallest.
	if least := x.reach[segments[2]]; released(least) && *least.Estimate > 0 {
		row.Share = release.Share(min(*c.Estimate, *least.Estimate), *least.Estimate)
	}
	return row
}
