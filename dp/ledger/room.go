// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"cmp"
	"context"
	"math"
	"slices"
	"sort"
	"time"
)

// A Room is what an account has left at some time. It judges costs as Reserve
// would at that time, as many as one likes, and holds nothing.
type Room struct {
	t     terms
	all   []Balance
	b     Balance
	holds []Hold
	had   Cost // held for the build that is judged: it serves its next try
}

// Room looks at what an account has left at time at.
func (l *Ledger) Room(ctx context.Context, account string, at time.Time) (*Room, error) {
	r := &Room{}
	err := l.store.View(ctx, func(tx Tx) (err error) {
		r.t, r.all, r.b, err = lookIn(tx, account, at)
		if err == nil {
			r.holds, err = tx.Holds(account)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return r, nil
}

// For judges costs of one build: what a failed try of the same plan and date
// left held serves it.
func (r Room) For(plan, date string) *Room {
	for _, h := range r.holds {
		if h.Plan == plan && h.Date == date {
			r.had, r.b = h.Charge, at(r.all, &r.t, h.Period)
		}
	}
	return &r
}

// Refuses returns the error with which Reserve would refuse a cost for want of
// budget; nil if it fits.
func (r *Room) Refuses(c Cost) error {
	return r.t.room(r.all, r.b, r.had.atLeast(c).minus(r.had))
}

// Builds returns how many releases of a cost fit.
func (r *Room) Builds(c Cost) int {
	n := int(min(c.times(r.Left()), math.MaxInt32))
	if n <= 0 || r.t.Ceiling <= 0 {
		return max(n, 0)
	}
	// The first number of releases that would pass the ceiling.
	return sort.Search(n, func(i int) bool {
		k := int64(i + 1)
		more := Cost{c.MuSquared * k, c.Epsilon * k, c.Delta * k, c.Tail * k}.minus(r.had)
		return r.t.lifetime(r.all, more, true).Epsilon > r.t.Ceiling
	})
}

// Left is what the period has left, of the build's own hold too.
func (r *Room) Left() Cost { return r.b.Cap.minus(r.b.Held.plus(r.b.Spent)).plus(r.had) }

// Fraction returns the largest part of a cost that fits, at most 1; 0 if
// nothing does.
func (r *Room) Fraction(c Cost) float64 {
	fits := func(part float64) bool { return r.Refuses(c.part(part)) == nil }
	switch {
	case fits(1):
		return 1
	case !fits(0):
		return 0
	}
	low, high := 0.0, 1.0
	for range 50 { // to the last bit of an int64 that an account can hold
		if middle := (low + high) / 2; fits(middle) {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}

// Multiple returns how many builds of a cost fit, with the part of one more.
func (r *Room) Multiple(c Cost) float64 {
	n := int64(r.Builds(c)) + 1
	if c.shareOf(Cost{most, most, most, most})*float64(n) >= 1 {
		return float64(n - 1) // n of them are no number that an account can hold
	}
	return float64(n) * r.Fraction(Cost{c.MuSquared * n, c.Epsilon * n, c.Delta * n, c.Tail * n})
}

// Affordable is what one build could still be charged: what the period has left,
// as far as the ceiling lets it.
func (r *Room) Affordable() Cost {
	left := r.Left()
	if left.MuSquared <= 0 && left.Epsilon <= 0 {
		return Cost{}
	}
	return left.part(r.Fraction(left))
}

// Share is the part of one period's cap that a cost takes, on the line where it
// takes most.
func (r *Room) Share(c Cost) float64 { return c.shareOf(r.b.Cap) }

// Paid returns how many releases were posted in the period.
func (r *Room) Paid() int { return r.b.Builds }

// Began returns the first instant of the period.
func (r *Room) Began() time.Time {
	from, _ := r.t.bounds(r.b.Period)
	return from
}

// Frees returns when the next period begins, which frees budget.
func (r *Room) Frees() time.Time {
	_, to := r.t.bounds(r.b.Period)
	return to
}

// part returns a part of a cost, each line rounded up.
func (c Cost) part(x float64) Cost {
	of := func(n int64) int64 { return int64(math.Ceil(float64(n) * x)) }
	return Cost{of(c.MuSquared), of(c.Epsilon), of(c.Delta), of(c.Tail)}
}

// shareOf is the part of a cap that c takes, on the line where it takes most.
func (c Cost) shareOf(limit Cost) float64 {
	most := 0.0
	for _, x := range [][2]int64{{c.MuSquared, limit.MuSquared}, {c.Epsilon, limit.Epsilon}, {c.Delta, limit.Delta}} {
		if x[1] > 0 {
			most = max(most, float64(x[0])/float64(x[1]))
		}
	}
	return most
}

// Worth tells a charge as an ε: that of its μ² at the δ of the account's
// Gaussian line, and what it takes of the pure line.
func (a *Account) Worth(c Cost) float64 {
	return epsilonOf(c.MuSquared, gaussianDelta(a.Lines)) + float64(c.Epsilon)/pico
}

// A Use is a post that used budget up.
type Use struct {
	Entry
	Share float64 // of one period's cap, on the line where it takes most
}

// UsedBy returns the n posts that took most of an account's budget in the period
// that holds at, or in all periods; the largest first, of equals the newest.
func (l *Ledger) UsedBy(ctx context.Context, account string, when time.Time, lifetime bool, n int) ([]Use, error) {
	var all []Use
	err := l.store.View(ctx, func(tx Tx) error {
		t, balances, b, err := lookIn(tx, account, when)
		if err != nil {
			return err
		}
		return tx.Records(account, func(r Record) error {
			if r.Type != "post" || r.Period != b.Period && !lifetime {
				return nil
			}
			limit := at(balances, &t, r.Period).Cap
			all = largest(append(all, Use{r.Entry, r.Cost.shareOf(limit)}), n)
			return nil
		})
	})
	return all, err
}

// largest sorts uses, and keeps n of them.
func largest(all []Use, n int) []Use {
	slices.SortFunc(all, func(x, y Use) int { return cmp.Or(cmp.Compare(y.Share, x.Share), cmp.Compare(y.Seq, x.Seq)) })
	return all[:min(n, len(all))]
}

// A Holding is budget that a reservation holds.
type Holding struct {
	Plan, Date string
	Charge     Cost
	Share      float64   // of one period's cap
	State      string    // Running, Kept or Unread
	Until      time.Time // of Running: ledger time at which it counts as dead unless it says that it lives
	Period     int
}

// What a reservation waits for.
const (
	Running = "running" // a build is at work: it posts, or ends otherwise
	Kept    = "kept"    // a try failed after it began to read: the next try of this plan and date uses it; it never comes back
	Unread  = "unread"  // the run ended before it read anything: the account's next build gives it back
)

// Recent returns the last n posts of an account, oldest first.
func (l *Ledger) Recent(ctx context.Context, account string, n int) ([]Entry, error) {
	var last []Entry
	err := l.store.View(ctx, func(tx Tx) error {
		return tx.Records(account, func(r Record) error {
			if r.Type == "post" {
				last = append(last, r.Entry)
				last = last[max(0, len(last)-n):]
			}
			return nil
		})
	})
	return last, err
}

// Holdings returns what is held of an account, in all periods.
func (r *Room) Holdings(now time.Time) []Holding {
	var all []Holding
	for _, h := range r.holds {
		x := Holding{Plan: h.Plan, Date: h.Date, Charge: h.Charge, Share: h.Charge.shareOf(at(r.all, &r.t, h.Period).Cap), State: Unread, Period: h.Period}
		switch {
		case h.live(now):
			x.State, x.Until = Running, h.Lease
		case h.Touched || h.Kept:
			x.State = Kept
		}
		all = append(all, x)
	}
	return all
}
