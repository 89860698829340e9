// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"fmt"
	"strings"
)

// An Error is one fault in a plan file, at the place where its author made it.
type Error struct {
	File         string
	Line, Column int
	Msg          string
	Hint         string // what to do about it; may be empty
}

// Error tells the place, the fault and, on a second line, the hint.
func (e *Error) Error() string {
	s := fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Msg)
	if e.Hint != "" {
		s += "\n\thint: " + e.Hint
	}
	return s
}

// Errors are all faults of a plan, in the order of their places.
type Errors []*Error

// Error joins the faults, one after the other.
func (es Errors) Error() string {
	s := make([]string, len(es))
	for i, e := range es {
		s[i] = e.Error()
	}
	return strings.Join(s, "\n")
}

// Unwrap returns the faults.
func (es Errors) Unwrap() []error {
	u := make([]error, len(es))
	for i, e := range es {
		u[i] = e
	}
	return u
}
