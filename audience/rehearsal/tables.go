// SPDX-License-Identifier: Apache-2.0

package rehearsal

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/audience/rule"
)

// A row is what one row of a table holds, by column.
type row map[string]any

// most events of a person, and days with partitions of their own.
const (
	mostEvents = 30
	mostDays   = 14
)

// events invents a table of events, up to mostEvents a person.
func (w *world) events(s *plan.Source, columns []rule.Column) error {
	files, err := paths(s.Files)
	if err != nil {
		return err
	}
	span := max(1, min(w.plan.Lookback, 400))
	if s.Days != "" {
		span = min(span, mostDays)
	}
	byFile := map[string][]row{}
	var partitions []string
	for back := range span { // each day of partitions is there, whoever did something
		var file string
		file, partitions = place(files[0], s.Days, w.day.AddDate(0, 0, -back).Format(time.DateOnly))
		byFile[file] = nil
	}
	for i := range People {
		for k := range w.die.below(mostEvents) {
			at := w.day.AddDate(0, 0, -w.die.below(span)).Add(time.Duration(8+w.die.below(12)) * time.Hour)
			r := w.row(s, columns, partitions)
			w.who(r, i, s.Person, s.Phone)
			r[s.Time] = at
			if s.ID != "" {
				r[s.ID] = fmt.Sprintf("rehearsal-%d-%d", i, k)
			}
			file, _ := place(files[0], s.Days, at.Format(time.DateOnly))
			byFile[file] = append(byFile[file], r)
		}
	}
	for _, f := range files[1:] {
		file, _ := place(f, s.Days, w.day.Format(time.DateOnly))
		byFile[file] = append(byFile[file], byFile[first(byFile)][:1]...)
	}
	shape := w.shape(columns, partitions, s)
	for file, rows := range byFile {
		if err := w.parquet(file, shape, rows); err != nil {
			return err
		}
	}
	return nil
}

// first is a file that has rows.
func first(byFile map[string][]row) string {
	for file, rows := range byFile {
		if len(rows) > 0 {
			return file
		}
	}
	return ""
}

func (w *world) people(s *plan.Source, columns []rule.Column) error {
	files, err := paths(s.Files)
	if err != nil {
		return err
	}
	file, partitions := place(files[0], "", "")
	var rows []row
	for i := range People {
		r := w.row(s, columns, partitions)
		w.who(r, i, s.Person, s.Phone)
		if w.plan.Age != "" {
			for _, c := range columns {
				if c.Name == isOf(s, w.plan.Age) {
					r[c.Name] = int64(16 + w.die.below(60))
				}
			}
		}
		rows = append(rows, r)
	}
	return w.parquet(file, w.shape(columns, partitions, s), rows)
}

// isOf is the file's name of a column.
func isOf(s *plan.Source, name string) string {
	for _, c := range s.Columns {
		if c.Name == name && c.Is != "" {
			return c.Is
		}
	}
	return name
}

// nameOf is the name that rules have for a column of the file.
func nameOf(s *plan.Source, column string) string {
	for _, c := range s.Columns {
		if c.Is == column && c.Name != "" {
			return c.Name
		}
	}
	return column
}

func (w *world) who(r row, i int, column string, phone plan.Phone) {
	if column != "" {
		r[column] = person(i)
	}
	if phone.Column != "" {
		r[phone.Column] = number(i, phone)
	}
}

// row invents the values of columns that rules see.
func (w *world) row(s *plan.Source, columns []rule.Column, partitions []string) row {
	r := row{}
	for _, c := range columns {
		if c.Name == s.Days || slices.Contains(partitions, c.Name) {
			continue
		}
		switch c.Kind {
		case rule.String:
			r[c.Name] = w.text(w.words[nameOf(s, c.Name)])
		case rule.Int:
			r[c.Name] = int64(w.die.below(20))
		case rule.Double:
			r[c.Name] = float64(w.die.below(50_000)) / 100
		case rule.Bool:
			r[c.Name] = w.die.below(2) == 0
		case rule.Timestamp:
			r[c.Name] = w.day.AddDate(0, 0, -w.die.below(400))
		}
	}
	return r
}

// text is one of the texts that rules ask for, or another one; where they ask for
// none, one of many.
func (w *world) text(asked []string) string {
	switch i := w.die.below(len(asked) + 1); {
	case i < len(asked):
		return asked[i]
	case len(asked) == 0:
		return fmt.Sprintf("text %d", w.die.below(100))
	}
	return "something else"
}

// shape is the schema of an invented file.
func (w *world) shape(columns []rule.Column, partitions []string, s *plan.Source) parquet.Group {
	g := parquet.Group{}
	for _, c := range columns {
		if c.Name == s.Days || slices.Contains(partitions, c.Name) {
			continue
		}
		switch c.Kind {
		case rule.String:
			g[c.Name] = parquet.String()
		case rule.Int:
			g[c.Name] = parquet.Int(64)
		case rule.Double:
			g[c.Name] = parquet.Leaf(parquet.DoubleType)
		case rule.Bool:
			g[c.Name] = parquet.Leaf(parquet.BooleanType)
		case rule.Timestamp:
			g[c.Name] = parquet.Timestamp(parquet.Microsecond)
		}
	}
	for _, name := range []string{s.Person, s.Phone.Column, s.ID} {
		if name != "" {
			g[name] = parquet.String()
		}
	}
	if s.Time != "" {
		g[s.Time] = parquet.Timestamp(parquet.Microsecond)
	}
	return g
}

