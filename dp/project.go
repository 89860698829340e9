// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"cmp"
	"math"
	"slices"
)

// estimates are whole numbers that people can add up: none is negative, a
// segment is no larger than the population, its tables add up to its reach,
// overlaps lie within the bounds of Fréchet. They are projections of the
// unbiased numbers, top-down, so the totals keep their accuracy; clamping cells
// one by one would not.
func (s *Strategy) estimates(u *unbiased) [][]int64 {
	w := &s.workload
	out := make([][]int64, len(w.Tables))
	people := max(0, whole(u.cells[0][0]))
	reach := make([]int64, w.Segments)
	for i := range reach {
		reach[i] = wholeReach(u, i)
	}
	for i := range w.Tables {
		t := &w.Tables[i]
		switch t.Kind {
		case Population:
			out[i] = []int64{people}
		case PeopleOver:
			out[i] = []int64{min(max(0, whole(u.cells[i][0])), people)}
		case Dropped:
			out[i] = []int64{min(max(0, whole(u.cells[i][0])), people*w.mostDropped())}
		case Reach:
			out[i] = []int64{reach[t.Segments[0]]}
		case Overlap:
			if len(t.Segments) == 3 {
				continue // within its pairs, below
			}
			a, b := reach[t.Segments[0]], reach[t.Segments[1]]
			out[i] = []int64{min(max(whole(u.cells[i][0]), 0, a+b-people), a, b)}
		case Sum:
			r, n := w.Amounts[t.Amount], reach[t.Segments[0]]
			out[i] = []int64{min(max(whole(u.cells[i][0]), r.Min*n), r.Max*n)}
		case Mean:
			out[i] = []int64{whole(s.mean(u, i).value)}
		}
	}
	s.projectTriples(u, people, reach, out)
	s.projectCrossings(u, reach, out)
	return out
}

// wholeReach is a segment's reach as a whole number of people.
func wholeReach(u *unbiased, seg int) int64 {
	return min(max(0, whole(u.reach[seg])), max(0, whole(u.cells[0][0])))
}

// projectCrossings makes the tables of each segment whole, the smaller ones
// first: a larger table adds up to a smaller one whose attributes it has, else
// to the reach.
func (s *Strategy) projectCrossings(u *unbiased, reach []int64, out [][]int64) {
	w := &s.workload
	var tables []int
	for i, t := range w.Tables {
		if len(t.By) > 0 && u.cells[i] != nil {
			tables = append(tables, i)
		}
	}
	slices.SortStableFunc(tables, func(i, j int) int { return cmp.Compare(len(w.Tables[i].By), len(w.Tables[j].By)) })
	done := make([][]int, w.Segments)
	for _, i := range tables {
		t := &w.Tables[i]
		seg := t.Segments[0]
		above, totals := []int(nil), []int64{reach[seg]}
		for _, j := range slices.Backward(done[seg]) {
			if _, ok := maskOf(t.By, w.Tables[j].By); ok {
				above, totals = w.Tables[j].By, out[j]
				break
			}
		}
		out[i] = w.projectInto(u.cells[i], t.By, above, totals)
		done[seg] = append(done[seg], i)
	}
}

// projectInto projects the cells of a crossing, those under each cell of the
// crossing above together.
func (w *Workload) projectInto(cells []float64, by, above []int, totals []int64) []int64 {
	members := make([][]int, len(totals))
	for at := range cells {
		i := w.cellAbove(at, by, above)
		members[i] = append(members[i], at)
	}
	out := make([]int64, len(cells))
	for i, group := range members {
		xs := make([]float64, len(group))
		for j, at := range group {
			xs[j] = cells[at]
		}
		for j, n := range roundTo(onSimplex(xs, float64(totals[i])), totals[i]) {
			out[group[j]] = n
		}
	}
	return out
}

// cellAbove returns the cell of crossing above that cell at of crossing by
// lies in; above has no attribute that by lacks.
func (w *Workload) cellAbove(at int, by, above []int) int {
	value := make(map[int]int, len(by))
	for _, a := range slices.Backward(by) {
		value[a] = at % w.Attributes[a]
		at /= w.Attributes[a]
	}
	cell := 0
	for _, a := range above {
		cell = cell*w.Attributes[a] + value[a]
	}
	return cell
}

// onSimplex returns the nearest point to xs that is nowhere negative and adds
// up to total.
func onSimplex(xs []float64, total float64) []float64 {
	sorted := slices.Clone(xs)
	slices.SortFunc(sorted, func(a, b float64) int { return cmp.Compare(b, a) })
	sum, shift := 0.0, 0.0
	for i, x := range sorted {
		sum += x
		if t := (sum - total) / float64(i+1); i == 0 || x > t {
			shift = t
		}
	}
	out := make([]float64, len(xs))
	for i, x := range xs {
		out[i] = max(0, x-shift)
	}
	return out
}

// roundTo rounds xs, which add up to about total, to integers that do, by
// largest remainder: none moves by 1 or more.
func roundTo(xs []float64, total int64) []int64 {
	out := make([]int64, len(xs))
	order := make([]int, len(xs))
	left := total
	for i, x := range xs {
		out[i], order[i] = int64(math.Floor(x)), i
		left -= out[i]
	}
	slices.SortStableFunc(order, func(i, j int) int {
		return cmp.Compare(xs[j]-math.Floor(xs[j]), xs[i]-math.Floor(xs[i]))
	})
	for i := 0; left > 0; i = (i + 1) % len(order) {
		out[order[i]]++
		left--
	}
	// Floors can exceed the total only by the rounding of a large sum.
	for i := len(order) - 1; left < 0; i = (i - 1 + len(order)) % len(order) {
		if out[order[i]] > 0 {
			out[order[i]]--
			left++
		}
	}
	return out
}

// whole rounds half away from zero.
func whole(x float64) int64 { return int64(math.Round(x)) }
