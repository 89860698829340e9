// SPDX-License-Identifier: Apache-2.0

package report

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/throng-dp/throng/dp/release"
)

// togetherMost is how many audiences the page takes together: each one more
// makes all ranges wider, since all of them hold at once.
const togetherMost = 8

// together is what some audiences reach together, the one that adds most first.
type together struct {
	Rows []step
	Note string
}

// A step is one audience more: what it adds to those above it, and what all of
// them reach then. A release tells pairs and not unions, so both are ranges.
type step struct {
	Place          int
	Name           string
	Adds, Together string
	Bar            bar
	Title          string
}

// newTogether takes the largest audiences of which every two have a released
// overlap; nil where no two do.
func newTogether(x *index) *together {
	told, err := x.r.Together(clique(x))
	if err != nil {
		return nil
	}
	top := float64(told.Upper)
	t := &together{}
	rest := 0
	for i, s := range told.Order {
		if i > 1 && s.Adds.Lower == 0 && s.Together == told.Order[i-1].Together {
			rest++
			continue
		}
		b := s.Together
		t.Rows = append(t.Rows, step{
			Place: x.place[s.Segment], Name: x.name[s.Segment], Adds: between(s.Adds), Together: between(b),
			Bar:   bar{percent(100 * float64(b.Lower) / top), percent(100 * float64(b.Upper-b.Lower) / top), ""},
			Title: "between " + release.Number(b.Lower) + " and " + release.Number(b.Upper) + " people",
		})
	}
	t.Note = fmt.Sprintf("A release tells how many are in two audiences, not in three or more, so these are what its numbers allow: all ranges here hold at once with %s.",
		release.Share(int64(1000*told.Confidence), 1000))
	if rest > 0 {
		t.Note += fmt.Sprintf(" %s more may add nobody: these numbers cannot tell.", count(rest, "audience"))
	}
	return t
}

// clique goes through the audiences by falling size and takes each that can be
// read and has a released overlap with all that are taken already.
func clique(x *index) []string {
	var taken []string
	bySize := slices.Clone(x.order)
	slices.SortStableFunc(bySize, func(a, b *release.Segment) int { return cmp.Compare(x.estimate(b.ID), x.estimate(a.ID)) })
	for _, s := range bySize {
		if c := x.reach[s.ID]; !released(c) || !c.Readable || !x.paired[x.place[s.ID]] || len(taken) == togetherMost {
			continue
		}
		if !slices.ContainsFunc(taken, func(id string) bool { return !released(x.overlap(id, s.ID)) }) {
			taken = append(taken, s.ID)
		}
	}
	return taken
}

func (x *index) estimate(id string) int64 {
	if c := x.reach[id]; released(c) {
		return *c.Estimate
	}
	return -1
}

func between(b release.Bounds) string {
	return release.Number(b.Lower) + "\u2013" + release.Number(b.Upper)
}
