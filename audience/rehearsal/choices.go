// SPDX-License-Identifier: Apache-2.0

package rehearsal

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/throng-dp/throng/audience/plan"
)

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
