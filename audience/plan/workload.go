// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/throng-dp/throng/audience/rule"
	"github.com/throng-dp/throng/dp"
)

// most numbers that one plan may release.
const maxCells = 1_000_000

// workload makes the tables: the population; reach of segments that other
// tables are about, if no item lists them; then the items in the plan's order,
// each with its segments in the plan's order.
func (c *compiler) workload() {
	w := &c.plan.Workload
	w.Segments, w.Bound, w.MinReach = len(c.segments), c.plan.Privacy.MaxSegments, c.plan.Privacy.MinReach
	t := &tabler{compiler: c, seen: map[tableKey]Place{}, named: map[string]Place{}}
	t.table(dp.Table{Kind: dp.Population}, Release{Kind: "population"}, Place{1, 1})
	if w.Bound < w.Segments { // the cap's bias is told (privacy R17)
		t.table(dp.Table{Kind: dp.PeopleOver}, Release{Kind: "people_over_cap"}, Place{1, 1})
		t.table(dp.Table{Kind: dp.Dropped}, Release{Kind: "memberships_dropped"}, Place{1, 1})
	}
	t.checkBands()
	for _, s := range c.impliedReach() {
		t.reach(s, Place{1, 1})
	}
	for i := range c.doc.Release {
		t.item(&c.doc.Release[i])
	}
	for i := range c.plan.Bands {
		n := len(c.plan.Bands[i].Cells)
		if c.plan.Bands[i].Unknown {
			n = dp.Unknown
		}
		w.Attributes = append(w.Attributes, n)
	}
	for i := range c.plan.Grids {
		g := &c.plan.Grids[i]
		w.Grids = append(w.Grids, dp.Grid{Min: g.Min, Step: g.Step, Points: g.Points()})
	}
	for i := range c.plan.Totals {
		w.Amounts = append(w.Amounts, dp.Amount{Min: c.plan.Totals[i].Min, Max: c.plan.Totals[i].Max})
	}
}

// impliedReach returns the segments that are in a table but in no reach item:
// their reach is released with them.
func (c *compiler) impliedReach() []int {
	listed, used := make([]bool, len(c.segments)), make([]bool, len(c.segments))
	for i := range c.doc.Release {
		it := &c.doc.Release[i]
		for _, s := range c.about(it) {
			if _, ok := it.Body.(*reachItem); ok {
				listed[s] = true
			}
			used[s] = true
		}
	}
	var implied []int
	for s := range used {
		if used[s] && !listed[s] {
			implied = append(implied, s)
		}
	}
	return implied
}

// A tabler adds tables to the workload with their labels.
type tabler struct {
	*compiler
	seen  map[tableKey]Place // tables that are there, by what they count
	named map[string]Place   // and by the words that a reader finds them by
	cells int
	full  bool
	now   *wanted // of the item whose tables are added; nil for what no item asks for
}

// A tableKey is what a table counts.
type tableKey struct {
	kind, by           string
	segments           [3]int
	of                 int // so many of segments
	amount, most, grid int
}

// room makes room for n more tables.
func (t *tabler) room(n int) {
	n = min(n, maxCells)
	w := &t.plan.Workload
	w.Tables, t.plan.Releases, t.tables = slices.Grow(w.Tables, n), slices.Grow(t.plan.Releases, n), slices.Grow(t.tables, n)
}

// table adds one table, unless the plan has it already: it would be paid for
// twice.
func (t *tabler) table(table dp.Table, label Release, at Place) {
	if t.full {
		return
	}
	key := tableKey{kind: label.Kind, amount: table.Amount, most: table.Most, grid: table.Grid, of: len(table.Segments)}
	copy(key.segments[:], table.Segments) // three at most
	if len(table.By) > 0 {
		key.by = fmt.Sprint(slices.Sorted(slices.Values(table.By)))
	}
	if first, twice := t.seen[key]; twice {
		t.add(at, fmt.Sprintf("%s of %s is released twice", label.Kind, strings.Join(label.Segments, " and ")), fmt.Sprintf("the first is in line %d", first.Line))
		return
	}
	if label.Of != "" {
		name := fmt.Sprint(label.Kind, label.Segments, label.Of)
		if first, twice := t.named[name]; twice {
			t.add(at, fmt.Sprintf("%s of %s for %s is released twice, in two ways", label.Kind, label.Of, label.Segments[0]),
				fmt.Sprintf("what leaves could not tell the two apart; the first is in line %d. Name the value once more in let, %s_2: %s", first.Line, label.Of, label.Of))
			return
		}
		t.named[name] = at
	}
	t.seen[key] = at
	t.cells += max(1, len(label.Keys))
	if t.cells > maxCells {
		t.tooMany(at)
		return
	}
	table.Weight, table.Target = t.now.weight(), t.now.halfWidth(label.Decimals)
	t.plan.Workload.Tables = append(t.plan.Workload.Tables, table)
	t.plan.Releases = append(t.plan.Releases, label)
	t.tables = append(t.tables, tablePlace{at, t.now})
}

