// SPDX-License-Identifier: Apache-2.0

package audience

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/dp"
	"github.com/throng-dp/throng/dp/ledger"
)

// A Cheaper is a plan that its author could write instead, with the edits that
// make it. It has been priced as those plans would be, and fits.
type Cheaper struct {
	Way        string      `json:"way"` // LargerError, FewerSegments, Coarser or FewerNumbers
	Edits      []Edit      `json:"edits"`
	Epsilon    float64     `json:"epsilon"`
	Cost       ledger.Cost `json:"cost"`
	Share      float64     `json:"share"` // of this plan's price
	BuildsLeft *int        `json:"builds_left"`
	Before     float64     `json:"half_width_before"` // of a size of an audience, at 95 %
	After      float64     `json:"half_width_after"`
	Errors     []Change    `json:"errors"`
}

// The ways to a cheaper plan.
const (
	LargerError   = "larger error"
	FewerSegments = "fewer segments"
	Coarser       = "coarser breakdowns"
	FewerNumbers  = "fewer numbers"
)

// A Change is what became of the error of a family; null where it is not
// released any more.
type Change struct {
	Family string   `json:"family"`
	Before float64  `json:"half_width_before"`
	After  *float64 `json:"half_width_after"`
}

// A bargain looks for cheaper plans. It knows the plan, its account and what is
// left; it reads no row.
type bargain struct {
	plan    *plan.Plan
	account *ledger.Account // nil: not known
	now     *dp.Strategy    // of the plan as it is
	// part tells which part of a cost is affordable, 1 at most.
	part func(ledger.Cost) float64
	// left tells how many builds of a cost are; nil if not known.
	left func(ledger.Cost) *int
}

// cheaper returns a plan for each way that leads anywhere: everything with a
// larger error; fewer segments, or fewer and coarser tables, so that sizes of
// audiences are as near as they are now, or as near as can be.
func (b *bargain) cheaper() []Cheaper {
	var wider, segments, numbers *Cheaper
	var wait sync.WaitGroup // each way plans several variants
	wait.Go(func() { wider = b.offer(LargerError, b.priced(b.plan, b.now), nil) })
	wait.Go(func() { segments = b.fewerSegments() })
	wait.Go(func() { numbers = b.fewerNumbers() })
	wait.Wait()
	found := []Cheaper{}
	for _, c := range []*Cheaper{wider, segments, numbers} {
		// What loses numbers must gain something for it.
		if c != nil && (wider == nil || c == wider || c.After < 0.97*wider.After) {
			found = append(found, *c)
		}
	}
	return found
}

// A variant is a smaller plan, as it would be at the price of the whole one.
type variant struct {
	plan  *plan.Plan
	s     *dp.Strategy
	part  float64 // of its price that is affordable; 0 if it cannot be had
	width float64 // of a size of an audience at that part
}

// variant plans a smaller plan's measurements.
func (b *bargain) variant(q *plan.Plan) variant {
	s, err := Strategy(q, b.account)
	if err != nil {
		return variant{plan: q, width: math.Inf(1)}
	}
	return b.priced(q, s)
}

func (b *bargain) priced(q *plan.Plan, s *dp.Strategy) variant {
	part := b.afford(s)
	return variant{q, s, part, reachOf(s, q) * s.Wider(part)}
}

