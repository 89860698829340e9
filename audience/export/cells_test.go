// SPDX-License-Identifier: Apache-2.0

package export_test

import (
	"bytes"
	"encoding/csv"
	"strconv"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/throng-dp/throng/dp/release"
)

// TestCSVIsSafe holds catalog.csv to two promises: no text of it starts a
// formula, and every number stays one.
func TestCSVIsSafe(t *testing.T) {
	minus, tenth, sd := int64(-12), -12.5, 3.0
	tests := []struct{ label, want string }{
		{`=HYPERLINK("http://x","y")`, `'=HYPERLINK("http://x","y")`},
		{"+1", "'+1"},
		{"-1", "'-1"},
		{"@x", "'@x"},
		{"\tx", "'\tx"},
		{"\rx", "'\rx"},
		{"＝1", "'＝1"},
		{"＋1", "'＋1"},
		{"－1", "'－1"},
		{"＠x", "'＠x"},
		{"250–500", "250–500"},
		{"a, \"b\"\nc", "a, \"b\"\nc"},
		{"(other)", "(other)"},
		{"x;=1+1", "x;'=1+1"}, // in a spreadsheet that ends cells at semicolons
		{"x; \"@SUM(A1)\"", "x; \"'@SUM(A1)\""},
		{"x\t=1", "x\t'=1"},
		{"x\n＝1", "x\n'＝1"},
		{";;-1", ";;'-1"},
		{"7 - 9; a-b", "7 - 9; a-b"},
	}
	r := &release.Release{Throng: 1, Plan: "=plan", ID: "x", Date: "2024-02-29"}
	r.Segments = []release.Segment{{ID: "s", Status: release.Released}}
	table := release.Table{Kind: release.Breakdown, Segments: []string{"s"}, By: []string{"-band"}, Unit: "@GBP"}
	for _, tt := range tests {
		table.Cells = append(table.Cells, release.Cell{Key: []string{tt.label}, Estimate: &minus, Lower: &minus, Upper: &minus,
			Unbiased: &tenth, StdDev: &sd, Status: release.Released})
	}
	r.Tables = []release.Table{table}
	if err := r.Validate(); err != nil {
		t.Fatal(err)
	}
	text := write(t, r, "csv")
	if !bytes.HasSuffix(text, []byte("\r\n")) || bytes.HasPrefix(text, []byte("\xef\xbb\xbf")) {
		t.Error("not RFC 4180")
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, tt := range tests {
		row := rows[i+1]
		// A reader folds a carriage return and a line feed inside quotes.
		if got := row[7]; got != tt.want && got != strings.ReplaceAll(tt.want, "\r", "") {
			t.Errorf("key %q is written %q, want %q", tt.label, got, tt.want)
		}
		if row[0] != "'=plan" || row[6] != "'-band" || row[15] != "'@GBP" {
			t.Errorf("plan, by or unit is not guarded: %q", row)
		}
		for _, n := range []int{8, 9, 10} {
			if row[n] != "-12" {
				t.Errorf("column %d is %q, want a number", n, row[n])
			}
		}
		if row[11] != "-12.5" || row[12] != "3.0" {
			t.Errorf("reals are %q and %q", row[11], row[12])
		}
	}
}

// TestCSVHasEveryCell in the release's order, withheld ones empty.
func TestCSVHasEveryCell(t *testing.T) {
	r := giftShop(t)
	rows, err := csv.NewReader(bytes.NewReader(write(t, r, "csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	i := 1
	for cell := range r.Cells() {
		row := rows[i]
		i++
		if row[3] != cell.Segment || row[5] != cell.Kind || row[7] != cell.Key {
			t.Fatalf("row %d is %q", i, row)
		}
		if cell.Status == release.Withheld && strings.Join(row[8:13], "") != "" {
			t.Fatalf("row %d tells of a withheld cell", i)
		}
		if cell.Estimate != nil && row[8] != strconv.FormatInt(*cell.Estimate, 10) {
			t.Fatalf("row %d has another number", i)
		}
	}
	if i != len(rows) {
		t.Errorf("%d rows, want %d", len(rows), i)
	}
}

// TestParquetReadBack reads cells.parquet with the library's reader: the same
// rows, nulls where a cell is withheld, nothing compressed.
func TestParquetReadBack(t *testing.T) {
	type row struct {
		Plan     string   `parquet:"plan"`
		Segment  *string  `parquet:"segment,optional"`
		Second   *string  `parquet:"second,optional"`
		Kind     string   `parquet:"kind"`
		Key      *string  `parquet:"key,optional"`
		Estimate *int64   `parquet:"estimate,optional"`
		Unbiased *float64 `parquet:"unbiased,optional"`
		Status   string   `parquet:"status"`
	}
	r := giftShop(t)
	text := write(t, r, "parquet")
	file, err := parquet.OpenFile(bytes.NewReader(text), int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, column := range file.Schema().Columns() {
		names = append(names, strings.Join(column, "."))
	}
	if got, want := strings.Join(names, ","), strings.TrimSpace(strings.SplitN(string(write(t, r, "csv")), "\n", 2)[0]); got != want {
		t.Errorf("columns are %s, want those of the CSV: %s", got, want)
	}
	for _, group := range file.Metadata().RowGroups {
		for _, column := range group.Columns {
			if column.MetaData.Codec != 0 {
				t.Error("a column is compressed: its size would tell more than the plan")
			}
		}
	}
	rows, err := parquet.Read[row](bytes.NewReader(text), int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	i := 0
	for cell := range r.Cells() {
		got := rows[i]
		i++
		if got.Kind != cell.Kind || deref(got.Segment) != cell.Segment || deref(got.Second) != cell.Second || deref(got.Key) != cell.Key || got.Status != cell.Status {
			t.Fatalf("row %d is %+v", i, got)
		}
		if (got.Estimate == nil) != (cell.Estimate == nil) || got.Estimate != nil && (*got.Estimate != *cell.Estimate || *got.Unbiased != *cell.Unbiased) {
			t.Fatalf("row %d has other numbers", i)
		}
	}
	if i != len(rows) {
		t.Errorf("%d rows, want %d", len(rows), i)
	}
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
