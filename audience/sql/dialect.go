// SPDX-License-Identifier: Apache-2.0

package sql

import (
	"fmt"
	"strings"

	"github.com/throng-dp/throng/audience/rule"
)

// A Dialect is what one engine writes otherwise than others.
type Dialect struct {
	ID string // as --dialect takes it

	quote    string              // around names
	text     func(string) string // a literal
	textType string
	sumOf    string                     // the type of whole numbers whose sum is exact
	wide     string                     // the type of that sum
	micros   string                     // function: microseconds since 1970 of a time
	now      string                     // the present, in microseconds
	divide   string                     // between whole numbers, towards zero
	ints     map[rule.Op]string         // format of whole-number arithmetic that is null where it overflows
	doubles  map[rule.Op]string         // the same for doubles: an infinity is as good as null
	isFinite string                     // format of a test on a double
	tests    map[rule.Op]string         // format of tests on strings
	pair     string                     // format of two values that compare in turn
	each     func(list []string) string // one row for each of the values that are not null
}

// Dialects returns those that there are.
func Dialects() []*Dialect { return []*Dialect{DuckDB, Spark} }

// DuckDB is the SQL of DuckDB 1.3 and later.
var DuckDB = &Dialect{
	ID:       "duckdb",
	quote:    `"`,
	text:     func(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" },
	textType: "VARCHAR",
	sumOf:    "BIGINT",
	wide:     "HUGEINT",
	micros:   "epoch_us(%s)",
	now:      "epoch_us(now())",
	divide:   "//",
	ints:     map[rule.Op]string{rule.Add: "TRY(%s + %s)", rule.Sub: "TRY(%s - %s)", rule.Mul: "TRY(%s * %s)"},
	doubles:  map[rule.Op]string{rule.Add: "TRY(%s + %s)", rule.Sub: "TRY(%s - %s)", rule.Mul: "TRY(%s * %s)", rule.Div: "TRY(%s / %s)"},
	// A comparison with the largest double would be dropped as always true where
	// Parquet's statistics say so, and these leave NaN out.
	isFinite: "isfinite(%s)",
	tests:    map[rule.Op]string{rule.StartsWith: "starts_with(%s, %s)", rule.EndsWith: "suffix(%s, %s)", rule.Contains: "contains(%s, %s)"},
	pair:     "(%s, %s)",
	each: func(list []string) string {
		return "unnest(list_filter([" + strings.Join(list, ", ") + "], lambda x: x IS NOT NULL))"
	},
}

// Spark is the SQL of Spark 4, whether or not spark.sql.ansi.enabled is set.
var Spark = &Dialect{
	ID:       "spark",
	quote:    "`",
	text:     sparkText,
	textType: "STRING",
	sumOf:    "DECIMAL(20, 0)",
	wide:     "DECIMAL(38, 0)",
	micros:   "unix_micros(CAST(%s AS TIMESTAMP))",
	now:      "unix_micros(current_timestamp())",
	divide:   "div",
	ints:     map[rule.Op]string{rule.Add: "try_add(%s, %s)", rule.Sub: "try_subtract(%s, %s)", rule.Mul: "try_multiply(%s, %s)"},
	doubles:  map[rule.Op]string{rule.Add: "(%s + %s)", rule.Sub: "(%s - %s)", rule.Mul: "(%s * %s)", rule.Div: "(%s / %s)"},
	isFinite: "abs(%s) <= 1.7976931348623157E308D", // NaN is larger than all
	tests:    map[rule.Op]string{rule.StartsWith: "startswith(%s, %s)", rule.EndsWith: "endswith(%s, %s)", rule.Contains: "contains(%s, %s)"},
	pair:     "struct(%s, %s)",
	each:     func(list []string) string { return "explode(array_compact(array(" + strings.Join(list, ", ") + ")))" },
}

// sparkText writes a literal of which nothing is special: Spark reads escapes,
// and puts variables in for ${…} before it reads anything.
func sparkText(s string) string {
	var b strings.Builder
	b.WriteByte('\'')
	for _, r := range s {
		switch {
		case r == '\'' || r == '\\' || r == '$' || r < ' ':
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String() + "'"
}

// Name quotes a name of a column or table.
func (d *Dialect) Name(name string) string {
	return d.quote + strings.ReplaceAll(name, d.quote, d.quote+d.quote) + d.quote
}

// Text writes a text as a literal.
func (d *Dialect) Text(s string) string { return d.text(s) }
