// SPDX-License-Identifier: Apache-2.0

package export

import (
	"io"

	"github.com/parquet-go/parquet-go"

	"github.com/throng-dp/throng/dp/release"
)

// A cellRow is one row of cells.parquet: the columns of catalog.csv, with nulls
// where there is nothing.
type cellRow struct {
	Plan     string   `parquet:"plan"`
	Date     string   `parquet:"date"`
	Release  string   `parquet:"release"`
	Segment  *string  `parquet:"segment,optional"`
	Second   *string  `parquet:"second,optional"`
	Kind     string   `parquet:"kind"`
	By       *string  `parquet:"by,optional"`
	Key      *string  `parquet:"key,optional"`
	Estimate *int64   `parquet:"estimate,optional"`
	Lower    *int64   `parquet:"lower,optional"`
	Upper    *int64   `parquet:"upper,optional"`
	Unbiased *float64 `parquet:"unbiased,optional"`
	StdDev   *float64 `parquet:"stddev,optional"`
	Status   string   `parquet:"status"`
	Readable *bool    `parquet:"readable,optional"`
	Unit     *string  `parquet:"unit,optional"`
	Decimals int32    `parquet:"decimals"`
	Domain   *string  `parquet:"domain,optional"`
}

// writeParquet writes without compression: the file's size follows from the
// plan and from what is withheld. Its statistics are of released values, since
// nothing else is in it.
func writeParquet(w io.Writer, r *release.Release) error {
	out := parquet.NewGenericWriter[cellRow](w,
		parquet.Compression(&parquet.Uncompressed),
		parquet.CreatedBy("throng", "1", ""), // no build: the same release is the same bytes
	)
	n := 0
	for i := range r.Tables {
		n += len(r.Tables[i].Cells) + len(r.Tables[i].AtLeast)
	}
	rows := make([]cellRow, 0, n)
	for row := range r.Cells() {
		rows = append(rows, newCellRow(row))
	}
	if _, err := out.Write(rows); err != nil {
		return err
	}
	return out.Close()
}

func newCellRow(row release.Row) cellRow {
	c := cellRow{
		Plan: row.Plan, Date: row.Date, Release: row.Release, Segment: some(&row.Segment), Second: some(&row.Second),
		Kind: row.Kind, By: some(&row.By), Key: some(&row.Key),
		Estimate: row.Estimate, Lower: row.Lower, Upper: row.Upper, Unbiased: row.Unbiased, StdDev: row.StdDev,
		Status: row.Status, Unit: some(&row.Unit), Decimals: int32(row.Decimals), Domain: some(&row.Domain),
	}
	if row.Status == release.Released {
		c.Readable = &row.Readable
	}
	return c
}

// some is orNull without a copy of the text.
func some(s *string) *string {
	if *s == "" {
		return nil
	}
	return s
}
