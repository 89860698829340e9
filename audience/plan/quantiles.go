// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"

	"github.com/throng-dp/throng/audience/rule"
	"github.com/throng-dp/throng/dp"
)

const (
	// mostQuantiles of one entry: each level of halving has its price.
	mostQuantiles = 100
	// atDecimals is how finely a quantile is named.
	atDecimals = 4
	// mostUnits of 10^-decimals are where a grid ends.
	mostUnits = 1 << 28
	// usualPoints is how many steps a grid has where the plan names none.
	usualPoints = 1000
)

// A Grid is a person-level value on a public grid: clipped to [Min, Max] and
// rounded to the nearest of Min, Min+Step and so on, in units of 10^-Decimals.
type Grid struct {
	Let            string
	Min, Max, Step int64 // in units; Step goes into Max-Min
	Decimals       int
	Unit           string
}

// Points is the number of points of the grid.
func (g *Grid) Points() int { return int((g.Max-g.Min)/g.Step) + 1 }

// Point returns the point that is nearest to v, the higher one of two. v is an
// int64, or a double whose value is a whole number of 10^-6. Null (an overflow)
// counts as 0, clipped.
func (g *Grid) Point(v rule.Value) int {
	unit := powers[maxDecimals-g.Decimals]
	x := int64(0)
	switch v := v.(type) {
	case int64:
		x = scaleInt(v, powers[maxDecimals])
	case float64:
		x = micros(v)
	}
	from, step := g.Min*unit, g.Step*unit
	x = min(max(x, from), g.Max*unit) - from
	return int((x + step/2) / step)
}

// checkQuantiles demands quantiles that rise, and no target of people for them.
func (f *File) checkQuantiles(b *quantilesItem) {
	d, at := f.places, &b.At
	if b.Target != nil {
		d.add(d.at(b.Target), "quantiles have no target", "how far off their ranks are follows from pure_epsilon and weight: throng explain prints it")
	}
	if d.emptyList(at, len(*at)) {
		d.add(d.at(at), "at is empty", "name quantiles: at: [0.5, 0.9]")
	}
	if len(*at) > mostQuantiles {
		d.add(d.at(at), fmt.Sprintf("%d quantiles: at most %d", len(*at), mostQuantiles), "name fewer")
	}
	last := int64(0)
	for i := range *at {
		n := (*at)[i]
		if n == "" {
			return // reported
		}
		q, ok := n.units(atDecimals)
		switch {
		case !ok:
			d.add(d.at(&(*at)[i]), fmt.Sprintf("quantile %s has more than %d decimals", n, atDecimals), "")
			return
		case q <= 0 || q >= powers[atDecimals]:
			d.add(d.at(&(*at)[i]), fmt.Sprintf("quantile %s is not between 0 and 1", n), "0.5 is the median; min and max cannot be released: they are one person's")
			return
		case q <= last:
			d.add(d.at(&(*at)[i]), "quantiles must rise", "write the smallest first, each once")
			return
		}
		last = q
	}
}

func (t *tabler) quantiles(b *quantilesItem, segments []int, at Place) {
	if t.valueLet(&b.Quantiles, "quantiles", rule.Int, rule.Double) == nil {
		return
	}
	var which []int
	var keys [][]string
	for _, n := range b.At {
		q, _ := n.units(atDecimals) // checked
		which = append(which, int(q))
		keys = append(keys, []string{strconv.FormatFloat(float64(q)/float64(powers[atDecimals]), 'f', -1, 64)})
	}
	g, ok := t.grid(b)
	if !ok {
		return
	}
	grid := slices.Index(t.plan.Grids, g)
	if grid < 0 {
		grid = len(t.plan.Grids)
		t.plan.Grids = append(t.plan.Grids, g)
	}
	for _, s := range segments {
		t.table(dp.Table{Kind: dp.Quantiles, Segments: []int{s}, Grid: grid, At: which},
			Release{Kind: "quantiles", Segments: t.ids(s), Of: b.Quantiles, Keys: keys, Unit: g.Unit, Decimals: g.Decimals}, at)
	}
}

// grid reads the grid of an entry, in the unit of the finest of its numbers.
func (t *tabler) grid(b *quantilesItem) (Grid, bool) {
	g := Grid{Let: b.Quantiles, Unit: b.Unit}
	step := b.Step
	if t.nodes[&b.Step] == nil {
		if step = stepOf(b.Min, b.Max); step == "" {
			t.add(t.at(&b.Max), "this range needs a step", "values are rounded to min, min + step and so on")
			return g, false
		}
	}
	for _, n := range []number{b.Min, b.Max, step} {
		for _, ok := n.units(g.Decimals); !ok && g.Decimals < maxDecimals; _, ok = n.units(g.Decimals) {
			g.Decimals++
		}
	}
	var ok bool
	if g.Min, ok = t.bound(&b.Min, g.Decimals); !ok {
		return g, false
	}
	if g.Max, ok = t.bound(&b.Max, g.Decimals); !ok {
		return g, false
	}
	if g.Step, ok = step.units(g.Decimals); !ok || g.Step <= 0 {
		t.add(t.at(&b.Step), fmt.Sprintf("step %s is no step of at most %d decimals", step, maxDecimals), "a number above 0")
		return g, false
	}
	switch {
	case max(g.Max, -g.Min) > mostUnits:
		t.add(t.at(&b.Max), fmt.Sprintf("a range beyond %d steps of its finest decimal", mostUnits), "fewer decimals in min, max and step")
	case g.Min >= g.Max:
		t.add(t.at(&b.Max), "max must be above min", "")
	case (g.Max-g.Min)%g.Step != 0:
		t.add(t.at(&b.Step, &b.Max), "step must go into max - min", "")
	default:
		return g, true
	}
	return g, false
}

// stepOf returns a thousandth of a range as a plain decimal; empty where that
// has too many decimals.
func stepOf(low, high number) number {
	a, ok := new(big.Rat).SetString(string(low))
	b, fine := new(big.Rat).SetString(string(high))
	if !ok || !fine {
		return ""
	}
	step := b.Sub(b, a).Quo(b, big.NewRat(usualPoints, 1))
	n := number(step.FloatString(maxDecimals))
	if back, ok := new(big.Rat).SetString(string(n)); !ok || back.Cmp(step) != 0 {
		return ""
	}
	return n
}

// gridFault says at its entry that a grid is too fine; false: err is no such.
func (c *compiler) gridFault(err error) bool {
	if !errors.Is(err, dp.ErrGrid) {
		return false
	}
	for i := range c.plan.Workload.Tables {
		if c.plan.Workload.Tables[i].Kind == dp.Quantiles {
			c.add(c.tables[i].at, "the steps of quantiles are too fine to be counted in memory", "a larger step, a smaller range, or fewer segments")
			return true
		}
	}
	return false
}
