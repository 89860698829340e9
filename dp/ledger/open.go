// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"time"
)

// A Ledger is an open ledger. Package sqlite makes and opens one.
type Ledger struct{ _ int }

// Close releases the ledger's files.
func (l *Ledger) Close() error { panic("contract: to be built") }

// OpenAccount opens an account. A second account for a lineage is refused.
func (l *Ledger) OpenAccount(ctx context.Context, a Account) error { panic("contract: to be built") }

// Account returns an account, or ErrNoAccount with the names that exist as a
// hint.
func (l *Ledger) Account(ctx context.Context, name string) (*Account, error) {
	panic("contract: to be built")
}

// Accounts returns all accounts by name.
func (l *Ledger) Accounts(ctx context.Context) ([]Account, error) { panic("contract: to be built") }

// A Status is what is left of an account at some time. Held budget counts as
// used.
type Status struct {
	Account  Account
	From, To time.Time // the period that holds the time
	Spent    Cost      // in this period, posted
	Held     Cost      // in this period, reserved and not resolved
	Cap      Cost      // of one period
	Epsilon  float64   // spent and held in this period, at Delta of the account's Gaussian line, plus the pure line
	Lifetime Total     // everything ever posted on the account
	Builds   int       // posts of this period
}

// A Total is a guarantee in words: (Epsilon, Delta) over Builds releases.
type Total struct {
	Epsilon, Delta float64
	Builds         int
}

// Status returns what is left of an account at time at.
func (l *Ledger) Status(ctx context.Context, account string, at time.Time) (*Status, error) {
	panic("contract: to be built")
}

// Left returns how many releases of this cost still fit at time at.
func (l *Ledger) Left(ctx context.Context, account string, c Cost, at time.Time) (int, error) {
	panic("contract: to be built")
}

// LifetimeAfter returns the account's lifetime total once c has been charged.
func (l *Ledger) LifetimeAfter(ctx context.Context, account string, c Cost) (Total, error) {
	panic("contract: to be built")
}

// An Entry is one line of an account's history.
type Entry struct {
	Seq     int64     `json:"seq"`
	Type    string    `json:"type"` // open, reserve, post, void, retract
	At      time.Time `json:"at"`
	Account string    `json:"account"`
	Plan    string    `json:"plan,omitempty"`
	Date    string    `json:"date,omitempty"`
	Release string    `json:"release,omitempty"` // id, once posted
	Cost    Cost      `json:"cost"`
	Reason  string    `json:"reason,omitempty"`
}

// History returns the entries of an account, oldest first; of all accounts if
// account is empty.
func (l *Ledger) History(ctx context.Context, account string) ([]Entry, error) {
	panic("contract: to be built")
}

// Find returns the standing release of (account, plan, date), or ErrNotFound.
func (l *Ledger) Find(ctx context.Context, account, plan, date string) (*Posted, error) {
	panic("contract: to be built")
}

// Before returns the newest standing release of (account, plan) with a date
// before date, or ErrNotFound.
func (l *Ledger) Before(ctx context.Context, account, plan, date string) (*Posted, error) {
	panic("contract: to be built")
}

// Get returns a release by id, or by a prefix of at least 6 characters.
func (l *Ledger) Get(ctx context.Context, id string) (*Posted, error) {
	panic("contract: to be built")
}

// Releases returns all releases, oldest first, without their bytes.
func (l *Ledger) Releases(ctx context.Context) ([]Posted, error) { panic("contract: to be built") }

// Reserve holds the budget of one release, or says why not: ErrChanged,
// ErrPolicy, ErrExhausted, ErrNoAccount, ErrBusy. A release that stands already
// and is not to be restated is an error of type *Exists.
func (l *Ledger) Reserve(ctx context.Context, r Request) (*Reservation, error) {
	panic("contract: to be built")
}

// Retract marks a release. Nothing is refunded.
func (l *Ledger) Retract(ctx context.Context, id, reason string) error {
	panic("contract: to be built")
}

// BoundKey returns the key by which people's kept segments are chosen: derived
// from the ledger's key for the account's lineage and the period that holds at.
func (l *Ledger) BoundKey(ctx context.Context, account string, at time.Time) ([]byte, error) {
	panic("contract: to be built")
}

// An Exists says that the release is there already; Posted has its bytes.
type Exists struct{ Posted *Posted }

func (e *Exists) Error() string {
	return "released already: " + e.Posted.Plan + "@" + e.Posted.Date
}
