// SPDX-License-Identifier: Apache-2.0

// Package consent reads people's choices and answers who may not be counted.
// The source is read whole, or the run stops: it fails closed.
package consent

import (
	"context"
	"time"

	"github.com/throng-dp/throng/audience/plan"
)

// A Register knows who opted out of one purpose at one time.
type Register struct{ out map[string]struct{} }

// Check finds the source and checks that it can be read: paths, header or
// schema, columns. It reads no choice.
func Check(ctx context.Context, root string, o *plan.OptOuts, neverRead []string) error {
	panic("contract: to be built")
}

// Read reads all choices that are in force for a purpose at asOf. zone is that
// of times without one. Its errors are *fault.Error of kind Consent.
func Read(ctx context.Context, root string, o *plan.OptOuts, purpose string, asOf time.Time, zone *time.Location, neverRead []string) (*Register, error) {
	panic("contract: to be built")
}

// OptedOut tells whether the person with this canonical key may not be counted.
func (r *Register) OptedOut(key string) bool { panic("contract: to be built") }
