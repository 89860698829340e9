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
	"slices"
	"strings"
	"time"

	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/cleanroom/internal/identity"
	"github.com/throng-dp/throng/audience/cleanroom/internal/rows"
	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/audience/plan"
)

// Purposes are the words of the purpose column.
var Purposes = []string{"ads", "friend_suggestions", "marketing_messages", "measurement", "all"}

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
