// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"time"

	"github.com/throng-dp/throng/audience/rule"
	"github.com/throng-dp/throng/dp"
)

// A Plan is a compiled plan: everything that a build needs, nothing of its
// spelling.
type Plan struct {
	File     string // where it was read from
	Text     []byte // as it was read
	Name     string
	About    About
	Every    string // "once", "day", "week" or "month"
	Zone     *time.Location
	Tables   []Source // events tables, in the plan's order
	People   *Source  // nil: whoever has an event in the lookback
	Age      string   // column of People, as rules write it, with years; may be empty
	OptOuts  *OptOuts // nil: the plan says none, aloud
	Purpose  string
	Lookback int // days
	Privacy  Privacy
	Rules    *rule.Set
	Segments []Segment   // parallel to Rules.Segments
	Bands    []Attribute // parallel to Workload.Attributes
	Totals   []Amount    // parallel to Workload.Amounts
	Releases []Release   // one for each of Workload.Tables, its labels
	Workload dp.Workload
	Cleared  []string // "table.column" whose key role the plan cleared
	Digest   [32]byte // SHA-256 of the canonical plan; see docs/plan.md
}

// About says who made the plan.
type About struct{ Owner, Publisher string }

// A Source is one table of the data: an events table or people.
type Source struct {
	Name    string
	Files   []string // globs and paths, relative to the data root
	Person  string   // column (file's name) that holds the person's key; may be empty if Phone is set
	Phone   string   // column that holds a phone number; may be empty
	Time    string   // column of the event's time; empty for people
	ID      string   // column of the event's id; may be empty
	Days    string   // Hive partition key with one partition a day; may be empty
	Columns []Column // renames and types that the plan gives; the others keep the file's names
	Place   Place    // of the table's name in the plan
}

// A Column is what a plan says of one column.
type Column struct {
	Name string    // as rules write it
	Is   string    // as the file writes it
	Kind rule.Kind // rule.Invalid: the file's own
	Role string    // "category" clears a key's role
}

// OptOuts is the source of people's choices.
type OptOuts struct {
	Files                               []string
	Person, Phone, Purpose, From, Until string // columns; Purpose, From, Until may be empty
	Place                               Place
}

// Privacy is what a plan asks of its account.
type Privacy struct {
	Account     string
	Epsilon     float64
	Delta       float64
	MinReach    int64
	MaxSegments int // the cap; len(Segments) if the plan has none
}

// A Segment is the label of one segment.
type Segment struct {
	ID, Name, Description string
	Taxonomy              []string
	Purpose               string
}

// An Attribute bands a person-level value: a let with a domain or bins, or the
// bins of a frequency. Its cells are Domain or the bins, in the plan's order,
// then "(other)".
type Attribute struct {
	Let    string
	Domain []rule.Value // nil if Bins
	Bins   []float64    // lower edges, rising; the last is open
	Cells  []string     // labels, "(other)" last
}

// Cell returns the number of the cell that v falls in. Null, a value outside
// the domain or below the first bin is the last cell.
func (a *Attribute) Cell(v rule.Value) int {
	panic("contract: to be built")
}

// An Amount is a person-level total that is clipped and counted in units of
// 10^-Decimals.
type Amount struct {
	Let      string
	Min, Max int64 // in units
	Decimals int
	Unit     string
}

// Units returns v clipped to [Min, Max] in units, rounded half away from zero.
// v is an int64, or a double whose value is a whole number of 10^-6.
func (a *Amount) Units(v rule.Value) int64 {
	panic("contract: to be built")
}

// A Release is the label of one table of the workload.
type Release struct {
	Kind     string     // "population", "reach", "breakdown", "frequency", "sum", "mean" or "overlap"
	Segments []string   // ids: none, one, or two
	By       []string   // lets of a breakdown
	Of       string     // let of a frequency, sum or mean
	Keys     [][]string // of each cell: one label for each of By; nil where there is one cell
	Bins     []float64  // of a frequency: lower edges, without other
	Unit     string
	Decimals int
}

// A Place is a position in the plan's file.
type Place struct{ Line, Column int }
