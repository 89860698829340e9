// SPDX-License-Identifier: Apache-2.0

// Package sqlite keeps a ledger in one SQLite file. Everything that is committed
// has reached the disk (WAL, synchronous FULL); file and key are readable by
// their owner alone.
package sqlite

import (
	"context"
	"errors"
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
// whole; then its key is written, and then the two are bound together. Whoever is
// stopped in between calls it again, and it goes on from there: a ledger without a
// key was never used.
func Create(ctx context.Context, path string, o Options) (*ledger.Ledger, error) {
	taken := disk.MustNotExist(path)
	switch {
	case o.Origin != "" && taken == nil:
		return createCopy(ctx, path, o)
	case taken == nil:
		if err := disk.MustNotExist(o.keyFile(path)); err != nil {
			return nil, err
		}
		if err := makeFile(ctx, path, nil); err != nil {
			return nil, err
		}
	case o.Origin != "" || !unused(ctx, path):
		return nil, taken
	}
	disk.Sweep(path)
	failpoint.At("init.placed")
	missing := disk.MustNotExist(o.keyFile(path)) == nil
	if missing {
		if err := disk.MakeKey(o.keyFile(path)); err != nil {
			return nil, err
		}
	}
	failpoint.At("init.keyed")
	l, err := Open(ctx, path, o)
	if missing && errors.Is(err, ledger.ErrKey) { // another run was faster, with another key
		return nil, errors.Join(disk.MustNotExist(path), os.Remove(o.keyFile(path)))
	}
	return l, err
}

// unused tells whether a ledger was made and never bound to a key. Nothing can
// have been drawn on it.
func unused(ctx context.Context, path string) bool {
	if looksRight(path) != nil {
		return false
	}
	db, err := connect(path)
	if err != nil {
		return false
	}
	s := &store{db: db, path: path}
	defer s.Close()
	var m ledger.Meta
	err = s.ready(ctx)
	if err == nil {
		err = s.View(ctx, func(tx ledger.Tx) (err error) {
			m, err = tx.Meta()
			return err
		})
	}
	return err == nil && m.ID == ""
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

// makeFile makes an empty ledger in one step: a crash leaves a whole one, or none.
func makeFile(ctx context.Context, path string, m *ledger.Meta) error {
	aside := disk.Aside(path)
	err := build(ctx, aside, m)
	if err == nil {
		err = disk.Place(aside, path)
	}
	if err != nil {
		for _, file := range []string{aside, aside + "-wal", aside + "-shm"} {
			_ = os.Remove(file)
		}
		return disk.CannotWrite(path, err)
	}
	return nil
}

// build makes a ledger without rows, but for its meta, at a place of its own.
func build(ctx context.Context, path string, m *ledger.Meta) error {
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
	if err := disk.OneName(path); err != nil {
		return nil, err
	}
	cut, err := logWhole(path)
	if err != nil {
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
	err = s.ready(ctx)
	if err == nil && cut {
		// Where another process reads or writes it stays as it is, which is safe.
		_, err = db.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
		err = s.explain(err)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	failpoint.At("store.ready")
	return ledger.New(ctx, s, key, o.Now)
}
