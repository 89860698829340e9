// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/throng-dp/throng/dp/accountant"
	"github.com/throng-dp/throng/dp/release"
)

// A rule says which categories are released that nobody declared. Whatever it
// is, counts of those that are have noise of their own, which the vector pays.
type rule uint8

const (
	// threshold keeps a category whose released count is so large that one person
	// alone hardly ever brings one there. It costs δ only: the count is paid for.
	threshold rule = iota + 1
	// optimal is the library's selection that keeps most of all that are as private
	// (Desfontaines, Voss, Gipson, Mandayam 2022), with a person's share of ε and δ
	// for each category.
	optimal
	// normal is the library's selection by a threshold on counts with normal noise,
	// drawn for this alone. For many categories a person it keeps more than optimal.
	normal
)

var ruleNames = map[rule]string{threshold: release.Threshold, optimal: release.Optimal, normal: release.Normal}

// A discovery is how categories are found, in all tables of a build together.
type discovery struct {
	rule  rule
	price pureCharge // of the pure line
	most  int        // categories that one person can be in, over all tables
}

// discoverable returns in how many categories that nobody declared one person can
// be: one of each attribute in each segment that the person is kept in.
func (s *Strategy) discoverable() int {
	tables := make([]float64, s.workload.Segments)
	for _, p := range s.layout.found {
		tables[p.segment]++
	}
	return int(largest(tables, s.workload.Bound))
}

// discover chooses how categories are found at a price, whose ε may be 0: the
// rule by which a category needs the fewest people to be released with an even
// chance; on average over the tables, since their noise may differ. At a tie it
// is the threshold, which leaves ε alone.
func (s *Strategy) discover(most pureCharge) error {
	l0 := s.discoverable()
	if l0 == 0 {
		return nil
	}
	if !(most.delta >= 1e-15) {
		return fmt.Errorf("%w: categories that nobody declared cost δ on the account's pure line, and it has %g", ErrPrice, most.delta)
	}
	s.discovery = discovery{threshold, pureCharge{delta: most.delta}, l0}
	if !(most.epsilon >= 100*pico) {
		return nil
	}
	best := s.evenOnAverage(s.discovery)
	rules := []rule{optimal}
	if l0 > 3 {
		rules = append(rules, normal) // below, the library's is the optimal one
	}
	for _, r := range rules {
		d := discovery{r, pureCharge{most.epsilon - 2*pico, most.delta}, l0}
		if n := s.evenOnAverage(d); n < best {
			best, s.discovery = n, d
		}
	}
	return nil
}

func (s *Strategy) evenOnAverage(d discovery) float64 {
	sum := 0.0
	for _, p := range s.layout.found {
		sum += s.evenFrom(d, p)
	}
	return sum / float64(len(s.layout.found))
}

// evenFrom is the number of people from which on a category is released with an
// even chance at least.
func (s *Strategy) evenFrom(d discovery, p place) float64 {
	switch d.rule {
	case optimal:
		return float64(accountant.EvenGeometric(d.price.epsilon, d.price.delta, d.most))
	case normal:
		return math.Ceil(accountant.GaussianThreshold(d.price.epsilon, d.price.delta, d.most).At)
	}
	return math.Ceil(s.design.threshold(d, p))
}

// threshold is the count from which on a category is kept: a person alone in it,
// who counts 1, gets there with a chance such that any of all categories that
// one person can be in does with a chance of δ at most.
//
// Data with and without one person then differ as follows. Categories that only
// this person is in are all dropped but for a chance of δ. If they are dropped,
// the rest is a vector of counts of the same categories, with noise, that moves
// by 1 in one cell of each table the person is in: what the vector pays for.
func (d *design) threshold(by discovery, p place) float64 {
	step, _ := d.mechanism.step(d.categoryScale(p), 1)
	scale, grid := d.mechanism.realised(step), math.Ldexp(1, -step.shift)
	single := accountant.Single(by.price.delta, by.most)
	if d.mechanism == laplace {
		return 1 - scale*math.Log(2*single) + grid
	}
	return 1 - scale*accountant.Quantile(single) + grid
}

// categoryScale is the scale of the noise of a category's count.
func (d *design) categoryScale(p place) float64 {
	return d.scales.seg[p.segment][d.categories[p.attribute]]
}

// A survivor is a category that is released, and its people with noise.
type survivor struct {
	name   string
	people float64
}

