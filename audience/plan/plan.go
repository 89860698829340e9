// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"time"

	"github.com/throng-dp/throng/audience/rule"
	"github.com/throng-dp/throng/dp"
	"github.com/throng-dp/throng/dp/release"
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
	Grids    []Grid      // parallel to Workload.Grids
	Releases []Release   // one for each of Workload.Tables, its labels
	Workload dp.Workload
	Findings []Finding // what makes audiences sensitive
	Cleared  []string  // "table.column" whose key role the plan cleared
	Digest   [32]byte  // SHA-256 of the canonical plan; see docs/plan.md
	source   *File
	priced   *dp.Strategy // the strategy at the plan's own price
}

// Strategy plans the noisy measurements at a price.
func (p *Plan) Strategy(at dp.Price) (*dp.Strategy, error) {
	return p.priced.For(p.Digest, p.Workload, at)
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
	Snapshot                            string // file that says when the source was taken; may be empty
	Place                               Place
}

// Privacy is what a plan asks of its account.
type Privacy struct {
	Account     string
	Epsilon     float64
	Delta       float64
	PureEpsilon float64 // of the pure line, for what is charged there beside the vector; 0: see dp.Price
	PureDelta   float64
	MinReach    int64
	MaxSegments int // the cap; len(Segments) if the plan has none
}

// A Segment is the label of one segment.
type Segment struct {
	ID, Name, Description string
	Taxonomy              []string
	Purpose               string
	Version               string // changes only when the rule does, or what it refers to
}

// A Release is the label of one table of the workload.
type Release struct {
	Kind     string     // "population", "reach", "breakdown", "frequency", "sum", "mean", "overlap", "top" or "quantiles"
	Segments []string   // ids: none, one, or those of an overlap
	By       []string   // lets of a breakdown, let of a top
	Of       string     // let of a frequency, sum, mean or quantiles
	Keys     [][]string // of each cell: one label for each of By, or the quantile, none of a top; nil where there is one cell
	Among    []string   // of a top: the labels that it is chosen from
	Bins     []float64  // of a frequency: lower edges, without other
	Unit     string
	Decimals int
}

// Family names the release as those of other segments: see release.Table.
func (r *Release) Family() string {
	t := release.Table{Kind: r.Kind, Segments: r.Segments, By: r.By, Of: r.Of}
	return t.Family()
}

// A Place is a position in the plan's file.
type Place struct{ Line, Column int }
