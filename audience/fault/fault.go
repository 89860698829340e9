// SPDX-License-Identifier: Apache-2.0

// Package fault names the ways in which a run can fail that a caller must tell
// apart. A fault never carries a row, a person's key or an exact count.
package fault

// A Kind decides the exit code of the command line.
type Kind uint8

// Kinds of faults. Internal is the zero value: whatever nobody classified.
const (
	Internal Kind = iota // exit 1
	Usage                // exit 2
	Plan                 // exit 10
	Input                // exit 11
	Consent              // exit 12
	Refused              // exit 13: budget or policy
	Ledger               // exit 14
	Output               // exit 15
	Key                  // exit 16
	Later                // exit 75
)

// An Error is a fault at a place, with what to do about it.
type Error struct {
	Kind  Kind
	Code  string // stable and machine readable: "input.not-parquet"
	Where string // file, column, flag, account; may be empty
	Msg   string // what and why, lower case, no full stop
	Hint  string // what to do; may be empty
	Err   error  // cause; may be nil

	Waits bool   // the same again, later, may go well
	Who   string // can do something about it; empty: whoever the kind says
}

// Error tells where, what and why on one line, and the hint on a second.
func (e *Error) Error() string {
	s := e.Msg
	if e.Where != "" {
		s = e.Where + ": " + s
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	if e.Hint != "" {
		s += "\n\thint: " + e.Hint
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
