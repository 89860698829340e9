// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"math"

	"github.com/throng-dp/throng/audience"
	"github.com/throng-dp/throng/dp/ledger"
)

// writeShortfall tells what used a budget up, when there is some again, and
// which plans fit what is left.
func writeShortfall(w io.Writer, s *audience.Shortfall) {
	fmt.Fprintf(w, "asked    %s of a period of account %s (ε=%s at its δ=%s)\n", portion(s.Share), s.Account, short(s.Asked), short(s.Delta))
	fmt.Fprintf(w, "left     %s\n", portion(s.Left))
	label := "used by"
	for _, u := range s.UsedBy {
		fmt.Fprintf(w, "%-8s %s: ε=%s, %s of a period, posted %s\n", label, asker(s.Account, u.Account, u.Plan, u.Date), short(u.Epsilon), portion(u.Share), day(u.Posted))
		label = ""
	}
	label = "held by"
	for _, h := range s.Held {
		fmt.Fprintf(w, "%-8s %s: ε=%s, %s of a period, %s\n", label, asker(s.Account, h.Account, h.Plan, h.Date), short(h.Epsilon), portion(h.Share), waits(h.State))
		label = ""
	}
	if s.Frees != nil {
		fmt.Fprintf(w, "frees    %s, when the next period begins\n", *s.Frees)
	} else {
		fmt.Fprintln(w, "frees    never")
	}
	if len(s.Cheaper) == 0 {
		fmt.Fprintln(w, "no plan with some of these numbers fits what is left")
		return
	}
	fmt.Fprintln(w, "plans that fit what is left:")
	writeCheaper(w, s.Cheaper)
}

// asker names a build, and the account that asked for it where that is another.
func asker(account, by, plan, date string) string {
	if by != account {
		return fmt.Sprintf("%s@%s of %s", plan, date, by)
	}
	return plan + "@" + date
}

// writeCheaper tells plans as edits, each with the error before and after.
func writeCheaper(w io.Writer, plans []audience.Cheaper) {
	for i := range plans {
		c := &plans[i]
		builds := ""
		if c.BuildsLeft != nil {
			builds = "; " + count(*c.BuildsLeft, "build") + " like it left"
		}
		fmt.Fprintf(w, "  %d. %s: an audience's size is ±%s then, ±%s now%s\n", i+1, c.Way, off(c.After), off(c.Before), builds)
		for _, e := range c.Edits {
			fmt.Fprintf(w, "     %-8s  %s\n", e.At, e.Change)
		}
	}
}

// off writes an interval's half-width.
func off(x float64) string { return grouped(int64(math.Ceil(x))) }

// waits tells what a reservation waits for.
func waits(state string) string {
	switch state {
	case ledger.Running:
		return "a build at work"
	case ledger.Kept:
		return "a try that failed; it serves the next try of that day"
	}
	return "a run that ended before it read anything; the next build gives it back"
}

// ceiling tells what bounds a lifetime.
func ceiling(c *float64) string {
	if c == nil {
		return "no ceiling"
	}
	return "never beyond ε=" + short(*c)
}

// portion writes a share of a budget: it may be more than all.
func portion(x float64) string {
	switch {
	case x <= 0:
		return "nothing"
	case x < 0.001:
		return "under 0.1 %"
	case x >= 0.9995:
		return fmt.Sprintf("%.0f %%", 100*x)
	}
	return fmt.Sprintf("%.1f %%", 100*x)
}

// day is the date of an instant.
func day(rfc3339 string) string { return rfc3339[:min(len(rfc3339), len("2006-01-02"))] }
