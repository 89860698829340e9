// SPDX-License-Identifier: Apache-2.0

package consent

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/cleanroom/internal/identity"
	"github.com/throng-dp/throng/audience/cleanroom/internal/rows"
	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/audience/rule"
)

// A parquetSource is all Parquet files of the choices, as one table. It is read
// whole: nothing is skipped for what statistics say.
type parquetSource struct {
	ctx       context.Context
	root      *event.Root
	files     []event.File
	columns   *plan.OptOuts
	neverRead []string
}

func (*parquetSource) form() string { return rows.Parquet }

func (s *parquetSource) check() error {
	_, err := s.open(nil)
	return err
}

func (s *parquetSource) needs() (int64, error) {
	t, err := s.open(nil)
	if err != nil {
		return 0, err
	}
	keys, _ := t.Unpacked(keyColumns(s.columns), 0)
	return min(t.Rows(), 1<<40)*perRow(s.columns) + min(keys, 1<<50), nil
}

// open opens the table and checks the columns that choices are read from.
func (s *parquetSource) open(zone *time.Location) (*event.Table, error) {
	t, err := event.OpenFiles(s.ctx, s.root, s.files, &plan.Source{Name: "opt_outs", Person: s.columns.Person, Phone: s.columns.Phone},
		event.Options{NeverRead: s.neverRead, Zone: zone})
	if err != nil {
		return nil, err
	}
	kinds := map[string]rule.Kind{}
	for _, c := range t.Columns() {
		kinds[c.Name] = c.Kind
	}
	times := []rule.Kind{rule.Timestamp, rule.String}
	for _, need := range []struct {
		column string
		kinds  []rule.Kind
		hint   string
	}{
		{s.columns.Purpose, []rule.Kind{rule.String}, "a purpose is a string"},
		{s.columns.Choice, []rule.Kind{rule.String}, "a choice is a string: out or in"},
		{s.columns.Cohort, []rule.Kind{rule.String, rule.Int}, "a cohort is a string"},
		{s.columns.Accepted, times, "a time is a timestamp, a date, or text"},
		{s.columns.Signals.TCF, []rule.Kind{rule.String}, "a TC string is text"},
		{s.columns.Signals.GPP, []rule.Kind{rule.String}, "a GPP string is text"},
		{s.columns.Signals.USPrivacy, []rule.Kind{rule.String}, "a US Privacy string is text"},
		{s.columns.Signals.GPC, []rule.Kind{rule.Bool, rule.Int, rule.String}, "Global Privacy Control is true or false, or 1 or 0"},
		{s.columns.From, times, "a time is a timestamp, a date, or text"},
		{s.columns.Until, times, "a time is a timestamp, a date, or text"},
	} {
		if need.column == "" || slices.Contains(need.kinds, kinds[need.column]) {
			continue
		}
		msg := "the column has a type that choices cannot be read from"
		if kinds[need.column] == rule.Invalid {
			msg = "no file has this column, or its type cannot be read"
		}
		return nil, &fault.Error{Kind: fault.Consent, Code: "consent.no-column", Where: event.Show(s.files[0].Path) + ": column " + event.Show(need.column), Msg: msg, Hint: need.hint}
	}
	return t, nil
}