// survivors draws the noise of every category that is there, and returns those
// that are released: of each of layout.found, the largest first.
func (s *Strategy) survivors(f *found, src sampler) ([][]survivor, error) {
	out := make([][]survivor, len(s.layout.found))
	for i, p := range s.layout.found {
		counts := f.named(i)
		least := math.Inf(-1)
		if s.discovery.rule == threshold {
			least = s.design.threshold(s.discovery, p)
		}
		for _, name := range slices.Sorted(maps.Keys(counts)) {
			if s.discovery.rule != threshold {
				keep, err := s.discovery.keeps(counts[name])
				if err != nil {
					return nil, err
				}
				if !keep {
					continue
				}
			}
			y, err := s.design.noisy(src, counts[name], s.design.categoryScale(p), 1, 1)
			if err != nil {
				return nil, err
			}
			if y >= least {
				out[i] = append(out[i], survivor{name, y})
			}
		}
		slices.SortStableFunc(out[i], func(a, b survivor) int { return cmp.Compare(b.people, a.people) })
		clear(counts)
	}
	return out, nil
}

// keeps asks the library whether a category is released.
func (d discovery) keeps(people int64) (bool, error) {
	if d.rule == optimal {
		// The library turns to normal noise above three categories a person; asked
		// for each category at a person's share, it does not.
		n := float64(d.most)
		return libraryKeeps(people, d.price.epsilon/n, d.price.delta/n, 1)
	}
	return libraryKeeps(people, d.price.epsilon, d.price.delta, int64(d.most))
}

// fillFound puts the categories of a table into it, and others as its last cell:
// the measured reach less what is released. That is least squares over all that is
// measured: others have no measurement of their own, so whatever they are makes
// categories and reach agree, and neither moves.
func (s *Strategy) fillFound(t *release.Table, i int, u *unbiased) {
	table := &s.workload.Tables[i]
	at := s.layout.foundAt[i]
	survivors := u.found[at]
	xs := make([]float64, 0, len(survivors)+1)
	rest := u.reach[table.Segments[0]]
	for _, c := range survivors {
		xs = append(xs, c.people)
		rest -= c.people
	}
	xs = append(xs, rest)
	reach := wholeReach(u, table.Segments[0])
	estimates := roundTo(onSimplex(xs, float64(reach)), reach)
	e := expected{s.StdDev(i, 0), s.HalfWidth(i, 0)}
	other := t.Cells[len(t.Cells)-1]
	t.Cells = nil
	for c, x := range survivors {
		cell := s.cell(i, e, x.people, estimates[c])
		cell.Key = []string{x.name}
		t.Cells = append(t.Cells, cell)
	}
	cell := s.cell(i, s.expectedOther(i, len(survivors)), rest, estimates[len(survivors)])
	cell.Key = other.Key
	t.Cells = append(t.Cells, cell)
	t.Found = s.describeFound(at)
}

// expectedOther is the noise of others in a table with so many survivors.
func (s *Strategy) expectedOther(t, survivors int) expected {
	seg := s.workload.Tables[t].Segments[0]
	n, sd := float64(survivors), s.StdDev(t, 0)
	e := expected{deviation: math.Sqrt(s.design.reachVariance(seg) + n*sd*sd)}
	e.width = normalWidth * e.deviation
	if s.design.mechanism == laplace {
		var m mixture
		s.design.mixReach(&m, seg, 1)
		m.and(1, s.design.categoryScale(s.layout.found[s.layout.foundAt[t]]), n)
		e.width = s.widths.of(m)
	}
	return e
}

// describeFound says how a table's categories were found, in numbers of the plan.
func (s *Strategy) describeFound(at int) *release.Found {
	d, p := s.discovery, s.layout.found[at]
	f := &release.Found{Rule: ruleNames[d.rule], EvenFrom: int64(s.evenFrom(d, p)), Epsilon: d.price.epsilon, Delta: d.price.delta}
	if d.rule == threshold {
		f.Threshold = decimal(s.design.threshold(d, p)+0.05, 10) // never told smaller than it is
	}
	return f
}

// Discovery tells how the categories of table t are found; nil for a table of
// declared ones.
func (s *Strategy) Discovery(t int) *release.Found {
	if !s.workload.discovers(t) {
		return nil
	}
	return s.describeFound(s.layout.foundAt[t])
}

// measures tells whether the vector answers table t, which is by attributes.
func (s *Strategy) measures(t int) bool {
	table := &s.workload.Tables[t]
	return !s.workload.discovers(t) && s.layout.asked[table.Segments[0]][s.layout.crossing(table.By)]
}

// rehearseFound invents a category for each table of categories.
func (s *Strategy) rehearseFound() [][]survivor {
	out := make([][]survivor, len(s.layout.found))
	for i := range out {
		out[i] = []survivor{{name: "a category"}}
	}
	return out
}
