// SPDX-License-Identifier: Apache-2.0

// Package sqlite keeps a ledger in one SQLite file.
package sqlite

import (
	"context"
	"time"

	"github.com/throng-dp/throng/dp/ledger"
)

// Options of Create and Open; the zero value is right for users.
type Options struct {
	KeyFile string           // "ledger.key" beside the database if empty
	Now     func() time.Time // time.Now if nil
}

// Create makes an empty ledger (0600) and its key file (0600). It refuses to
// overwrite either.
func Create(ctx context.Context, path string, o Options) (*ledger.Ledger, error) {
	panic("contract: to be built")
}

// Open opens a ledger that exists. It never creates one: ledger.ErrMissing.
func Open(ctx context.Context, path string, o Options) (*ledger.Ledger, error) {
	panic("contract: to be built")
}
