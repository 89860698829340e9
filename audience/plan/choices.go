// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"fmt"
	"strings"
	"time"
)

const maxWindowDays = 3660

func (c *choices) windows() (all []Window) {
	for i := range c.Windows {
		w := &c.Windows[i].Value
		all = append(all, Window{Cohort: c.Windows[i].Key, Opens: w.Opens, Closes: w.Closes, Days: w.Days})
	}
	return all
}

func (s *signalColumns) public() Signals { return Signals(*s) }

// checkChoices checks what a source of choices says beside whose it is.
func (f *File) checkChoices(c *choices) {
	d := f.places
	if c.Choice != "" && c.From == "" {
		d.add(d.at(&c.Choice), "choice without from: nobody can tell which of two choices is the later one", "name the column of their times: from")
	}
	if len(c.Windows) == 0 {
		for _, s := range []*string{&c.Cohort, &c.Accepted} {
			if *s != "" {
				d.add(d.at(s), "a column of windows, and the source has no windows", "windows: {existing: {closes: 2016-09-25}, new: {days: 30}}")
			}
		}
	}
	if c.Cohort == "" && len(c.Windows) > 1 {
		d.add(d.at(&c.Windows), "several windows, and no column says whose is which", "name the column of the cohort: cohort")
	}
	for i := range c.Windows {
		f.checkWindow(c, i)
	}
	if v := c.Signals.Vendor; d.nodes[&c.Signals.Vendor] != nil && (v < 1 || v > 65535) {
		d.add(d.at(&c.Signals.Vendor), "vendor is a number of the Global Vendor List, from 1 on", "leave it out if purposes alone are asked for")
	}
	if d.nodes[&c.Signals] != nil && c.Signals == (signalColumns{Vendor: c.Signals.Vendor}) {
		d.add(d.at(&c.Signals), "signals names no column", "signals: {tcf: tc_string, gpp: gpp_string, us_privacy: usp, gpc: gpc}")
	}
}

func (f *File) checkWindow(c *choices, i int) {
	d, w := f.places, &c.Windows[i].Value
	at := d.at(w, &c.Windows[i].Key)
	switch {
	case w.Closes == "" && d.nodes[&w.Days] == nil:
		d.add(at, fmt.Sprintf("window %q never closes", c.Windows[i].Key), "give closes, the last day, or days from acceptance")
		return
	case w.Closes != "" && d.nodes[&w.Days] != nil:
		d.add(d.at(&w.Days), "a window has closes or days, not both", "")
	case d.nodes[&w.Days] != nil && (w.Days < 1 || w.Days > maxWindowDays):
		d.add(d.at(&w.Days), fmt.Sprintf("days is between 1 and %d", maxWindowDays), "30")
	case w.Days > 0 && c.Accepted == "":
		d.add(d.at(&w.Days), "days from when? The source names no column of acceptance", "accepted: accepted_at")
	}
	opens, good := windowTime(w.Opens)
	if w.Opens != "" && !good {
		d.add(d.at(&w.Opens), fmt.Sprintf("opens is no day and no instant: %q", w.Opens), "write 2016-08-25, or 2016-08-25T00:00:00Z")
	}
	closes, ends := windowTime(w.Closes)
	if w.Closes != "" && !ends {
		d.add(d.at(&w.Closes), fmt.Sprintf("closes is no day and no instant: %q", w.Closes), "write 2016-09-25, or 2016-09-25T23:59:59Z")
	}
	if good && ends && closes.Before(opens) {
		d.add(d.at(&w.Closes), "the window closes before it opens", "")
	}
}

func windowTime(text string) (time.Time, bool) {
	if t, err := time.Parse(time.DateOnly, text); err == nil {
		return t, true
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil && strings.Contains(text, "T") {
		return t, true
	}
	return time.Time{}, false
}
