// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"

	driver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/throng-dp/throng/dp/failpoint"
	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/ledger/internal/tables"
)

// A store is a ledger.Store in one SQLite file.
type store struct {
	db   *sql.DB
	path string
}

// connect opens a database that exists (mode=rw makes none). Transactions take
// the write lock at their beginning, so that what one has read stays true until
// it commits.
func connect(path string) (*sql.DB, error) { return connectWith(path, "ON") }

// connectWith also says whether references between tables are checked.
func connectWith(path, foreignKeys string) (*sql.DB, error) {
	full, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	dsn := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(full)}).EscapedPath(),
		RawQuery: "mode=rw&_txlock=immediate&_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(" + foreignKeys + ")"}
	return sql.Open("sqlite", dsn.String())
}

// Update implements ledger.Store.
func (s *store) Update(ctx context.Context, f func(ledger.Tx) error) error {
	return s.run(ctx, nil, f)
}

// View implements ledger.Store: a plain transaction takes no lock that a writer
// would wait for.
func (s *store) View(ctx context.Context, f func(ledger.Tx) error) error {
	return s.run(ctx, &sql.TxOptions{ReadOnly: true}, f)
}

func (s *store) run(ctx context.Context, o *sql.TxOptions, f func(ledger.Tx) error) error {
	t, err := s.db.BeginTx(ctx, o)
	if err != nil {
		return s.explain(err)
	}
	// After a commit this does nothing; it also ends a transaction in which f
	// panics.
	defer func() { _ = t.Rollback() }()
	failpoint.At("store.begun")
	if err := f(tables.New(ctx, t, tables.SQLite)); err != nil {
		return s.explain(err)
	}
	err = failpoint.Do("store.commit", t.Commit)
	failpoint.At("store.committed")
	if errors.Is(err, sql.ErrTxDone) && ctx.Err() != nil {
		err = ctx.Err() // a signal was faster: nothing of it remains
	}
	return s.explain(err)
}

// Check implements ledger.Store.
func (s *store) Check(ctx context.Context) error {
	if err := s.pragmaCheck(ctx, "integrity_check"); err != nil {
		return err
	}
	rows, err := s.db.QueryContext(ctx, "PRAGMA foreign_key_check")
	if err != nil {
		return s.explain(err)
	}
	defer rows.Close()
	if rows.Next() {
		return wrong(s.path, "a row refers to one that is not there", "restore it from a backup")
	}
	return s.explain(rows.Err())
}

// Close implements ledger.Store.
func (s *store) Close() error { return s.db.Close() }

// explain gives SQLite's errors the meaning that callers decide by.
func (s *store) explain(err error) error {
	var e *driver.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return &ledger.Refusal{Reason: ledger.ErrBusy, Detail: s.path + ": another run is writing to the ledger", Hint: "try again in a moment"}
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR:
		// A plain error is a missing table or column: not the schema it says.
		return wrong(s.path, e.Error(), "restore it from a backup")
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN:
		return &ledger.Refusal{Reason: ledger.ErrStorage, Detail: s.path + ": " + e.Error(), Hint: "the ledger and its folder need room, and to be writable by this user"}
	}
	return fmt.Errorf("%s: %w", s.path, err)
}
