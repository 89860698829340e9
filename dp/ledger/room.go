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
	levels []level // the account first, then those that are charged with it
	holds  []Hold
	had    Cost // held for the build that is judged: it serves its next try
}

// A level is one account that is charged.
type level struct {
	t   *terms
	all []Balance
	b   Balance // of the period
}

// used is what cannot be charged any more.
func (l *level) used() Cost { return l.b.Held.plus(l.b.Spent) }

// Room looks at what an account has left at a time.
func (l *Ledger) Room(ctx context.Context, account string, when time.Time) (*Room, error) {
	r := &Room{}
	err := l.store.View(ctx, func(tx Tx) error {
		t, err := find(tx, account)
		if err != nil {
			return err
		}
		for _, t := range t.charged() {
			all, err := tx.Balances(t.Name)
			if err != nil {
				return err
			}
			r.levels = append(r.levels, level{t, all, at(all, t, max(t.period(when), 0))})
		}
		names, err := withParts(tx, account)
		for _, n := range names {
			holds, err := tx.Holds(n)
			if err != nil {
				return err
			}
			r.holds = append(r.holds, holds...)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return r, nil
}

// withParts returns the names of an account and of those that divide it.
func withParts(tx Tx, account string) ([]string, error) {
	if parentOf(account) != "" {
		return []string{account}, nil
	}
	return family(tx, account)
}

// posts calls f with the posts that an account was charged for, in order.
func posts(tx Tx, account string, f func(Record)) error {
	only := account
	if parentOf(account) == "" {
		only = "" // parts' entries stand between those of the whole
	}
	return tx.Records(only, func(r Record) error {
		if r.Type == typePost && (r.Account == account || parentOf(r.Account) == account) {
			f(r)
		}
		return nil
	})
}

// own is the account itself.
func (r *Room) own() *level { return &r.levels[0] }

// For judges costs of one build: what a failed try of the same plan and date
// left held serves it.
func (r Room) For(plan, date string) *Room {
	for _, h := range r.holds {
		if h.Account != r.own().t.Name || h.Plan != plan || h.Date != date {
			continue
		}
		r.had, r.levels = h.Charge, slices.Clone(r.levels)
		for i := range r.levels {
			r.levels[i].b = at(r.levels[i].all, r.levels[i].t, h.Period)
		}
	}
	return &r
}

// Refuses returns the error with which Reserve would refuse a cost for want of
// budget; nil if it fits.
func (r *Room) Refuses(c Cost) error {
	_, err := r.judge(c)
	return err
}

// Binds returns the account whose budget a cost does not fit into; its own name
// if it fits.
func (r *Room) Binds(c Cost) string {
	at, _ := r.judge(c)
	return r.levels[at].t.Name
}

func (r *Room) judge(c Cost) (at int, err error) {
	need := r.had.atLeast(c).minus(r.had)
	for i := range r.levels {
		l := &r.levels[i]
		if err := l.t.room(l.all, l.b, need); err != nil {
			return i, err
		}
	}
	return 0, nil
}

// Builds returns how many releases of a cost fit.
func (r *Room) Builds(c Cost) int {
	n := int(min(c.times(r.Left()), math.MaxInt32))
	if n <= 0 {
		return 0
	}
	// The first number of releases that would not fit: beyond the period that is
	// the lifetime ceiling.
	return sort.Search(n, func(i int) bool {
		k := int64(i + 1)
		return r.Refuses(Cost{c.MuSquared * k, c.Epsilon * k, c.Delta * k, c.Tail * k}) != nil
	})
}

// Left is what the period has left, of the build's own hold too: the least of
// all accounts that are charged.
func (r *Room) Left() Cost {
	left := r.own().b.Cap.minus(r.own().used())
	for i := range r.levels[1:] {
		l := &r.levels[i+1]
		x := l.b.Cap.minus(l.used())
		left = Cost{min(left.MuSquared, x.MuSquared), min(left.Epsilon, x.Epsilon), min(left.Delta, x.Delta), min(left.Tail, x.Tail)}
	}
	return left.plus(r.had)
}

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
func (r *Room) Share(c Cost) float64 { return c.shareOf(r.own().b.Cap) }

// Paid returns how many releases were posted in the period.
func (r *Room) Paid() int { return r.own().b.Builds }

// Began returns the first instant of the period.
func (r *Room) Began() time.Time {
	from, _ := r.own().t.bounds(r.own().b.Period)
	return from
}

// Frees returns when the next period begins, which frees budget.
func (r *Room) Frees() time.Time {
	_, to := r.own().t.bounds(r.own().b.Period)
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
		t, err := find(tx, account)
		if err != nil {
			return err
		}
		balances, err := tx.Balances(account)
		if err != nil {
			return err
		}
		b := at(balances, &t, max(t.period(when), 0))
		return posts(tx, account, func(r Record) {
			if r.Period == b.Period || lifetime {
				limit := at(balances, &t, r.Period).Cap
				all = largest(append(all, Use{r.Entry, r.Cost.shareOf(limit)}), n)
			}
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
	Account    string // itself, or one that divides it
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
		return posts(tx, account, func(r Record) {
			last = append(last, r.Entry)
			last = last[max(0, len(last)-n):]
		})
	})
	return last, err
}

// Holdings returns what is held of an account, in all periods.
func (r *Room) Holdings(now time.Time) []Holding {
	var all []Holding
	for _, h := range r.holds {
		x := Holding{Account: h.Account, Plan: h.Plan, Date: h.Date, Charge: h.Charge, Share: h.Charge.shareOf(at(r.own().all, r.own().t, h.Period).Cap), State: Unread, Period: h.Period}
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
