// SPDX-License-Identifier: Apache-2.0

package rule

// A Kind is the type of a value that a rule can hold.
type Kind uint8

// The kinds of values. A list of events is no value: see Type.
const (
	Invalid   Kind = iota
	Bool           // bool
	Int            // int64
	Double         // float64, never NaN or infinite, never -0
	String         // string, valid UTF-8
	Timestamp      // time.Time, years 1-9999, UTC
	Duration       // time.Duration
)

// A Value is nil (null), bool, int64, float64, string, time.Time or
// time.Duration.
type Value any

// A Type is the type of a checked rule: a value of some kind, or a list of
// events of one table.
type Type struct {
	Kind   Kind   // Invalid if a list of events
	Events string // the table whose events it lists, if a list
}

// A Column is a field that rules can see.
type Column struct {
	Name string // as rules write it
	Kind Kind
	Key  bool // refused in ==, != and in
}

// A Table is an events table. Every event has, beside its columns, days_ago
// (int), date (string, YYYY-MM-DD), month (int, 1-12) and weekday (int, Monday
// is 1, Sunday 7), all counted in the plan's zone and null without a time.
type Table struct {
	Name    string
	Columns []Column
}

// A Schema is what rules are checked against.
type Schema struct {
	Tables    []Table
	HasPeople bool     // whether the plan has data.people
	Person    []Column // the fields of person; empty without people
}

// A Source is the text of one rule and what it is called.
type Source struct {
	Name string           // a let's name, a segment's id, a table's name for where
	Text string           // as decoded from the plan
	Each map[string]Value // constants that each.x stands for; may be nil
}

// A Fault is one thing that is wrong with a rule, at its place in the text.
type Fault struct {
	In     string // "let", "segment" or "where"; "schema" for a table that rules could not name
	Index  int    // which Source of that list
	Line   int    // 1-based, within Source.Text
	Column int    // 1-based, in code points
	Msg    string
	Hint   string // what to do about it; may be empty
}

// A Let is a checked named value.
type Let struct {
	Name string
	Type Type
	Expr Expr   // nil if Type is a list of events
	From Events // the list, if Type is a list of events
	Key  string // the key column that the value was taken from, as "o.email"; empty if none
}

// A Rule is the checked rule of one segment.
type Rule struct {
	Segment string
	Expr    Expr     // of kind Bool
	Asks    []string // segments that it names with in_segment
}
