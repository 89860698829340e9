// SPDX-License-Identifier: Apache-2.0

package cleanroom

import (
	"math/bits"
	"time"
)

// Choices are what the owner's policy demands of the source of people's choices,
// and what is known of the snapshot that was accepted last. The zero value
// demands nothing but that the source is there and can be read whole.
type Choices struct {
	Now       time.Time     // the age of a snapshot is judged at this moment
	MaxAge    time.Duration // 0: no limit
	MaxShrink float64       // share; 0: no limit
	Before    Snapshot      // accepted last; zero: none
	Forgotten bool          // choices were accepted before, and nobody knows how many bytes they had
	// IgnoreLate: opt-outs that came after their person's window are not applied.
	IgnoreLate bool

	Accept bool           // the owner accepted that the source is smaller than before
	Seen   func(Snapshot) // is told what was accepted; may be nil
}

// A Snapshot is what is kept of a source of choices: when whoever provides it
// says it was taken, and its size. Nobody is counted: how many bytes choices
// take is kept coarse on top (privacy R36).
type Snapshot struct {
	TakenAt time.Time `json:"taken_at,omitzero"`
	Bytes   int64     `json:"bytes"` // cut to one part in 64: see Coarse
}

// sizeBits of a size are kept.
const sizeBits = 7

// Coarse cuts a size to its seven leading bits: it is off by less than one part
// in 64, always downwards.
func Coarse(bytes int64) int64 {
	if drop := bits.Len64(uint64(max(0, bytes))) - sizeBits; drop > 0 {
		return bytes >> drop << drop
	}
	return max(0, bytes)
}
