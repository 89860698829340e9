// SPDX-License-Identifier: Apache-2.0

package release_test

import (
	"math"
	"slices"
	"testing"

	"github.com/throng-dp/throng/dp/release"
)

// noisy is a number of people with noise of some standard deviation.
func noisy(n, sd float64) *release.Cell {
	whole := int64(n)
	return &release.Cell{Estimate: &whole, Lower: &whole, Upper: &whole, Unbiased: &n, StdDev: &sd, Status: release.Released, Readable: true}
}

// TestLaplaceHasHeavyTails: what is told of numbers with Laplace noise holds for
// that noise, not for normal noise of the same deviation (privacy R19). The
// quantiles are those of |x| for x of density exp(-√2|x|/sd): sd·ln(1/alpha)/√2.
func TestLaplaceHasHeavyTails(t *testing.T) {
	normal, laplace := &release.Release{}, &release.Release{}
	laplace.Privacy.Mechanism = "laplace"

	// Four numbers at 98.75 % each: 2.4977 deviations, or ln(80)/√2 = 3.0986 of them.
	exact := []*release.Cell{noisy(1000, 0), noisy(2000, 0), noisy(10_000, 0)}
	for r, want := range map[*release.Release]release.Index{normal: {Estimate: 150, Lower: 137, Upper: 163}, laplace: {Estimate: 150, Lower: 134, Upper: 166}} {
		if got := r.Index(noisy(300, 10), exact[0], exact[1], exact[2]); got == nil || *got != want {
			t.Errorf("%q: index %+v, want %+v", r.Privacy.Mechanism, got, want)
		}
	}

	// Two segments, their pair and the population: 95 % of four numbers at once.
	for r, half := range map[*release.Release]float64{normal: 2.4977, laplace: 3.0986} {
		r.Segments = []release.Segment{{ID: "a", Status: release.Released}, {ID: "b", Status: release.Released}}
		r.Tables = []release.Table{
			{Kind: release.Reach, Segments: []string{"a"}, Cells: []release.Cell{*noisy(5000, 100)}},
			{Kind: release.Reach, Segments: []string{"b"}, Cells: []release.Cell{*noisy(300, 0)}},
			{Kind: release.Overlap, Segments: []string{"a", "b"}, Cells: []release.Cell{*noisy(0, 0)}},
		}
		got, err := r.Together([]string{"a", "b"})
		if err != nil {
			t.Fatal(err)
		}
		if first := got.Order[0].Together; first.Lower != int64(math.Floor(5000-100*half)) || first.Upper != int64(math.Ceil(5000+100*half)) {
			t.Errorf("%q: the first alone reaches %+v, want ±%g deviations", r.Privacy.Mechanism, first, half)
		}
	}

	// A change is one beyond 1.96 deviations, or ln(20)/√2 = 2.1183 of them.
	was := &release.Size{Unbiased: 1000, StdDev: 30}
	for r, want := range map[*release.Release]float64{normal: 98, laplace: 105.9} {
		if _, got := r.Change(noisy(1000, 40), was); got != want {
			t.Errorf("%q: a change beyond %g, want %g", r.Privacy.Mechanism, got, want)
		}
	}

	// Two deviations above: Φ(2) = 0.97725, or 1 - exp(-2√2)/2 = 0.97045.
	for r, want := range map[*release.Release]float64{normal: 0.977, laplace: 0.970} {
		if got := r.Privacy.AtLeast(noisy(1019.5, 10), 1000); got == nil || *got != want {
			t.Errorf("%q: two deviations above with a chance of %v, want %g", r.Privacy.Mechanism, got, want)
		}
		if got := r.Privacy.AtLeast(noisy(979.5, 10), 1000); got == nil || math.Abs(*got-(1-want)) > 1e-9 {
			t.Errorf("%q: two deviations below with a chance of %v, want %g", r.Privacy.Mechanism, got, 1-want)
		}
	}
}

// TestAtLeastAtItsEdges: without noise it is certain, of a withheld number unknown,
// and nobody is fewer than nobody.
func TestAtLeastAtItsEdges(t *testing.T) {
	var p release.Privacy
	for _, c := range []struct {
		cell *release.Cell
		n    int64
		want float64
	}{{noisy(100, 0), 100, 1}, {noisy(100, 0), 101, 0}, {noisy(0, 10), 0, 1}, {noisy(-25, 10), 1, 0.005}} {
		if got := p.AtLeast(c.cell, c.n); got == nil || *got != c.want {
			t.Errorf("%g ± %g, %d or more: %v, want %g", *c.cell.Unbiased, *c.cell.StdDev, c.n, got, c.want)
		}
	}
	if p.AtLeast(nil, 1) != nil || p.AtLeast(&release.Cell{Status: release.Withheld}, 1) != nil {
		t.Error("a chance of a number that is not told")
	}
}

// TestDiffComparesWhatIsComparable: amounts that were cut to another range, and the
// rest beside other categories, have no difference; all else of the tables has.
func TestDiffComparesWhatIsComparable(t *testing.T) {
	before, after := giftShop(), giftShop()
	clipped := 0
	for i := range after.Tables {
		if clip := after.Tables[i].Clip; clip != nil && after.Tables[i].Kind == release.Sum {
			after.Tables[i].Clip = &release.Clip{Min: clip.Min, Max: 2 * clip.Max}
			clipped++
		}
	}
	rest := 0
	for i := range after.Tables {
		table := &after.Tables[i]
		if table.Kind != release.Breakdown || len(table.By) > 1 {
			continue
		}
		// One category gives way to another one: the rest is other people.
		if k := slices.IndexFunc(table.Cells, func(c release.Cell) bool { return slices.Contains(c.Key, release.Other) }); k > 0 {
			table.Cells[0].Key = []string{"another"}
			rest++
		}
	}
	if clipped == 0 || rest == 0 {
		t.Fatal("the sample has no sum, or no rest: this tests nothing")
	}
	sums, others, kept := 0, 0, 0
	for _, n := range release.Diff(before, after).Numbers {
		both := n.Before != nil && n.After != nil
		switch {
		case n.Kind == release.Sum:
			sums++
			if both {
				t.Errorf("sums cut to other ranges are compared: %+v", n)
			}
		case n.Kind == release.Breakdown && n.Key == release.Other && both:
			others++
		case both:
			kept++
		}
	}
	if others > 0 {
		t.Errorf("%d rests beside other categories are compared", others)
	}
	if sums != 2*clipped || kept < 20 {
		t.Errorf("%d sums of %d tables, %d numbers that are compared", sums, clipped, kept)
	}
}
