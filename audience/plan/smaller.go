// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"fmt"
	"slices"

	"github.com/throng-dp/throng/dp"
)

// Without returns the plan as it would be priced if its author had not written
// some of its segments, and had left out some tables of the others or broken
// them down by less: change may drop a table, or shorten its By. Segments are
// left out with every table about them. The result is for pricing: its rules,
// labels and digest stay those of p.
func (p *Plan) Without(drop func(segment int) bool, change func(t *dp.Table, r *Release) (keep bool)) *Plan {
	q := *p
	q.Segments, q.Releases, q.Workload.Tables = nil, make([]Release, 0, len(p.Releases)), make([]dp.Table, 0, len(p.Releases))
	now := make([]int, len(p.Segments)) // the new number of every segment
	for i := range p.Segments {
		if now[i] = len(q.Segments); drop(i) {
			now[i] = -1
			continue
		}
		q.Segments = append(q.Segments, p.Segments[i])
	}
	q.Workload.Segments = len(q.Segments)
	q.Workload.Bound = min(p.Workload.Bound, len(q.Segments))
	q.Privacy.MaxSegments = q.Workload.Bound
	capped := q.Workload.Bound < q.Workload.Segments
	there := map[string]bool{} // breakdowns: one that is broken down by less may be another
	for i := range p.Workload.Tables {
		t, r := p.Workload.Tables[i], p.Releases[i]
		if !capped && (t.Kind == dp.PeopleOver || t.Kind == dp.Dropped) {
			continue // told where a cap binds
		}
		t.Segments = slices.Clone(t.Segments)
		for j, s := range t.Segments {
			t.Segments[j] = now[s]
		}
		if slices.Contains(t.Segments, -1) || !change(&t, &r) {
			continue
		}
		if t.Kind == dp.Breakdown {
			key := fmt.Sprint(t.Segments, slices.Sorted(slices.Values(t.By)))
			if there[key] {
				continue
			}
			there[key] = true
		}
		q.Workload.Tables, q.Releases = append(q.Workload.Tables, t), append(q.Releases, r)
	}
	return &q
}

// Spare returns the released segments in the order in which they can be left
// out of the plan: the last first, none before those whose rules ask for it.
// The first segment of a plan is worth most to its author, as far as a plan can
// tell; what people are in them does not come into it.
func (p *Plan) Spare() []int {
	number := map[string]int{}
	for i := range p.Segments {
		number[p.Segments[i].ID] = i
	}
	askers := make([]int, len(p.Segments)) // rules not left out that ask for it
	for i := range p.Rules.Segments {
		for _, id := range p.Rules.Segments[i].Asks {
			askers[number[id]]++
		}
	}
	released := make([]bool, len(p.Segments))
	for _, t := range p.Workload.Tables {
		if t.Kind == dp.Reach {
			released[t.Segments[0]] = true
		}
	}
	var order []int
	gone := make([]bool, len(p.Segments))
	for {
		next := -1
		for i := range p.Segments {
			if released[i] && !gone[i] && askers[i] == 0 {
				next = i
			}
		}
		if next < 0 {
			return order
		}
		gone[next] = true
		order = append(order, next)
		for _, id := range p.Rules.Segments[next].Asks {
			askers[number[id]]--
		}
	}
}
