// SPDX-License-Identifier: Apache-2.0

package accountant

import (
	"math"
	"slices"
)

// few is how many values two distributions may have together to be composed
// value by value, without a grid.
const few = 1 << 10

// assemble composes terms and a μ-GDP event under a tilt: equal ones on their own lattice,
// then those of few values exactly, then everything on one grid. So a grid
// rounds each kind of event once, not each event.
func assemble(terms []term, mu, t float64, to side, by *convolver) *tail {
	parts := make([]scatter, len(terms))
	for i, x := range terms {
		parts[i] = x.loss.composed(x.times, t, to, by).scattered()
	}
	parts = gather(parts)
	if len(parts) == 1 && mu == 0 {
		return newTail(parts[0], t, 0)
	}
	h := step(parts, mu, to)
	grids := make([]pld, 0, len(parts)+1)
	for _, p := range parts {
		grids = append(grids, p.onGrid(h, t, to))
	}
	if mu > 0 {
		fine := h / math.Max(1, math.Ceil(128*h/mu))
		g := normalGrid(mu, fine, t, to)
		if fine < h {
			g = g.scattered().onGrid(h, t, to)
		}
		grids = append(grids, g)
	}
	slip := near * h * float64(len(grids))
	return newTail(by.all(grids).scattered(), t, slip)
}

// gather crosses parts of few values, the shortest first, until none are few
// together.
func gather(parts []scatter) []scatter {
	slices.SortStableFunc(parts, func(a, b scatter) int { return len(a.q) - len(b.q) })
	var out []scatter
	for _, p := range parts {
		if n := len(out); n > 0 && len(out[n-1].q)*len(p.q) <= few {
			out[n-1] = out[n-1].cross(p)
		} else {
			out = append(out, p)
		}
	}
	return out
}

// step chooses the grid. Rounding g parts adds about g·h²/6 to the variance σ²
// of the tilted sum: with σ/h = 256·√g that is 3e-6 of it, and 1e-6 of ε. A sum
// for which this takes more than 2^15 points, being of many parts, gets a coarser
// grid. Steps divide 1e-4, or are it times a power of two, so that round losses
// fall on points.
func step(parts []scatter, mu float64, to side) float64 {
	variance, extent, longest := mu*mu, wide*mu, wide*mu
	for _, p := range parts {
		low, high := p.ends()
		d := p.deviation()
		variance += d * d
		extent += high - low
		longest = math.Max(longest, high-low)
	}
	sigma, rounded := math.Sqrt(variance), float64(len(parts)+1)
	h := math.Max(sigma/(256*math.Sqrt(rounded)), math.Min(extent, wide*sigma+longest)/(1<<15))
	if to == below {
		h /= 4 // buckets round by h, not by h²
	}
	const round = 1e-4
	if h < round {
		return round / math.Ceil(round/math.Max(h, 1e-12))
	}
	return round * math.Exp2(math.Floor(math.Log2(h/round)))
}
