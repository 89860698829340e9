// SPDX-License-Identifier: Apache-2.0

package export

import (
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/throng-dp/throng/dp/release"
)

// columns are the columns of catalog.csv and cells.parquet.
var columns = []string{
	"plan", "date", "release", "segment", "second", "kind", "by", "key",
	"estimate", "lower", "upper", "unbiased", "stddev", "status", "readable", "unit", "decimals", "domain",
}

// writeCSV writes RFC 4180: commas, CRLF, quotes where they are needed. Numbers
// of withheld cells are empty.
func writeCSV(w io.Writer, r *release.Release) error {
	text := appendLine(nil, columns)
	for row := range r.Cells() {
		text = appendLine(text, []string{
			guard(row.Plan), guard(row.Date), guard(row.Release), guard(row.Segment), guard(row.Second),
			row.Kind, guard(row.By), guard(row.Key),
			whole(row.Estimate), whole(row.Lower), whole(row.Upper), real1(row.Unbiased), real1(row.StdDev),
			row.Status, readable(row), guard(row.Unit), strconv.Itoa(row.Decimals), row.Domain,
		})
	}
	_, err := w.Write(text)
	return err
}

// appendLine appends one line. encoding/csv would drop carriage returns of texts
// and add some before their line feeds, so that two labels could read alike.
func appendLine(to []byte, fields []string) []byte {
	for i, f := range fields {
		if i > 0 {
			to = append(to, ',')
		}
		if !strings.ContainsAny(f, "\",\r\n") && !strings.HasPrefix(f, " ") {
			to = append(to, f...)
			continue
		}
		to = append(to, '"')
		to = append(to, strings.ReplaceAll(f, `"`, `""`)...)
		to = append(to, '"')
	}
	return append(to, "\r\n"...)
}

// guard keeps a spreadsheet from reading a text as a formula: an apostrophe
// before what could start one, full-width forms included, since some programs
// fold them. Numbers never pass here, so negative ones stay numbers.
func guard(s string) string {
	switch r, _ := utf8.DecodeRuneInString(s); r {
	case '=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠':
		return "'" + s
	}
	return s
}

func whole(n *int64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatInt(*n, 10)
}

func real1(x *float64) string {
	if x == nil {
		return ""
	}
	return strconv.FormatFloat(*x, 'f', 1, 64)
}

func readable(row release.Row) string {
	if row.Status != release.Released {
		return ""
	}
	return strconv.FormatBool(row.Readable)
}
