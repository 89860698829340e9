// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"cmp"
	"slices"
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
	Tables   []Source    // events tables, in the plan's order
	People   *Source     // nil: whoever has an event in the lookback
	Age      string      // column of People, as rules write it, with years; may be empty
	OptOuts  []OptOuts   // none: the plan says so, aloud
	Purpose  string      // of segments that say nothing else
	Identity *Identities // nil: every table's people have keys of one kind
	Lookback int         // days
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
	Phone   Phone    // column that holds a phone number; may be empty if Person is set
	Network int      // which of Identity.Networks the table is of; 0 where there are none
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

// OptOuts is a source of people's choices. A row is a choice of the people of
// every key that it holds.
type OptOuts struct {
	Files                        []string
	Person, Purpose, From, Until string // columns; any may be empty, but for one of Person and Phone
	Phone                        Phone
	Network                      int    // of Person
	Snapshot                     string // file that says when the source was taken; may be empty
	Choice, Cohort, Accepted     string // columns: out or in; the person's cohort; when it accepted
	Windows                      []Window
	Signals                      Signals
	Place                        Place
}

// A Window is when the people of a cohort could choose. While it is open,
// silence is no agreement.
type Window struct {
	Cohort string
	Opens  string // a day, or an instant; may be empty
	Closes string // the last day, or an instant; empty if Days is given
	Days   int    // from acceptance
}

// Signals are columns of consent strings; any may be empty. All of them empty:
// the source has none.
type Signals struct {
	TCF, GPP, USPrivacy, GPC string
	Vendor                   int // in TCF's Global Vendor List; 0: none
}

// A Phone is a column of phone numbers.
type Phone struct {
	Column string // empty: there is none
	Holds  string // "text", "msisdn" or "hash"
}

// Identities say which keys are one person's: see package identity.
type Identities struct {
	Networks []string // with ids of their own; at least one, whose name may be empty
	Region   string   // of numbers without a country code; may be empty
	Hash     string   // "hmac-sha256", "sha256" or "sha256-digits"
	MostKeys int      // of one network, or phone numbers: who has more is nobody
	Links    *Links   // nil: ties stand beside the rows of other tables alone
}

// Links is a table whose rows each hold keys of one person.
type Links struct {
	Files  []string
	Person []string // columns, parallel to Networks; empty: none
	Phone  Phone
	Place  Place
}

// NeedsKey tells whether phone numbers have to be turned into keyed ids.
func (p *Plan) NeedsKey() bool {
	if p.Identity == nil {
		return false
	}
	keyed := func(c Phone) bool {
		return c.Column != "" && (c.Holds != "hash" || p.Identity.Hash != "hmac-sha256")
	}
	for i := range p.Tables {
		if keyed(p.Tables[i].Phone) {
			return true
		}
	}
	for i := range p.OptOuts {
		if keyed(p.OptOuts[i].Phone) {
			return true
		}
	}
	return p.People != nil && keyed(p.People.Phone) || p.Identity.Links != nil && keyed(p.Identity.Links.Phone)
}

// Purposes are those of the segments, each once, in their order.
func (p *Plan) Purposes() []string {
	var all []string
	for i := range p.Segments {
		if purpose := p.PurposeOf(i); !slices.Contains(all, purpose) {
			all = append(all, purpose)
		}
	}
	if len(all) == 0 {
		all = []string{p.Purpose}
	}
	return all
}

// PurposeOf returns the purpose of a segment.
func (p *Plan) PurposeOf(segment int) string { return cmp.Or(p.Segments[segment].Purpose, p.Purpose) }

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
	Everyone              bool   // the rule is true
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
