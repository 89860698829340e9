// SPDX-License-Identifier: Apache-2.0

package audience

import (
	"context"
	"path/filepath"

	"github.com/throng-dp/throng/dp/failpoint"
	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/release"
)

// Retract takes a release back: the ledger marks it, and its files below out,
// if they are there, are moved aside. It returns where to; nothing is refunded.
// One that was taken back already stays so, and its files are moved if a run that
// died left them.
func Retract(ctx context.Context, l *ledger.Ledger, p *ledger.Posted, out, reason string) (moved string, err error) {
	if err := l.Retract(ctx, p.ID, reason); err != nil {
		return "", err
	}
	failpoint.At("retract.marked")
	folder := filepath.Join(out, p.Plan, "date="+p.Date)
	return takeAway(folder, p.ID)
}

// NobodyThere tells whether the released population cannot be told from 0: it
// lies below 1.64 of its standard deviations (R19). It is judged by released
// numbers, so saying it costs nothing.
func NobodyThere(rel *release.Release) bool {
	c := rel.Population()
	return c != nil && c.Unbiased != nil && c.StdDev != nil && *c.Unbiased < 1.64**c.StdDev
}
