// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"github.com/throng-dp/throng/dp/failpoint"
	"github.com/throng-dp/throng/dp/ledger/internal/disk"
)

// A migration brings a schema to the present version. Each step is one
// transaction, together with goose's own note of it.
type migration struct {
	backup string // schema that the tables are copied to before they are changed; empty for new ones
	saved  bool   // they were
}

// run applies what is missing to the schema that db's sessions look into.
func (m *migration) run(ctx context.Context, db *sql.DB) error {
	folder, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	g, err := goose.NewProvider(goose.DialectPostgres, db, folder, goose.WithDisableGlobalRegistry(true),
		goose.WithGoMigrations(goose.NewGoMigration(2, &goose.GoFunc{RunTx: m.two}, nil)))
	if err == nil {
		_, err = g.Up(ctx)
	}
	return err
}

// two adds the index that finds what was signed.
func (m *migration) two(ctx context.Context, t *sql.Tx) error {
	if err := m.save(ctx, t); err != nil {
		return err
	}
	text, err := migrations.ReadFile("migrations/2/signed.sql")
	if err == nil {
		_, err = t.ExecContext(ctx, string(text))
	}
	failpoint.At("upgrade.indexed")
	return err
}

// save copies the tables before their first change, in the turn of a writer: the
// copy is of the very state that is converted, and is there if that is.
func (m *migration) save(ctx context.Context, t *sql.Tx) error {
	if m.backup == "" || m.saved {
		return nil
	}
	m.saved = true
	statements := []string{"LOCK TABLE turn IN EXCLUSIVE MODE", "CREATE SCHEMA " + m.backup}
	for _, table := range []string{"meta", "accounts", "balances", "holds", "entries", "releases", "goose_db_version"} {
		statements = append(statements, fmt.Sprintf("CREATE TABLE %s.%s AS TABLE %s", m.backup, table, table))
	}
	for _, q := range statements {
		if _, err := t.ExecContext(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

// Upgrade converts a ledger that an older program made, in one transaction,
// after copying its tables to a schema beside its own, whose name it returns. A
// crash leaves the ledger as it was. A ledger of the present version is left
// alone, and no copy is made.
func Upgrade(ctx context.Context, at string, o Options) (backup string, err error) {
	if err := o.valid(); err != nil {
		return "", err
	}
	place, err := parse(at)
	if err != nil {
		return "", err
	}
	s := newStore(place)
	defer s.db.Close()
	version, err := s.version(ctx)
	if err != nil {
		return "", err
	}
	if _, err := disk.ReadKey(o.KeyFile); err != nil {
		return "", err
	}
	switch {
	case version > schema:
		return "", s.newer(version)
	case version < 1:
		return "", s.wrong("a ledger without tables", "restore it from a backup")
	case version == schema:
		return "", nil
	}
	now := time.Now
	if o.Now != nil {
		now = o.Now
	}
	m := &migration{backup: fmt.Sprintf("%s_v%d_%s", place.schema, version, now().UTC().Format("060102150405"))}
	db := stdlib.OpenDB(*place.config)
	defer db.Close()
	if err := m.run(ctx, db); err != nil {
		return "", s.settled(ctx, err)
	}
	l, err := Open(ctx, at, o)
	if err != nil {
		return m.backup, err
	}
	return m.backup, errors.Join(l.Verify(ctx), l.Close())
}
