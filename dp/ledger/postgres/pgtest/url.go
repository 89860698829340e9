// SPDX-License-Identifier: Apache-2.0

package pgtest

import (
	"database/sql"
	"fmt"
	"net/url"
	"strconv"
	"sync/atomic"
	"testing"
)

var schemas atomic.Int64

// URL returns a URL by the socket, with a schema that nothing else uses. The
// schema does not exist yet.
func (s *Server) URL() string {
	return s.socketURL(url.Values{"search_path": {fmt.Sprint("ledger_", schemas.Add(1))}})
}

// TCP returns a URL of the same schema over TCP, at a port that may be a
// proxy's; 0 is the server's own. There the password is asked for.
func (s *Server) TCP(socket string, port int) string {
	if port == 0 {
		port = s.Port
	}
	u, err := url.Parse(socket)
	if err != nil {
		panic(err)
	}
	q := url.Values{"search_path": {u.Query().Get("search_path")}, "sslmode": {"disable"}}
	return (&url.URL{Scheme: "postgres", User: url.User(User), Host: "127.0.0.1:" + strconv.Itoa(port), Path: "/" + Database, RawQuery: q.Encode()}).String()
}

func (s *Server) socketURL(q url.Values) string {
	if q == nil {
		q = url.Values{}
	}
	q.Set("host", s.Dir)
	q.Set("port", strconv.Itoa(s.Port))
	q.Set("user", User)
	return (&url.URL{Scheme: "postgres", Path: "/" + Database, RawQuery: q.Encode(), OmitHost: false}).String()
}

// DB opens the database behind a URL's ledger, to look at it or to alter it.
func (s *Server) DB(tb testing.TB, at string) *sql.DB {
	tb.Helper()
	db, err := sql.Open("pgx", at)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = db.Close() })
	return db
}
