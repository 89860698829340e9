// SPDX-License-Identifier: Apache-2.0

// Package cleanroom says what a build hands to a clean room. Rows about people
// are read in its engines alone; what comes out is dp.Tallies.
package cleanroom

import (
	"fmt"

	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/audience/rule"
	"github.com/throng-dp/throng/dp"
)

// An Input is everything that one count of a plan depends on.
type Input struct {
	Plan      *plan.Plan
	Calendar  *rule.Calendar
	Strategy  *dp.Strategy            // what the tallies will be paid by
	Root      string                  // folder that the plan's paths are relative to
	NeverRead []string                // columns that the owner's policy forbids to open
	MinAge    int                     // years; 0: none
	Choices   Choices                 // what the policy demands of the source of opt-outs
	BoundKey  []byte                  // chooses the kept segments of people over the cap
	Workers   int                     // goroutines; GOMAXPROCS if zero
	Memory    int64                   // bytes; a need that is larger is refused before reading; 0: no limit
	Progress  func(done, total int64) // bytes of input files; may be nil
}

// Format prints nothing of an input, whatever the verb: it holds a key.
func (Input) Format(f fmt.State, _ rune) { fmt.Fprint(f, "cleanroom.Input(hidden)") }
