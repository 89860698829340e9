// SPDX-License-Identifier: Apache-2.0

package local

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/dp"
)

const formsPlan = `
throng: 1
name: forms
data:
  events:
    v: {files: files, person: who, time: at}
  opt_outs: none
purpose: ads
lookback: 30d
privacy: {account: a, epsilon: 1, delta: 1e-8, min_reach: 100}
segments:
  - {id: many, rule: v.size() > 5}
  - {id: n, rule: "v.sum(e, e.n) > 200"}
  - {id: x, rule: "v.sum(e, e.x) > 500.0"}
  - {id: above, rule: "v.exists(e, e.x > 100.0)"}
  - {id: zero, rule: "v.exists(e, e.x == 0.0)"}
  - {id: blank, rule: 'v.exists(e, e.s == "")'}
  - {id: texts, rule: "v.distinct(e, e.s) >= 3"}
  - {id: decimals, rule: "v.distinct(e, e.d) >= 3"}
  - {id: some, rule: "v.exists(e, e.b)"}
  - {id: every, rule: "v.all(e, e.b)"}
  - {id: d, rule: "v.sum(e, e.d) > 0"}
  - {id: week, rule: "v.exists(e, e.days_ago < 7)"}
  - {id: today, rule: "v.count(e, e.days_ago == 0) > 0"}
  - {id: day, rule: 'v.exists(e, e.day == timestamp("2011-12-09T00:00:00Z"))'}
  - {id: s, rule: 'v.max(e, e.s) > "s3"'}
  - {id: s4, rule: 'v.exists(e, e.s.startsWith("s4"))'}
  - {id: none, rule: '!v.exists(e, has(e.n))'}
release: [reach]
`

// TestEveryFormOfParquet: one table, written by four writers in every codec,
// page version and encoding, with nulls at page ends, under keys of every form,
// with columns beside it that rules cannot see, is one and the same to every
// rule.
func TestEveryFormOfParquet(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	python := pythonWith(t, "THRONG_PYTHON", ".venv", "duckdb, pyarrow")
	runPython(t, python, "testdata/forms.py", root)
	want := takeCounts(t, filepath.Join(root, "want.json"))
	goForms(t, root)
	t.Run("the interpreter", func(t *testing.T) {
		in := inputFrom(t, root, strings.Replace(formsPlan, "files: files", "files: plain", 1))
		if got := interpreted(t, in, filepath.Join(root, "plain", "a.parquet")); !maps.Equal(got, want) {
			t.Errorf("%v\nwant %v", got, want)
		}
	})
	sameCounts(t, root, want)
	holds(t, root, "UNCOMPRESSED", "SNAPPY", "GZIP", "BROTLI", "ZSTD", "LZ4_RAW",
		"PLAIN", "RLE", "PLAIN_DICTIONARY", "RLE_DICTIONARY", "DELTA_BINARY_PACKED", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY", "BYTE_STREAM_SPLIT",
		"BOOLEAN", "INT32", "INT64", "INT96", "DOUBLE", "BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY",
		"dictionary and plain", "bloom filter", "page index", "row groups", "no rows", "nested",
		"parquet-cpp-arrow", "DuckDB", "github.com/parquet-go/parquet-go")
}

// TestSparkIsReadAlike is TestEveryFormOfParquet for files that Spark writes.
// It has a Python of its own, since Spark is larger than all else together.
func TestSparkIsReadAlike(t *testing.T) {
	t.Parallel()
	spark := pythonWith(t, "THRONG_SPARK_PYTHON", ".venv-spark", "pyspark")
	others, root, refused := t.TempDir(), t.TempDir(), t.TempDir()
	runPython(t, pythonWith(t, "THRONG_PYTHON", ".venv", "duckdb, pyarrow"), "testdata/forms.py", others)
	want := takeCounts(t, filepath.Join(others, "want.json"))
	runPython(t, spark, "testdata/spark.py", filepath.Join(others, "pages-v1-none"), root, refused)
	sameCounts(t, root, want)
	holds(t, root, "UNCOMPRESSED", "SNAPPY", "GZIP", "ZSTD", "LZ4_RAW",
		"PLAIN", "RLE", "BIT_PACKED", "PLAIN_DICTIONARY", "RLE_DICTIONARY", "DELTA_BINARY_PACKED", "DELTA_BYTE_ARRAY",
		"BOOLEAN", "INT32", "INT64", "INT96", "DOUBLE", "BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY",
		"dictionary and plain", "bloom filter", "page index", "row groups", "no rows", "nested", "parquet-mr")
	t.Run("refused", func(t *testing.T) {
		in := inputFrom(t, refused, strings.Replace(formsPlan, "files: files", "files: lz4", 1))
		err := count(t.Context(), in, func(int, int, func(func(*dp.Block) error) error) error { return nil })
		var f *fault.Error
		if !errors.As(err, &f) || f.Kind != fault.Input || !strings.Contains(err.Error(), "LZ4") {
			t.Errorf("error %v, want that LZ4 is not read", err)
		}
	})
}

func runPython(t *testing.T, python string, args ...string) {
	t.Helper()
	if said, err := exec.CommandContext(t.Context(), python, args...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
}

// takeCounts reads counts from a file and removes it.
func takeCounts(t *testing.T, name string) map[string]int64 {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int64{}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	return want
}

// sameCounts counts every form below root.
func sameCounts(t *testing.T, root string, want map[string]int64) {
	t.Helper()
	forms, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, form := range forms {
		t.Run(form.Name(), func(t *testing.T) {
			in := inputFrom(t, root, strings.Replace(formsPlan, "files: files", "files: "+form.Name(), 1))
			if got := reaches(t, in, exact(t, in)); !maps.Equal(got, want) {
				t.Errorf("%v\nwant %v", got, want)
			}
		})
	}
}

// holds says what the files below root lack: a writer that did not do what it
// was asked to would show nothing.
func holds(t *testing.T, root string, features ...string) {
	t.Helper()
	seen := map[string]bool{}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(name) != ".parquet" {
			return err
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		f, err := parquet.OpenFile(bytes.NewReader(text), int64(len(text)))
		if err != nil {
			return err
		}
		writer, _, _ := strings.Cut(f.Metadata().CreatedBy, " ")
		seen[writer] = true
		seen["no rows"] = seen["no rows"] || f.NumRows() == 0
		seen["row groups"] = seen["row groups"] || len(f.RowGroups()) > 1
		for _, g := range f.Metadata().RowGroups {
			for _, c := range g.Columns {
				m := &c.MetaData
				seen[m.Codec.String()], seen[m.Type.String()] = true, true
				dictionary, plain := false, false
				for _, e := range m.Encoding {
					seen[e.String()] = true
				}
				for _, s := range m.EncodingStats {
					if s.PageType == format.DataPage || s.PageType == format.DataPageV2 {
						indexes := s.Encoding == format.PlainDictionary || s.Encoding == format.RLEDictionary
						dictionary, plain = dictionary || indexes, plain || !indexes
					}
				}
				seen["dictionary and plain"] = seen["dictionary and plain"] || dictionary && plain
				seen["bloom filter"] = seen["bloom filter"] || m.BloomFilterOffset > 0
				seen["page index"] = seen["page index"] || c.ColumnIndexOffset > 0
				seen["nested"] = seen["nested"] || len(m.PathInSchema) > 1
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, feature := range features {
		if !seen[feature] {
			t.Errorf("no file has %s", feature)
		}
	}
}
