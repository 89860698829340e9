// SPDX-License-Identifier: Apache-2.0

package release_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/throng-dp/throng/dp/release"
)

// A crowd is who is in which segment: a bit each.
type crowd struct {
	people   []uint
	segments int
}

func someCrowd(r *rand.Rand) crowd {
	c := crowd{make([]uint, 200+r.IntN(2000)), 2 + r.IntN(7)}
	base, like := make([]float64, c.segments), r.Float64()
	for i := range base {
		base[i] = r.Float64() * r.Float64()
	}
	for p := range c.people {
		keen := r.Float64()
		for i := range base {
			x := r.Float64()
			if r.Float64() < like {
				x = keen // people who are in one are in others
			}
			if x < base[i] {
				c.people[p] |= 1 << i
			}
		}
	}
	return c
}

// in counts the people in any of some segments, or in all of them.
func (c crowd) in(mask uint, all bool) (n int) {
	for _, p := range c.people {
		if all && p&mask == mask || !all && p&mask != 0 {
			n++
		}
	}
	return n
}

// released returns the crowd's numbers with noise; a share of the pairs is not
// released.
func (c crowd) released(r *rand.Rand, sd, hidden float64) (*release.Release, []string) {
	number := func(n int) []release.Cell {
		x, s := math.Round(10*(float64(n)+sd*r.NormFloat64()))/10, sd
		e := max(0, int64(math.Round(x)))
		l, u := int64(math.Floor(x-1.96*sd)), int64(math.Ceil(x+1.96*sd))
		return []release.Cell{{Estimate: &e, Lower: &l, Upper: &u, Unbiased: &x, StdDev: &s, Status: release.Released}}
	}
	rel := &release.Release{Tables: []release.Table{{Kind: release.Population, Cells: number(len(c.people))}}}
	var ids []string
	for i := range c.segments {
		id := fmt.Sprint("s", i)
		ids = append(ids, id)
		rel.Segments = append(rel.Segments, release.Segment{ID: id, Status: release.Released})
		rel.Tables = append(rel.Tables, release.Table{Kind: release.Reach, Segments: []string{id}, Cells: number(c.in(1<<i, true))})
		for j := range i {
			if r.Float64() < hidden {
				continue
			}
			rel.Tables = append(rel.Tables, release.Table{Kind: release.Overlap, Segments: []string{id, ids[j]}, Cells: number(c.in(1<<i|1<<j, true))})
		}
	}
	return rel, ids
}

// misses counts what the ranges of one answer do not hold.
func (c crowd) misses(t *testing.T, together *release.Together) (n int) {
	t.Helper()
	var mask uint
	for _, s := range together.Order {
		var i int
		if _, err := fmt.Sscanf(s.Segment, "s%d", &i); err != nil {
			t.Fatal(err)
		}
		before := c.in(mask, false)
		mask |= 1 << i
		all := c.in(mask, false)
		if out(s.Together, all) || out(s.Adds, all-before) {
			n++
		}
	}
	if out(release.Bounds{Lower: together.Lower, Upper: together.Upper}, c.in(mask, false)) {
		n++
	}
	return n
}

func out(b release.Bounds, n int) bool { return int64(n) < b.Lower || int64(n) > b.Upper }

// TestTogetherHolds: without noise every range holds the truth, whatever pairs
// are missing; with noise at least 95 % of the answers hold in every part.
// Chance of a false alarm: 2·10⁻⁷, were the confidence just met.
func TestTogetherHolds(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 11))
	for range 300 {
		c := someCrowd(r)
		rel, ids := c.released(r, 0, r.Float64())
		together, err := rel.Together(ids)
		if err != nil {
			t.Fatal(err)
		}
		if n := c.misses(t, together); n > 0 {
			t.Fatalf("%d ranges miss the truth: %+v", n, together)
		}
	}
	const runs = 1000
	missed := 0
	for range runs {
		c := someCrowd(r)
		rel, ids := c.released(r, 5+40*r.Float64(), 0)
		together, err := rel.Together(ids)
		if err != nil {
			t.Fatal(err)
		}
		if c.misses(t, together) > 0 {
			missed++
		}
	}
	if bar := runs*0.05 + 5.1*math.Sqrt(runs*0.05*0.95); float64(missed) > bar {
		t.Errorf("%d of %d answers miss, at most %.0f may", missed, runs, bar)
	}
}

// TestTogetherIsARange: however strong the noise, no range ends before it begins;
// and where the population was not released, more people than an int32 holds.
func TestTogetherIsARange(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 9))
	for range 300 {
		rel, ids := someCrowd(r).released(r, 20+1500*r.Float64(), r.Float64())
		together, err := rel.Together(ids)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range append(together.Order, release.Step{Together: release.Bounds{Lower: together.Lower, Upper: together.Upper}}) {
			if s.Together.Lower > s.Together.Upper || s.Adds.Lower > s.Adds.Upper {
				t.Fatalf("no range: %+v", s)
			}
		}
	}
	rel, ids := crowd{make([]uint, 10), 2}.released(r, 0, 1)
	const many = 3_000_000_000.0
	rel.Tables[0].Cells[0].Unbiased = nil // of the population
	*rel.Reach(ids[0]).Unbiased, *rel.Reach(ids[1]).Unbiased = many, many
	if got, err := rel.Together(ids); err != nil || got.Upper < 2*many {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestTogetherIsNarrow: the tree of the strongest pairs is taken away. Three
// segments of 100, of which the second holds 90 of the first and 80 of the third.
func TestTogetherIsNarrow(t *testing.T) {
	c := crowd{segments: 3}
	for p := range 1000 {
		var m uint
		if p < 100 {
			m |= 1
		}
		if p >= 10 && p < 110 {
			m |= 2
		}
		if p >= 30 && p < 130 {
			m |= 4
		}
		c.people = append(c.people, m)
	}
	rel, ids := c.released(rand.New(rand.NewPCG(1, 2)), 0, 0)
	got, err := rel.Together(ids)
	if err != nil {
		t.Fatal(err)
	}
	// 300 − 90 − 80 from above; from below what the first and the third reach: 200 − 70.
	if got.Upper != 130 || got.Lower != 130 {
		t.Errorf("130 people: %d to %d", got.Lower, got.Upper)
	}
	if first := got.Order[0]; first.Adds != (release.Bounds{Lower: 100, Upper: 100}) {
		t.Errorf("the first adds itself: %+v", first)
	}
	if second := got.Order[1]; second.Segment != "s2" || second.Adds.Upper != 30 {
		t.Errorf("the third adds more than the second: %+v", second)
	}
}

// TestTogetherRefuses what it cannot answer.
func TestTogetherRefuses(t *testing.T) {
	r := giftShop()
	r.Segments[2].Status = release.Withheld
	for want, ids := range map[string][]string{
		"two to 100":             {"regulars"},
		"unknown segment":        {"regulars", "nobody"},
		"named twice":            {"regulars", "regulars"},
		"has no released number": {"regulars", r.Segments[2].ID},
	} {
		if _, err := r.Together(ids); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", ids, err, want)
		}
	}
}
