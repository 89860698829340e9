// SPDX-License-Identifier: Apache-2.0

// Package cleanroom says what a build hands to a clean room. Rows about people
// are read in its engines alone; what comes out is dp.Tallies.
package cleanroom

import (
	"errors"
	"fmt"
	"log/slog"

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
	PhoneKeys PhoneKeys               // phone numbers are hashed under them
	Workers   int                     // goroutines; GOMAXPROCS if zero
	Memory    int64                   // bytes; a need that is larger is refused before reading; 0: no limit
	Progress  func(done, total int64) // bytes of input files; may be nil
}

// Format prints nothing of an input, whatever the verb: it holds a key.
func (Input) Format(f fmt.State, _ rune) { fmt.Fprint(f, "cleanroom.Input(hidden)") }

// PhoneKeys are the keys that phone numbers are hashed under: the current one
// and, while a change of keys is on its way, the one before.
type PhoneKeys [][]byte

const hiddenKeys = "cleanroom.PhoneKeys(hidden)"

// Format prints nothing of the keys, whatever the verb.
func (PhoneKeys) Format(f fmt.State, _ rune) { fmt.Fprint(f, hiddenKeys) }

// LogValue logs nothing of the keys.
func (PhoneKeys) LogValue() slog.Value { return slog.StringValue(hiddenKeys) }

// MarshalText refuses: keys do not travel.
func (PhoneKeys) MarshalText() ([]byte, error) {
	return nil, errors.New("cleanroom: keys do not travel")
}