// afford returns the part of a strategy's price that is affordable and that the
// policy lets a build ask for.
func (b *bargain) afford(s *dp.Strategy) float64 {
	part := b.part(s.Cost())
	if b.account == nil {
		return part
	}
	most := b.account.Policy.Most.Epsilon
	if most <= 0 || s.PartEpsilon(part) <= most {
		return part
	}
	low, high := 0.0, part
	for range 40 {
		if middle := (low + high) / 2; s.PartEpsilon(middle) <= most {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}

// people is the most that there are, by the policy; 0 if it does not say.
func (b *bargain) people() int64 {
	if b.account == nil {
		return 0
	}
	return b.account.Policy.PeopleAtMost
}

// fewerSegments leaves out as few segments as it takes, and as the policy wants.
func (b *bargain) fewerSegments() *Cheaper {
	if b.plan.Uses() { // its audiences are another plan's
		return nil
	}
	spare := b.plan.Spare()
	least, most := 1, len(spare)*3/4 // who leaves out more writes another plan
	if b.account != nil && b.account.Policy.Most.Segments > 0 {
		least = max(1, len(b.plan.Segments)-b.account.Policy.Most.Segments)
	}
	if most < least {
		return nil
	}
	without := func(n int) variant {
		gone := map[int]bool{}
		for _, s := range spare[:n] {
			gone[s] = true
		}
		return b.variant(b.plan.Without(func(s int) bool { return gone[s] }, whole))
	}
	n := b.fewest(least, most, without)
	if n > most { // half of them is a plan that somebody may still want
		n = max(least, len(spare)/2)
	}
	ids := make([]string, n)
	for i, s := range spare[:n] {
		ids[i] = b.plan.Segments[s].ID
	}
	slices.Reverse(ids) // as they stand in the plan, nearly always
	what := "without " + listed(ids)
	if n > 1 {
		what += fmt.Sprintf(": %d of %d", n, len(b.plan.Segments))
	}
	return b.offer(FewerSegments, without(n), []Edit{{At: "segments", Change: what, Drop: ids}})
}

// fewest looks for the smallest number to leave out with which audiences are as
// near as they are now; most+1 if there is none. Errors go about with the root
// of how many there are, so a line between two trials is nearly right.
func (b *bargain) fewest(least, most int, without func(int) variant) int {
	now := reachOf(b.now, b.plan)
	width := func(n int) float64 { return without(n).width }
	low, high := least-1, most // what low leaves out is too little, what high does is enough
	atLow, atHigh := b.priced(b.plan, b.now).width, width(most)
	if atHigh > now {
		return most + 1
	}
	for i := 0; high-low > 1; i++ {
		n := (low + high) / 2
		if x := (atLow - now) / (atLow - atHigh); i%3 < 2 && x > 0 && x < 1 {
			n = low + min(max(int(math.Ceil(x*float64(high-low))), 1), high-low-1)
		}
		if w := width(n); w <= now {
			high, atHigh = n, w
		} else {
			low, atLow = n, w
		}
	}
	return high
}

// listed names a few, and says how many more there are.
func listed(ids []string) string {
	const most = 6
	if len(ids) > most+1 {
		return fmt.Sprintf("%s and %d more", strings.Join(ids[:most], ", "), len(ids)-most)
	}
	return strings.Join(ids, ", ")
}

// tries is how often offer takes a little less: what is charged for a price is
// known once it was planned.
const tries = 5

// offer prices a smaller plan at what is affordable; nil if that cannot be had.
func (b *bargain) offer(way string, v variant, edits []Edit) *Cheaper {
	for range tries {
		if !(v.part > 0) {
			return nil
		}
		if c := b.at(way, v, slices.Clone(edits)); c != nil {
			return c
		}
		v.part *= 0.995
	}
	return nil
}

// at prices a smaller plan at a part of its price, and makes sure that this is
// affordable.
func (b *bargain) at(way string, v variant, edits []Edit) *Cheaper {
	r, part := *v.plan, v.part
	if part < 1 {
		r.Privacy.Epsilon = down(v.s.PartEpsilon(part))
		r.Privacy.PureEpsilon, r.Privacy.PureDelta = down(r.Privacy.PureEpsilon*part), down(r.Privacy.PureDelta*part)
	}
	if !(r.Privacy.Epsilon >= dp.SmallestEpsilon) {
		return nil
	}
	priced, err := b.again(v, &r)
	if err != nil && part < 1 { // targets that this price cannot buy are loosened
		var loosened []Edit
		r.Workload.Tables, loosened = loosen(&r, v.s.Wider(part))
		edits = append(edits, loosened...)
		priced, err = b.again(v, &r)
	}
	if err != nil || b.part(priced.Cost()) < 1 {
		return nil
	}
	if b.account != nil && b.account.Policy.Judge(ask(&r), priced.Cost()) != nil {
		return nil
	}
	if n := b.people(); n > 0 && reachOf(priced, &r) >= float64(n) {
		return nil // it says nothing
	}
	edits = append(edits, privacyEdits(&b.plan.Privacy, &r.Privacy)...)
	if len(edits) == 0 {
		return nil
	}
	c := &Cheaper{Way: way, Edits: edits, Epsilon: r.Privacy.Epsilon, Cost: priced.Cost(), Share: share(priced.Cost(), b.now.Cost()),
		Before: reachOf(b.now, b.plan), After: reachOf(priced, &r), Errors: b.errors(priced, &r)}
	if b.left != nil {
		c.BuildsLeft = b.left(priced.Cost())
	}
	return c
}

// again plans a variant at another price: its search is taken over.
func (b *bargain) again(v variant, r *plan.Plan) (*dp.Strategy, error) {
	return v.s.For(r.Digest, r.Workload, priceOf(r, b.account))
}

// errors compares the families of two plans, by their widest intervals.
func (b *bargain) errors(s *dp.Strategy, q *plan.Plan) []Change {
	_, after := widths(s, q)
	families, before := widths(b.now, b.plan)
	var list []Change
	for _, f := range families {
		c := Change{Family: f, Before: before[f]}
		if w, ok := after[f]; ok {
			c.After = &w
		}
		list = append(list, c)
	}
	return list
}

// widths returns the families of a plan and their widest intervals.
func widths(s *dp.Strategy, p *plan.Plan) (families []string, widest map[string]float64) {
	widest = map[string]float64{}
	for t := range p.Releases {
		f := p.Releases[t].Family()
		if _, ok := widest[f]; !ok {
			families = append(families, f)
		}
		widest[f] = max(widest[f], s.Width(t))
	}
	return families, widest
}

// reachOf is the widest interval of a size of an audience.
func reachOf(s *dp.Strategy, p *plan.Plan) float64 {
	most := 0.0
	for t := range p.Workload.Tables {
		if p.Workload.Tables[t].Kind == dp.Reach {
			most = max(most, s.Width(t))
		}
	}
	return most
}
