// SPDX-License-Identifier: Apache-2.0

// Package release is what may leave: released numbers and labels, plain data.
// It imports nothing of the rooms where people and exact counts live.
package release

// The statuses of a segment and of a cell: Named is that of a cell whose key is
// released without any number.
const (
	Released = "released"
	Withheld = "withheld"
	Named    = "named"
)

// The kinds of tables.
const (
	Population = "population"
	Reach      = "reach"
	Breakdown  = "breakdown"
	Frequency  = "frequency"
	Sum        = "sum"
	Mean       = "mean"
	Overlap    = "overlap"
	Top        = "top"
	Quantiles  = "quantiles"
	PeopleOver = "people_over_cap"
	Dropped    = "memberships_dropped"
)

// The rules by which categories are found that nobody declared.
const (
	Threshold = "threshold"
	Optimal   = "optimal selection"
	Normal    = "normal selection"
)

// FrequencyAtLeast is the kind of the rows of a frequency's tails: they stand in
// no table of their own.
const FrequencyAtLeast = "frequency_at_least"

// A Release is one build's released numbers with their labels. Its JSON form
// is what the ledger keeps; catalogue, tables, manifest and report are made
// from it alone. A field that is added later is left out where it is zero:
// Decode takes nothing that Encode would not have written.
type Release struct {
	Throng       int       `json:"throng"` // format version: 1
	ID           string    `json:"release"`
	Account      string    `json:"account"`
	Plan         string    `json:"plan"`
	PlanDigest   string    `json:"plan_digest"` // hex
	Date         string    `json:"date"`
	AsOf         string    `json:"as_of"` // RFC 3339
	TimeZone     string    `json:"time_zone"`
	LookbackDays int       `json:"lookback_days"`
	Every        string    `json:"every"`
	Issued       string    `json:"issued"`      // RFC 3339, rounded up to the minute
	ValidUntil   string    `json:"valid_until"` // RFC 3339; empty: once
	Supersedes   string    `json:"supersedes,omitempty"`
	Publisher    string    `json:"publisher"`
	Owner        string    `json:"owner"`
	Purpose      string    `json:"purpose"`
	Who          string    `json:"who"` // who the population is, in words
	MinReach     int64     `json:"min_reach"`
	Segments     []Segment `json:"segments"`
	Tables       []Table   `json:"tables"`
	Privacy      Privacy   `json:"privacy"`
	CodeVersion  string    `json:"code_version"`
	Cleared      []string  `json:"cleared_key_roles,omitempty"`
	Changes      Changes   `json:"changes,omitzero"`
	Past         []Past    `json:"past,omitempty"` // the newest first; PastMost at most

	// Ledger is no part of the bytes that the ledger keeps: it tells of them.
	Ledger Ledger `json:"-"`
}

// Ledger is the evidence that a release was paid for: the checkpoint of the
// ledger that holds its post, a signed note (C2SP tlog-checkpoint), and the line
// that verifies it. Empty of what was released before there were any.
type Ledger struct {
	Checkpoint string `json:"checkpoint"`
	Verifier   string `json:"verifier"`
}

// Changes says how the labels differ from the release before: see ChangesSince.
// What was released before and is withheld now is not here: see Retracted.
type Changes struct {
	Since   string   `json:"since"` // id of the release before
	Date    string   `json:"date"`  // its date
	Added   []string `json:"added,omitempty"`
	Changed []string `json:"changed,omitempty"` // another version: the rule is another one
	Removed []string `json:"removed,omitempty"`
}

// A Segment is the label and the fate of one segment.
type Segment struct {
	ID          string             `json:"id"`
	Version     string             `json:"version"` // changes only when the rule does
	Name        string             `json:"name"`
	Description string             `json:"description,omitempty"`
	Taxonomy    []string           `json:"taxonomy,omitempty"` // ids of the IAB Audience Taxonomy 1.1
	Purpose     string             `json:"purpose"`
	Status      string             `json:"status"`               // "released" or "withheld"
	Reason      string             `json:"reason,omitempty"`     // "below min_reach"
	Before      string             `json:"before,omitempty"`     // status in the release before this one
	BoundedBy   int                `json:"bounded_by,omitempty"` // max_segments, where a cap binds
	AtLeast     map[string]float64 `json:"at_least,omitempty"`   // "100", "300", "1000": chance that reach is at least that
	Everyone    bool               `json:"everyone,omitempty"`   // its rule holds for all people
}

// A Table is the released form of one table of the workload.
type Table struct {
	Kind     string    `json:"kind"`               // population, reach, breakdown, frequency, sum, mean, overlap, top, quantiles
	Segments []string  `json:"segments,omitempty"` // two or three for overlaps
	By       []string  `json:"by,omitempty"`
	Of       string    `json:"of,omitempty"`
	Bins     []float64 `json:"bins,omitempty"`
	Unit     string    `json:"unit,omitempty"`
	Decimals int       `json:"decimals,omitempty"`
	Clip     *Clip     `json:"clip,omitempty"`   // of sums, means and quantiles
	Step     int64     `json:"step,omitempty"`   // of the grid of quantiles, in units of 10^-Decimals
	Among    []string  `json:"among,omitempty"`  // of top: the categories that it is chosen from, in the plan's order
	Picked   bool      `json:"picked,omitempty"` // of top: chosen one after the other, so without numbers
	Found    *Found    `json:"found,omitempty"`  // of a breakdown: its categories were not declared
	Cells    []Cell    `json:"cells"`
	Share    *Fraction `json:"share,omitempty"`    // of what a cap cuts off: of everybody, of all memberships
	AtLeast  []Tail    `json:"at_least,omitempty"` // of frequencies, one for each bin: people in it or above
}

