// SPDX-License-Identifier: Apache-2.0

package audience

import (
	"context"
	"log/slog"
	"time"

	"github.com/throng-dp/throng/audience/cleanroom"
	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/release"
)

// A Job says what to build and with what.
type Job struct {
	Plan     *plan.File              // Required.
	Date     string                  // A day that is over, 2006-01-02; yesterday in the plan's zone if empty.
	Engine   Engine                  // Counts the plan. Required.
	Ledger   *ledger.Ledger          // Pays for it; opened, never created, here. Required.
	Root     string                  // Folder of the data; the plan's if empty.
	Out      string                  // Folder of releases; "releases" beside the plan if empty.
	Phones   cleanroom.PhoneKeys     // Phone numbers are hashed under them; needed where the plan has such.
	Runner   ledger.Signer           // Signs the build; needed once the ledger knows a runner's key.
	Shrunk   bool                    // Take choices that shrank, if two approvers accepted them for this build.
	Restate  bool                    // Draw anew where a release stands, and charge.
	Workers  int                     // Goroutines of the engine; GOMAXPROCS if zero.
	Memory   int64                   // Bytes the engine may need; no limit if zero.
	Version  string                  // Of the program, for the manifest.
	Progress func(done, total int64) // Bytes of input files; may be nil.
	Log      *slog.Logger            // Steps, never counts; discarded if nil.
	Now      func() time.Time        // time.Now if nil.

	Rehearsal bool // The data are invented, and the release says so.
}

// A Result is a release and where it was written.
type Result struct {
	Release  *release.Release
	Path     string      // folder of the release's files
	Account  string      // that was charged for it
	Existing bool        // it stood already: nothing was counted, drawn or charged
	Spent    ledger.Cost // zero if Existing
}

// Build builds a plan for one day. A release of the same account, plan and day
// that stands already is written again from the ledger's bytes, whatever the
// inputs are by now. Its errors are of type *fault.Error or plan.Errors, or
// the context's.
func Build(ctx context.Context, j Job) (*Result, error) {
	r, err := newRun(j)
	if err != nil {
		return nil, err
	}
	rec := r.openRecord()
	result, err := r.build(ctx)
	err = Fault(r.whoAccepts(ctx, err))
	rec.close(r, result, err)
	return result, err
}
