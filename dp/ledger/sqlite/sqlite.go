// SPDX-License-Identifier: Apache-2.0

// Package sqlite keeps a ledger in one SQLite file. Everything that is committed
// has reached the disk (WAL, synchronous FULL); file and key are readable by
// their owner alone.
package sqlite

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/throng-dp/throng/dp/failpoint"
	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/ledger/internal/disk"
	"github.com/throng-dp/throng/dp/ledger/internal/tables"
)

// Options of Create and Open; the zero value is right for users.
type Options struct {
	KeyFile string // "ledger.key" beside the database if empty

	// Of Create, for a ledger that is to take over another: its URL, and the file
	// of its key. Nothing draws on the new one before it has arrived.
	Origin, KeyFrom string
	Now             func() time.Time // time.Now if nil
}

func (o Options) keyFile(path string) string {
	if o.KeyFile != "" {
		return o.KeyFile
	}
	return filepath.Join(filepath.Dir(path), "ledger.key")
}

// Create makes an empty ledger (0600) and its key file (0600). It refuses to
// overwrite either. The ledger is built aside and takes its name only when it is
// whole.
func Create(ctx context.Context, path string, o Options) (*ledger.Ledger, error) {
	if err := disk.MustNotExist(path); err != nil {
		return nil, err
	}
	if o.Origin != "" {
		return createCopy(ctx, path, o)
	}
	if err := disk.MustNotExist(o.keyFile(path)); err != nil {
		return nil, err
	}
	if err := makeFile(ctx, path, nil); err != nil {
		return nil, err
	}
	if err := disk.MakeKey(o.keyFile(path)); err != nil {
		return nil, errors.Join(err, os.Remove(path))
	}
	return Open(ctx, path, o)
}

// createCopy makes a ledger that takes over another's key.
func createCopy(ctx context.Context, path string, o Options) (*ledger.Ledger, error) {
	key, wrote, err := disk.TakeKey(o.keyFile(path), o.KeyFrom)
	if err != nil {
		return nil, err
	}
	m, err := ledger.Copied(key, o.Origin, o.Now)
	if err == nil {
		err = makeFile(ctx, path, &m)
	}
	if err != nil {
		if wrote {
			err = errors.Join(err, os.Remove(o.keyFile(path)))
		}
		return nil, err
	}
	return Open(ctx, path, o)
}

// makeFile makes an empty ledger in one step: a crash leaves either a whole one
// or an empty file, which Open refuses.
func makeFile(ctx context.Context, path string, m *ledger.Meta) error {
	claim, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return disk.CannotWrite(path, err)
	}
	aside := path + ".new"
	err = errors.Join(claim.Close(), build(ctx, aside, m))
	if err == nil {
		err = os.Rename(aside, path)
	}
	if err == nil {
		err = disk.SyncFolder(filepath.Dir(path))
	}
	if err != nil {
		_ = os.Remove(aside)
		return errors.Join(disk.CannotWrite(path, err), os.Remove(path))
	}
	return nil
}

// build makes a ledger without rows, but for its meta, at a place of its own.
func build(ctx context.Context, path string, m *ledger.Meta) error {
	// What an interrupted attempt left must not be read into this one.
	for _, old := range []string{path, path + "-wal", path + "-shm"} {
		if err := os.Remove(old); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	// The file is there first, with its permissions: SQLite's own files beside it
	// take them over.
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := (&migration{path: path, now: time.Now}).run(ctx, schema); err != nil || m == nil {
		return err
	}
	db, err := connect(path)
	if err != nil {
		return err
	}
	err = tables.New(ctx, db, tables.SQLite).SetMeta(*m)
	if err == nil {
		_, err = db.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	}
	return errors.Join(err, db.Close())
}

// Open opens a ledger that exists. It never creates one: ledger.ErrMissing.
func Open(ctx context.Context, path string, o Options) (*ledger.Ledger, error) {
	failpoint.At("store.open")
	if err := looksRight(path); err != nil {
		return nil, err
	}
	failpoint.At("store.key")
	key, err := disk.ReadKey(o.keyFile(path))
	if err != nil {
		return nil, err
	}
	db, err := connect(path)
	if err != nil {
		return nil, err
	}
	s := &store{db: db, path: path}
	if err := s.ready(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	failpoint.At("store.ready")
	return ledger.New(ctx, s, key, o.Now)
}
