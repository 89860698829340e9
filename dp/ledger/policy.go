// SPDX-License-Identifier: Apache-2.0

package ledger

import "time"

// A Policy is the owner's half: what every build on an account must keep to.
// The zero value of a limit means no limit, but for MinAge.
type Policy struct {
	Lineage      string
	PeopleAtMost int64 // public; δ is judged by it
	Most         Most
	Least        Least
	OptOuts      OptOuts
	NeverRead    []string // columns, whatever the table
	Sensitive    []string `json:",omitempty"` // classes of audiences that may be built all the same
	Approval     string   // "none" or "required"
	Production   bool     `json:",omitempty"` // no build without a descriptor beside its data
	Text         []byte   // as it was read
}

// Most limits a build.
type Most struct {
	Epsilon, Delta         float64 // of each line, unless the next two say otherwise
	PureEpsilon, PureDelta float64 `json:",omitempty"` // of the pure line, beside the vector
	Segments               int
	Lookback               int // days
}

// Least is what a build must have at least.
type Least struct {
	MinReach int64
	MinAge   int // 0: none (said aloud as `min_age: none`, or no policy)
}

// OptOuts limits the source of choices.
type OptOuts struct {
	MaxAge    time.Duration // 0: no limit
	MaxShrink float64       // share, 0.05 for 5 %; 0: no limit

	// IgnoreLate: opt-outs made after their person's window are not applied.
	IgnoreLate bool `json:",omitempty"`
}

// An Ask is what a policy judges at reserve.
type Ask struct {
	Epsilon, Delta float64
	Segments       int
	Lookback       int // days
	MinReach       int64
	HasAge         bool // the plan names a column of ages
	NoOptOuts      bool // the plan says `opt_outs: none`
	Sensitive      []SensitiveAsk
}

// A SensitiveAsk is an audience of a class that law or platforms keep out of
// profiling ads.
type SensitiveAsk struct{ Class, What string }
