// SPDX-License-Identifier: Apache-2.0

package event

import (
	"context"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/audience/rule"
)

// A Table is the opened files of one plan.Source: footers read and checked, no
// row read.
type Table struct {
	root      *Root
	files     []*file
	columns   []rule.Column
	kinds     map[string]rule.Kind
	firstIn   map[string]string // which file a column was first seen in
	spelled   map[string]string // lower case to the name itself
	invisible map[string]bool   // names of columns that rules cannot see
	neverRead []string
	zone      *time.Location
	absent    map[rule.Kind]*Dict
}

// A file is one opened file: its footer, and which chunk is which column.
type file struct {
	File
	groups  []rowGroup
	leaves  []leaf
	visible map[string]int // by name, place in leaves
	keys    map[string]*Dict
}

// Open resolves the paths of s below root and reads and checks the footers. Its
// errors are *fault.Error of kind Input; Later where a partition of a day is
// missing; Plan where the table's own columns may not be read.
func Open(ctx context.Context, root string, s *plan.Source, o Options) (*Table, error) {
	dir, err := OpenRoot(root)
	if err != nil {
		return nil, err
	}
	found, err := dir.find(ctx, s)
	if err == nil && s.Days != "" {
		found, err = chooseDays(found, s.Days, o.Oldest, o.Newest)
	}
	var t *Table
	if err == nil {
		t, err = OpenFiles(ctx, dir, found, s, o)
	}
	if err != nil {
		_ = dir.Close() // the first error counts
		return nil, err
	}
	return t, nil
}

// find resolves the paths of a table.
func (r *Root) find(ctx context.Context, s *plan.Source) ([]File, error) {
	return r.Find(ctx, s.Files, ".parquet")
}

// Names resolves the paths of s below root, of all days. It opens no file.
func Names(ctx context.Context, root string, s *plan.Source) (names []string, err error) {
	dir, err := OpenRoot(root)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	found, err := dir.find(ctx, s)
	for i := range found {
		names = append(names, found[i].Name)
	}
	return names, err
}

// OpenFiles is Open for files that have been found already. The table's Close
// closes the root.
func OpenFiles(ctx context.Context, root *Root, found []File, s *plan.Source, o Options) (*Table, error) {
	t := &Table{root: root, kinds: map[string]rule.Kind{}, firstIn: map[string]string{}, spelled: map[string]string{},
		invisible: map[string]bool{}, neverRead: o.NeverRead, zone: o.Zone, absent: map[rule.Kind]*Dict{}}
	declared := map[string]rule.Kind{}
	for _, c := range s.Columns {
		declared[c.Is] = c.Kind
	}
	for _, f := range found {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		opened, err := t.openFile(f, declared)
		if err != nil {
			return nil, err
		}
		t.files = append(t.files, opened)
	}
	for name, kind := range t.kinds {
		t.absent[kind] = constant(kind)
		t.columns = append(t.columns, rule.Column{Name: name, Kind: kind})
	}
	slices.SortFunc(t.columns, func(a, b rule.Column) int { return strings.Compare(a.Name, b.Name) })
	return t, t.require(s)
}

// constant returns a dictionary of null and these texts.
func constant(kind rule.Kind, texts ...string) *Dict {
	n := 1 + len(texts)
	d := &Dict{ID: dicts.Add(1), Null: make([]bool, n)}
	d.Null[0] = true
	switch kind {
	case rule.String:
		d.String = append([]string{""}, texts...)
	case rule.Double:
		d.Double = make([]float64, n)
	default:
		d.Int = make([]int64, n)
	}
	return d
}

// openFile reads one footer and adds the file's columns to the union.
func (t *Table) openFile(found File, declared map[string]rule.Kind) (*file, error) {
	in, err := t.root.Open(&found)
	if err != nil {
		return nil, err
	}
	var foot *footer
	err = guard(func() (err error) { foot, err = readFooter(watched(in), found.Info.Size()); return err })
	if bad := in.Close(); err == nil {
		err = bad
	}
	if err != nil {
		return nil, at(Show(found.Path), err)
	}
	if name, bad := foot.twins(); bad {
		return nil, at(column(found.Path, name), &trouble{"input.columns", "two columns have this name, or differ in case alone", "rename one of them"})
	}
	leaves, err := foot.leaves()
	if err != nil {
		return nil, at(Show(found.Path), err)
	}
	f := &file{File: found, groups: foot.groups, leaves: leaves, visible: map[string]int{}, keys: map[string]*Dict{}}
	return f, t.union(f, declared)
}

// union adds a file's columns to the table's. A name stands for one kind in
// all files; partitions of the path go before columns of the file.
func (t *Table) union(f *file, declared map[string]rule.Kind) error {
	for _, key := range f.Keys {
		f.keys[key.Name] = constant(rule.String, key.Value)
		if err := t.add(f, key.Name, rule.String); err != nil {
			return err
		}
	}
	for i := range f.leaves {
		l := &f.leaves[i]
		if l.logical.field == logicalUnknown && l.flat {
			continue // a column of nothing but nulls, written without a type: as if it were not there
		}
		name, _, _ := strings.Cut(l.path, "\x00")
		if f.keys[name] != nil {
			continue
		}
		if err := t.add(f, name, l.kind(declared[name])); err != nil {
			return err
		}
		if l.flat {
			f.visible[name] = i
		}
	}
	return nil
}