func (s *parquetSource) read(j *judge) error {
	t, err := s.open(j.Zone)
	if err != nil {
		return err
	}
	if !j.simple(s.columns) {
		return s.readRows(j, t)
	}
	asked := keyColumns(s.columns)
	person, phone := slices.Index(asked, s.columns.Person), slices.Index(asked, s.columns.Phone.Column)
	purpose, until := -1, -1
	if s.columns.Purpose != "" {
		purpose, asked = len(asked), append(asked, s.columns.Purpose)
	}
	if s.columns.Until != "" {
		until, asked = len(asked), append(asked, s.columns.Until)
	}
	wholeDays := until >= 0 && t.Dates(s.columns.Until)
	var persons, phones keys
	for _, u := range t.Units() {
		err := u.Read(s.ctx, asked, func(b *event.Batch) error {
			persons.turn(b, person)
			phones.turn(b, phone)
			for row := range b.Rows {
				word, end, ends := "", time.Time{}, false
				if purpose >= 0 {
					word, _ = text(b.Columns[purpose], row)
				}
				if until >= 0 {
					end, ends = j.ending(b.Columns[until], row, wholeDays)
				}
				if err := j.choice(persons.at(row), phones.at(row), word, end, ends); err != nil {
					return s.place(err)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// keyColumns returns the columns that hold people's keys.
func keyColumns(o *plan.OptOuts) []string {
	return slices.DeleteFunc([]string{o.Person, o.Phone.Column}, func(s string) bool { return s == "" })
}

// keys are a column of canonical keys; of a column that there is none of, all
// are nobody's.
type keys struct {
	identity.Keys
	list  []string
	index []uint32
}

func (k *keys) turn(b *event.Batch, column int) {
	if column >= 0 {
		k.list, k.index = k.Of(b.Columns[column])
	}
}

func (k *keys) at(row int) string {
	switch {
	case k.list == nil:
		return ""
	case k.index != nil:
		return k.list[k.index[row]]
	}
	return k.list[row]
}

func (s *parquetSource) place(err error) error {
	var f *fault.Error
	if errors.As(err, &f) {
		f.Where = "column " + event.Show(s.columns.Purpose)
		if len(s.files) == 1 {
			f.Where = event.Show(s.files[0].Path) + ": " + f.Where
		}
	}
	return err
}

// text returns a row's string; false: null.
func text(v *event.Vector, row int) (string, bool) {
	if v.Dict != nil {
		i := v.Index[row]
		return v.Dict.String[i], !v.Dict.Null[i]
	}
	return v.String[row], v.Null == nil || !v.Null[row]
}

// ending returns when a row's choice ends. A column of days ends with their last
// instants; where files differ in that, all times are read as their whole days,
// which is the stricter reading.
func (j *judge) ending(v *event.Vector, row int, wholeDays bool) (time.Time, bool) {
	if v.Kind == rule.String {
		s, ok := text(v, row)
		if !ok {
			return time.Time{}, false
		}
		return j.end(s)
	}
	micros, null := int64(0), false
	if v.Dict != nil {
		micros, null = v.Dict.Int[v.Index[row]], v.Dict.Null[v.Index[row]]
	} else {
		micros, null = v.Int[row], v.Null != nil && v.Null[row]
	}
	if null {
		return time.Time{}, false
	}
	t := time.UnixMicro(micros).In(j.Zone)
	if wholeDays {
		t = nextDay(t)
	}
	return t, true
}

// readRows reads rows of which more is asked than whose opt-outs they are: as
// text, by the rules that the other forms have.
func (s *parquetSource) readRows(j *judge, t *event.Table) error {
	asked := columns(s.columns)
	days := make([]bool, len(asked))
	for i, name := range asked {
		days[i] = t.Dates(name)
	}
	var persons, phones keys
	person, phone := slices.Index(asked, s.columns.Person), slices.Index(asked, s.columns.Phone.Column)
	for _, unit := range t.Units() {
		err := unit.Read(s.ctx, asked, func(b *event.Batch) error {
			persons.turn(b, person)
			phones.turn(b, phone)
			row := 0
			field := func(name string) string {
				switch i := slices.Index(asked, name); i {
				case person:
					return persons.at(row)
				case phone:
					return phones.at(row)
				default:
					return j.written(b.Columns[i], row, days[i])
				}
			}
			for row = range b.Rows {
				if err := j.row(s.columns, field); err != nil {
					return s.place(err)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// written returns a value as the other forms write it; null is nothing.
func (j *judge) written(v *event.Vector, row int, wholeDay bool) string {
	if v.Kind == rule.String {
		s, _ := text(v, row)
		return s
	}
	n, null := int64(0), false
	if v.Dict != nil {
		n, null = v.Dict.Int[v.Index[row]], v.Dict.Null[v.Index[row]]
	} else {
		n, null = v.Int[row], v.Null != nil && v.Null[row]
	}
	switch {
	case null:
		return ""
	case v.Kind == rule.Timestamp && wholeDay:
		return time.UnixMicro(n).In(j.Zone).Format(time.DateOnly)
	case v.Kind == rule.Timestamp:
		return time.UnixMicro(n).UTC().Format(time.RFC3339Nano)
	}
	return strconv.FormatInt(n, 10)
}
