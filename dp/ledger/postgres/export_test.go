// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"fmt"
	"testing"
	"time"
)

// Hurry gives a test's stores less patience with a server.
func Hurry(t *testing.T, least time.Duration) {
	wasPatience, wasRecovery := patience, recovery
	patience, recovery = least, least
	t.Cleanup(func() { patience, recovery = wasPatience, wasRecovery })
}

// Kept returns how many of so many statements of one transaction are kept back at
// a time.
func Kept(t *testing.T, url string, statements int) (most int) {
	p, err := parse(url)
	if err != nil {
		t.Fatal(err)
	}
	s := newStore(p)
	defer s.Close()
	c, err := s.begin(t.Context(), fmt.Sprintf(beginWrite, s.writer, 1))
	if err != nil {
		t.Fatal(err)
	}
	defer c.end()
	for range statements {
		if _, err := c.ExecContext(t.Context(), "UPDATE meta SET clock = clock + $1", int64(1)); err != nil {
			t.Fatal(err)
		}
		most = max(most, c.waiting.Len())
	}
	var clock int64
	if err := c.QueryRowContext(t.Context(), "SELECT clock FROM meta").Scan(&clock); err != nil || c.err != nil {
		t.Fatal(err, c.err)
	}
	return most
}
