// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"os"
	"time"
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
