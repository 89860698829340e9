// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/throng-dp/throng/dp/failpoint"
)

// A session is one transaction on a connection of its own.
type session struct {
	*sql.Conn
	store *store
	said  []string // what the words that opened it returned
	over  bool     // committed, or known to be rolled back

	waiting pgx.Batch // statements that go to the server with the next question
	err     error     // why one of them failed
}

// begin opens a transaction. What it returns as again has left nothing behind.
func (s *store) begin(ctx context.Context, words string) (*session, error) {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return nil, s.explain(ctx, err)
	}
	c := &session{Conn: conn, store: s}
	results, err := c.simple(ctx, words)
	if err != nil {
		err = c.failed(ctx, err)
		c.end()
		return nil, err
	}
	for _, v := range results[len(results)-1].Rows[0] {
		c.said = append(c.said, string(v))
	}
	return c, nil
}

// mostWaiting is how many statements are kept back. A build has about ten; a
// move has one for each entry and for each release, with its bytes.
const mostWaiting = 64

// ExecContext keeps a statement back, whose answer nobody waits for: several go to
// the server in one message. What is wrong with one is told by the commit at the
// latest.
func (c *session) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	c.waiting.Queue(query, args...)
	if c.waiting.Len() < mostWaiting {
		return driver.RowsAffected(0), nil
	}
	return driver.RowsAffected(0), c.flush(ctx)
}

// QueryContext asks a question about what the statements before it have done.
func (c *session) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := c.flush(ctx); err != nil {
		return nil, err
	}
	return c.Conn.QueryContext(ctx, query, args...)
}

// QueryRowContext is QueryContext for one row. The error of an earlier statement
// shows as that of an aborted transaction; failed tells the first one.
func (c *session) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	_ = c.flush(ctx)
	return c.Conn.QueryRowContext(ctx, query, args...)
}

// flush sends the statements that wait.
func (c *session) flush(ctx context.Context) error {
	if c.waiting.Len() == 0 || c.err != nil {
		return c.err
	}
	c.err = c.Raw(func(conn any) error {
		return conn.(*stdlib.Conn).Conn().SendBatch(ctx, &c.waiting).Close()
	})
	c.waiting = pgx.Batch{}
	return c.err
}

// simple sends words as they are, which database/sql has no call for.
func (c *session) simple(ctx context.Context, words string) (results []*pgconn.Result, err error) {
	err = c.Raw(func(conn any) error {
		results, err = conn.(*stdlib.Conn).Conn().PgConn().Exec(ctx, words).ReadAll()
		return err
	})
	return results, err
}

// alive reports whether the connection still is one.
func (c *session) alive() bool {
	return c.Raw(func(conn any) error {
		if conn.(*stdlib.Conn).Conn().IsClosed() {
			return sql.ErrConnDone
		}
		return nil
	}) == nil
}

// failed tells what an error within the transaction means. It did not take
// place, whatever the error was.
func (c *session) failed(ctx context.Context, err error) error {
	if c.err != nil {
		err = c.err
	}
	switch {
	case ctx.Err() != nil:
		return errors.Join(ctx.Err(), err)
	case code(err) == "" && !c.alive():
		return again{c.store.away("the connection was lost")}
	}
	return c.store.explain(ctx, err)
}

// commit ends the transaction, and reports whether it is known what became of
// it. A caller who gives up meanwhile does not cut it off.
func (c *session) commit(ctx context.Context) (known bool, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recovery)
	defer cancel()
	var results []*pgconn.Result
	err = failpoint.Do("store.commit", func() (err error) {
		results, err = c.simple(ctx, "COMMIT")
		return err
	})
	if err != nil {
		// Only an ERROR of the server's own says that there was no commit. The
		// driver calls some errors safe that come after the word was sent.
		var e *pgconn.PgError
		known = errors.As(err, &e) && e.Severity == "ERROR"
		c.over = known
		return known, c.store.explain(ctx, err)
	}
	c.over = true
	if tag := results[0].CommandTag.String(); tag != "COMMIT" {
		return true, c.store.wrong("a statement failed before the commit: "+tag, "")
	}
	return true, nil
}

// end gives the connection back, or drops it if it is not in order.
func (c *session) end() {
	var err error
	if !c.over {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_, err = c.simple(ctx, "ROLLBACK")
	}
	if err != nil {
		_ = c.Raw(func(any) error { return driver.ErrBadConn })
	}
	_ = c.Close()
}
