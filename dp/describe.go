// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"math"

	"github.com/throng-dp/throng/dp/release"
)

// describe fills in what the release cost and what that means. What was done
// about age and choices, and the account's ceiling, the caller knows.
func (s *Strategy) describe(r *release.Release) {
	p := &r.Privacy
	cost := s.Cost()
	p.Unit = "person"
	p.Neighbours = "one person added or removed, with all rows that this person supplied, under all keys that resolve to the person"
	p.Confidence = Confidence
	p.Mechanism = s.Mechanism()
	p.Noise = NoiseLibrary
	p.MaxSegments = s.workload.Bound
	p.PureEpsilon, p.PureDelta = float64(cost.Epsilon)*pico, float64(cost.Delta)*atto
	p.Epsilon, p.Delta, p.Mu, p.MuSquared = p.PureEpsilon, p.PureDelta, 0, 0
	if s.design.mechanism == gaussian {
		p.Epsilon, p.Delta = s.price.Epsilon+p.PureEpsilon, s.price.Delta+p.PureDelta
		p.Mu, p.MuSquared = math.Sqrt(float64(cost.MuSquared)*pico), cost.MuSquared
	}
	p.Mechanisms = s.mechanisms()
	p.Families = nil
	for _, f := range s.expectedErrors() {
		p.Families = append(p.Families, release.Family{
			Family: r.Tables[f.Table].Family(), Cells: f.Cells,
			StdDev: decimal(f.StdDev, 10), HalfWidth: decimal(f.HalfWidth, 10),
		})
	}
	p.PostProcess = []string{
		"least squares: the tables of a segment agree with one another in the unbiased numbers",
		"estimates: projected to whole numbers >= 0 that add up to the reach; overlaps between max(0, a+b-N) and min(a, b)",
		"people with at least so many: sums of a frequency's bins, estimates projected to whole numbers that do not rise, between 0 and the reach; a share is such a sum over the reach, its interval is Fieller's",
		"a mean is its released sum over its released reach; its interval is Fieller's",
	}
	if len(s.layout.triples) > 0 {
		p.PostProcess = append(p.PostProcess,
			"an overlap of three lies between its Fréchet bounds, no larger than any released overlap of two of its segments, and within what inclusion and exclusion leave where all of those are released")
	}
	if s.discoverable() > 0 {
		p.PostProcess = append(p.PostProcess,
			"categories that nobody declared: chosen first, then put beside the others, who are the released reach less what is released of them")
	}
	if s.workload.ranked() {
		p.PostProcess = append(p.PostProcess, "rank_error of a quantile: what holds of its rank in people, whatever the data, over the released reach")
	}
	p.Suppression = "a segment is withheld, with everything said of it, while its released reach is below min_reach; " +
		"once released it stays until its upper end is below; decided on released numbers only, for usefulness"
	p.Unprotected = []string{
		"the plan: its labels, rules, bounds, domains and bins",
		"that a release exists, and its date",
		"timing of the run",
	}
	if p.Covers == "" {
		p.Covers = "these numbers; not delivery reports of campaigns that use the segments"
	}
}

// mechanisms lists what a release is made by, and what each is charged to which
// line.
func (s *Strategy) mechanisms() []release.Mechanism {
	vector := release.Mechanism{Name: s.Mechanism(), Line: "gaussian", Epsilon: s.price.Epsilon, Delta: s.price.Delta, Source: NoiseLibrary}
	if s.design.mechanism == laplace {
		vector.Line, vector.Epsilon, vector.Delta = "pure", math.Ceil(s.charge/pico)*pico, 0
	}
	return append([]release.Mechanism{vector}, s.mechanismsBeside()...)
}
