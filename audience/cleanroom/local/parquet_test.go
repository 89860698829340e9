// SPDX-License-Identifier: Apache-2.0

package local

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding"
	"github.com/throng-dp/throng/audience/rule"
)

// A tableFile is a Parquet file to be written: columns, and rows of them.
type tableFile struct {
	columns []rule.Column
	rows    [][]rule.Value
	plain   map[string]bool // columns without a dictionary
	group   int             // rows of a row group; 0: all
}

func (f *tableFile) write(t testing.TB, path string) {
	t.Helper()
	group := parquet.Group{}
	for _, c := range f.columns {
		var e encoding.Encoding = &parquet.RLEDictionary
		if f.plain[c.Name] {
			e = &parquet.Plain
		}
		group[c.Name] = parquet.Optional(encodedNode(c.Kind, e))
	}
	schema := parquet.NewSchema("table", group)
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := parquet.NewGenericWriter[any](out, schema)
	place := map[string]int{}
	for i, path := range schema.Columns() {
		place[path[0]] = i
	}
	for n, values := range f.rows {
		if f.group > 0 && n > 0 && n%f.group == 0 {
			if err := w.Flush(); err != nil {
				t.Fatal(err)
			}
		}
		row := make(parquet.Row, len(f.columns))
		for i, v := range values {
			at := place[f.columns[i].Name]
			row[at] = parquetValue(v).Level(0, level(v), at)
		}
		if _, err := w.WriteRows([]parquet.Row{row}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}

func encodedNode(k rule.Kind, e encoding.Encoding) parquet.Node {
	switch k {
	case rule.Bool:
		return parquet.Leaf(parquet.BooleanType)
	case rule.Int:
		return parquet.Encoded(parquet.Int(64), e)
	case rule.Double:
		return parquet.Encoded(parquet.Leaf(parquet.DoubleType), e)
	case rule.String:
		return parquet.Encoded(parquet.String(), e)
	}
	return parquet.Encoded(parquet.Timestamp(parquet.Microsecond), e)
}

func level(v rule.Value) int {
	if v == nil {
		return 0
	}
	return 1
}

func parquetValue(v rule.Value) parquet.Value {
	switch v := v.(type) {
	case nil:
		return parquet.NullValue()
	case time.Time:
		return parquet.Int64Value(v.UnixMicro())
	case string:
		return parquet.ByteArrayValue([]byte(v))
	}
	return parquet.ValueOf(v)
}

// writeParts writes rows as several files of a table, named after it.
func writeParts(t testing.TB, dir, table string, parts []*tableFile) []string {
	t.Helper()
	var paths []string
	for i, f := range parts {
		path := filepath.Join(dir, fmt.Sprintf("%s-%d.parquet", table, i))
		f.write(t, path)
		paths = append(paths, path)
	}
	return paths
}
