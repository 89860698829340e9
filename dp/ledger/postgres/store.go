// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/stdlib"

	"github.com/throng-dp/throng/dp/failpoint"
	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/ledger/internal/tables"
)

// patience is how long a transaction waits for its turn, and for a server that
// is away; recovery how long a commit whose answer was lost is looked up.
var (
	patience = failpoint.Shorter(5 * time.Second)
	recovery = failpoint.Shorter(15 * time.Second)
)

// A store is a ledger.Store in one schema.
type store struct {
	db    *sql.DB
	place *place

	// Transactions of one store follow each other, so that one number tells
	// which of them was committed last.
	turn   chan struct{}
	writer string // random: this store, of this process
	number int64
}

func newStore(p *place) *store {
	db := stdlib.OpenDB(*p.config)
	db.SetMaxOpenConns(8)
	db.SetConnMaxIdleTime(time.Minute)
	return &store{db: db, place: p, turn: make(chan struct{}, 1), writer: strings.ToLower(rand.Text())}
}

// An again is why a transaction did not take place, for a reason that another
// try may not meet.
type again struct{ error }

func (a again) Unwrap() error { return a.error }

// retried calls try until it does not ask to be called again, a little later
// each time, as long as patience lasts.
func retried(ctx context.Context, try func() error) error {
	deadline := time.Now().Add(patience)
	for wait := 10 * time.Millisecond; ; wait = min(2*wait, 200*time.Millisecond) {
		err := try()
		var a again
		if !errors.As(err, &a) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
		if time.Now().After(deadline) {
			return a.error
		}
	}
}

// Update implements ledger.Store.
func (s *store) Update(ctx context.Context, f func(ledger.Tx) error) error {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(patience):
		return s.busy("this run is writing to the ledger")
	}
	return retried(ctx, func() error { return s.write(ctx, f) })
}

// The words that open a transaction go to the server in one message. Its lock
// comes before anything is read, so that what it reads is what the last writer
// left. Nobody but a ledger's writers locks the table, and readers never wait.
//
// With the lock nothing is left for SERIALIZABLE to find among a ledger's own
// writers; it would refuse some of them all the same, because the server gives
// up table locks a moment before it forgets what a transaction has read. REPEATABLE
// READ refuses to overwrite what somebody changed who took no turn.
const (
	openTurn = "LOCK TABLE turn IN EXCLUSIVE MODE; "
	openSafe = "SELECT current_setting('synchronous_commit'), current_setting('fsync'), current_setting('full_page_writes')"
	openNote = "INSERT INTO writers (id, last) VALUES ('%s', %d) ON CONFLICT (id) DO UPDATE SET last = excluded.last, at = now(); "

	beginWrite = "BEGIN ISOLATION LEVEL REPEATABLE READ; " + openTurn + openNote + openSafe
	beginRead  = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; " + openSafe
	beginLook  = "BEGIN; " + openTurn + "SELECT coalesce((SELECT last FROM writers WHERE id = '%s'), 0)"
)

func (s *store) write(ctx context.Context, f func(ledger.Tx) error) error {
	s.number++
	c, err := s.begin(ctx, fmt.Sprintf(beginWrite, s.writer, s.number))
	if err != nil {
		return err
	}
	defer c.end()
	if err := s.safe(c.said); err != nil {
		return err
	}
	failpoint.At("store.begun")
	err = f(tables.New(ctx, c, tables.PostgreSQL))
	if err == nil {
		err = c.flush(ctx)
	}
	if err != nil {
		return c.failed(ctx, err)
	}
	known, err := c.commit(ctx)
	failpoint.At("store.committed")
	if !known {
		c.end() // its turn, should the connection still be there
		return s.lookUp(ctx)
	}
	return err
}

// lookUp finds out what became of a commit whose answer was lost. It waits for
// the transaction's turn to end: until then it could still be committed.
func (s *store) lookUp(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recovery)
	defer cancel()
	for {
		c, err := s.begin(ctx, fmt.Sprintf(beginLook, s.writer))
		if err == nil {
			took := c.said[0] == fmt.Sprint(s.number)
			c.end()
			if took {
				return nil
			}
			return again{s.away("the server lost the connection, and the transaction with it")}
		}
		select {
		case <-ctx.Done():
			return s.away("the connection was lost during a commit, and the server does not answer yet: whether it took place is not known")
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// View implements ledger.Store: it waits for no writer.
func (s *store) View(ctx context.Context, f func(ledger.Tx) error) error {
	var c *session
	if err := retried(ctx, func() (err error) {
		c, err = s.begin(ctx, beginRead)
		return err
	}); err != nil {
		return err
	}
	defer c.end()
	if err := s.safe(c.said); err != nil {
		return err
	}
	if err := f(tables.New(ctx, c, tables.PostgreSQL)); err != nil {
		err = c.failed(ctx, err)
		var a again
		if errors.As(err, &a) { // f may have handed on what it read
			return a.error
		}
		return err
	}
	return nil
}

// safe refuses a server that would call committed what a crash can undo.
func (s *store) safe(said []string) error {
	switch said[0] {
	case "on", "remote_apply", "remote_write", "local":
	default:
		return s.unsafe("synchronous_commit", said[0])
	}
	switch "off" {
	case said[1]:
		return s.unsafe("fsync", said[1])
	case said[2]:
		return s.unsafe("full_page_writes", said[2])
	}
	return nil
}

func (s *store) unsafe(setting, value string) error {
	return &ledger.Refusal{Reason: ledger.ErrStorage, Detail: fmt.Sprintf("%s: %s is %s", s.place.name, setting, value),
		Hint: "a crash would undo what was called committed: set it to on, for this user and database"}
}

// Close implements ledger.Store.
func (s *store) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	// What stays is removed by a later run.
	_, _ = s.db.ExecContext(ctx, "DELETE FROM writers WHERE id = $1 OR at < now() - interval '30 days'", s.writer)
	return s.db.Close()
}
