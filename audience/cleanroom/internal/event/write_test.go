// SPDX-License-Identifier: Apache-2.0

package event_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/audience/rule"
)

// A column of a file that a test writes. A null is parquet.NullValue().
type column struct {
	name   string
	node   parquet.Node
	values []parquet.Value
}

// encode writes columns of equal length to a Parquet file.
func encode(t testing.TB, columns []column, options ...parquet.WriterOption) []byte {
	t.Helper()
	group := parquet.Group{}
	for _, c := range columns {
		group[c.name] = c.node
	}
	schema := parquet.NewSchema("rows", group)
	var out bytes.Buffer
	w := parquet.NewWriter(&out, append([]parquet.WriterOption{schema}, options...)...)
	for i := range columns[0].values {
		row := make(parquet.Row, len(columns))
		for _, c := range columns {
			leaf, _ := schema.Lookup(c.name)
			defined := 0
			if c.node.Optional() && !c.values[i].IsNull() {
				defined = 1
			}
			row[leaf.ColumnIndex] = c.values[i].Level(0, defined, leaf.ColumnIndex)
		}
		if _, err := w.WriteRows([]parquet.Row{row}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// put writes a file below dir.
func put(t testing.TB, dir, name string, text []byte) {
	t.Helper()
	full := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(full), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(full, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// people returns a small file with a user_id and a spend.
func people(t testing.TB, users ...string) []byte {
	t.Helper()
	id := column{"user_id", parquet.String(), nil}
	spend := column{"spend", parquet.Optional(parquet.Leaf(parquet.DoubleType)), nil}
	for i, u := range users {
		id.values = append(id.values, parquet.ValueOf(u))
		spend.values = append(spend.values, parquet.ValueOf(float64(i)))
	}
	return encode(t, []column{id, spend})
}

// source names files that have a user_id.
func source(files ...string) *plan.Source {
	return &plan.Source{Name: "orders", Files: files, Person: "user_id"}
}

// load reads the columns of a table whole. Nulls are nil, times and bools int64.
func load(ctx context.Context, table *event.Table, names ...string) ([][]any, error) {
	rows := make([][]any, len(names))
	for _, u := range table.Units() {
		err := u.Read(ctx, names, func(b *event.Batch) error {
			for i, v := range b.Columns {
				for row := range b.Rows {
					rows[i] = append(rows[i], value(v, row))
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return rows, nil
}

func value(v *event.Vector, row int) any {
	null, ints, doubles, texts := v.Null, v.Int, v.Double, v.String
	if v.Dict != nil {
		row = int(v.Index[row])
		null, ints, doubles, texts = v.Dict.Null, v.Dict.Int, v.Dict.Double, v.Dict.String
	}
	switch {
	case null != nil && null[row]:
		return nil
	case v.Kind == rule.Double:
		return doubles[row]
	case v.Kind == rule.String:
		return texts[row]
	}
	return ints[row]
}

// read opens and reads one file that holds the bytes.
func read(t testing.TB, text []byte, o event.Options, names ...string) ([][]any, error) {
	t.Helper()
	return readIn(t, t.TempDir(), text, o, names...)
}

func readIn(t testing.TB, dir string, text []byte, o event.Options, names ...string) ([][]any, error) {
	t.Helper()
	put(t, dir, "x.parquet", text)
	table, err := event.Open(t.Context(), dir, &plan.Source{Name: "x", Files: []string{"x.parquet"}}, o)
	if err != nil {
		return nil, err
	}
	defer table.Close()
	return load(t.Context(), table, names...)
}

// wants checks that an error is a fault of a kind whose text has all these
// words, and that has a hint.
func wants(t testing.TB, err error, kind fault.Kind, words ...string) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) {
		t.Fatalf("got %v, want a fault", err)
	}
	if f.Kind != kind || f.Code == "" || f.Hint == "" {
		t.Errorf("kind %d, code %q, hint %q", f.Kind, f.Code, f.Hint)
	}
	for _, w := range words {
		if !strings.Contains(f.Error(), w) {
			t.Errorf("%q does not say %q", f.Error(), w)
		}
	}
}

// files names files without saying what is in them.
func files(names ...string) *plan.Source { return &plan.Source{Name: "x", Files: names} }
