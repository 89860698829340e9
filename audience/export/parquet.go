// SPDX-License-Identifier: Apache-2.0

package export

import (
	"io"

	"github.com/parquet-go/parquet-go"

	"github.com/throng-dp/throng/dp/release"
)

// A cellRow is one row of cells.parquet: the columns of catalog.csv, with nulls
// where there is nothing: an empty text is null where it is optional.
type cellRow struct {
	Plan     string   `parquet:"plan"`
	Date     string   `parquet:"date"`
	Release  string   `parquet:"release"`
	Segment  string   `parquet:"segment,optional"`
	Second   string   `parquet:"second,optional"`
	Kind     string   `parquet:"kind"`
	By       string   `parquet:"by,optional"`
	Key      string   `parquet:"key,optional"`
	Estimate *int64   `parquet:"estimate,optional"`
	Lower    *int64   `parquet:"lower,optional"`
	Upper    *int64   `parquet:"upper,optional"`
	Unbiased *float64 `parquet:"unbiased,optional"`
	StdDev   *float64 `parquet:"stddev,optional"`
	Status   string   `parquet:"status"`
	Readable *bool    `parquet:"readable,optional"`
	Unit     string   `parquet:"unit,optional"`
	Decimals int32    `parquet:"decimals"`
	Domain   string   `parquet:"domain,optional"`
}

// writeParquet writes without compression: the file's size follows from the
// plan and from what is withheld. Its statistics are of released values, since
// nothing else is in it.
func writeParquet(w io.Writer, r *release.Release) error {
	out := parquet.NewGenericWriter[cellRow](w,
		parquet.Compression(&parquet.Uncompressed),
		parquet.CreatedBy("throng", "1", ""), // no build: the same release is the same bytes
	)
	rows := make([]cellRow, 0, r.Numbers())
	for row := range r.Cells() {
		rows = append(rows, newCellRow(&row))
	}
	if _, err := out.Write(rows); err != nil {
		return err
	}
	return out.Close()
}

var isReadable = map[bool]*bool{true: new(true), false: new(false)}

func newCellRow(row *release.Row) cellRow {
	c := cellRow{
		Plan: row.Plan, Date: row.Date, Release: row.Release, Segment: row.Segment, Second: row.Second,
		Kind: row.Kind, By: row.By, Key: row.Key,
		Estimate: row.Estimate, Lower: row.Lower, Upper: row.Upper, Unbiased: row.Unbiased, StdDev: row.StdDev,
		Status: row.Status, Unit: row.Unit, Decimals: int32(row.Decimals), Domain: row.Domain,
	}
	if row.Status == release.Released {
		c.Readable = isReadable[row.Readable]
	}
	return c
}
