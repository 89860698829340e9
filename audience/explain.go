// SPDX-License-Identifier: Apache-2.0

package audience

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/dp"
	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/release"
)

// An Explanation is what is known of a build before any row is read: it follows
// from the plan, the account and public figures (R38).
type Explanation struct {
	Plan      string        `json:"plan"`
	Account   string        `json:"account"`
	Epsilon   float64       `json:"epsilon"` // of the counts' vector
	Delta     float64       `json:"delta"`
	PureEps   float64       `json:"pure_epsilon"` // of the pure line, beside the vector
	PureDelta float64       `json:"pure_delta"`
	Mechanism string        `json:"mechanism"`
	Cost      ledger.Cost   `json:"cost"`
	Odds      float64       `json:"odds"`                   // most that an even chance about one person can become
	Budget    *Budget       `json:"budget"`                 // null without a ledger or an account
	Asked     *Asked        `json:"target_error,omitempty"` // the question that was turned round
	Audiences []Sized       `json:"audiences"`              // whose sizes are released
	Families  []FamilyError `json:"families"`
	// Root of the weighted variances of all numbers over the least that any
	// unbiased Gaussian mechanism has at this price, proven; null where no such
	// bound is known.
	Optimality *float64  `json:"optimality"`
	Smallest   int       `json:"smallest_readable_audience"`
	Gate       *Gate     `json:"gate,omitempty"`
	Cheaper    []Cheaper `json:"cheaper"` // that fit what is left; where the plan does: for half its price
	Warnings   []string  `json:"warnings"`

	Refused     string     `json:"refused,omitempty"` // why a build would be refused
	RefusedHint string     `json:"refused_hint,omitempty"`
	Shortfall   *Shortfall `json:"shortfall,omitempty"` // what is behind it, where budget is wanting

	Since *Since `json:"since,omitempty"` // another plan, and what became of it
}

// A Budget is what the account has for builds like this one.
type Budget struct {
	Share      float64  `json:"share"` // of one period's budget
	BuildsLeft int      `json:"builds_left"`
	PeriodDays int      `json:"period_days"`
	PeriodEnds string   `json:"period_ends"`
	Lifetime   Total    `json:"lifetime"`         // this build included
	Ceiling    *float64 `json:"lifetime_ceiling"` // null: none
}

// A Total is a guarantee over a number of releases.
type Total struct {
	Epsilon float64 `json:"epsilon"`
	Delta   float64 `json:"delta"`
	Builds  int     `json:"builds"`
}

// A FamilyError is how far off the numbers of one kind are: of people, or of
// units of 10^-Decimals.
type FamilyError struct {
	Family       string     `json:"family"` // as the manifest names it
	Name         string     `json:"name"`   // in words
	Kind         string     `json:"kind"`
	Cells        int        `json:"cells"` // of all its tables
	PerTable     int        `json:"cells_per_table"`
	StdDev       float64    `json:"stddev"`
	HalfWidth    float64    `json:"half_width"`           // at 95 %; of means for 1,000 people
	Bound        *float64   `json:"bound"`                // of stddev: no unbiased Gaussian mechanism is below it in all families together; null where none is known
	BoundRatio   *float64   `json:"bound_ratio"`          // of stddev to it; may be below 1 where another family's is above
	ReadableFrom *int       `json:"readable_from"`        // people in an audience whose average number is readable; null where it depends on the values
	Means        [3]float64 `json:"means,omitzero"`       // of means: half-width for 100, 1,000 and 10,000 people
	Ranks        [3]float64 `json:"rank_errors,omitzero"` // of quantiles: error of rank, a share of 100, 1,000 and 10,000 people
	Unit         string     `json:"unit,omitempty"`
	Decimals     int        `json:"decimals,omitempty"`
	Note         string     `json:"note,omitempty"`

	Found  *release.Found `json:"found,omitempty"`  // of breakdowns whose categories are found
	Chosen string         `json:"chosen,omitempty"` // of a top: "counts" or "picks"
}

// A Gate is what min_reach does to audiences near it.
type Gate struct {
	MinReach       int64   `json:"min_reach"`
	ChanceNew      float64 `json:"chance_withheld"`          // of an audience of exactly that size, at first
	ChanceStanding float64 `json:"chance_withheld_standing"` // after it was released before
	SafeFrom       int     `json:"safe_from"`                // size that is released with 95 %
}

