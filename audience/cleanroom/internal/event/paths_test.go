// SPDX-License-Identifier: Apache-2.0

package event_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/audience/rule"
)

// TestPaths expands a plan's paths. Every file holds one user, named like it.
func TestPaths(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.parquet", "b.parquet", "_half.parquet", ".c.parquet", "x/a.parquet", "x/y/b.parquet", "x/_temporary/c.parquet", "x/notes.txt"} {
		put(t, dir, name, people(t, name))
	}
	for _, c := range []struct {
		name  string
		files []string
		want  string
	}{
		{"one file", []string{"a.parquet"}, "a.parquet"},
		{"dots and slashes", []string{"./x//a.parquet"}, "x/a.parquet"},
		{"a glob leaves out what is hidden", []string{"*.parquet"}, "a.parquet b.parquet"},
		{"unless it is written out", []string{"_*.parquet"}, "_half.parquet"},
		{"a question mark", []string{"?.parquet"}, "a.parquet b.parquet"},
		{"a set", []string{"[ab].parquet"}, "a.parquet b.parquet"},
		{"folders in between", []string{"*/*/*.parquet"}, "x/y/b.parquet"},
		{"any folders", []string{"**/b.parquet"}, "b.parquet x/y/b.parquet"},
		{"any folders, twice", []string{"**/x/**/*.parquet"}, "x/a.parquet x/y/b.parquet"},
		{"a folder is all below it", []string{"x"}, "x/a.parquet x/y/b.parquet"},
		{"everything", []string{"."}, "a.parquet b.parquet x/a.parquet x/y/b.parquet"},
		{"several patterns", []string{"b.parquet", "a.parquet"}, "a.parquet b.parquet"},
	} {
		t.Run(c.name, func(t *testing.T) {
			table, err := event.Open(t.Context(), dir, source(c.files...), event.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer table.Close()
			got, err := load(t.Context(), table, "user_id")
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, x := range got[0] {
				names = append(names, x.(string))
			}
			if strings.Join(names, " ") != c.want {
				t.Errorf("got %q, want %q", names, c.want)
			}
		})
	}
}

// TestPathsRefused holds paths that lead out of the folder, twice to a file, to
// none, or to something else than a file to their faults.
func TestPathsRefused(t *testing.T) {
	outside := t.TempDir()
	put(t, outside, "a.parquet", people(t, "anna"))
	dir := t.TempDir()
	put(t, dir, "a.parquet", people(t, "anna"))
	put(t, dir, "b.parquet", people(t, "ben"))
	put(t, dir, "date=1/date=2/a.parquet", people(t, "anna"))
	link := func(to, name string) {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Skip("the system has no links:", err)
		}
	}
	link(filepath.Join(outside, "a.parquet"), "out.parquet")
	link(outside, "outfolder")
	link("a.parquet", "alias.parquet")
	put(t, dir, "round/x.parquet", people(t, "anna"))
	link(".", "round/loop")
	link("/dev/null", "null.parquet")
	if err := os.Link(filepath.Join(dir, "b.parquet"), filepath.Join(dir, "hard.parquet")); err != nil {
		t.Skip("the system has no links:", err)
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.parquet"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "empty"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		files []string
		words []string
	}{
		{"no pattern", nil, []string{"no files"}},
		{"no file", []string{"orders/*.parquet"}, []string{"orders/*.parquet", "no file matches", dir}},
		{"an empty folder", []string{"empty"}, []string{"no file matches"}},
		{"above the folder", []string{"../a.parquet"}, []string{"leaves the data folder"}},
		{"above it later", []string{"date=../../a.parquet", "x/../../a.parquet"}, []string{"data folder"}},
		{"absolute", []string{filepath.Join(outside, "a.parquet")}, []string{"leaves the data folder"}},
		{"a link out", []string{"out.parquet"}, []string{"out.parquet", "link leads out"}},
		{"a glob over a link out", []string{"o*.parquet"}, []string{"out.parquet", "link leads out"}},
		{"a folder that is a link out", []string{"outfolder/*.parquet"}, []string{"link leads out"}},
		{"a link to a device", []string{"null.parquet"}, []string{"link leads out"}},
		{"a loop", []string{"round"}, []string{"link leads back"}},
		{"a pipe", []string{"pipe.parquet"}, []string{"not a regular file"}},
		{"twice by two patterns", []string{"a.parquet", "[a].parquet"}, []string{"twice"}},
		{"twice by a link", []string{"a.parquet", "alias.parquet"}, []string{"twice"}},
		{"twice by a hard link", []string{"b.parquet", "hard.parquet"}, []string{"twice"}},
		{"a partition twice", []string{"date=1"}, []string{"twice"}},
		{"an object store", []string{"s3://bucket/a.parquet"}, []string{"object stores"}},
		{"a broken set", []string{"[a.parquet"}, []string{"pattern"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := event.Open(t.Context(), dir, source(c.files...), event.Options{})
			wants(t, err, fault.Input, c.words...)
		})
	}
	_, err := event.Open(t.Context(), filepath.Join(dir, "nowhere"), source("a.parquet"), event.Options{})
	wants(t, err, fault.Input, "data folder")
}

