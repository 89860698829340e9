// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"errors"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/throng-dp/throng/dp/ledger"
)

// TestLostConnections takes every way in which the driver tells that the server is
// gone for a server that is away, which is tried again.
func TestLostConnections(t *testing.T) {
	p, err := parse("postgres:///postgres?host=/nowhere")
	if err != nil {
		t.Fatal(err)
	}
	s := newStore(p)
	t.Cleanup(func() { _ = s.Close() })
	for _, lost := range []error{
		io.ErrUnexpectedEOF, pgconn.ErrConnClosed, &pgconn.ConnectError{}, &net.OpError{Op: "read", Err: io.EOF},
		&pgconn.PgError{Code: "57P01", Severity: "FATAL"}, &pgconn.PgError{Code: "08006", Severity: "FATAL"},
	} {
		err := s.explain(t.Context(), fmt.Errorf("wrapped: %w", lost))
		var a again
		if !errors.Is(err, ledger.ErrAway) || !errors.As(err, &a) {
			t.Errorf("%T is explained as %v", lost, err)
		}
	}
	if err := s.explain(t.Context(), io.EOF); errors.Is(err, ledger.ErrAway) {
		t.Error("any end is taken for a lost connection")
	}
}