// Explain tells price and expected error of a build. l may be nil: then nothing
// is known of the budget.
func Explain(ctx context.Context, p *plan.Plan, l *ledger.Ledger, at time.Time) (*Explanation, error) {
	account, refused, err := accountFor(ctx, p, l)
	if err != nil {
		return nil, err
	}
	s, err := Strategy(p, account)
	if err != nil {
		return nil, err
	}
	e := &Explanation{Plan: p.Name, Account: p.Privacy.Account, Epsilon: p.Privacy.Epsilon, Delta: p.Privacy.Delta,
		Mechanism: s.Mechanism(), Cost: s.Cost(), Odds: 1 / (1 + math.Exp(-p.Privacy.Epsilon)), Warnings: advice(p, account)}
	if e.PureEps, e.PureDelta = s.Beside(); e.PureEps > 0 {
		e.Odds = 1 / (1 + math.Exp(-p.Privacy.Epsilon-e.PureEps))
	}
	e.refuse(refused)
	e.audiences(p, s)
	e.families(p, s)
	if x := s.Optimality(); x > 0 {
		e.Optimality = &x
	}
	if account != nil {
		return e, e.budget(ctx, l, account, p, s, at)
	}
	e.Cheaper = (&bargain{plan: p, now: s, part: halfOf(s.Cost())}).cheaper()
	return e, nil
}

// accountFor returns the plan's account, or why there is none; nil and nil
// without a ledger.
func accountFor(ctx context.Context, p *plan.Plan, l *ledger.Ledger) (*ledger.Account, error, error) {
	if l == nil {
		return nil, nil, nil
	}
	account, err := l.Account(ctx, p.Privacy.Account)
	if errors.Is(err, ledger.ErrNoAccount) {
		return nil, err, nil
	}
	return account, nil, err
}

// refuse keeps the first reason for which a build would be refused.
func (e *Explanation) refuse(err error) {
	if err == nil || e.Refused != "" {
		return
	}
	e.Refused = err.Error()
	var r *ledger.Refusal
	if errors.As(err, &r) {
		e.RefusedHint = r.Hint
	}
}

func (e *Explanation) budget(ctx context.Context, l *ledger.Ledger, a *ledger.Account, p *plan.Plan, s *dp.Strategy, at time.Time) error {
	q, err := quoteFor(ctx, l, a, p, "", s, at)
	if err != nil {
		return err
	}
	after, err := l.LifetimeAfter(ctx, a.Name, e.Cost)
	if err != nil {
		return err
	}
	e.Budget = &Budget{Share: q.room.Share(e.Cost), BuildsLeft: q.room.Builds(e.Cost), PeriodDays: int(q.room.Frees().Sub(q.room.Began()).Hours() / 24),
		PeriodEnds: q.room.Frees().Format(time.DateOnly), Lifetime: Total(after)}
	if a.Ceiling > 0 {
		e.Budget.Ceiling = &a.Ceiling
	}
	e.Cheaper = q.cheaper
	if e.Shortfall = q.shortfall; e.Shortfall != nil {
		e.Refused, e.RefusedHint = e.Shortfall.Error(), e.Shortfall.Hint()
	}
	e.refuse(a.Policy.Judge(ask(p), s.Cost()))
	err = l.Approved(ctx, a.Name, p.Name, p.Digest, s.Cost())
	if e.refuse(err); err != nil && !errors.Is(err, ledger.ErrPolicy) {
		return err
	}
	return nil
}

// share is the part of one period's budget that a cost takes, on the line where
// it takes most.
func share(c, cap ledger.Cost) float64 {
	part := func(a, b int64) float64 {
		if b == 0 {
			return 0
		}
		return float64(a) / float64(b)
	}
	return max(part(c.MuSquared, cap.MuSquared), part(c.Epsilon, cap.Epsilon), part(c.Delta, cap.Delta))
}

// families names the strategy's families in the plan's words.
func (e *Explanation) families(p *plan.Plan, s *dp.Strategy) {
	for _, f := range s.Families() {
		r, t := &p.Releases[f.Table], &p.Workload.Tables[f.Table]
		x := FamilyError{Family: r.Family(), Name: name(r), Kind: r.Kind, Cells: f.Cells, PerTable: p.Workload.Cells(f.Table),
			StdDev: f.StdDev, HalfWidth: f.HalfWidth, Unit: r.Unit, Decimals: r.Decimals}
		if f.Bound > 0 {
			x.Bound, x.BoundRatio = &f.Bound, &f.BoundRatio
		}
		if n := readableFrom(&p.Workload, f); n > 0 {
			x.ReadableFrom = &n
		}
		x.categories(s, f.Table)
		switch t.Kind {
		case dp.Reach:
			e.Smallest = *x.ReadableFrom
			e.gate(p.Privacy.MinReach, s, f.Table, f.HalfWidth)
		case dp.Quantiles:
			for i, n := range []float64{100, 1000, 10_000} {
				x.Ranks[i] = s.RankError(f.Table, n) / n
			}
			x.Unit, x.Decimals, x.ReadableFrom = "", 0, nil
			if n := s.ReadableRank(f.Table); n > 0 {
				x.ReadableFrom = &n
			}
			x.Note = "error of rank for 100 / 1,000 / 10,000 people"
		case dp.Mean:
			scale := math.Pow10(r.Decimals)
			for i, n := range []float64{100, 1000, 10_000} {
				x.Means[i] = s.MeanHalfWidth(f.Table, n) / scale
			}
			x.Note = "for 100 / 1,000 / 10,000 people"
			if r.Unit != "" {
				x.Note += ", in " + r.Unit
			}
		}
		e.Families = append(e.Families, x)
	}
	e.drowning()
}

