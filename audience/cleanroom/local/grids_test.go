// SPDX-License-Identifier: Apache-2.0

package local

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"testing"

	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/audience/rule"
	"github.com/throng-dp/throng/audience/rule/ruletest"
	"github.com/throng-dp/throng/dp"
	"pgregory.net/rapid"
)

// A pillar is one point of the histogram of a grid in a segment.
type pillar struct{ segment, grid, point int }

// TestGridsEqualInterpreter holds the points that the engine hands over for
// quantiles to the reference: for every segment and grid as many people at every
// point.
func TestGridsEqualInterpreter(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		tr := newTrial(rt, t, ruletest.Draw(rt))
		tr.in.Plan.Bands = nil // cells have a test of their own
		var of []int           // of each grid, its let
		for i, name := range tr.lets {
			for _, l := range tr.set.Lets {
				if l.Name != name || l.Type.Kind != rule.Int && l.Type.Kind != rule.Double {
					continue
				}
				g := plan.Grid{Let: name, Min: -30, Max: 50, Step: rapid.SampledFrom([]int64{1, 4, 80}).Draw(rt, "step"),
					Decimals: rapid.IntRange(0, 2).Draw(rt, "decimals")}
				tr.in.Plan.Grids = append(tr.in.Plan.Grids, g)
				of = append(of, i)
			}
		}
		want := map[pillar]int{}
		for _, a := range tr.interpreter(rt) {
			for s := range tr.set.Segments {
				for g := range of {
					if a[len(tr.lets)+s] == true {
						want[pillar{s, g, tr.in.Plan.Grids[g].Point(a[of[g]])}]++
					}
				}
			}
		}
		got, mu := map[pillar]int{}, sync.Mutex{}
		err := count(context.Background(), tr.in, func(_, _ int, fill func(func(*dp.Block) error) error) error {
			return fill(func(b *dp.Block) error {
				mu.Lock()
				defer mu.Unlock()
				for s, kept := range b.Kept {
					for g := range of {
						for p := range b.People {
							if kept>>p&1 == 1 {
								got[pillar{s, g, int(b.Points[g][p])}]++
							}
						}
					}
				}
				return nil
			})
		})
		if err != nil {
			rt.Fatal(err)
		}
		if !maps.Equal(got, want) {
			rt.Fatalf("%v, but %v by the interpreter\n%s\n%s", got, want, fmt.Sprint(tr.in.Plan.Grids), tr.c)
		}
	})
}
