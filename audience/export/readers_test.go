// SPDX-License-Identifier: Apache-2.0

package export_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/throng-dp/throng/dp/release"
)

// TestOthersReadTheSame has readers of others read each file of some releases:
// Python's csv, pyarrow, DuckDB and polars find the numbers of the catalogue, and
// no text that a spreadsheet would compute.
func TestOthersReadTheSame(t *testing.T) {
	python := os.Getenv("THRONG_PYTHON")
	if python == "" {
		python = filepath.Join("..", "..", ".venv", "bin", "python")
	}
	if err := exec.Command(python, "-c", "import duckdb, polars, pyarrow").Run(); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("no Python with duckdb, polars and pyarrow: %v", err)
		}
		t.Skip("NOT COMPARED: no Python with duckdb, polars and pyarrow. Make one with `make venv`, or name one in THRONG_PYTHON")
	}
	var args, want []string
	args = append(args, filepath.Join("testdata", "readers.py"))
	for _, r := range []*release.Release{giftShop(t), chosen(t), tripled(t), odd(t)} {
		folder := t.TempDir()
		for file, format := range map[string]string{"catalog.json": "json", "catalog.csv": "csv", "cells.parquet": "parquet"} {
			if err := os.WriteFile(filepath.Join(folder, file), write(t, r, format), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		cells := 0
		for row := range r.Cells() {
			if row.Kind != release.PeopleOver && row.Kind != release.Dropped {
				cells++
			}
		}
		args, want = append(args, folder), append(want, strconv.Itoa(cells))
	}
	said, err := exec.CommandContext(t.Context(), python, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	if got := strings.Fields(string(said)); !slices.Equal(got, want) {
		t.Errorf("%q numbers were compared, not %q", got, want)
	}
}

// odd is a release whose labels are what spreadsheets and parsers stumble on.
func odd(t *testing.T) *release.Release {
	t.Helper()
	r := giftShop(t)
	labels := []string{`=HYPERLINK("http://x","y")`, "+1", "-1+1", "@SUM(A1)", "\tx", "\rx", "\nx", "＝1", `a "b", c`, "a;b", "é🛒", " = 1", "'quoted", "a\r\nb"}
	for i := range r.Tables {
		table := &r.Tables[i]
		if table.Kind == release.Breakdown && len(table.By) == 1 {
			for c := range table.Cells[:len(table.Cells)-1] {
				table.Cells[c].Key = []string{labels[c%len(labels)] + strings.Repeat(" ", c/len(labels))}
			}
			labels = append(labels[2:], labels[:2]...)
		}
	}
	if err := r.Validate(); err != nil {
		t.Fatal(err)
	}
	return r
}
