// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"math"

	"github.com/throng-dp/throng/dp/release"
)

// A quantile has no interval in its own unit: where few people are, a small
// error of rank is a large one of value, and how many are where is the data.
// The error of its rank follows from the plan.

// A rankError bounds the error of a rank, in people: People, and a share of all
// people that have a value beside it, where many have one value.
type rankError struct{ people, share float64 }

// of returns the bound in people, of n.
func (e rankError) of(n float64) float64 { return min(n, e.people+e.share*n) }

// RankError returns what the ranks of all quantiles of table t are off by at
// most with confidence 0.95, each by itself, in an audience of n people,
// whatever the data; in people.
func (s *Strategy) RankError(t int, n float64) float64 {
	worst := 0.0
	for _, e := range s.rankErrors(t) {
		worst = max(worst, e.of(n))
	}
	return worst
}

// ReadableRank returns how many people an audience must have for all quantiles
// of table t to be readable: their ranks are off by a tenth of them at most. 0:
// none is large enough.
func (s *Strategy) ReadableRank(t int) int {
	most := 0.0
	for _, e := range s.rankErrors(t) {
		if e.share >= readableRank {
			return 0
		}
		most = max(most, e.people/(readableRank-e.share))
	}
	return int(math.Ceil(most))
}

// rankErrors bounds the error of the rank of each quantile. The weights of those
// of all C candidates whose loss is above the least by x/ε or more are a part of
// C·e^-x of all at most, so a split's loss is above the least by no more than
// ln(C/β)/ε, but with a chance of β. The least is half a place's people at most.
// The rank that a split is asked for lies between those that the splits around
// it have answered, and their errors pass on in these shares.
func (s *Strategy) rankErrors(t int) []rankError {
	table, q := &s.workload.Tables[t], s.quantiler(t)
	candidates := float64(s.workload.Grids[table.Grid].Points * q.places)
	tie := 1 / float64(2*q.places)
	out := make([]rankError, len(table.At))
	// low and high are the errors of the places at both ends of a split's
	// people, where each answer on the way may fail with a chance.
	type passed func(chance float64) rankError
	var walk func(at int, low, high passed)
	walk = func(at int, low, high passed) {
		if at == none {
			return
		}
		p := &q.splits[at]
		share := float64(p.num) / float64(p.den)
		scale := 2 * float64(p.move(q.places)) / q.epsilon / float64(p.den*int64(q.places)) // people a unit of ε
		asked := func(chance float64) rankError {
			l, h := low(chance), high(chance)
			return rankError{(1-share)*l.people + share*h.people, (1-share)*l.share + share*h.share}
		}
		own := func(chance float64) rankError {
			e := asked(chance)
			return rankError{e.people + scale*math.Log(candidates/chance), e.share + tie}
		}
		out[p.quantile] = own((1 - Confidence) / float64(p.depth))
		walk(p.left, low, own)
		walk(p.right, own, high)
	}
	exact := func(float64) rankError { return rankError{} }
	walk(0, exact, exact)
	return out
}

// readableRank is the largest rank error of a quantile that says something.
const readableRank = 0.1

// fillQuantiles puts the answers of table t into a release, with the errors of
// their ranks as shares of the released reach.
func (s *Strategy) fillQuantiles(r *release.Release, t int, u *unbiased) {
	table := &s.workload.Tables[t]
	grid := &s.workload.Grids[table.Grid]
	people := max(1, u.reach[table.Segments[0]])
	for c, e := range s.rankErrors(t) {
		share := math.Ceil(e.of(people)/people*1e4) / 1e4
		r.Tables[t].Cells[c] = release.Cell{Key: r.Tables[t].Cells[c].Key, Status: release.Released,
			Estimate: new(grid.value(u.points[t][c])), RankError: &share, Readable: share <= readableRank}
	}
}
