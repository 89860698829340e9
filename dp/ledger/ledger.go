// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"errors"
	"fmt"
	"time"
)

// Errors that a caller decides by.
var (
	ErrExhausted   = errors.New("privacy budget exhausted")                     // exit 13
	ErrPolicy      = errors.New("refused by the account's policy")              // exit 13
	ErrNoAccount   = errors.New("no such account")                              // exit 13
	ErrChanged     = errors.New("the plan has changed since this was released") // exit 13; restate
	ErrBusy        = errors.New("another run holds this release")               // exit 75
	ErrMissing     = errors.New("no ledger here")                               // exit 14
	ErrDamaged     = errors.New("ledger damaged or of another version")         // exit 14
	ErrUnwitnessed = errors.New("the ledger is not what its witness saw")       // exit 14
	ErrKey         = errors.New("ledger key missing or unreadable")             // exit 16
	ErrNotFound    = errors.New("no such release")
	ErrLost        = errors.New("this run no longer holds its reservation")            // exit 75
	ErrResolved    = errors.New("the reservation is resolved already")                 // exit 1: a caller's fault
	ErrStorage     = errors.New("the ledger cannot be written")                        // exit 15
	ErrAway        = errors.New("the ledger's server is away")                         // exit 75
	ErrMoved       = errors.New("the ledger has moved")                                // exit 14
	ErrTaken       = errors.New("the name or the data lineage has an account already") // exit 13
	ErrUnsigned    = errors.New("not signed by those who decide this")                 // exit 13
	ErrForged      = errors.New("a signature that is not valid")                       // exit 16
	ErrLineage     = errors.New("the data are not those of the account")               // exit 13
	ErrInvalid     = errors.New("not a request that a ledger takes")                   // exit 2
)

// ErrCeiling is the ErrExhausted that no new period ends.
var ErrCeiling = fmt.Errorf("%w for good: the lifetime ceiling of the account", ErrExhausted)

// ErrNoPureLine is the ErrExhausted of an account that was opened without what a
// build draws on.
var ErrNoPureLine = fmt.Errorf("%w: no pure line", ErrExhausted)

// A Refusal is one of the errors above together with what was asked, what is
// allowed, and what to do about it. errors.Is sees the error it stands for.
type Refusal struct {
	Reason error  // one of the sentinels
	Detail string // may be empty
	Hint   string // what to do; may be empty; not part of Error
}

// Error tells the reason and the detail on one line.
func (e *Refusal) Error() string {
	if e.Detail == "" {
		return e.Reason.Error()
	}
	return e.Reason.Error() + ": " + e.Detail
}

// Unwrap returns the sentinel.
func (e *Refusal) Unwrap() error { return e.Reason }

// Lines are the two lines of an account's period: Gaussian releases draw on
// the first in μ², Laplace noise, exponential mechanism and selection on the
// second. The guarantee is the sum (Epsilon+PureEpsilon, Delta+PureDelta).
type Lines struct {
	Epsilon, Delta         float64
	PureEpsilon, PureDelta float64
}

// A Cost is what one release is charged. Integers only, rounded up.
type Cost struct {
	MuSquared int64 `json:"mu2_pico"`           // 10^-12, Gaussian line
	Epsilon   int64 `json:"pure_epsilon_pico"`  // 10^-12, pure line
	Delta     int64 `json:"pure_delta_atto"`    // 10^-18, pure line
	Tail      int64 `json:"sampler_delta_atto"` // 10^-18, set aside for the sampler's cut tail (privacy R16)
}

// An Account is one person-level budget of one data lineage.
type Account struct {
	Name     string
	Lineage  string
	Lines    Lines
	Period   int     // days; 0 with Calendar
	Calendar string  `json:",omitempty"` // one of Calendars: its periods in UTC, instead of days
	Ceiling  float64 // lifetime ε, at the δ of one period, that is never passed; 0: none (--no-ceiling)
	Policy   Policy
	Opened   time.Time
}

// A Request asks for the budget of one release.
type Request struct {
	Account  string
	Plan     string   // its name
	Date     string   // 2006-01-02; with account and plan the identity of a release
	Digest   [32]byte // of the plan; a changed plan needs Restate
	Cost     Cost
	Restate  bool
	Ask      Ask    // what the policy judges
	PlanText []byte // kept with the ledger's entry, never released
	Runner   Signer // needed once the ledger knows a runner's key; may be nil before
}

// A Posted is a release that the ledger holds.
type Posted struct {
	ID         string // random
	Account    string
	Plan       string
	Date       string
	Digest     [32]byte
	Cost       Cost // charged: all that was held for the identity
	At         time.Time
	Bytes      []byte // the encoded release.Release, as it was posted
	Supersedes string // id of the release that this one restates
	Checkpoint string // signed: the ledger as the post left it; empty in releases of before there were any
	Verifier   string // by which Checkpoint is verified: CheckpointKey
	Superseded bool
	Retracted  string // reason; empty if it stands
}
