// SPDX-License-Identifier: Apache-2.0

package audience

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strings"
	"sync"

	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/dp"
)

// A coarsening is one edit of the tables: a family goes, or is broken down by
// less.
type coarsening struct {
	what   string
	family string // that is coarsened
	of     string // its kind
	apply  func(t *dp.Table, r *plan.Release) (keep bool)
	cells  int     // that it costs
	alone  variant // the plan with this one edit
}

// large is the number of tables beyond which only few variants are planned: the
// family with the most numbers goes first, whatever the others would bring.
const large = 20_000

// fewerNumbers coarsens as little as it takes: one edit if one is enough, the
// one that loses the fewest numbers; else the ones that gain most.
func (b *bargain) fewerNumbers() *Cheaper {
	steps := b.coarsenings()
	if len(steps) == 0 {
		return nil
	}
	start, made := b.priced(b.plan, b.now), []coarsening(nil)
	now, before := reachOf(b.now, b.plan), cells(b.plan)
	for i := range steps {
		steps[i].cells = before - cellsAfter(b.plan, steps[i].apply)
	}
	if len(b.plan.Releases) > large {
		first := slices.MaxFunc(steps, func(x, y coarsening) int { return cmp.Compare(x.cells, y.cells) })
		start, made = b.variant(b.plan.Without(nobody, first.apply)), append(made, first)
		steps = slices.DeleteFunc(steps, func(c coarsening) bool { return c.what == first.what })
		if start.width <= now || len(steps) == 0 {
			return b.coarser(start, made)
		}
	}
	var wait sync.WaitGroup
	for i := range steps {
		wait.Go(func() { steps[i].alone = b.variant(start.plan.Without(nobody, steps[i].apply)) })
	}
	wait.Wait()
	enough := slices.DeleteFunc(slices.Clone(steps), func(c coarsening) bool { return c.alone.width > now })
	if len(enough) > 0 {
		best := slices.MinFunc(enough, func(x, y coarsening) int { return cmp.Compare(x.cells, y.cells) })
		return b.coarser(best.alone, append(made, best))
	}
	slices.SortStableFunc(steps, func(x, y coarsening) int { return cmp.Compare(x.alone.width, y.alone.width) })
	return b.gather(start, made, steps)
}

// gather makes the edits that gain most by themselves, one of each family, as few
// of them as it takes; all where that is not enough.
func (b *bargain) gather(start variant, made, steps []coarsening) *Cheaper {
	var gains []coarsening
	for _, c := range steps {
		if c.alone.width < 0.99*start.width && !slices.ContainsFunc(gains, func(o coarsening) bool { return o.family == c.family }) {
			gains = append(gains, c)
		}
	}
	if len(gains) == 0 {
		return b.coarser(start, made)
	}
	now := reachOf(b.now, b.plan)
	tried := map[int]variant{1: gains[0].alone}
	first := func(n int) variant {
		if _, ok := tried[n]; !ok {
			q := start.plan
			for _, c := range gains[:n] {
				q = q.Without(nobody, c.apply)
			}
			tried[n] = b.variant(q)
		}
		return tried[n]
	}
	n := min(2+sort.Search(max(len(gains)-2, 0), func(i int) bool { return first(2+i).width <= now }), len(gains))
	return b.coarser(first(n), append(made, gains[:n]...))
}

// coarser prices a plan that was coarsened.
func (b *bargain) coarser(v variant, made []coarsening) *Cheaper {
	way, edits := Coarser, []Edit(nil)
	for _, c := range made {
		if c.of != "breakdown" && c.of != "frequency" {
			way = FewerNumbers
		}
		edits = append(edits, Edit{At: "release", Change: c.what})
	}
	return b.offer(way, v, edits)
}

func nobody(int) bool { return false }

func whole(*dp.Table, *plan.Release) bool { return true }

func cells(p *plan.Plan) int { return cellsAfter(p, whole) }

// cellsAfter counts the numbers of a plan whose tables were changed.
func cellsAfter(p *plan.Plan, change func(*dp.Table, *plan.Release) bool) int {
	n, w := 0, p.Workload
	for i, t := range p.Workload.Tables {
		if r := p.Releases[i]; change(&t, &r) {
			w.Tables = []dp.Table{t}
			n += w.Cells(0)
		}
	}
	return n
}

// coarsenings are the edits that a plan offers: each family of tables can go,
// and a breakdown by several values can be one by fewer.
func (b *bargain) coarsenings() []coarsening {
	var steps []coarsening
	seen := map[string]bool{}
	for i := range b.plan.Releases {
		r := &b.plan.Releases[i]
		family := r.Family()
		switch {
		case r.Kind == "population" || r.Kind == "reach" || r.Kind == "people_over_cap" || r.Kind == "memberships_dropped", seen[family]:
			continue
		}
		seen[family] = true
		steps = append(steps, coarsening{what: "without " + item(r), family: family, of: r.Kind,
			apply: func(_ *dp.Table, o *plan.Release) bool { return o.Family() != family }})
		if r.Kind == "breakdown" && len(r.By) > 1 {
			for without := range r.By {
				by := slices.Delete(slices.Clone(r.By), without, without+1)
				steps = append(steps, coarsening{what: fmt.Sprintf("{breakdown: [%s]}, not %s", strings.Join(by, ", "), item(r)), family: family, of: r.Kind,
					apply: func(t *dp.Table, o *plan.Release) bool {
						if o.Family() == family {
							t.By = slices.Delete(slices.Clone(t.By), without, without+1)
							o.By, o.Keys = by, nil
						}
						return true
					}})
			}
		}
	}
	return steps
}

// item writes a release as its author did.
func item(r *plan.Release) string {
	switch r.Kind {
	case "breakdown":
		return fmt.Sprintf("{breakdown: [%s]}", strings.Join(r.By, ", "))
	case "overlap":
		if len(r.Segments) == 3 {
			return "overlaps of three"
		}
		return "overlaps of two"
	case "top":
		return fmt.Sprintf("{top: %d, of: %s}", len(r.Keys), r.By[0])
	}
	return fmt.Sprintf("{%s: %s}", r.Kind, r.Of)
}
