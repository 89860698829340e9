// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"os"
	"time"

	"github.com/throng-dp/throng/dp/ledger/internal/tables"
)

// Schema is the present schema.
const Schema = schema

// MakeSchema makes a ledger without rows of an older schema, as the program of
// that time did.
func MakeSchema(ctx context.Context, path string, version int64) error {
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		return err
	}
	return (&migration{path: path, now: time.Now}).run(ctx, version)
}

// SignedQuery is how a build finds what was signed.
func SignedQuery() string { return tables.SQLite.SignedQuery() }
