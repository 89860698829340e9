// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/pressly/goose/v3"

	"github.com/throng-dp/throng/dp/failpoint"
	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/ledger/internal/disk"
	"github.com/throng-dp/throng/dp/ledger/internal/tables"
)

//go:embed migrations/*.sql migrations/2/*.sql migrations/3/*.sql
var migrations embed.FS

// schema is the number of the newest migration: the version this program reads
// and writes. Others are refused, never converted in passing.
const schema = 3

// A migration brings a file to the present schema. Each step is one
// transaction, together with goose's own note of it.
type migration struct {
	path   string
	now    func() time.Time
	backup string // where the file is copied to before it is changed; empty for a new one
	saved  bool   // it was copied
}

func (m *migration) run(ctx context.Context, upTo int64) error {
	// Tables that others refer to are replaced, which SQLite wants foreign keys
	// off for; they are checked before the commit.
	db, err := connectWith(m.path, "OFF")
	if err != nil {
		return err
	}
	folder, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return errors.Join(err, db.Close())
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, folder, goose.WithDisableGlobalRegistry(true),
		goose.WithGoMigrations(goose.NewGoMigration(2, &goose.GoFunc{RunTx: m.two}, nil), goose.NewGoMigration(3, &goose.GoFunc{RunTx: m.three}, nil)))
	if err == nil {
		_, err = p.UpTo(ctx, upTo)
	}
	if err == nil {
		_, err = db.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	}
	return errors.Join(err, db.Close())
}

// two takes a ledger from schema 1 to 2: entries are chained and new kinds of
// them possible, accounts may divide others, caps may grow.
func (m *migration) two(ctx context.Context, t *sql.Tx) error {
	if err := m.save(ctx); err != nil {
		return err
	}
	failpoint.At("upgrade.copied")
	if err := script(ctx, t, "migrations/2/tables.sql"); err != nil {
		return err
	}
	failpoint.At("upgrade.tables")
	x := tables.New(ctx, t, tables.SQLite)
	if err := ledger.Upgraded(x, m.now(), "schema 1 to 2", func(r *ledger.Record) error {
		return x.Exec("UPDATE entries SET prev = ?, hash = ? WHERE seq = ?", r.Prev[:], r.Hash[:], r.Seq)
	}); err != nil {
		return err
	}
	failpoint.At("upgrade.linked")
	if err := script(ctx, t, "migrations/2/triggers.sql"); err != nil {
		return err
	}
	return x.Each(func(*sql.Rows) error { return errors.New("a row refers to one that is not there") }, "PRAGMA foreign_key_check")
}

// three adds the index that finds what was signed.
func (m *migration) three(ctx context.Context, t *sql.Tx) error {
	if err := m.save(ctx); err != nil {
		return err
	}
	return script(ctx, t, "migrations/3/signed.sql")
}

// save copies the file before its first change. The transaction has the write
// lock already: the copy is of the very state that is converted.
func (m *migration) save(ctx context.Context) error {
	if m.backup == "" || m.saved {
		return nil
	}
	m.saved = true
	return copyTo(ctx, m.path, m.backup)
}

func script(ctx context.Context, t *sql.Tx, name string) error {
	text, err := migrations.ReadFile(name)
	if err == nil {
		_, err = t.ExecContext(ctx, string(text))
	}
	return err
}

// Upgrade converts a ledger that an older program made, one transaction for each
// schema, after copying it to a new file (0600) beside it whose name it returns. What
// the entries add up to is verified before the commit. A crash leaves the ledger
// as it was, or of a schema between; running it again makes another copy and converts. A ledger of the
// present schema is left alone, and no copy is made.
func Upgrade(ctx context.Context, path string, o Options) (backup string, err error) {
	if err := looksRight(path); err != nil {
		return "", err
	}
	if _, err := disk.ReadKey(o.keyFile(path)); err != nil {
		return "", err
	}
	version, err := versionOf(ctx, path)
	switch {
	case err != nil:
		return "", err
	case version > schema:
		return "", newer(path, version)
	case version < 1:
		return "", wrong(path, "a ledger without tables", "restore it from a backup")
	case version == schema:
		return "", nil
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	m := &migration{path: path, now: o.Now}
	m.backup, err = free(fmt.Sprintf("%s.schema%d-%s", path, version, o.Now().UTC().Format("20060102T150405Z")))
	if err != nil {
		return "", err
	}
	if err := m.run(ctx, schema); err != nil {
		return "", (&store{path: path}).explain(err)
	}
	l, err := Open(ctx, path, o)
	if err != nil {
		return m.backup, err
	}
	return m.backup, l.Close()
}

// versionOf reads the schema of a ledger, examining its pages.
func versionOf(ctx context.Context, path string) (version int64, err error) {
	db, err := connect(path)
	if err != nil {
		return 0, err
	}
	s := &store{db: db, path: path}
	defer s.Close()
	if err := s.pragmaCheck(ctx, "integrity_check"); err != nil {
		return 0, err
	}
	return s.version(ctx)
}

// free returns a name that no file has.
func free(name string) (string, error) {
	for i := 0; ; i++ {
		try := name
		if i > 0 {
			try = fmt.Sprintf("%s-%d", name, i)
		}
		if _, err := os.Lstat(try); errors.Is(err, fs.ErrNotExist) {
			return try, nil
		} else if err != nil {
			return "", disk.CannotWrite(try, err)
		}
	}
}

// copyTo writes a consistent copy of a ledger, synced, to a file that only its
// owner reads. The copy takes its name when it is whole.
func copyTo(ctx context.Context, path, to string) error {
	aside := to + ".part"
	// SQLite fills an empty file, and leaves it its permissions.
	f, err := os.OpenFile(aside, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return disk.CannotWrite(to, err)
	}
	db, err := connect(path)
	if err == nil {
		_, err = db.ExecContext(ctx, "VACUUM INTO ?", aside)
		err = errors.Join(err, db.Close())
	}
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(aside, to)
	}
	if err == nil {
		err = disk.SyncFolder(filepath.Dir(to))
	}
	if err != nil {
		return errors.Join(disk.CannotWrite(to, err), os.Remove(aside))
	}
	return nil
}