// parquet writes a file. Its columns have the order of their names.
func (w *world) parquet(file string, g parquet.Group, rows []row) (err error) {
	f, err := w.create(file)
	if err != nil {
		return err
	}
	schema := parquet.NewSchema("rehearsal", g)
	out := parquet.NewWriter(f, schema)
	for _, r := range rows {
		var values parquet.Row
		for i, column := range schema.Columns() {
			v := r[column[0]]
			if t, ok := v.(time.Time); ok {
				v = t.UnixMicro()
			}
			values = append(values, parquet.ValueOf(v).Level(0, 0, i))
		}
		if _, err := out.WriteRows([]parquet.Row{values}); err != nil {
			f.Close()
			return err
		}
	}
	if err := out.Close(); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

func (w *world) create(file string) (*os.File, error) {
	path := filepath.Join(w.root, file)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
}

// choices invents opt-outs of one person in twenty, and their description.
func (w *world) choices(o *plan.OptOuts) error {
	files, err := paths(o.Files)
	if err != nil {
		return err
	}
	names := []string{o.Person, o.Phone.Column, o.Purpose, o.From, o.Until, o.Choice, o.Cohort, o.Accepted,
		o.Signals.TCF, o.Signals.GPP, o.Signals.USPrivacy, o.Signals.GPC}
	names = slices.DeleteFunc(names, func(name string) bool { return name == "" })
	var rows []row
	for i := 0; i < People; i += 20 {
		r := row{}
		w.who(r, i, o.Person, o.Phone)
		put := func(name string, v any) {
			if name != "" {
				r[name] = v
			}
		}
		put(o.Purpose, "all")
		put(o.From, w.day.AddDate(0, 0, -w.die.below(100)))
		put(o.Choice, "out")
		put(o.Accepted, w.day.AddDate(0, 0, -100))
		if len(o.Windows) > 0 {
			put(o.Cohort, o.Windows[0].Cohort)
		}
		rows = append(rows, r)
	}
	file, _ := place(files[0], "", "")
	if err := w.list(file, names, rows); err != nil {
		return err
	}
	if o.Snapshot == "" {
		return nil
	}
	at, err := paths([]string{o.Snapshot})
	if err != nil {
		return err
	}
	info, err := os.Stat(filepath.Join(w.root, file))
	if err != nil {
		return err
	}
	return w.describe(at[0], info.Size())
}

func (w *world) describe(file string, size int64) error {
	f, err := w.create(file)
	if err != nil {
		return err
	}
	text, err := json.Marshal(map[string]any{"taken_at": w.day.AddDate(0, 0, 1).Format(time.RFC3339), "bytes": size})
	if err == nil {
		_, err = f.Write(text)
	}
	if err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// list writes rows as CSV, as JSON lines or as Parquet, by the file's name.
func (w *world) list(file string, names []string, rows []row) error {
	if strings.HasSuffix(file, ".parquet") {
		g := parquet.Group{}
		for _, name := range names {
			g[name] = parquet.String()
			if _, ok := rows[0][name].(time.Time); ok {
				g[name] = parquet.Timestamp(parquet.Microsecond)
			}
			for _, r := range rows {
				if r[name] == nil {
					r[name] = ""
				}
			}
		}
		return w.parquet(file, g, rows)
	}
	f, err := w.create(file)
	if err != nil {
		return err
	}
	if err := lines(f, file, names, rows); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

func lines(f *os.File, file string, names []string, rows []row) error {
	if strings.Contains(file, ".json") {
		enc := json.NewEncoder(f)
		for _, r := range rows {
			if err := enc.Encode(r); err != nil {
				return err
			}
		}
		return nil
	}
	out := csv.NewWriter(f)
	if err := out.Write(names); err != nil {
		return err
	}
	for _, r := range rows {
		var line []string
		for _, name := range names {
			text := ""
			switch v := r[name].(type) {
			case time.Time:
				text = v.Format(time.RFC3339)
			case string:
				text = v
			}
			line = append(line, text)
		}
		if err := out.Write(line); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// links ties each person's keys of all networks, and a phone number.
func (w *world) links(l *plan.Links) error {
	files, err := paths(l.Files)
	if err != nil {
		return err
	}
	g := parquet.Group{}
	var rows []row
	for i := range People {
		r := row{}
		for _, name := range l.Person {
			w.who(r, i, name, plan.Phone{})
		}
		w.who(r, i, "", l.Phone)
		rows = append(rows, r)
	}
	for name := range rows[0] {
		g[name] = parquet.String()
	}
	file, _ := place(files[0], "", "")
	return w.parquet(file, g, rows)
}
