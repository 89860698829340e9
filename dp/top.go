// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"cmp"
	"errors"
	"slices"

	"github.com/throng-dp/throng/dp/release"
)

// countsRank tells whether the k commonest of some categories are better ranked by
// counts with normal noise than picked one after the other, at an equal share of
// either line: the noise in a pick has a variance of
// 1.645 k/8ρ, that in a count of L/2ρ, where L is how many of the categories one
// person is in. So counts are better where L <= 0.41 k, and L is 1 here.
func countsRank(k int) bool { return 1 <= 0.41*float64(k) }

// chooseTops decides which tables of commonest categories are picked. Counts are
// taken where the vector has them anyway, where they rank better, where the plan
// says how exact they must be, and where there is no ε on the pure line to pick
// with.
func (s *Strategy) chooseTops(epsilon float64) {
	w, l := &s.workload, s.layout
	l.picked = make([]bool, len(w.Tables))
	for i := range l.asked {
		clear(l.asked[i])
	}
	for i, t := range w.Tables {
		if len(t.By) > 0 && t.Kind != Top && !w.discovers(i) {
			l.asked[t.Segments[0]][l.crossing(t.By)] = true
		}
	}
	for i, t := range w.Tables {
		if t.Kind != Top {
			continue
		}
		free := &l.asked[t.Segments[0]][l.crossing(t.By)]
		l.picked[i] = !*free && t.Target == 0 && !countsRank(t.Most) && epsilon >= 100*pico
	}
	for i, t := range w.Tables {
		if t.Kind == Top && !l.picked[i] {
			l.asked[t.Segments[0]][l.crossing(t.By)] = true
		}
	}
}

// A TopChoice says how the commonest categories of a table are chosen, and why.
type TopChoice struct {
	Picked  bool
	Epsilon float64 // of each pick
	Why     string
}

// Top returns how the categories of table t are chosen, which is of kind Top.
func (s *Strategy) Top(t int) TopChoice {
	table := &s.workload.Tables[t]
	breakdown := slices.ContainsFunc(s.workload.Tables, func(u Table) bool {
		return u.Kind != Top && slices.Equal(u.By, table.By) && u.Segments[0] == table.Segments[0]
	})
	switch {
	case s.layout.picked[t]:
		return TopChoice{true, s.picker.epsilon(), "of fewer than 3, picks are more often right than counts with noise"}
	case breakdown:
		return TopChoice{Why: "a breakdown has the counts anyway"}
	case countsRank(table.Most):
		return TopChoice{Why: "from 3 on, counts with noise are more often right than picks"}
	case table.Target > 0:
		return TopChoice{Why: "a target is about counts"}
	}
	return TopChoice{Why: "the pure line has no ε for picks"}
}

// picks draws the commonest categories of each picked table: the first by an
// exponential mechanism over the counts, each further one over those that are
// left. One person moves one count by 1, all in one direction.
func (s *Strategy) picks(counts []int64) (map[int][]int, error) {
	out := map[int][]int{}
	for t, picked := range s.layout.picked {
		if !picked {
			continue
		}
		first := s.layout.tableFirst[t]
		candidates := s.workload.size(t) - 1 // other is no category
		losses, masses := make([]int64, candidates), make([]int64, candidates)
		for c := range losses {
			losses[c], masses[c] = -counts[first+c], 1
		}
		for range s.workload.Tables[t].Most {
			c, err := s.picker.pick(losses, masses)
			if err != nil {
				return nil, err
			}
			masses[c] = 0
			out[t] = append(out[t], c)
		}
		clear(losses)
	}
	return out, nil
}

// fillTop puts the commonest categories into a table: by their picks, or by
// estimates of all categories, which are those of a breakdown of the same.
func (s *Strategy) fillTop(t *release.Table, i int, u *unbiased, estimates []int64) {
	if s.layout.picked[i] {
		t.Picked = true
		for rank, c := range u.picked[i] {
			t.Cells[rank] = release.Cell{Key: []string{t.Among[c]}, Status: release.Named}
		}
		return
	}
	e := expected{s.StdDev(i, 0), s.HalfWidth(i, 0)}
	for rank, c := range ranked(u.cells[i], estimates)[:len(t.Cells)] {
		t.Cells[rank] = s.cell(i, e, u.cells[i][c], estimates[c])
		t.Cells[rank].Key = []string{t.Among[c]}
	}
}

// ranked orders the categories of a table, without other, by falling estimate;
// of equal ones first the larger unbiased number, then the plan's order.
func ranked(cells []float64, estimates []int64) []int {
	order := make([]int, len(cells)-1)
	for c := range order {
		order[c] = c
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(estimates[b], estimates[a]), cmp.Compare(cells[b], cells[a]))
	})
	return order
}

// suitsTop checks that the draft of a table of commonest categories names them.
func (w *Workload) suitsTop(t int, d *release.Table) error {
	if w.Tables[t].Kind == Top && len(d.Among) != w.size(t)-1 {
		return errors.New("a draft that does not name what is counted")
	}
	return nil
}

// rehearsePicks picks the first categories of each table.
func (s *Strategy) rehearsePicks() map[int][]int {
	out := map[int][]int{}
	for t, picked := range s.layout.picked {
		for c := range s.workload.Tables[t].Most {
			if picked {
				out[t] = append(out[t], c)
			}
		}
	}
	return out
}
