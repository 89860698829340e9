// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Version is the schema that this program reads and writes.
const Version = schema

// A Copy is an older state of a ledger in a file of its own.
type Copy struct {
	Path    string
	Entries int64
	Newest  time.Time // ledger time of its last entry
}

// Copies returns the copies of the ledger with an id that stand beside a file,
// such as those that Upgrade makes, by name. It changes none of them; what
// cannot be read is none.
func Copies(ctx context.Context, path, id string) (all []Copy) {
	files, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return nil
	}
	for _, f := range files {
		other := filepath.Join(filepath.Dir(path), f.Name())
		if !f.Type().IsRegular() || f.Name() == filepath.Base(path) || strings.HasSuffix(f.Name(), "-wal") || strings.HasSuffix(f.Name(), "-shm") || looksRight(other) != nil {
			continue
		}
		if c, ok := copyOf(ctx, other, id); ok {
			all = append(all, c)
		}
	}
	return all
}

// copyOf looks at one file without locking it, or making files beside it.
func copyOf(ctx context.Context, path, id string) (c Copy, ok bool) {
	full, err := filepath.Abs(path)
	if err != nil {
		return c, false
	}
	dsn := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(full)}).EscapedPath(), RawQuery: "mode=ro&immutable=1"}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return c, false
	}
	defer db.Close()
	var whose string
	var at int64
	err = db.QueryRowContext(ctx, "SELECT id, (SELECT count(*) FROM entries), (SELECT coalesce(max(at), 0) FROM entries) FROM meta").Scan(&whose, &c.Entries, &at)
	c.Path, c.Newest = path, time.Unix(0, at).UTC()
	return c, err == nil && whose == id
}
