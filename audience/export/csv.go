// SPDX-License-Identifier: Apache-2.0

package export

import (
	"io"
	"regexp"
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
	text := appendLine(make([]byte, 0, 200*(1+r.Numbers())), columns)
	head := appendField(appendField(appendField(nil, guard(r.Plan)), guard(r.Date)), guard(r.ID))
	for row := range r.Cells() {
		text = append(text, head...)
		text = appendField(text, guard(row.Segment))
		text = appendField(text, guard(row.Second))
		text = appendField(text, row.Kind)
		text = appendField(text, guard(row.By))
		text = appendField(text, guard(row.Key))
		text = appendWhole(text, row.Estimate)
		text = appendWhole(text, row.Lower)
		text = appendWhole(text, row.Upper)
		text = appendReal1(text, row.Unbiased)
		text = appendReal1(text, row.StdDev)
		text = appendField(text, row.Status)
		if row.Status == release.Released {
			text = strconv.AppendBool(text, row.Readable)
		}
		text = appendField(append(text, ','), guard(row.Unit))
		text = append(strconv.AppendInt(text, int64(row.Decimals), 10), ',')
		text = append(append(text, row.Domain...), "\r\n"...)
	}
	_, err := w.Write(text)
	return err
}

// appendLine appends one line.
func appendLine(to []byte, fields []string) []byte {
	for _, f := range fields {
		to = appendField(to, f)
	}
	return append(to[:len(to)-1], "\r\n"...)
}

// appendField appends a text and a comma. encoding/csv would drop carriage returns
// of texts and add some before their line feeds, so that two labels could read alike.
func appendField(to []byte, f string) []byte {
	if !strings.ContainsAny(f, "\",\r\n") && !strings.HasPrefix(f, " ") {
		return append(append(to, f...), ',')
	}
	to = append(to, '"')
	to = append(to, strings.ReplaceAll(f, `"`, `""`)...)
	return append(to, '"', ',')
}

// guard keeps a spreadsheet from reading a text as a formula: an apostrophe
// before what could start one, full-width forms included, since some programs
// fold them. Where lists are written with semicolons, a spreadsheet ends a cell at
// one, at a tab and, since it then knows no quotes, at a line break: what stands behind is guarded too. Numbers never pass here, so
// negative ones stay numbers.
func guard(s string) string {
	if strings.ContainsAny(s, ";\t\r\n") {
		s = behindSeparator.ReplaceAllString(s, "$1'$2")
	}
	if s != "" && s[0] >= '0' && s[0] < utf8.RuneSelf && s[0] != '=' && s[0] != '@' {
		return s // as most are
	}
	switch r, _ := utf8.DecodeRuneInString(s); r {
	case '=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠':
		return "'" + s
	}
	return s
}

// behindSeparator is what would start a formula in a cell that begins at a
// separator, or at a quote behind it.
var behindSeparator = regexp.MustCompile(`([;\t\r\n][ "]*)([=+\-@＝＋－＠])`)

func appendWhole(to []byte, n *int64) []byte {
	if n != nil {
		to = strconv.AppendInt(to, *n, 10)
	}
	return append(to, ',')
}

func appendReal1(to []byte, x *float64) []byte {
	if x != nil {
		to = strconv.AppendFloat(to, *x, 'f', 1, 64)
	}
	return append(to, ',')
}
