// SPDX-License-Identifier: Apache-2.0

package consent

import (
	"slices"
	"strings"
	"time"

	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/audience/plan"
)

// A judge collects who is out of what.
type judge struct {
	Question
	names  func(dst []string, person, phone string) []string
	every  Set
	list   []refusals     // unless tracking
	out    map[string]Set // else
	people []string       // scratch
	noted  []byte         // names that are not in the list yet
	marks  []mark         // of them

	tracking bool // some source has choices that are compared with others
	track    tracker
}

// begin notes what a source says of all people.
func (j *judge) begin(o *plan.OptOuts) {
	if len(o.Windows) == 0 {
		return
	}
	j.track.asked = true
	if w, ok := j.forEveryone(o); ok {
		if old := j.track.everyone; old != nil {
			w = window{max(w.opens, old.opens), max(w.closes, old.closes)}
		}
		j.track.everyone = &w
	}
}

// choice judges one choice, made under one key or two. until is the first
// instant at which it may have ended; ends says that there is one.
func (j *judge) choice(person, phone, purpose string, until time.Time, ends bool) error {
	of, err := j.set(purpose)
	if err != nil || of == 0 || ends && until.Before(j.AsOf) {
		return err
	}
	j.refuseAll(person, phone, of)
	return nil
}

func (j *judge) refuseAll(person, phone string, of Set) {
	j.people = j.names(j.people[:0], person, phone)
	for _, name := range j.people {
		j.refuse(name, of)
	}
}

// mostNoted is how many bytes of names stand behind one another.
const mostNoted = 64 << 10

// note adds to the list.
func (j *judge) note(name []byte, of Set) {
	j.noted = append(j.noted, name...)
	j.marks = append(j.marks, mark{uint32(len(j.noted)), of})
	if len(j.noted) >= mostNoted {
		j.keep()
	}
}

// keep adds to the list what was noted.
func (j *judge) keep() {
	if len(j.marks) > 0 {
		j.list = append(j.list, refusals{string(j.noted), slices.Clone(j.marks)})
		j.noted, j.marks = j.noted[:0], j.marks[:0]
	}
}

// refuse notes what a person is refused. A map is made of that only where it must
// be looked into while choices are read: it takes longer than reading them.
func (j *judge) refuse(name string, of Set) {
	if j.tracking {
		j.out[name] |= of
	} else {
		j.note([]byte(name), of)
	}
}

// set returns which of the run's purposes a choice is for.
func (j *judge) set(purpose string) (Set, error) {
	switch at := slices.Index(j.Purposes, purpose); {
	case purpose == "" || purpose == "all":
		return j.every, nil
	case at >= 0:
		return 1 << at, nil
	}
	if !slices.Contains(Purposes, purpose) {
		return 0, &fault.Error{Kind: fault.Consent, Code: "consent.purpose", Msg: "a choice is for a purpose that does not exist",
			Hint: "purposes are " + strings.Join(Purposes, ", ") + ", or nothing for all"}
	}
	return 0, nil
}

// end reads the text of an until. A day ends with its last instant; what cannot
// be read does not end.
func (j *judge) end(text string) (until time.Time, ends bool) {
	if t, err := time.ParseInLocation(time.DateOnly, text, j.Zone); err == nil {
		return nextDay(t), true
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, true
	}
	if t, err := time.ParseInLocation(time.DateTime, text, j.Zone); err == nil {
		return later(t, text, j.Zone), true
	}
	return time.Time{}, false
}

// nextDay returns the first instant of the day after t's.
func nextDay(t time.Time) time.Time {
	y, m, d := t.Date()
	next := time.Date(y, m, d+1, 0, 0, 0, 0, t.Location())
	// Where the clocks go forward at midnight, Date may land before it.
	for next.Day() == d && next.Month() == m {
		next = next.Add(time.Hour)
	}
	return next
}

// later returns the later instant of a wall-clock time that happened twice:
// the stricter one. The library does not say which of them it returns.
func later(t time.Time, text string, zone *time.Location) time.Time {
	for _, d := range []time.Duration{30 * time.Minute, time.Hour, 2 * time.Hour} {
		if t.Add(d).In(zone).Format(time.DateTime) == text {
			return t.Add(d)
		}
	}
	return t
}
