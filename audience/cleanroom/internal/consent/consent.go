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
	"path"
	"slices"
	"strings"
	"time"

	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/cleanroom/internal/identity"
	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/audience/plan"
)

// Purposes are the words of the purpose column.
var Purposes = []string{"ads", "friend_suggestions", "marketing_messages", "measurement", "all"}

// A Register knows who opted out of one purpose at one time.
type Register struct{ out map[string]struct{} }

const hidden = "consent.Register(hidden)"

// Format prints nothing of the register: it holds people's keys.
func (*Register) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// LogValue logs nothing of the register.
func (*Register) LogValue() slog.Value { return slog.StringValue(hidden) }

// OptedOut tells whether the person with this canonical key may not be counted.
func (r *Register) OptedOut(key string) bool {
	_, out := r.out[key]
	return out
}

// Keys returns the canonical keys of those who opted out, in no order.
func (r *Register) Keys() iter.Seq[string] { return maps.Keys(r.out) }

// Check finds the source and checks that it can be read: paths, header or
// schema, columns. It reads no choice.
func Check(ctx context.Context, root string, o *plan.OptOuts, neverRead []string) error {
	return closed(walk(ctx, root, o, neverRead, source.check))
}

// Read reads all choices that are in force for a purpose at asOf. zone is that
// of times without one. Its errors are *fault.Error of kind Consent.
func Read(ctx context.Context, root string, o *plan.OptOuts, purpose string, asOf time.Time, zone *time.Location, neverRead []string) (*Register, error) {
	if zone == nil {
		zone = time.UTC
	}
	j := &judge{purpose: purpose, asOf: asOf, zone: zone, out: map[string]struct{}{}}
	err := walk(ctx, root, o, neverRead, func(s source) error { return s.read(j) })
	if err != nil {
		return nil, closed(err)
	}
	return &Register{out: j.out}, nil
}

// What a person's key takes in the register beside its own bytes: a slot of a
// map that has just doubled, and what allocation rounds up.
const perKey = 39 + 16

// Needs returns how many bytes a register of the choices takes at the most, told
// from sizes of files. No o, no choices.
func Needs(ctx context.Context, root string, o *plan.OptOuts, neverRead []string) (bytes int64, err error) {
	if o == nil {
		return 0, nil
	}
	err = walk(ctx, root, o, neverRead, func(s source) error {
		n, err := s.needs()
		bytes += n
		return err
	})
	return bytes, closed(err)
}

// Forms returns the forms of the source's files, each once: CSV, JSON lines,
// Parquet. It reads no choice.
func Forms(ctx context.Context, root string, o *plan.OptOuts, neverRead []string) (forms []string, err error) {
	err = walk(ctx, root, o, neverRead, func(s source) error {
		if form := s.form(); !slices.Contains(forms, form) {
			forms = append(forms, form)
		}
		return s.check()
	})
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
	if o == nil || o.Person == "" {
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
	files, err := dir.Find(ctx, o.Files, extensions...)
	if err != nil {
		return err
	}
	var tables []event.File
	for _, f := range files {
		form, err := formOf(dir, &f)
		if err != nil {
			return err
		}
		var one source
		switch form {
		case parquetForm:
			tables = append(tables, f)
			continue
		case jsonForm:
			one = &jsonSource{ctx: ctx, root: dir, file: f, columns: o}
		default:
			one = &csvSource{ctx: ctx, root: dir, file: f, columns: o}
		}
		if err := each(one); err != nil {
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
	return slices.DeleteFunc([]string{o.Person, o.Purpose, o.From, o.Until}, func(s string) bool { return s == "" })
}

// Forms of files, as they are told.
const (
	csvForm     = "CSV"
	jsonForm    = "JSON lines"
	parquetForm = "Parquet"
)

// formOf judges by the name, and where that says nothing by the first bytes.
func formOf(root *event.Root, f *event.File) (string, error) {
	switch strings.ToLower(path.Ext(f.Name)) {
	case ".parquet":
		return parquetForm, nil
	case ".csv", ".txt":
		return csvForm, nil
	case ".jsonl", ".ndjson", ".json":
		return jsonForm, nil
	}
	in, err := root.Open(f)
	if err != nil {
		return "", err
	}
	defer func() { _ = in.Close() }() // read only: nothing is lost
	var magic [4]byte
	_, _ = in.ReadAt(magic[:], 0) // a file that is too short is no Parquet
	if string(magic[:]) == "PAR1" || string(magic[:]) == "PARE" {
		return parquetForm, nil
	}
	return csvForm, nil
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

// A judge collects who is out.
type judge struct {
	purpose string
	asOf    time.Time
	zone    *time.Location
	out     map[string]struct{}
}

// choice judges one choice. until is the first instant at which it may have
// ended; over says that there is one.
func (j *judge) choice(person, purpose string, until time.Time, ends bool) error {
	if purpose != "" && !slices.Contains(Purposes, purpose) {
		return &fault.Error{Kind: fault.Consent, Code: "consent.purpose", Msg: "a choice is for a purpose that does not exist",
			Hint: "purposes are " + strings.Join(Purposes, ", ") + ", or nothing for all"}
	}
	if purpose != "" && purpose != "all" && purpose != j.purpose {
		return nil
	}
	if ends && until.Before(j.asOf) {
		return nil
	}
	if key := identity.Text(person); key != "" {
		j.out[key] = struct{}{}
	}
	return nil
}

// end reads the text of an until. A day ends with its last instant; what cannot
// be read does not end.
func (j *judge) end(text string) (until time.Time, ends bool) {
	if t, err := time.ParseInLocation(time.DateOnly, text, j.zone); err == nil {
		return nextDay(t), true
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, true
	}
	if t, err := time.ParseInLocation(time.DateTime, text, j.zone); err == nil {
		return later(t, text, j.zone), true
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
