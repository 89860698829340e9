// SPDX-License-Identifier: Apache-2.0

package pgtest_test

import (
	"testing"

	"github.com/throng-dp/throng/dp/ledger/postgres/pgtest"
)

// TestKilled: what was committed is there after a kill, and a server that was
// killed starts again.
func TestKilled(t *testing.T) {
	s := pgtest.Start(t)
	url := s.URL()
	if _, err := s.DB(t, url).Exec("CREATE TABLE public.kept AS SELECT 7 AS n"); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		s.Kill()
		if err := s.Restart(); err != nil {
			t.Fatal(err)
		}
	}
	var n int
	if err := s.DB(t, url).QueryRow("SELECT n FROM public.kept").Scan(&n); err != nil || n != 7 {
		t.Errorf("n = %d, %v", n, err)
	}
}
