// SPDX-License-Identifier: Apache-2.0

// Package postgres keeps a ledger in a schema of a PostgreSQL database. What is
// committed has reached the server's disk: a server or a session that commits
// without waiting for it (synchronous_commit, fsync, full_page_writes) is
// refused, again at the beginning of every transaction.
//
// Writers take turns by a lock that the server gives up with the transaction,
// whatever becomes of them. A commit whose answer is lost is looked up: each
// writer numbers its transactions, and the number is committed with them.
//
// Passwords come from where PostgreSQL's own programs take them ($PGPASSWORD,
// $PGPASSFILE, ~/.pgpass, a service file), never from a URL, and are in no error.
package postgres

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/throng-dp/throng/dp/failpoint"
	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/ledger/internal/disk"
)

// Options of Create and Open.
type Options struct {
	KeyFile string           // Required: a server keeps no key of ours.
	Now     func() time.Time // time.Now if nil.

	// Of Create, for a ledger that is to take over another: its URL, and the file
	// of its key. Nothing draws on the new one before it has arrived.
	Origin, KeyFrom string
}

// Create makes an empty ledger in a schema that does not exist yet, and its key
// file (0600). It refuses to overwrite either. The schema is built under another
// name and takes its own when it is whole; then the key is written, and then the
// two are bound together. Whoever is stopped in between calls it again, and it
// goes on from there: a ledger without a key was never used.
func Create(ctx context.Context, at string, o Options) (*ledger.Ledger, error) {
	if err := o.valid(); err != nil {
		return nil, err
	}
	place, err := parse(at)
	if err != nil {
		return nil, err
	}
	if o.Origin != "" {
		return createCopy(ctx, at, place, o)
	}
	made, err := place.unused(ctx)
	if err != nil {
		return nil, err
	}
	missing := disk.MustNotExist(o.KeyFile)
	if !made {
		if missing != nil {
			return nil, missing
		}
		if err := place.build(ctx, nil); err != nil {
			return nil, err
		}
	}
	failpoint.At("init.placed")
	if missing == nil {
		if err := disk.MakeKey(o.KeyFile); err != nil {
			return nil, err
		}
	}
	failpoint.At("init.keyed")
	l, err := Open(ctx, at, o)
	if missing == nil && errors.Is(err, ledger.ErrKey) { // another run was faster, with another key
		return nil, errors.Join(place.taken(), os.Remove(o.KeyFile))
	}
	return l, err
}

// createCopy makes a ledger that takes over another's key.
func createCopy(ctx context.Context, at string, place *place, o Options) (*ledger.Ledger, error) {
	key, wrote, err := disk.TakeKey(o.KeyFile, o.KeyFrom)
	if err != nil {
		return nil, err
	}
	m, err := ledger.Copied(key, o.Origin, o.Now)
	if err == nil {
		err = place.build(ctx, &m)
	}
	if err != nil {
		if wrote {
			err = errors.Join(err, os.Remove(o.KeyFile))
		}
		return nil, err
	}
	return Open(ctx, at, o)
}

// Open opens a ledger that exists. It never creates one: ledger.ErrMissing.
func Open(ctx context.Context, at string, o Options) (*ledger.Ledger, error) {
	if err := o.valid(); err != nil {
		return nil, err
	}
	place, err := parse(at)
	if err != nil {
		return nil, err
	}
	failpoint.At("store.open")
	s := newStore(place)
	if err := s.ready(ctx); err != nil {
		return nil, errors.Join(err, s.db.Close())
	}
	failpoint.At("store.key")
	key, err := disk.ReadKey(o.KeyFile)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	failpoint.At("store.ready")
	return ledger.New(ctx, s, key, o.Now)
}

func (o Options) valid() error {
	if o.KeyFile == "" {
		return &ledger.Refusal{Reason: ledger.ErrKey, Detail: "a ledger in PostgreSQL has its key in a file of its own",
			Hint: "name it: --key-file FILE or $THRONG_KEY_FILE"}
	}
	return nil
}
