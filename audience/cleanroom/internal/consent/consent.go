// SPDX-License-Identifier: Apache-2.0

// Package consent reads people's choices and answers who may not be counted.
// The source is read whole, or the run stops: it fails closed.
//
// A choice is in force unless it ended before the run's date did. One that
// begins later is in force already, one whose end cannot be read never ends, and
// one without a purpose is for all purposes: what is unclear is no consent.
package consent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/cleanroom/internal/identity"
	"github.com/throng-dp/throng/audience/cleanroom/internal/rows"
	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/audience/plan"
)

// Purposes are the words of the purpose column.
var Purposes = []string{"ads", "friend_suggestions", "marketing_messages", "measurement", "all"}

// A Register knows who opted out of which of a run's purposes at one time.
type Register struct {
	list   []refusals // as they were read, or, where choices are compared with others, none
	out    map[string]Set
	index  sync.Once // makes out of list
	all    Set
	absent Set // what people are refused whom no source names
}

// Refusals are what the people of some names are refused; of one name there may
// be several. The names stand behind one another: so many of them would take
// longer to allocate one by one, and to collect, than to read.
type refusals struct {
	names string
	marks []mark
}

// A mark is where a name ends, and what its person is refused.
type mark struct {
	end uint32
	of  Set
}

func (all *refusals) each(yield func(string, Set) bool) bool {
	from := uint32(0)
	for _, m := range all.marks {
		if !yield(all.names[from:m.end], m.of) {
			return false
		}
		from = m.end
	}
	return true
}

// A Set has a bit for each of a run's purposes, in their order.
type Set uint8

// A Question says what is asked of people's choices.
type Question struct {
	Purposes  []string // those of the run
	AsOf      time.Time
	Zone      *time.Location // of times without one; UTC if nil
	NeverRead []string       // columns that the owner forbids to open

	// IgnoreLate is what the policy says of opt-outs that came after their
	// person's window had closed.
	IgnoreLate bool

	// Names returns a function that appends the names which people go by in the
	// register, for the keys that a row of a source has. Without it, a person's
	// canonical key is the name.
	Names func(source int) func(dst []string, person, phone string) []string
}

const hidden = "consent.Register(hidden)"

// Format prints nothing of the register: it holds people's keys.
func (*Register) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// LogValue logs nothing of the register.
func (*Register) LogValue() slog.Value { return slog.StringValue(hidden) }

// OptedOut tells whether the person of this name may not be counted for some
// purpose.
func (r *Register) OptedOut(name string) bool { return r.Of(name) != 0 }

// Of returns the purposes that the person of this name may not be counted for.
func (r *Register) Of(name string) Set {
	r.index.Do(func() {
		if r.out != nil {
			return
		}
		n := 0
		for i := range r.list {
			n += len(r.list[i].marks)
		}
		out := make(map[string]Set, n)
		for name, of := range r.All() {
			out[name] |= of
		}
		r.out = out
	})
	if of, ok := r.out[name]; ok {
		return of
	}
	return r.absent
}

// Absent returns the purposes that people may not be counted for whom no source
// names: none, unless there are windows in which they could choose.
func (r *Register) Absent() Set { return r.absent }

// Every returns the set of all of the run's purposes: who opted out of those is
// not there at all.
func (r *Register) Every() Set { return r.all }

// All returns the names of those who opted out, and of what, in no order; a name
// may come more than once.
func (r *Register) All() iter.Seq2[string, Set] {
	if r.list == nil {
		return maps.All(r.out)
	}
	return func(yield func(string, Set) bool) {
		for i := range r.list {
			if !r.list[i].each(yield) {
				return
			}
		}
	}
}

// Check finds the sources and checks that they can be read: paths, header or
// schema, columns. It reads no choice.
func Check(ctx context.Context, root string, from []plan.OptOuts, neverRead []string) error {
	for i := range from {
		if err := walk(ctx, root, &from[i], neverRead, source.check); err != nil {
			return closed(err)
		}
	}
	return nil
}

// Read reads all choices that are in force. Its errors are *fault.Error of kind
// Consent.
func Read(ctx context.Context, root string, from []plan.OptOuts, q *Question) (*Register, error) {
	j := &judge{Question: *q, every: 1<<len(q.Purposes) - 1}
	j.tracking = slices.ContainsFunc(from, func(o plan.OptOuts) bool { return tracks(&o) })
	j.track.standings = map[who]standing{}
	if j.tracking {
		j.out = map[string]Set{}
	}
	if j.Zone == nil {
		j.Zone = time.UTC
	}
	for i := range from {
		j.names = canonical
		if q.Names != nil {
			j.names = q.Names(i)
		}
		j.begin(&from[i])
		if err := walk(ctx, root, &from[i], q.NeverRead, func(s source) error { return s.read(j) }); err != nil {
			return nil, closed(err)
		}
	}
	j.keep()
	r := &Register{list: j.list, out: j.out, all: j.every}
	if j.tracking {
		j.settle(r)
	}
	return r, nil
}

