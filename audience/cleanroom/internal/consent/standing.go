// SPDX-License-Identifier: Apache-2.0

package consent

import (
	"math"
	"slices"
	"time"

	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/audience/plan"
)

// never and always stand for times that nobody can tell: the one before all
// others, and the one after them.
const (
	always = math.MinInt64
	never  = math.MaxInt64
)

// A standing is what one person said of one purpose, in microseconds since 1970.
// Where a time is not exact, each side holds the reading that is stricter.
type standing struct {
	out   bool
	first int64 // earliest of the opt-outs in force, as early as it may have been
	last  int64 // latest of them, as late as it may have been
	in    bool
	since int64 // latest of the opt-ins in force, as early as it may have been
}

// A window is when one person could choose.
type window struct{ opens, closes int64 }

// who is one person and one of the run's purposes.
type who struct {
	name    string
	purpose uint8
}

// A tracker keeps what has to be compared once all sources are read: opt-ins
// with opt-outs, choices with windows.
type tracker struct {
	standings map[who]standing
	windows   map[string]window
	everyone  *window // of all people, where a source says it for all
	asked     bool    // some source has windows: silence counts only when they are over
}

// tracks tells whether the choices of a source have to be compared with others.
func tracks(o *plan.OptOuts) bool { return o.Choice != "" || len(o.Windows) > 0 }

// noteOut notes an opt-out that is in force.
func (j *judge) noteOut(name string, of Set, from span) {
	j.each(name, of, func(s *standing) {
		if !s.out {
			s.out, s.first, s.last = true, never, always
		}
		s.first, s.last = min(s.first, from.earliest), max(s.last, from.latest)
	})
}

// noteIn notes an opt-in that is in force.
func (j *judge) noteIn(name string, of Set, from span) {
	j.each(name, of, func(s *standing) {
		if !s.in {
			s.in, s.since = true, always
		}
		s.since = max(s.since, from.earliest)
	})
}

func (j *judge) each(name string, of Set, do func(*standing)) {
	for p := range len(j.Purposes) {
		if of>>p&1 == 1 {
			k := who{name, uint8(p)}
			s := j.track.standings[k]
			do(&s)
			j.track.standings[k] = s
		}
	}
}

// noteWindow notes when somebody could choose. Of several windows the last one
// to open and the last one to close hold.
func (j *judge) noteWindow(name string, w window) {
	if j.track.windows == nil {
		j.track.windows = map[string]window{}
	}
	if old, ok := j.track.windows[name]; ok {
		w = window{max(w.opens, old.opens), max(w.closes, old.closes)}
	}
	j.track.windows[name] = w
}

// settle turns what was tracked into what each person is refused.
func (j *judge) settle(r *Register) {
	t := &j.track
	if t.asked && (t.everyone == nil || t.everyone.closes > j.AsOf.UnixMicro()) {
		r.absent = j.every // who has not said yes, and could still say no
	}
	names := map[string]struct{}{}
	for k := range t.standings {
		names[k.name] = struct{}{}
	}
	for name := range t.windows {
		names[name] = struct{}{}
	}
	for name := range names {
		refused := r.out[name]
		for p := range len(j.Purposes) {
			if j.refuses(name, uint8(p)) {
				refused |= 1 << p
			}
		}
		if r.out[name] = refused; refused == r.absent {
			delete(r.out, name)
		}
	}
	if r.absent == 0 {
		return
	}
	for name, of := range r.out {
		if _, tracked := names[name]; !tracked {
			r.out[name] = of | r.absent
		}
	}
}

// refuses tells whether a person is left out of a purpose: docs/consent.md has
// the rules as a table.
func (j *judge) refuses(name string, purpose uint8) bool {
	t := &j.track
	s := t.standings[who{name, purpose}]
	w, has := t.windows[name]
	if t.everyone != nil {
		w = window{max(w.opens, t.everyone.opens), max(w.closes, t.everyone.closes)}
		if !has {
			w = *t.everyone
		}
		has = true
	}
	late := s.out && j.IgnoreLate && has && s.first >= w.closes
	agreed := s.in && (!s.out || s.since > s.last) && (!has || s.since >= w.opens)
	if s.out && !late && !agreed {
		return true
	}
	silence := !t.asked || has && w.closes <= j.AsOf.UnixMicro()
	return !agreed && !silence
}