// tooMany says so, once, and lets no more tables in.
func (t *tabler) tooMany(at Place) {
	if !t.full {
		t.add(at, fmt.Sprintf("the plan releases more than %d numbers", maxCells), "every number has its price: fewer segments, bands or overlaps")
	}
	t.full = true
}

func (t *tabler) ids(segments ...int) []string {
	ids := make([]string, len(segments))
	for i, s := range segments {
		ids[i] = t.segments[s].id
	}
	return ids
}

func (t *tabler) reach(s int, at Place) {
	t.table(dp.Table{Kind: dp.Reach, Segments: []int{s}}, Release{Kind: "reach", Segments: t.ids(s)}, at)
}

func (t *tabler) item(it *item) {
	at, segments := t.at(it), t.about(it)
	if it.Body != nil {
		t.now = it.Body.common()
	}
	switch b := it.Body.(type) {
	case *reachItem:
		for _, s := range segments {
			t.reach(s, at)
		}
	case *overlapItem:
		t.overlaps(&b.Overlap, segments, at)
	case *breakdownItem:
		t.breakdown(b, segments, at)
	case *frequencyItem:
		t.frequency(b, segments, at)
	case *topItem:
		t.top(b, segments, at)
	case *sumItem:
		t.amount(dp.Sum, "sum", &b.Sum, &b.clipped, segments, at)
	case *meanItem:
		t.amount(dp.Mean, "mean", &b.Mean, &b.clipped, segments, at)
	case *quantilesItem:
		t.quantiles(b, segments, at)
	case *matchRateItem:
		t.matchRate(b, segments, at)
	}
}

func (t *tabler) overlaps(o *overlaps, segments []int, at Place) {
	sets := t.overlapSets(o)
	if o.Sets == nil {
		n := len(segments) * (len(segments) - 1) / 2
		all := make([]int, 0, 2*n)
		sets = make([][]int, 0, n)
		for i, s := range segments {
			for _, u := range segments[i+1:] {
				all = append(all, s, u)
				sets = append(sets, all[len(all)-2:len(all):len(all)])
			}
		}
	}
	if t.cells+len(sets) > maxCells {
		t.tooMany(at)
	}
	t.room(len(sets))
	for _, s := range sets {
		t.table(dp.Table{Kind: dp.Overlap, Segments: s}, Release{Kind: "overlap", Segments: t.ids(s...)}, at)
	}
}

func (t *tabler) breakdown(b *breakdownItem, segments []int, at Place) {
	var by []int
	var cells [][]string
	size := 1
	for i := range b.Breakdown {
		a, ok := t.bandsOf(&b.Breakdown[i])
		if !ok {
			return
		}
		if t.plan.Bands[a].Unknown && len(b.Breakdown) > 1 {
			t.add(t.at(&b.Breakdown[i]), fmt.Sprintf("%q, whose values are not declared, crossed with others", b.Breakdown[i]),
				fmt.Sprintf("break it down alone, {breakdown: [%s]}, or declare its domain", b.Breakdown[i]))
			return
		}
		by = append(by, a)
		cells = append(cells, t.plan.Bands[a].Cells)
		if size *= len(cells[i]); size > maxCells {
			t.add(at, fmt.Sprintf("the plan releases more than %d numbers", maxCells), "every number has its price: fewer bands")
			return
		}
	}
	keys := crossing(cells)
	for _, s := range segments {
		t.table(dp.Table{Kind: dp.Breakdown, Segments: []int{s}, By: by},
			Release{Kind: "breakdown", Segments: t.ids(s), By: b.Breakdown, Keys: keys}, at)
	}
}

func (t *tabler) top(b *topItem, segments []int, at Place) {
	a, ok := t.topOf(b)
	if !ok {
		return
	}
	among := t.plan.Bands[a].Cells
	for _, s := range segments {
		t.table(dp.Table{Kind: dp.Top, Segments: []int{s}, By: []int{a}, Most: b.Top},
			Release{Kind: "top", Segments: t.ids(s), By: []string{b.Of}, Keys: make([][]string, b.Top), Among: among[:len(among)-1]}, at)
	}
}

