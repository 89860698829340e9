// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/throng-dp/throng/dp/ledger"
)

// code returns PostgreSQL's code of an error; empty if it is not the server's.
func code(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// explain gives PostgreSQL's errors the meaning that callers decide by. Their
// texts name tables and users, never a password; the driver's own name what a
// connection was asked for, and are not passed on.
func (s *store) explain(ctx context.Context, err error) error {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return s.explainServer(e)
	}
	var c *pgconn.ConnectError
	var n net.Error
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &n) || errors.As(err, &c):
		detail := "it cannot be reached"
		var op *net.OpError
		if errors.As(err, &op) {
			detail = op.Error()
		}
		return again{s.away(detail)}
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, pgconn.ErrConnClosed): // a server that was killed says no more than that
		return again{s.away("the connection was lost")}
	}
	return err
}

// explainServer judges by the class of the code, PostgreSQL's appendix A.
func (s *store) explainServer(e *pgconn.PgError) error {
	switch e.Code {
	case "40001", "40P01": // serialization failure, deadlock: somebody wrote beside the turns
		return again{s.busy("others changed what it had read")}
	case "55P03":
		return s.busy("another run is writing to the ledger")
	case "57014":
		return s.busy("the server cancelled a statement")
	case "53300", "57P01", "57P02", "57P03", "57P05", "25P03": // too many connections, stopping, starting
		return again{s.away(e.Message)}
	case "3D000":
		return s.missing("no such database")
	case "25006":
		return s.storage(e.Message, "name the server that takes writes; a standby's copy is not the ledger")
	case "42501":
		return s.storage(e.Message, "this user has to own the ledger's schema")
	case "42P01", "42703", "3F000": // a missing table, column, schema: not what the version says
		return s.wrong(e.Message, "restore it from a backup")
	}
	switch e.Code[:2] {
	case "28":
		return &ledger.Refusal{Reason: ledger.ErrKey, Detail: s.place.name + ": the server refuses this user or password",
			Hint: "the password comes from $PGPASSWORD, $PGPASSFILE, ~/.pgpass or a service file"}
	case "08":
		return again{s.away(e.Message)}
	case "53", "58":
		return s.storage(e.Message, "the server needs room and memory")
	case "XX":
		return s.wrong(e.Message, "restore it from a backup")
	}
	return fmt.Errorf("%s: %s (%s)", s.place.name, e.Message, e.Code)
}

func (s *store) busy(detail string) error {
	return &ledger.Refusal{Reason: ledger.ErrBusy, Detail: s.place.name + ": " + detail, Hint: "try again in a moment"}
}

func (s *store) away(detail string) error {
	return &ledger.Refusal{Reason: ledger.ErrAway, Detail: s.place.name + ": " + detail,
		Hint: "run it again: it finds what was done, and nothing is charged twice"}
}

func (s *store) missing(detail string) error {
	return &ledger.Refusal{Reason: ledger.ErrMissing, Detail: s.place.name + ": " + detail,
		Hint: "ask the owner of the budget where the ledger is; a build never makes one"}
}

func (s *store) storage(detail, hint string) error {
	return &ledger.Refusal{Reason: ledger.ErrStorage, Detail: s.place.name + ": " + detail, Hint: hint}
}

func (s *store) wrong(detail, hint string) error {
	return &ledger.Refusal{Reason: ledger.ErrDamaged, Detail: s.place.name + ": " + detail, Hint: hint}
}