// readableFrom is the smallest audience whose average number in a family is
// readable: half its interval below half of it. Cells are as large as people
// spread evenly make them; a sum is judged as if everybody's amount were the
// middle of its range, and so is a mean. 0 where the middle is 0.
func readableFrom(w *dp.Workload, f dp.Family) int {
	t := &w.Tables[f.Table]
	if t.Kind != dp.Sum && t.Kind != dp.Mean {
		return w.Cells(f.Table) * smallestReadable(f.HalfWidth)
	}
	a := w.Amounts[t.Amount]
	middle := math.Abs(float64(a.Min)+float64(a.Max)) / 2
	if middle == 0 {
		return 0
	}
	people := f.HalfWidth / middle
	if t.Kind == dp.Mean {
		people *= 1000 // its half-width is for so many, and falls with their number
	}
	return smallestReadable(people)
}

// categories says of a table how its categories are found or chosen.
func (x *FamilyError) categories(s *dp.Strategy, table int) {
	if f := s.Discovery(table); f != nil {
		x.Found = f
		x.Note = fmt.Sprintf("and as many again for each value found: by %s, which at this price needs the fewest people; with an even chance from %d on; δ %.3g of the pure line", f.Rule, f.EvenFrom, f.Delta)
		if f.Epsilon > 0 {
			x.Note += fmt.Sprintf(", ε %.3g", f.Epsilon)
		}
	}
	if x.Kind != "top" {
		return
	}
	top := s.Top(table)
	x.Chosen, x.Note = "counts", "by counts: "+top.Why
	if top.Picked {
		x.Chosen, x.ReadableFrom = "picks", nil
		x.Note = fmt.Sprintf("names only, picked at ε %.3g each: %s", top.Epsilon, top.Why)
	}
}

// smallestReadable is the smallest number whose half-width is below half of it.
func smallestReadable(halfWidth float64) int { return int(math.Floor(2*halfWidth)) + 1 }

func name(r *plan.Release) string {
	switch r.Kind {
	case "population":
		return "everybody"
	case "reach":
		return "size of an audience"
	case "people_over_cap":
		return "people in more audiences than they count in"
	case "memberships_dropped":
		return "memberships that are not counted"
	case "overlap":
		if len(r.Segments) == 3 {
			return "people in three audiences"
		}
		return "people in two audiences"
	case "breakdown":
		return "by " + strings.Join(r.By, " and ")
	case "frequency":
		return "by number of " + r.Of
	case "top":
		return fmt.Sprintf("top %d of %s", len(r.Keys), r.By[0])
	}
	return r.Kind + " of " + r.Of
}

// drownsFrom is how many times larger than the smallest readable audience one
// must be before the average cell of a table can be read. Beyond it typical
// cells drown: people do not spread evenly over cells.
const drownsFrom = 20

func (e *Explanation) drowning() {
	for i := range e.Families {
		f := &e.Families[i]
		if f.Kind == "quantiles" || e.Smallest == 0 || f.PerTable < 2 || *f.ReadableFrom < drownsFrom*e.Smallest {
			continue
		}
		f.Note = "typical cells drown"
		e.Warnings = append(e.Warnings, fmt.Sprintf(
			"typical cells of %q drown in noise: with %d cells the average one is readable only in audiences of %d people or more; use fewer bins or values, the rest falls into (other)",
			f.Name, f.PerTable, *f.ReadableFrom))
	}
}

// gate computes how likely an audience near min_reach is withheld: at first if
// its estimate is below, later if its upper end is (R18).
func (e *Explanation) gate(minReach int64, s *dp.Strategy, table int, halfWidth float64) {
	sd := s.StdDev(table, 0)
	if minReach < 1 || sd <= 0 {
		return
	}
	below := func(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }
	e.Gate = &Gate{MinReach: minReach, ChanceNew: below(-0.5 / sd), ChanceStanding: below((-halfWidth - 0.5) / sd),
		SafeFrom: safeFrom(minReach, sd)}
}

// safeFrom is the size of an audience from which on its estimate is minReach or
// more with 95 %.
func safeFrom(minReach int64, sd float64) int {
	return int(math.Ceil(float64(minReach) + 1.6448536*sd))
}
