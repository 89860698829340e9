// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/throng-dp/throng/dp/ledger/postgres/pgtest"
)

// TestPostgres runs commands on a ledger in PostgreSQL. Scripts find its URL by
// the socket in $SOCKET, and over TCP, where the password is asked for, in $TCP;
// that of another ledger in $OTHER.
func TestPostgres(t *testing.T) {
	s := pgtest.Start(t)
	fixtures := t.TempDir()
	if err := writeFixtures(fixtures); err != nil {
		t.Fatal(err)
	}
	printed := seen(filepath.Join(t.TempDir(), "printed"))
	t.Cleanup(func() { printed.judge(t, false) })
	testscript.Run(t, testscript.Params{
		Dir: "testdata/postgres",
		Setup: func(env *testscript.Env) error {
			url := s.URL()
			env.Setenv("NO_COLOR", "1")
			env.Vars = append(env.Vars, rarely)
			env.Setenv(seenVariable, string(printed))
			env.Setenv("SOCKET", url)
			env.Setenv("OTHER", s.URL())
			env.Setenv("TCP", s.TCP(url, 0))
			env.Setenv("PASSWORD", pgtest.Password)
			return os.CopyFS(env.WorkDir, os.DirFS(fixtures))
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "same": same},
	})
}
