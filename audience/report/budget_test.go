// SPDX-License-Identifier: Apache-2.0

package report_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/throng-dp/throng/audience/report"
	"github.com/throng-dp/throng/dp/release"
)

// budget invents a ledger of two accounts: one with a year of weeks behind it and
// two parts, one that is new.
func budget() *report.Budget {
	at := time.Date(2011, 9, 14, 9, 30, 0, 0, time.UTC)
	from := time.Date(2011, 1, 3, 0, 0, 0, 0, time.UTC)
	shop := report.Account{Name: "gift-shop", Lineage: "gift-shop-customers", From: from, To: from.AddDate(0, 0, 364), Epsilon: 6.1, Of: 8,
		Held: 0.02, Lifetime: release.Lifetime{Epsilon: 9.4, Delta: 1e-7, Builds: 88, Ceiling: 24},
		BuildsLeft: "At this rate: 18 builds, as the last 7 were charged (1.9 % of a period each); at one in 7 days it lasts until the period ends"}
	for day := from.AddDate(0, 0, 6); day.Before(at); day = day.AddDate(0, 0, 7) {
		who, plan, share := "gift-shop", "gift-shop", 0.0144
		if len(shop.Charges)%4 == 3 {
			who, plan, share = "gift-shop/agency, signed by ada", "summer", 0.0289
		}
		shop.Used += share
		shop.Charges = append(shop.Charges, report.Charge{At: day.Add(2 * time.Hour), Who: who, Plan: plan, Date: day.AddDate(0, 0, -1).Format(time.DateOnly),
			Epsilon: 0.75, Share: share, Used: shop.Used})
	}
	shop.WhatIf = &report.WhatIf{Plan: "gift-shop"}
	for _, epsilon := range []float64{0.2, 0.3, 0.4, 0.5, 0.7, 1, 1.5, 2, 3} {
		size := 48.2 / epsilon
		shop.WhatIf.Points = append(shop.WhatIf.Points, report.Point{Epsilon: epsilon, Own: epsilon == 1, Share: 0.0144 * epsilon * epsilon, Builds: int(28 / epsilon / epsilon),
			Size: size, Smallest: int(2 * size), Errors: []report.Off{{"size of an audience", fmt.Sprintf("%.0f", size)}, {"people in two audiences", fmt.Sprintf("%.0f", 1.26*size)},
				{"by spend_band", fmt.Sprintf("%.0f", 1.04*size)}}})
	}
	return &report.Budget{At: at, Accounts: []report.Account{shop,
		{Name: "two-networks", Lineage: "network-people", From: at.AddDate(0, 0, -1), To: at.AddDate(0, 0, 29), Of: 1, Lifetime: release.Lifetime{Delta: 1e-7}}}}
}

func writeBudget(t testing.TB, b *report.Budget) string {
	t.Helper()
	var out bytes.Buffer
	if err := report.WriteBudget(&out, b); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestBudgetAnswers holds the page to what its reader comes for.
func TestBudgetAnswers(t *testing.T) {
	page := writeBudget(t, budget())
	for _, want := range []string{
		"ε\u202f9.4", "over 88 releases, for good", "never beyond ε\u202f24", "no lifetime ceiling",
		"of ε\u202f8", "33\u202f%", "of the period is left", "2.0\u202f% of the period is set aside", // 36 weeks: 27 of 1.44 %, 9 of 2.89 %, and 2 %
		"with 70\u202f% of its time over", "until 2 January 2012", "36 releases",
		"gift-shop/agency, signed by ada", "39\u202f%", "26\u202f%", // who spent what
		"±\u202f49", "as the plan is",
		"throng ledger status --html FILE --plan PLAN", // of the account without a plan
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	own := part(t, page, `data-at="5"`, "</div>")
	if tag, _, _ := strings.Cut(own, ">"); strings.Contains(tag, "hidden") || !strings.Contains(own, "251–349") || !strings.Contains(own, "951–1\u202f049") {
		t.Errorf("the plan's own error bars are not shown: %s", own)
	}
	if other := part(t, page, `data-at="4"`, ">"); !strings.Contains(other, "hidden") {
		t.Error("two prices are shown at once")
	}
	tokens(t, strings.ReplaceAll(page, part(t, page, "<script>", "</script>"), ""))
}

// TestBudgetPolicy lets the page run its one script, and nothing else.
func TestBudgetPolicy(t *testing.T) {
	page := writeBudget(t, budget())
	policy := strings.NewReplacer("&#39;", "'", "&#43;", "+").Replace(part(t, page, `Content-Security-Policy" content="`, `"`))
	for _, source := range [][2]string{{"style", "style-src"}, {"script", "script-src"}} {
		text := part(t, page, "<"+source[0]+">", "</"+source[0]+">")
		if want := source[1] + " '" + digest(text) + "'"; !strings.Contains(policy, want) {
			t.Errorf("the policy %q has not %q", policy, want)
		}
	}
	if !strings.HasPrefix(policy, "default-src 'none'; ") || strings.Contains(policy, "unsafe") {
		t.Errorf("the policy is %q", policy)
	}
	if strings.Count(page, "<script") != 1 {
		t.Error("not one script")
	}
}

// TestBudgetLabels: names of accounts and plans act in no way.
func TestBudgetLabels(t *testing.T) {
	hostile := "</script><img src=x onerror=alert(1)>\u2028\x1b[31m\"'`{{.}}\u202e"
	b := budget()
	a := &b.Accounts[0]
	a.Name, a.Lineage, a.BuildsLeft, a.WhatIf.Plan, a.Charges[0].Who, a.Charges[0].Plan, a.Charges[0].Date = hostile, hostile, hostile, hostile, hostile, hostile, hostile
	a.WhatIf.Points[0].Errors[0] = report.Off{Name: hostile, Within: hostile}
	page := writeBudget(t, b)
	for _, bad := range []string{"<img", "\x1b", "\u2028", "\u202e"} {
		if strings.Contains(page, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	script := part(t, page, "<script>", "</script>")
	for _, e := range tokens(t, strings.ReplaceAll(page, script, "")) {
		if slices.ContainsFunc(e.Attr, func(a xml.Attr) bool { return strings.HasPrefix(strings.ToLower(a.Name.Local), "on") }) {
			t.Errorf("<%s> acts", e.Name.Local)
		}
	}
}

// TestEmptyBudget: a ledger without accounts has a page, too.
func TestEmptyBudget(t *testing.T) {
	page := writeBudget(t, &report.Budget{At: time.Unix(0, 0)})
	if !strings.Contains(page, "No account is open yet.") || strings.Contains(page, "NaN") {
		t.Error("a page of nothing does not say so")
	}
}