func (t *Table) add(f *file, name string, kind rule.Kind) error {
	if Denied(name, t.neverRead) {
		return nil
	}
	other, seen := t.spelled[strings.ToLower(name)]
	if !seen {
		t.spelled[strings.ToLower(name)] = name
		t.firstIn[name] = f.Path
		if kind == rule.Invalid {
			t.invisible[name] = true
		} else {
			t.kinds[name] = kind
		}
		return nil
	}
	switch {
	case other != name:
		return at(column(f.Path, name), &trouble{"input.columns", "the name differs in case alone from " + Show(other) + " in " + Show(t.firstIn[other]), "give the column one spelling"})
	case t.kinds[name] != kind:
		return at(column(f.Path, name), &trouble{"input.types", "its type is not that of the same column in " + Show(t.firstIn[name]), "write both files with one type"})
	}
	return nil
}

// require checks the columns that the table cannot be without.
func (t *Table) require(s *plan.Source) error {
	key := []rule.Kind{rule.String, rule.Int}
	for _, need := range []struct {
		column, role string
		kinds        []rule.Kind
	}{
		{s.Person, "person", key},
		{s.Phone.Column, "phone", key},
		{s.Time, "time", []rule.Kind{rule.Timestamp}},
		{s.ID, "id", key},
	} {
		if need.column == "" {
			continue
		}
		if err := t.readable(need.column); err != nil {
			return err
		}
		if !slices.Contains(need.kinds, t.kinds[need.column]) {
			hint := "a key is a string, an integer or a UUID"
			if need.role == "time" {
				hint = "a time is a timestamp or a date"
			}
			return &fault.Error{Kind: fault.Input, Code: "input.types", Where: column(t.firstIn[need.column], need.column),
				Msg: "its type cannot be the table's " + need.role, Hint: hint}
		}
	}
	return nil
}

// RequireKey checks that a column can hold people's keys.
func (t *Table) RequireKey(name string) error { return t.require(&plan.Source{Person: name}) }

// readable tells why a column cannot be read.
func (t *Table) readable(name string) error {
	if _, ok := t.kinds[name]; ok {
		return nil
	}
	where := column(t.files[0].Path, name)
	switch {
	case Denied(name, t.neverRead):
		return &fault.Error{Kind: fault.Plan, Code: "plan.never-read", Where: Show(name), Msg: "this column may not be read",
			Hint: "columns with messages' content are never opened, nor those in the policy's never_read"}
	case t.invisible[name]:
		return &fault.Error{Kind: fault.Input, Code: "input.types", Where: where, Msg: "its type cannot be read",
			Hint: "nested columns, binary without a logical type, and decimals beyond 18 digits are not visible"}
	}
	return &fault.Error{Kind: fault.Input, Code: "input.no-column", Where: where, Msg: "no file has this column",
		Hint: "the files have: " + t.names()}
}

func (t *Table) names() string {
	var names []string
	for _, c := range t.columns {
		if len(names) == 20 {
			names = append(names, "…")
			break
		}
		names = append(names, Show(c.Name))
	}
	return strings.Join(names, ", ")
}

// Close closes the files.
func (t *Table) Close() error { return t.root.Close() }

// Columns returns what rules can see, by union of the files: file's names,
// rule's kinds, partition keys of the path included, in order of their names.
func (t *Table) Columns() []rule.Column { return slices.Clone(t.columns) }

// Invisible returns the names of the columns whose types rules cannot see.
func (t *Table) Invisible() []string { return slices.Sorted(maps.Keys(t.invisible)) }

// Dates tells whether a file has the column as days without a time of day. The
// instant that stands for one is its first.
func (t *Table) Dates(name string) bool {
	for _, f := range t.files {
		if i, ok := f.visible[name]; ok && f.leaves[i].physical == physInt32 && t.kinds[name] == rule.Timestamp {
			return true
		}
	}
	return false
}

// Bytes returns the size of the table's files.
func (t *Table) Bytes() (n int64) {
	for _, f := range t.files {
		n += f.Info.Size()
	}
	return n
}

// Rows returns an upper bound of the rows, for memory. It is private: it stays
// in the clean room.
func (t *Table) Rows() (n int64) {
	for _, f := range t.files {
		for i := range f.groups {
			n += f.groups[i].rows
		}
	}
	return n
}

// Unpacked returns how many bytes the columns of these names take without
// compression, as the footers say, and the largest sum of one row group's, each
// counted up to most. It is private, as Rows is.
func (t *Table) Unpacked(columns []string, most int64) (total, largest int64) {
	for _, f := range t.files {
		for i := range f.groups {
			var group int64
			for _, name := range columns {
				at, ok := f.visible[name]
				if !ok || f.keys[name] != nil {
					continue
				}
				k := &f.groups[i].chunks[at]
				bytes := max(k.size, k.unpacked, 0)
				total += min(bytes, math.MaxInt64-total)
				group += min(bytes, most)
			}
			largest = max(largest, group)
		}
	}
	return total, largest
}