// canonical is the name of a person who has one key.
func canonical(dst []string, person, _ string) []string {
	if key := identity.Text(person); key != "" {
		dst = append(dst, key)
	}
	return dst
}

// What a person's key takes in the register beside its own bytes: a slot of a
// map that has just doubled, and what allocation rounds up.
const perKey = 40 + 16

// perRow is what a row takes: with windows, everybody is in the register, by
// name and by each purpose.
func perRow(o *plan.OptOuts) int64 {
	if tracks(o) {
		return 8 * perKey
	}
	return perKey
}

// Needs returns how many bytes a register of the choices takes at the most, told
// from sizes of files.
func Needs(ctx context.Context, root string, from []plan.OptOuts, neverRead []string) (bytes int64, err error) {
	for i := range from {
		err = walk(ctx, root, &from[i], neverRead, func(s source) error {
			n, err := s.needs()
			bytes += n
			return err
		})
		if err != nil {
			break
		}
	}
	return bytes, closed(err)
}

// Forms returns the forms of the sources' files, each once: CSV, JSON lines,
// Parquet. It reads no choice.
func Forms(ctx context.Context, root string, from []plan.OptOuts, neverRead []string) (forms []string, err error) {
	for i := range from {
		err = walk(ctx, root, &from[i], neverRead, func(s source) error {
			if form := s.form(); !slices.Contains(forms, form) {
				forms = append(forms, form)
			}
			return s.check()
		})
		if err != nil {
			break
		}
	}
	return forms, closed(err)
}

// A source is one or several files of one form.
type source interface {
	form() string
	check() error          // structure only
	needs() (int64, error) // of the memory of a register
	read(j *judge) error   // all of it
}

// walk hands over the plan's files: all Parquet ones together, others one by one.
func walk(ctx context.Context, root string, o *plan.OptOuts, neverRead []string, each func(source) error) error {
	if o.Person == "" && o.Phone.Column == "" {
		return &fault.Error{Kind: fault.Consent, Code: "consent.person", Msg: "the choices name no person column", Hint: "give opt_outs person: in the plan"}
	}
	for _, name := range columns(o) {
		if event.Denied(name, neverRead) {
			return &fault.Error{Kind: fault.Consent, Code: "consent.never-read", Where: name, Msg: "this column of the choices may not be read", Hint: "name another column, or ask the owner of the policy"}
		}
	}
	dir, err := event.OpenRoot(root)
	if err != nil {
		return err
	}
	defer func() { _ = dir.Close() }() // read only: nothing is lost
	texts, tables, err := rows.Find(ctx, dir, o.Files)
	if err != nil {
		return err
	}
	for _, f := range texts {
		f.Columns, f.Keys, f.Truth = columns(o), len(keyColumns(o)), o.Signals.GPC
		if err := each(&textSource{ctx, f, o}); err != nil {
			return err
		}
	}
	if len(tables) == 0 {
		return nil
	}
	return each(&parquetSource{ctx: ctx, root: dir, files: tables, columns: o, neverRead: neverRead})
}

// columns returns the columns that the plan names.
func columns(o *plan.OptOuts) []string {
	s := o.Signals
	return slices.DeleteFunc([]string{o.Person, o.Phone.Column, o.Purpose, o.From, o.Until, o.Choice, o.Cohort, o.Accepted,
		s.TCF, s.GPP, s.USPrivacy, s.GPC}, func(s string) bool { return s == "" })
}

// closed turns every error into one of the consent source: without it nobody is
// counted. A run that was stopped is not its fault.
func closed(err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	out := &fault.Error{Kind: fault.Consent, Code: "consent.unreadable", Msg: "people's choices cannot be read",
		Hint: "a build needs the whole source of opt_outs; say opt_outs: none only where nobody can opt out"}
	var f *fault.Error
	if !errors.As(err, &f) {
		out.Err = err
		return out
	}
	out.Where, out.Msg, out.Err, out.Who = f.Where, f.Msg, f.Err, f.Who
	out.Waits = f.Waits || f.Code == "input.missing" || f.Code == "input.changed"
	if f.Hint != "" {
		out.Hint = f.Hint
	}
	out.Code = "consent." + f.Code[strings.IndexByte(f.Code, '.')+1:]
	return out
}

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
