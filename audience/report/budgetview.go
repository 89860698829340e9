// SPDX-License-Identifier: Apache-2.0

package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/throng-dp/throng/dp/release"
)

// A budgetView is the page of accounts in words.
type budgetView struct {
	Date     string
	Accounts []accountView
}

type accountView struct {
	ID                   string // of its section
	Name, Lineage        string
	Tiles                []tile
	From, To, Period     string
	Burn                 *burn
	Spenders             []spender
	Paid                 []paid
	Earlier              int // releases that have no room in the list
	WhatIf               *whatIfView
	Held, Rate, Lifetime string
}

// A burn is what was left of a period over time, drawn in a box of 100 by 40.
type burn struct {
	Line, Area, Today string // points; and where today is, in percent
	Title             string
	Left              string
}

// A spender is what a plan took of a period, for one part of the account.
type spender struct {
	Who, Plan, Last string
	Releases        string
	Share           string
	Bar             string
	share           float64
}

type paid struct{ Day, Who, Plan, Date, Epsilon, Share, Left string }

func newBudgetView(b *Budget) *budgetView {
	v := &budgetView{Date: day(b.At)}
	for i := range b.Accounts {
		v.Accounts = append(v.Accounts, newAccountView(&b.Accounts[i], b.At, fmt.Sprintf("a%d", i)))
	}
	return v
}

func newAccountView(a *Account, at time.Time, id string) accountView {
	v := accountView{ID: id, Name: release.Plain(a.Name), Lineage: release.Plain(a.Lineage), From: day(a.From), To: day(a.To),
		Burn: newBurn(a, at), Spenders: spenders(a), WhatIf: newWhatIfView(a.WhatIf, id), Rate: release.Plain(a.BuildsLeft)}
	left := math.Max(0, 1-a.Used-a.Held)
	ceiling := "no lifetime ceiling"
	if a.Lifetime.Ceiling > 0 {
		ceiling = "never beyond ε" + thin + release.Real(a.Lifetime.Ceiling)
	}
	v.Tiles = []tile{
		{"ε" + thin + release.Real(a.Lifetime.Epsilon), "over " + count(a.Lifetime.Builds, "release") + ", for good", "at δ" + thin + release.Real(a.Lifetime.Delta) + ", " + ceiling},
		{"ε" + thin + release.Real(a.Epsilon), "used in this period", "of ε" + thin + release.Real(a.Of)},
		{portion(left), "of the period is left", "until " + v.To},
		{release.Number(int64(len(a.Charges))), verb(len(a.Charges), "release", "releases") + " in this period", "since " + v.From},
	}
	if a.Held > 0 {
		v.Held = portion(a.Held) + " of the period is set aside for builds that have not ended."
	}
	for _, c := range slices.Backward(a.Charges) {
		if len(v.Paid) == paidMost {
			v.Earlier = len(a.Charges) - paidMost
			break
		}
		v.Paid = append(v.Paid, paid{day(c.At), release.Plain(c.Who), release.Plain(c.Plan), release.Plain(c.Date),
			release.Real(c.Epsilon), portion(c.Share), portion(math.Max(0, 1-c.Used))})
	}
	return v
}

// paidMost is how many releases are listed.
const paidMost = 100

// newBurn draws what was left, from the whole down: a step at each release, and
// today.
func newBurn(a *Account, at time.Time) *burn {
	whole := a.To.Sub(a.From).Hours()
	if whole <= 0 {
		return nil
	}
	across := func(t time.Time) float64 { return 100 * math.Min(1, math.Max(0, t.Sub(a.From).Hours()/whole)) }
	down := func(used float64) float64 { return 40 * math.Min(1, used) }
	points := []string{"0,0"}
	before := 0.0
	for _, c := range a.Charges {
		x := across(c.At)
		points = append(points, fmt.Sprintf("%.2f,%.2f", x, down(before)), fmt.Sprintf("%.2f,%.2f", x, down(c.Used)))
		before = c.Used
	}
	today := across(at)
	points = append(points, fmt.Sprintf("%.2f,%.2f", today, down(a.Used)))
	line := strings.Join(points, " ")
	left := portion(math.Max(0, 1-a.Used))
	return &burn{
		Line: line, Area: line + fmt.Sprintf(" %.2f,40 0,40", today), Today: percent(today), Left: left,
		Title: fmt.Sprintf("Of the period from %s to %s, with %s of its time over, %s is left after %s", day(a.From), day(a.To), portion(today/100), left, count(len(a.Charges), "release")),
	}
}

// spenders adds up what each plan took, for each part of the account.
func spenders(a *Account) []spender {
	type key struct{ who, plan string }
	sums, releases := map[key]*spender{}, map[key]int{}
	var order []*spender
	for _, c := range a.Charges {
		k := key{c.Who, c.Plan}
		s := sums[k]
		if s == nil {
			s = &spender{Who: release.Plain(c.Who), Plan: release.Plain(c.Plan)}
			sums[k] = s
			order = append(order, s)
		}
		releases[k]++
		s.share += c.Share
		s.Last, s.Releases = release.Plain(c.Date), release.Number(int64(releases[k]))
	}
	slices.SortStableFunc(order, func(a, b *spender) int { return cmp.Compare(b.share, a.share) })
	var all []spender
	for _, s := range order {
		s.Share, s.Bar = portion(s.share), percent(100*math.Min(1, s.share))
		all = append(all, *s)
	}
	return all
}

// portion writes a share as a percentage, 0 and the whole included.
func portion(share float64) string {
	if share <= 0 {
		return "0" + thin + "%"
	}
	return release.Share(int64(math.Round(share*1e6)), 1e6)
}

func day(t time.Time) string { return release.Day(t.UTC().Format(time.DateOnly)) }