// crossing returns all combinations of labels, the last running fastest.
func crossing(cells [][]string) [][]string {
	keys := [][]string{nil}
	for _, labels := range cells {
		var longer [][]string
		for _, k := range keys {
			for _, l := range labels {
				longer = append(longer, append(slices.Clone(k), l))
			}
		}
		keys = longer
	}
	return keys
}

func (t *tabler) frequency(b *frequencyItem, segments []int, at Place) {
	l := t.valueLet(&b.Frequency, "frequency", rule.Int)
	if l == nil {
		return
	}
	bins := &b.Bins
	if t.nodes[bins] == nil {
		if bins = &t.letNamed(b.Frequency).Bins; len(*bins) == 0 {
			t.add(at, "frequency needs bins", "lower edges: bins: [0, 1, 2, 3, 5, 10]")
			return
		}
	}
	edges, ok := t.edges(bins, rule.Int)
	if !ok {
		return
	}
	a := t.attribute(newAttribute(b.Frequency, rule.Int, nil, edges))
	keys := crossing([][]string{t.plan.Bands[a].Cells})
	for _, s := range segments {
		t.table(dp.Table{Kind: dp.Frequency, Segments: []int{s}, By: []int{a}},
			Release{Kind: "frequency", Segments: t.ids(s), Of: b.Frequency, Keys: keys, Bins: edges}, at)
	}
}

func (t *tabler) amount(kind dp.Kind, word string, name *string, b *clipped, segments []int, at Place) {
	l := t.valueLet(name, word, rule.Int, rule.Double)
	if l == nil {
		return
	}
	a := Amount{Let: *name, Unit: b.Unit}
	if l.Type.Kind == rule.Double {
		a.Decimals = 2
	}
	if b.Decimals != nil {
		a.Decimals = *b.Decimals
	}
	var ok bool
	if a.Min, ok = t.bound(&b.Min, a.Decimals); !ok {
		return
	}
	if a.Max, ok = t.bound(&b.Max, a.Decimals); !ok {
		return
	}
	if a.Min >= a.Max {
		t.add(t.at(&b.Max), "max must be above min", "")
		return
	}
	total := slices.Index(t.plan.Totals, a)
	if total < 0 {
		total = len(t.plan.Totals)
		t.plan.Totals = append(t.plan.Totals, a)
	}
	for _, s := range segments {
		t.table(dp.Table{Kind: kind, Segments: []int{s}, Amount: total},
			Release{Kind: word, Segments: t.ids(s), Of: *name, Unit: a.Unit, Decimals: a.Decimals}, at)
	}
}

func (t *tabler) bound(n *number, decimals int) (int64, bool) {
	units, ok := n.units(decimals)
	if !ok {
		t.add(t.at(n), fmt.Sprintf("%s is not a whole number of units of %d decimals", *n, decimals), "round it, or say more decimals")
	}
	return units, ok
}

// checkPrice asks package dp whether there is noise for this workload at this
// price: totals must leave room for it in an int64 (privacy R13).
func (c *compiler) checkPrice() {
	p := &c.doc.Privacy
	var err error
	c.plan.priced, err = dp.NewStrategy(c.plan.Digest, c.plan.Workload,
		dp.Price{Epsilon: p.Epsilon, Delta: p.Delta, PureEpsilon: p.PureEpsilon, PureDelta: p.PureDelta})
	var wide *dp.RangeError
	var missed *dp.TargetError
	switch {
	case err == nil, c.gridFault(err):
	case errors.As(err, &missed):
		c.missedTarget(missed)
	case errors.As(err, &wide):
		l := &c.plan.Releases[wide.Table]
		hint := "a smaller range"
		if fits := l.Decimals - wide.Digits; fits >= 0 {
			hint = fmt.Sprintf("decimals: %d would fit, or a smaller range", fits)
		}
		c.add(c.tables[wide.Table].at, fmt.Sprintf("a range this wide leaves no room for noise at %d decimals", l.Decimals), hint)
	default:
		c.add(c.at(p), "no noise at this price: "+strings.TrimPrefix(strings.TrimPrefix(err.Error(), dp.ErrPrice.Error()+": "), "dp: "), PriceHint)
	}
}

// PriceHint is what to do where a price buys no noise that could be drawn.
const PriceHint = "epsilon between 0.1 and 10 with a delta around 1e-8 is usual"