// TestNamesAreEscaped shows that a name cannot move the cursor or hide text.
func TestNamesAreEscaped(t *testing.T) {
	name := "a\x1b[31m\u202e\n.parquet"
	dir := t.TempDir()
	put(t, dir, name, []byte("x"))
	_, err := event.Open(t.Context(), dir, source("*.parquet"), event.Options{})
	wants(t, err, fault.Input, `a\x1b[31m\u202e\n.parquet`)
	if strings.ContainsAny(strings.Split(err.Error(), "\n\thint")[0], "\x1b\u202e\n") {
		t.Error("the fault holds the name itself")
	}
}

// TestPartitions reads keys of the path as columns, and lets them win over the
// file's.
func TestPartitions(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "date=2011-12-08/country=GB%20x/a.parquet", people(t, "anna"))
	put(t, dir, "date=2011-12-09/country=__HIVE_DEFAULT_PARTITION__/a.parquet", people(t, "ben"))
	put(t, dir, "date=2011-12-09/spend=none/a.parquet", encode(t, []column{{"user_id", parquet.String(), v("carl")}, {"more", parquet.Leaf(parquet.Int64Type), v(int64(7))}}))
	_, err := event.Open(t.Context(), dir, source("date=*/country=*", "date=2011-12-09/spend=none"), event.Options{})
	if err == nil {
		t.Fatal("spend is a double in two files and a folder in one")
	}
	wants(t, err, fault.Input, "column spend", "type")
	table, err := event.Open(t.Context(), dir, source("date=*/country=*"), event.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	got, err := load(t.Context(), table, "user_id", "date", "country", "spend")
	if err != nil {
		t.Fatal(err)
	}
	want := [][]any{{"anna", "ben"}, {"2011-12-08", "2011-12-09"}, {"GB x", nil}, {0.0, 0.0}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	only, err := event.Open(t.Context(), dir, source("date=2011-12-09/spend=none"), event.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer only.Close()
	if got, err = load(t.Context(), only, "spend", "more"); err != nil || !reflect.DeepEqual(got, [][]any{{"none"}, {int64(7)}}) {
		t.Errorf("got %v, %v", got, err)
	}
}

// TestUnion reads files of different columns as one table.
func TestUnion(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "a.parquet", people(t, "anna"))
	put(t, dir, "b.parquet", encode(t, []column{{"user_id", parquet.String(), v("ben")}, {"country", parquet.String(), v("GB")}}))
	put(t, dir, "int.parquet", encode(t, []column{{"user_id", parquet.String(), v("carl")}, {"spend", parquet.Leaf(parquet.Int64Type), v(int64(1))}}))
	put(t, dir, "case.parquet", encode(t, []column{{"user_id", parquet.String(), v("carl")}, {"Spend", parquet.Leaf(parquet.DoubleType), v(1.0)}}))
	table, err := event.Open(t.Context(), dir, source("[ab].parquet"), event.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	want := []rule.Column{{Name: "country", Kind: rule.String}, {Name: "spend", Kind: rule.Double}, {Name: "user_id", Kind: rule.String}}
	if got := table.Columns(); !reflect.DeepEqual(got, want) {
		t.Errorf("columns: %v", got)
	}
	got, err := load(t.Context(), table, "country", "spend", "user_id")
	if err != nil || !reflect.DeepEqual(got, [][]any{{nil, "GB"}, {0.0, nil}, {"anna", "ben"}}) {
		t.Errorf("got %v, %v", got, err)
	}
	_, err = event.Open(t.Context(), dir, source("a.parquet", "int.parquet"), event.Options{})
	wants(t, err, fault.Input, "int.parquet: column spend", "a.parquet", "type")
	_, err = event.Open(t.Context(), dir, source("a.parquet", "case.parquet"), event.Options{})
	wants(t, err, fault.Input, "column", "case alone")
	type nested struct {
		UserID string   `parquet:"user_id"`
		Spend  []string `parquet:"spend"`
	}
	if err := parquet.WriteFile(filepath.Join(dir, "z.parquet"), []nested{{"carl", []string{"x"}}}); err != nil {
		t.Fatal(err)
	}
	_, err = event.Open(t.Context(), dir, source("a.parquet", "z.parquet"), event.Options{})
	wants(t, err, fault.Input, "z.parquet: column spend", "a.parquet", "type")
}

// TestColumnsThatCannotBeRead names what is missing, of another type, nested or
// forbidden.
func TestColumnsThatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "a.parquet", encode(t, []column{
		{"user_id", parquet.String(), v("anna")}, {"message_body", parquet.String(), v("secret")}, {"contact_name", parquet.String(), v("secret")},
		{"bytes", parquet.Leaf(parquet.ByteArrayType), v("x")}, {"spend", parquet.Leaf(parquet.DoubleType), v(1.0)}}))
	never := event.Options{NeverRead: []string{"contact_name"}}
	table, err := event.Open(t.Context(), dir, source("a.parquet"), never)
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	for _, c := range table.Columns() {
		if c.Name != "user_id" && c.Name != "spend" {
			t.Errorf("%s is visible", c.Name)
		}
	}
	for name, kind := range map[string]fault.Kind{"message_body": fault.Plan, "contact_name": fault.Plan, "bytes": fault.Input, "nothing": fault.Input} {
		err := table.Units()[0].Read(t.Context(), []string{name}, func(*event.Batch) error { return errors.New("it was read") })
		wants(t, err, kind, name)
	}
	for _, c := range []struct {
		s     plan.Source
		kind  fault.Kind
		words string
	}{
		{plan.Source{Person: "customer"}, fault.Input, "the files have: spend, user_id"},
		{plan.Source{Person: "spend"}, fault.Input, "person"},
		{plan.Source{Person: "user_id", Time: "spend"}, fault.Input, "time"},
		{plan.Source{Person: "user_id", ID: "spend"}, fault.Input, "id"},
		{plan.Source{Person: "contact_name"}, fault.Plan, "may not be read"},
	} {
		c.s.Files = []string{"a.parquet"}
		_, err := event.Open(t.Context(), dir, &c.s, never)
		wants(t, err, c.kind, c.words)
	}
	declared, err := event.Open(t.Context(), dir, &plan.Source{Files: []string{"a.parquet"}, Columns: []plan.Column{{Name: "bytes", Is: "bytes", Kind: rule.String}}}, never)
	if err != nil {
		t.Fatal(err)
	}
	defer declared.Close()
	if got, err := load(t.Context(), declared, "bytes"); err != nil || got[0][0] != "x" {
		t.Errorf("binary that the plan calls a string: %v, %v", got, err)
	}
}

