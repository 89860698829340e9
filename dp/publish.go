// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"context"

	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/release"
)

// Publish is the only way out for an exact count. It draws the noise, makes the
// numbers consistent, decides what is withheld, fills the draft's tables, and
// commits cost and released bytes in one ledger transaction. It returns the
// release only once the ledger holds it: a crash on the way loses time, never
// privacy. The tallies are consumed, also by a failure.
//
// draft has labels and shape but no numbers: one release.Table for each table
// of the workload, its cells in the workload's order. Publish refuses a
// reservation, tallies or draft that belong to another plan or workload.
func Publish(ctx context.Context, res *ledger.Reservation, s *Strategy, t Tallies, draft *release.Release) (*release.Release, error) {
	panic("contract: to be built")
}
