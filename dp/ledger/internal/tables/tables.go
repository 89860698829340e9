// SPDX-License-Identifier: Apache-2.0

// Package tables reads and writes the rows of a ledger by SQL that SQLite and
// PostgreSQL both understand, so that the two stores cannot differ in it.
package tables

import (
	"context"
	"database/sql"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A Dialect is how a database writes its parameters.
type Dialect struct{ prefix string }

// The dialects of the two stores.
var (
	SQLite     = &Dialect{"?"}
	PostgreSQL = &Dialect{"$"}
)

// A Querier is a transaction, or a connection that is in one.
type Querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// A Tx is one transaction on a ledger's tables. It implements ledger.Tx.
type Tx struct {
	ctx  context.Context
	q    Querier
	d    *Dialect
	kept map[string]*sql.Stmt // statements that ran before; nil: they will run once more
}

// New returns the rows that a transaction sees.
func New(ctx context.Context, q Querier, d *Dialect) *Tx {
	return &Tx{ctx: ctx, q: q, d: d, kept: map[string]*sql.Stmt{}}
}

// Exec runs a statement. Parameters are written ? or ?1.
func (t *Tx) Exec(query string, args ...any) error {
	s, err := t.prepared(query)
	switch {
	case err != nil:
		return err
	case s != nil:
		_, err = s.ExecContext(t.ctx, args...)
	default:
		_, err = t.q.ExecContext(t.ctx, t.d.words(query), args...)
	}
	return err
}

// prepared returns a statement that is compiled, of one that runs for the second
// time or more in this transaction, which ends its life: a ledger that is moved is
// copied in one. nil stands for one that is not: a session of PostgreSQL sends
// many at once instead.
func (t *Tx) prepared(query string) (*sql.Stmt, error) {
	q, can := t.q.(*sql.Tx)
	s, ran := t.kept[query]
	switch {
	case s != nil || !can:
		return s, nil
	case !ran:
		t.kept[query] = nil
		return nil, nil
	}
	s, err := q.PrepareContext(t.ctx, t.d.words(query))
	t.kept[query] = s
	return s, err
}

// Each calls scan for every row of a query. Until it returns, the transaction
// can do nothing else: PostgreSQL answers one question at a time.
func (t *Tx) Each(scan func(row *sql.Rows) error, query string, args ...any) error {
	rows, err := t.q.QueryContext(t.ctx, t.d.words(query), args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (t *Tx) row(query string, args ...any) *sql.Row {
	return t.q.QueryRowContext(t.ctx, t.d.words(query), args...)
}

// rewritten are queries as PostgreSQL has them.
var rewritten sync.Map

// words returns a query with the dialect's parameters and type of bytes. No query
// of ours has a question mark in a literal.
func (d *Dialect) words(query string) string {
	if d == SQLite {
		return query
	}
	if known, ok := rewritten.Load(query); ok {
		return known.(string)
	}
	parts := strings.Split(strings.ReplaceAll(query, "AS BLOB", "AS bytea"), "?")
	var b strings.Builder
	b.WriteString(parts[0])
	for i, part := range parts[1:] {
		b.WriteString(d.prefix)
		if part == "" || part[0] < '0' || part[0] > '9' {
			b.WriteString(strconv.Itoa(i + 1))
		}
		b.WriteString(part)
	}
	rewritten.Store(query, b.String())
	return b.String()
}

// Times are nanoseconds since 1970.
func instant(ns int64) time.Time { return time.Unix(0, ns).UTC() }
