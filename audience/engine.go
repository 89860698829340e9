// SPDX-License-Identifier: Apache-2.0

package audience

import (
	"context"

	"github.com/throng-dp/throng/audience/cleanroom"
	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/audience/rule"
	"github.com/throng-dp/throng/dp"
)

// An Engine counts people in a clean room. Its errors are of type *fault.Error.
type Engine interface {
	// Columns returns the columns of a table as its files have them, without
	// a kind where rules cannot see them; schemas of footers only.
	Columns(ctx context.Context, root string, s *plan.Source, neverRead []string) ([]rule.Column, error)
	// Files returns the names of the files that a table is read from, relative to
	// root and with slashes. It opens none of them.
	Files(ctx context.Context, root string, s *plan.Source) ([]string, error)
	// Check does everything that can be checked before a row is read.
	Check(ctx context.Context, in *cleanroom.Input) error
	// Tally counts.
	Tally(ctx context.Context, in *cleanroom.Input) (dp.Tallies, error)
}