// TestNestedColumns are passed over; the flat ones beside them are read.
func TestNestedColumns(t *testing.T) {
	type row struct {
		UserID string            `parquet:"user_id"`
		Tags   []string          `parquet:"tags,list"`
		Props  map[string]string `parquet:"props"`
		Inner  struct{ A, B int64 }
		Many   []int64
		Spend  float64 `parquet:"spend"`
	}
	dir := t.TempDir()
	if err := parquet.WriteFile(filepath.Join(dir, "a.parquet"), []row{{UserID: "anna", Tags: []string{"a", "b"}, Many: []int64{1, 2, 3}, Spend: 1}, {UserID: "ben", Props: map[string]string{"k": "v"}, Spend: 2}}); err != nil {
		t.Fatal(err)
	}
	table, err := event.Open(t.Context(), dir, source("a.parquet"), event.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	got, err := load(t.Context(), table, "user_id", "spend")
	if err != nil || !reflect.DeepEqual(got, [][]any{{"anna", "ben"}, {1.0, 2.0}}) || len(table.Columns()) != 2 {
		t.Errorf("got %v, %v, %v", got, table.Columns(), err)
	}
}

// TestFilesThatChange are faults, whether they grow, are replaced or vanish.
func TestFilesThatChange(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(t *testing.T, file string)
		during bool
		words  string
	}{
		{"replaced before", func(t *testing.T, file string) { swap(t, file) }, false, "changed"},
		{"grown before", grow, false, "changed"},
		{"gone before", func(t *testing.T, file string) { remove(t, file) }, false, "does not exist"},
		{"grown while it is read", grow, true, "changed"},
		{"touched while it is read", func(t *testing.T, file string) {
			if err := os.Chtimes(file, time.Time{}, time.Now().Add(-time.Hour)); err != nil {
				t.Fatal(err)
			}
		}, true, "changed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			put(t, dir, "a.parquet", people(t, "anna", "ben"))
			table, err := event.Open(t.Context(), dir, source("a.parquet"), event.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer table.Close()
			if !c.during {
				c.change(t, filepath.Join(dir, "a.parquet"))
			}
			err = table.Units()[0].Read(t.Context(), []string{"user_id"}, func(*event.Batch) error {
				c.change(t, filepath.Join(dir, "a.parquet"))
				return nil
			})
			wants(t, err, fault.Input, "a.parquet", c.words)
		})
	}
}

func grow(t *testing.T, file string) {
	f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString("more"); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, file string) {
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
}

func swap(t *testing.T, file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Dir(file), "new", text)
	if err := os.Rename(filepath.Join(filepath.Dir(file), "new"), file); err != nil {
		t.Fatal(err)
	}
}

// TestStopped shows that a run that is stopped ends as such, not as a fault of
// the input, and that a callback's error comes back as it is.
func TestStopped(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "a.parquet", people(t, "anna", "ben"))
	table, err := event.Open(t.Context(), dir, source("a.parquet"), event.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := load(ctx, table, "user_id"); !errors.Is(err, context.Canceled) {
		t.Errorf("reading: %v", err)
	}
	if _, err := event.Open(ctx, dir, source("a.parquet"), event.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("opening: %v", err)
	}
	mine := errors.New("mine")
	if err := table.Units()[0].Read(t.Context(), []string{"user_id"}, func(*event.Batch) error { return mine }); err != mine {
		t.Errorf("callback: %v", err)
	}
}
