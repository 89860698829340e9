// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"errors"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/throng-dp/throng/dp/accountant"
)

func instant(t *testing.T, s string) time.Time {
	t.Helper()
	x, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// TestCaps: whole decimals stay whole, and nothing is granted beyond (ε, δ).
func TestCaps(t *testing.T) {
	l := Lines{Epsilon: 8, Delta: 1e-7, PureEpsilon: 0.3, PureDelta: 1e-9}
	c, err := capsOf(l)
	if err != nil {
		t.Fatal(err)
	}
	if c.Epsilon != 300_000_000_000 || c.Delta != 1_000_000_000 || c.Tail != 1_000_000_000 {
		t.Errorf("caps = %+v", c)
	}
	mu := math.Sqrt(float64(c.MuSquared) / pico)
	if d := accountant.Delta(mu, l.Epsilon) + float64(c.Tail)/atto; d > l.Delta || d < 0.999999*l.Delta {
		t.Errorf("a period spends δ %g of %g", d, l.Delta)
	}
	build := accountant.Mu(1, 1e-8)
	if n := float64(c.MuSquared) / pico / (build * build); n < 52.6 || n > 52.8 {
		t.Errorf("%.2f builds of (1, 10^-8) fit into the starter's account, want 52.7", n)
	}
}

func TestUnits(t *testing.T) {
	for x, want := range map[float64]int64{0: 0, 0.1: 100_000_000_000, 0.7: 700_000_000_000, 1: 1_000_000_000_000, 1e-12: 1, 9e-13: 0, 2.5e-12: 2} {
		if got, err := units(x, pico); err != nil || got != want {
			t.Errorf("%g = %d, %v, want %d", x, got, err, want)
		}
	}
	for _, x := range []float64{math.NaN(), math.Inf(1), 1e30} {
		if got, err := units(x, pico); err == nil {
			t.Errorf("%g = %d", x, got)
		}
	}
}

// TestPeriods: counted in whole days of UTC from the opening day.
func TestPeriods(t *testing.T) {
	a := terms{Account: Account{Period: 30, Opened: instant(t, "2026-03-14T23:59:00Z")}}
	for when, want := range map[string]int{
		"2026-03-14T00:00:00Z": 0, "2026-04-12T23:59:59Z": 0, "2026-04-13T00:00:00Z": 1, "2026-04-13T00:30:00+02:00": 0,
		"2026-03-13T23:59:59Z": -1, "2026-02-12T00:00:00Z": -1, "2026-02-11T23:00:00Z": -2, "2011-12-09T00:00:00Z": -174,
	} {
		got := a.period(instant(t, when))
		if got != want {
			t.Errorf("%s is in period %d, want %d", when, got, want)
		}
		if from, to := a.bounds(got); instant(t, when).Before(from) || !instant(t, when).Before(to) {
			t.Errorf("%s is not within %s and %s", when, from, to)
		}
	}
}

// TestCalendar: weeks begin on Monday, all else on the first of a month, all of
// it in UTC; the period in which the account was opened is number 0.
func TestCalendar(t *testing.T) {
	opened := instant(t, "2026-03-14T23:59:00Z") // a Saturday
	for _, c := range []struct {
		calendar, when string
		number         int
		from, to       string
	}{
		{"week", "2026-03-14T23:59:00Z", 0, "2026-03-09", "2026-03-16"},
		{"week", "2026-03-15T23:59:59Z", 0, "2026-03-09", "2026-03-16"},
		{"week", "2026-03-16T00:00:00Z", 1, "2026-03-16", "2026-03-23"},
		{"week", "2026-03-16T00:30:00+01:00", 0, "2026-03-09", "2026-03-16"},
		{"week", "2026-03-08T12:00:00Z", -1, "2026-03-02", "2026-03-09"},
		{"week", "1969-12-28T12:00:00Z", -2933, "1969-12-22", "1969-12-29"},
		{"month", "2026-03-31T23:59:59Z", 0, "2026-03-01", "2026-04-01"},
		{"month", "2027-01-01T00:00:00Z", 10, "2027-01-01", "2027-02-01"},
		{"month", "2028-02-29T00:00:00Z", 23, "2028-02-01", "2028-03-01"},
		{"month", "2025-12-31T12:00:00Z", -3, "2025-12-01", "2026-01-01"},
		{"quarter", "2026-03-31T23:59:59Z", 0, "2026-01-01", "2026-04-01"},
		{"quarter", "2026-04-01T00:00:00Z", 1, "2026-04-01", "2026-07-01"},
		{"quarter", "2025-12-31T12:00:00Z", -1, "2025-10-01", "2026-01-01"},
		{"year", "2026-12-31T23:59:59Z", 0, "2026-01-01", "2027-01-01"},
		{"year", "2027-01-01T00:00:00Z", 1, "2027-01-01", "2028-01-01"},
	} {
		a := terms{Account: Account{Calendar: c.calendar, Opened: opened}}
		if got := a.period(instant(t, c.when)); got != c.number {
			t.Errorf("%s: %s is in period %d, want %d", c.calendar, c.when, got, c.number)
		}
		from, to := a.bounds(c.number)
		if from != instant(t, c.from+"T00:00:00Z") || to != instant(t, c.to+"T00:00:00Z") {
			t.Errorf("%s: period %d is %s to %s, want %s to %s", c.calendar, c.number, from, to, c.from, c.to)
		}
	}
}

// TestCalendarHasNoGap: every hour of 60 years is in one period, the next one
// begins where it ends, and none is longer than it says.
func TestCalendarHasNoGap(t *testing.T) {
	for _, calendar := range Calendars {
		a := terms{Account: Account{Calendar: calendar, Opened: instant(t, "2026-03-14T09:00:00Z")}}
		last := a.period(instant(t, "1996-01-01T00:00:00Z"))
		for at := instant(t, "1996-01-01T00:00:00Z"); at.Year() < 2056; at = at.Add(7 * time.Hour) {
			n := a.period(at)
			from, to := a.bounds(n)
			if at.Before(from) || !at.Before(to) || n != last && n != last+1 {
				t.Fatalf("%s: %s is in period %d, %s to %s", calendar, at, n, from, to)
			}
			if days := int(to.Sub(from) / (24 * time.Hour)); days > a.Days() {
				t.Fatalf("%s: period %d has %d days, more than %d", calendar, n, days, a.Days())
			}
			last = n
		}
	}
}

// TestYears: what an owner is told before choosing a ceiling.
func TestYears(t *testing.T) {
	a := Account{Name: "shop", Period: 30, Lines: Lines{Epsilon: 10, Delta: 1e-7}}
	total, err := a.Years(1)
	if err != nil || math.Abs(total.Epsilon-48.2) > 0.05 {
		t.Errorf("a year of periods of 30 days = %+v, %v, want ε 48.2", total, err)
	}
	a.Period, a.Calendar = 0, "month"
	if same, err := a.Years(1); err != nil || same != total {
		t.Errorf("a year of months = %+v, %v, want %+v", same, err, total)
	}
	a.Calendar = "year"
	if one, err := a.Years(1); err != nil || math.Abs(one.Epsilon-10) > 0.01 {
		t.Errorf("a year = %+v, %v, want ε 10", one, err)
	}
	if _, err := (Account{Name: "shop", Period: 30}).Years(1); !errors.Is(err, ErrInvalid) {
		t.Errorf("no budget: %v", err)
	}
}

// TestLifetime: ε 10 a month is 15.1 over two months and 48.2 over a year.
func TestLifetime(t *testing.T) {
	a := terms{Account: Account{Name: "shop", Period: 30, Lines: Lines{Epsilon: 10, Delta: 1e-7}}}
	var err error
	if a.caps, err = capsOf(a.Lines); err != nil {
		t.Fatal(err)
	}
	full := Balance{Cap: a.caps, Spent: a.caps, Builds: 1}
	for n, want := range map[int]float64{0: 0, 1: 10, 2: 15.1, 12: 48.2} {
		got := a.lifetime(slices.Repeat([]Balance{full}, n), Cost{}, true)
		if got.Builds != n || math.Abs(got.Epsilon-want) > 0.05 {
			t.Errorf("after %d periods %+v, want ε %.1f", n, got, want)
		}
		// Each period may set aside a hundredth of δ for tails.
		if d := 1e-7 * (1 + 0.01*float64(max(n-1, 0))); math.Abs(got.Delta-d) > 1e-15 {
			t.Errorf("after %d periods δ %g, want %g", n, got.Delta, d)
		}
	}
}

// TestTerms pins the form in which accounts are kept: ledgers outlive programs.
func TestTerms(t *testing.T) {
	a := Account{Name: "shop", Lineage: "customers", Lines: Lines{Epsilon: 8, Delta: 1e-7}, Period: 364, Ceiling: 40,
		Policy: Policy{Lineage: "customers", PeopleAtMost: 100_000, Most: Most{Epsilon: 1, Delta: 1e-8, Segments: 60, Lookback: 400},
			Least: Least{MinReach: 100, MinAge: 18}, OptOuts: OptOuts{MaxAge: 24 * time.Hour, MaxShrink: 0.05},
			NeverRead: []string{"message_text"}, Approval: "none", Text: []byte("x")},
		Opened: instant(t, "2026-03-14T09:00:00Z")}
	n, err := newTerms(a)
	if err != nil {
		t.Fatal(err)
	}
	row, err := n.row()
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"Name":"shop","Lineage":"customers","Lines":{"Epsilon":8,"Delta":1e-7,"PureEpsilon":0,"PureDelta":0},"Period":364,"Ceiling":40,` +
		`"Policy":{"Lineage":"customers","PeopleAtMost":100000,"Most":{"Epsilon":1,"Delta":1e-8,"Segments":60,"Lookback":400},` +
		`"Least":{"MinReach":100,"MinAge":18},"OptOuts":{"MaxAge":86400000000000,"MaxShrink":0.05},"NeverRead":["message_text"],` +
		`"Approval":"none","Text":"eA=="},"Opened":"2026-03-14T09:00:00Z"}`
	if string(row.Terms) != want {
		t.Errorf("terms = %s\nwant    %s", row.Terms, want)
	}
	back, err := termsOf(row)
	if err != nil || back.Policy.Most != a.Policy.Most || !back.Opened.Equal(a.Opened) {
		t.Errorf("back = %+v, %v", back, err)
	}
}

func TestTimes(t *testing.T) {
	c := Cost{MuSquared: 2, Tail: 3}
	for d, want := range map[Cost]int64{{MuSquared: 7, Tail: 100}: 3, {MuSquared: 100, Tail: 8}: 2, {MuSquared: 100}: 0, {MuSquared: -1, Tail: 9}: 0} {
		if got := c.times(d); got != want {
			t.Errorf("%+v into %+v = %d, want %d", c, d, got, want)
		}
	}
}

// TestDead: a process is dead when its id is gone or was given to another.
func TestDead(t *testing.T) {
	me := self()
	if me == (owner{}) {
		t.Log("this system does not tell processes apart: leases decide alone")
		return
	}
	gone, reused, elsewhere := me, me, me
	gone.pid, reused.start, elsewhere.boot = "4194303", "1", "another"
	elsewhere.pid = gone.pid
	for o, want := range map[owner]bool{me: false, gone: true, reused: true, elsewhere: false, {}: false} {
		if got := dead(o.String()); got != want {
			t.Errorf("dead(%q) = %v, want %v", o, got, want)
		}
	}
	if dead("some other text") {
		t.Error("a text that names no process is dead")
	}
}

// TestPolicyOfPureLine holds what a policy says of the pure line: as much as of
// the other one if it has no words for it, and no more than its words.
func TestPolicyOfPureLine(t *testing.T) {
	ask := Ask{Epsilon: 1, Delta: 1e-8}
	for _, c := range []struct {
		name string
		most Most
		cost Cost
		ok   bool
	}{
		{"no limit", Most{}, Cost{MuSquared: 1, Epsilon: 9e12, Delta: 1e12}, true},
		{"no words, within", Most{Epsilon: 1, Delta: 1e-8}, Cost{MuSquared: 1, Epsilon: 1e12, Delta: 1e10}, true},
		{"no words, ε beyond", Most{Epsilon: 1, Delta: 1e-8}, Cost{MuSquared: 1, Epsilon: 1e12 + 2}, false},
		{"no words, δ beyond", Most{Epsilon: 1, Delta: 1e-8}, Cost{MuSquared: 1, Epsilon: 1, Delta: 1e10 + 2}, false},
		{"words, within", Most{Epsilon: 1, Delta: 1e-8, PureEpsilon: 0.5, PureDelta: 1e-9}, Cost{MuSquared: 1, Epsilon: 5e11, Delta: 1e9}, true},
		{"words, ε beyond", Most{Epsilon: 1, Delta: 1e-8, PureEpsilon: 0.5}, Cost{MuSquared: 1, Epsilon: 5e11 + 2}, false},
		{"words, δ beyond", Most{Epsilon: 1, Delta: 1e-8, PureDelta: 1e-9}, Cost{MuSquared: 1, Epsilon: 1, Delta: 1e9 + 2}, false},
		{"words, a Laplace vector too", Most{Epsilon: 1, PureEpsilon: 0.5}, Cost{Epsilon: 15e11}, true},
		{"words, a Laplace vector beyond", Most{Epsilon: 1, PureEpsilon: 0.5}, Cost{Epsilon: 15e11 + 2}, false},
	} {
		p := Policy{Most: c.most}
		if err := p.Judge(ask, c.cost); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestLacks names the line that an account was opened without.
func TestLacks(t *testing.T) {
	gauss := Account{Name: "shop", Lines: Lines{Epsilon: 1, Delta: 1e-8}}
	both := Account{Name: "shop", Lines: Lines{Epsilon: 1, Delta: 1e-8, PureEpsilon: 1}}
	for _, c := range []struct {
		account *Account
		cost    Cost
		ok      bool
	}{
		{&gauss, Cost{MuSquared: 5, Tail: 5}, true},
		{&gauss, Cost{MuSquared: 5, Epsilon: 1}, false},
		{&gauss, Cost{MuSquared: 5, Delta: 1}, false},
		{&both, Cost{MuSquared: 5, Epsilon: 1}, true},
		{&both, Cost{MuSquared: 5, Epsilon: 1, Delta: 1}, false},
	} {
		if err := c.account.Lacks(c.cost); (err == nil) != c.ok || err != nil && !errors.Is(err, ErrExhausted) {
			t.Errorf("%+v of %+v: %v", c.cost, c.account.Lines, err)
		}
	}
}
