// SPDX-License-Identifier: Apache-2.0

package audience

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/dp"
)

// A coarsening is one edit of the tables: a family goes, or is broken down by
// less.
type coarsening struct {
	what  string
	of    string // kind of what is coarsened
	apply func(t *dp.Table, r *plan.Release) (keep bool)
	cells int     // that it costs
	alone variant // the plan with this one edit
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
	start, made := b.plan, []coarsening(nil)
	now, before := reachOf(b.now, b.plan), cells(b.plan)
	for i := range steps {
		steps[i].cells = before - cellsAfter(b.plan, steps[i].apply)
	}
	if len(b.plan.Releases) > large {
		first := slices.MaxFunc(steps, func(x, y coarsening) int { return cmp.Compare(x.cells, y.cells) })
		start, made = start.Without(nobody, first.apply), append(made, first)
		steps = slices.DeleteFunc(steps, func(c coarsening) bool { return c.what == first.what })
		if v := b.variant(start); v.width <= now {
			return b.coarser(v, made)
		}
		if len(steps) == 0 {
			return b.coarser(b.variant(start), made)
		}
	}
	var wait sync.WaitGroup
	for i := range steps {
		wait.Go(func() { steps[i].alone = b.variant(start.Without(nobody, steps[i].apply)) })
	}
	wait.Wait()
	enough := slices.DeleteFunc(slices.Clone(steps), func(c coarsening) bool { return c.alone.width > now })
	if len(enough) > 0 {
		best := slices.MinFunc(enough, func(x, y coarsening) int { return cmp.Compare(x.cells, y.cells) })
		return b.coarser(best.alone, append(made, best))
	}
	slices.SortStableFunc(steps, func(x, y coarsening) int { return cmp.Compare(x.alone.width, y.alone.width) })
	return b.gather(made, steps)
}

// gather makes one edit after the other, from the one that gains most, as long
// as they gain anything.
func (b *bargain) gather(made, steps []coarsening) *Cheaper {
	best, now := steps[0].alone, reachOf(b.now, b.plan)
	made = append(made, steps[0])
	for _, c := range steps[1:] {
		next := best.plan.Without(nobody, c.apply)
		if cells(next) == cells(best.plan) { // gone with another
			continue
		}
		v := b.variant(next)
		if v.width >= 0.99*best.width {
			continue
		}
		if best, made = v, append(made, c); v.width <= now {
			break
		}
	}
	return b.coarser(best, made)
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
		steps = append(steps, coarsening{what: "without " + item(r), of: r.Kind,
			apply: func(_ *dp.Table, o *plan.Release) bool { return o.Family() != family }})
		if r.Kind == "breakdown" && len(r.By) > 1 {
			for without := range r.By {
				by := slices.Delete(slices.Clone(r.By), without, without+1)
				steps = append(steps, coarsening{what: fmt.Sprintf("{breakdown: [%s]}, not %s", strings.Join(by, ", "), item(r)), of: r.Kind,
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
