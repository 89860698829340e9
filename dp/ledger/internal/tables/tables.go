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
	ctx context.Context
	q   Querier
	d   *Dialect
}

// New returns the rows that a transaction sees.
func New(ctx context.Context, q Querier, d *Dialect) *Tx { return &Tx{ctx, q, d} }

// Exec runs a statement. Parameters are written ? or ?1.
func (t *Tx) Exec(query string, args ...any) error {
	_, err := t.q.ExecContext(t.ctx, t.d.words(query), args...)
	return err
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

// words returns a query with the dialect's parameters. No query of ours has a
// question mark in a literal.
func (d *Dialect) words(query string) string {
	if d == SQLite {
		return query
	}
	if known, ok := rewritten.Load(query); ok {
		return known.(string)
	}
	parts := strings.Split(query, "?")
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