// A span is a time that is known to lie between two instants, in microseconds.
type span struct{ earliest, latest int64 }

var unknown = span{always, never}

// span reads the text of a time. A day is all of its instants; a wall-clock time
// that happened twice is both; what cannot be read is any time.
func (j *judge) span(text string) (span, bool) {
	if t, err := time.ParseInLocation(time.DateOnly, text, j.Zone); err == nil {
		return span{t.UnixMicro(), nextDay(t).UnixMicro() - 1}, true
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return span{t.UnixMicro(), t.UnixMicro()}, true
	}
	if t, err := time.ParseInLocation(time.DateTime, text, j.Zone); err == nil {
		return span{earlier(t, text, j.Zone).UnixMicro(), later(t, text, j.Zone).UnixMicro()}, true
	}
	return unknown, false
}

// earlier returns the earlier instant of a wall-clock time that happened twice.
func earlier(t time.Time, text string, zone *time.Location) time.Time {
	for _, d := range []time.Duration{2 * time.Hour, time.Hour, 30 * time.Minute} {
		if t.Add(-d).In(zone).Format(time.DateTime) == text {
			return t.Add(-d)
		}
	}
	return t
}

// agrees judges a row that says yes: it counts if it names its purpose, if its
// time is known and over, and if it has not ended.
func (j *judge) agrees(names []string, purpose, fromText, untilText string) error {
	of, err := j.set(purpose)
	if err != nil || purpose == "" {
		return err
	}
	from, known := j.span(fromText)
	if !known || from.latest >= j.AsOf.UnixMicro() {
		return nil
	}
	if untilText != "" {
		if until, known := j.span(untilText); !known || until.earliest <= j.AsOf.UnixMicro() {
			return nil
		}
	}
	for _, name := range names {
		j.noteIn(name, of, from)
	}
	return nil
}

// Words of the choice column.
var choiceWords = []string{"out", "in"}

func unknownChoice() error {
	return &fault.Error{Kind: fault.Consent, Code: "consent.choice", Msg: "a choice is neither out nor in",
		Hint: "the choice column holds out, in, or nothing where somebody has not chosen"}
}

// windowOf returns when the person of a row could choose, as its cohort and the
// time of its acceptance say. What cannot be told never closes.
func (j *judge) windowOf(o *plan.OptOuts, field func(string) string) window {
	cohort := ""
	if o.Cohort != "" {
		cohort = field(o.Cohort)
	}
	at := slices.IndexFunc(o.Windows, func(w plan.Window) bool { return o.Cohort == "" || w.Cohort == cohort })
	if at < 0 {
		return window{always, never}
	}
	accepted := ""
	if o.Accepted != "" {
		accepted = field(o.Accepted)
	}
	return j.window(&o.Windows[at], accepted)
}

// window works out one window. It closes with the end of its last day.
func (j *judge) window(w *plan.Window, accepted string) window {
	out := window{always, never}
	if w.Opens != "" {
		if s, ok := j.span(w.Opens); ok {
			out.opens = s.earliest
		}
	}
	if w.Days == 0 {
		if s, ok := j.span(w.Closes); ok {
			out.closes = s.latest + 1
		}
		return out
	}
	s, ok := j.span(accepted)
	if !ok {
		return out
	}
	out.opens = max(out.opens, s.earliest)
	last := time.UnixMicro(s.latest).In(j.Zone)
	y, m, d := last.Date()
	out.closes = nextDay(time.Date(y, m, d+w.Days, 12, 0, 0, 0, j.Zone)).UnixMicro()
	return out
}

// forEveryone returns the window of a source that has one for all people alike.
func (j *judge) forEveryone(o *plan.OptOuts) (window, bool) {
	if len(o.Windows) != 1 || o.Cohort != "" || o.Windows[0].Days > 0 {
		return window{}, false
	}
	return j.window(&o.Windows[0], ""), true
}
