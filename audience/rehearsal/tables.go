// SPDX-License-Identifier: Apache-2.0

package rehearsal

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
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

// first is the first file that has rows, by its name: so every rehearsal of a plan
// and a day counts the same people.
func first(byFile map[string][]row) string {
	for _, file := range slices.Sorted(maps.Keys(byFile)) {
		if len(byFile[file]) > 0 {
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
		r[phone.Column] = w.number(i, phone.Holds)
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