// A Tail is how many people have at least so many, and which share of their
// segment that is.
type Tail struct {
	Cell
	Share *Fraction `json:"share"` // null where the segment is withheld
}

// A Fraction is a part of a segment's people, from 0 to 1, three decimals.
type Fraction struct {
	Estimate float64 `json:"estimate"`
	Lower    float64 `json:"lower"`
	Upper    float64 `json:"upper"`
}

// A Found says how the categories of a breakdown were found. It follows from the
// plan and the account, so it says nothing of people.
type Found struct {
	Rule      string  `json:"rule"`                // "threshold", "optimal selection" or "normal selection"
	Threshold float64 `json:"threshold,omitempty"` // people, with noise, from which on a category is released; one decimal
	EvenFrom  int64   `json:"even_from"`           // people from which on a category is released with an even chance
	Epsilon   float64 `json:"epsilon"`             // of the pure line, for all such tables of the release together
	Delta     float64 `json:"delta"`
}

// A Clip is the public range that each person's total was cut to, in units of
// 10^-Decimals.
type Clip struct {
	Min int64 `json:"min"`
	Max int64 `json:"max"`
}

// A Cell is one number and its key: one label for each of the table's By.
// Numbers are null where the segment is withheld. For sums, means and quantiles
// they count units of 10^-Decimals. A quantile has an estimate and no range in
// its own unit: how far off it is depends on the data, how far off its rank is
// does not.
type Cell struct {
	Key      []string `json:"key,omitempty"`
	Estimate *int64   `json:"estimate"`
	Lower    *int64   `json:"lower"`
	Upper    *int64   `json:"upper"`
	Unbiased *float64 `json:"unbiased"` // one decimal
	StdDev   *float64 `json:"stddev"`   // one decimal
	Status   string   `json:"status"`   // "released" or "withheld"
	Readable bool     `json:"readable"` // half the interval below half the estimate; of a quantile: RankError at most a tenth

	// Of a quantile: with 95 % the share of people below it is off by at most
	// so much. Four decimals, rounded up.
	RankError *float64 `json:"rank_error,omitempty"`
}

// Privacy is what a release cost and what that means.
type Privacy struct {
	Unit        string   `json:"unit"` // "person"
	Neighbours  string   `json:"neighbours"`
	Epsilon     float64  `json:"epsilon"`
	Delta       float64  `json:"delta"`
	Mu          float64  `json:"mu"`
	Confidence  float64  `json:"confidence"`
	Mechanism   string   `json:"mechanism"` // of the vector
	Noise       string   `json:"noise"`     // library and version
	MuSquared   int64    `json:"mu2_pico"`
	PureEpsilon float64  `json:"pure_epsilon"`
	PureDelta   float64  `json:"pure_delta"`
	MaxSegments int      `json:"max_segments"`        // bound a person; the number of segments if there is no cap
	MostKeys    int      `json:"most_keys,omitempty"` // of one network, or phone numbers, that a person may have; who has more is nobody. 0: a key is a person
	MinAge      int      `json:"min_age"`             // 0: none
	OptOuts     string   `json:"opt_outs"`            // "applied" or "none"
	Lifetime    Lifetime `json:"lifetime"`
	Period      *Period  `json:"period,omitempty"`
	Families    []Family `json:"families"`
	PostProcess []string `json:"post_processing"`
	Suppression string   `json:"suppression"`
	Unprotected []string `json:"unprotected"`
	Covers      string   `json:"covers"`

	Mechanisms []Mechanism `json:"mechanisms,omitempty"`
}

// A Mechanism is one way in which numbers of a release were made private, and
// what it was charged. The release's Epsilon and Delta are the sums.
type Mechanism struct {
	Name    string  `json:"name"` // "gaussian", "laplace", "exponential", "threshold"
	Line    string  `json:"line"` // of the account that pays: "gaussian" or "pure"
	Epsilon float64 `json:"epsilon"`
	Delta   float64 `json:"delta"`
	Calls   int     `json:"calls,omitempty"` // that one person takes part in at most
	Source  string  `json:"source"`          // library, or paper
}

// Lifetime is everything that the account's people have paid so far, this
// release included.
type Lifetime struct {
	Epsilon float64 `json:"epsilon"`
	Delta   float64 `json:"delta"`
	Builds  int     `json:"builds"`
	Ceiling float64 `json:"ceiling,omitempty"` // 0: none was set
}

// A Period is what the account allows within one budget period.
type Period struct {
	Days     int     `json:"days"`               // at most
	Calendar string  `json:"calendar,omitempty"` // "week", "month", "quarter" or "year" of the calendar in UTC; empty: Days from the account's opening
	Epsilon  float64 `json:"epsilon"`
	Delta    float64 `json:"delta"`
}

// A Family is the noise of all tables of one kind.
type Family struct {
	Family    string  `json:"family"`
	Cells     int     `json:"cells"`
	StdDev    float64 `json:"stddev"`
	HalfWidth float64 `json:"half_width"`
}
