// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/ledger/postgres"
	"github.com/throng-dp/throng/dp/ledger/postgres/pgtest"
)

// TestURLs: what a URL may say. Networks need a server that is known.
func TestURLs(t *testing.T) {
	root := filepath.Join(t.TempDir(), "no-root.pem")
	for url, says := range map[string]string{
		"postgres:///budget?host=/run/postgresql":                                                   "",
		"postgresql://throng@localhost/budget":                                                      "",
		"postgres://throng@127.0.0.1:5433/budget?search_path=second":                                "",
		"postgres://throng@[::1]/budget":                                                            "",
		"postgres://db.example/budget?sslmode=verify-full":                                          "",
		"postgres://db.example/budget?sslrootcert=system":                                           "",
		"postgres://a.example,b.example/budget?sslmode=verify-full&target_session_attrs=read-write": "",
		"postgres://db.example/budget":                                                              "on a network",
		"postgres://db.example/budget?sslmode=require":                                              "on a network",
		"postgres://db.example/budget?sslmode=disable":                                              "on a network",
		"postgres://localhost,db.example/budget":                                                    "on a network",
		"postgres://db.example/budget?sslrootcert=" + root:                                          "cannot read it",
		"postgres://throng:hunter2@localhost/budget":                                                "a password in the URL",
		"postgres://throng:@localhost/budget":                                                       "a password in the URL",
		"postgres://localhost/budget?password=hunter2":                                              "a password in the URL",
		"postgres://localhost/budget?sslpassword=hunter2":                                           "a password in the URL",
		"postgres://localhost/budget?options=-cfsync=off":                                           "not known",
		"postgres://localhost/budget?synchronous_commit=off":                                        "not known",
		"postgres://localhost/budget?sslmode=disable&sslmode=disable":                               "given twice",
		"postgres://localhost/budget?search_path=a,b":                                               "search_path",
		"postgres://localhost/budget?search_path=a;drop":                                            "name=value",
		"postgres://localhost/budget?search_path=\"":                                                "search_path",
		"postgres://localhost/budget?search_path=":                                                  "search_path",
		"postgres://localhost:hunter2/budget":                                                       "not a URL",
		"postgres:budget":                                                                           "not a URL",
		"postgres://localhost/budget#x":                                                             "not a URL",
		"mysql://localhost/budget":                                                                  "not a URL",
		"postgres://localhost/budget?port=x":                                                        "cannot read it",
		"postgres://localhost/budget?target_session_attrs=whatever":                                 "cannot read it",
		"": "not a URL",
	} {
		err := postgres.Valid(url)
		switch {
		case says == "" && err != nil:
			t.Errorf("%s: %v", url, err)
		case says != "" && (!errors.Is(err, ledger.ErrInvalid) || !strings.Contains(err.Error(), says)):
			t.Errorf("%s: %v", url, err)
		case err != nil && strings.Contains(err.Error(), "hunter2"):
			t.Errorf("%s: the password is told: %v", url, err)
		}
	}
}

// TestPasswords: whatever goes wrong, no error holds the password, nor does the
// ledger when it is printed.
func TestPasswords(t *testing.T) {
	s := pgtest.Start(t)
	socket, o := made(t, s)
	url := s.TCP(socket, 0)
	const wrong = "wrong-7340033"
	said := func(what string, err, reason error) {
		t.Helper()
		if !errors.Is(err, reason) {
			t.Errorf("%s: %v, want %v", what, err, reason)
		}
		var r *ledger.Refusal
		hint := ""
		if errors.As(err, &r) {
			hint = r.Hint
		}
		if err != nil && strings.Contains(err.Error()+hint, "7340033") {
			t.Errorf("%s: the password is told: %v", what, err)
		}
	}
	try := func(url string) error {
		l, err := postgres.Open(t.Context(), url, o)
		if err != nil {
			return err
		}
		return l.Close()
	}
	t.Setenv("PGPASSWORD", pgtest.Password)
	said("right", try(url), nil)
	said("no such database", try(strings.Replace(url, "/postgres?", "/nosuch?", 1)), ledger.ErrMissing)
	said("no server", try(s.TCP(socket, 1)), ledger.ErrAway)
	said("no host", try("postgres://no-such-host.invalid/x?sslmode=verify-full"), ledger.ErrAway)
	said("no TLS there", try(strings.Replace(url, "sslmode=disable", "sslmode=require", 1)), ledger.ErrAway)
	t.Setenv("PGPASSWORD", wrong)
	said("wrong", try(url), ledger.ErrKey)

	t.Setenv("PGPASSWORD", "")
	said("none", try(url), ledger.ErrKey)
	file := filepath.Join(t.TempDir(), "pass")
	if err := os.WriteFile(file, []byte("127.0.0.1:*:*:"+pgtest.User+":"+pgtest.Password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PGPASSFILE", file)
	said("from a file", try(url), nil)
}

// FuzzValid: whatever a URL says, it is taken or refused as no request, never
// with a panic, and a refusal never repeats it.
func FuzzValid(f *testing.F) {
	f.Add("postgres://throng:7340033secret@localhost/budget?sslmode=verify-full")
	f.Add("postgres://localhost/budget?password=7340033secret")
	f.Add("postgresql://u:7340033secret:x@h:1,k/d?search_path=a&host=%00")
	f.Fuzz(func(t *testing.T, url string) {
		err := postgres.Valid(url)
		if err == nil {
			return
		}
		if !errors.Is(err, ledger.ErrInvalid) {
			t.Fatalf("error = %v", err)
		}
		if strings.Contains(err.Error(), "7340033") {
			t.Errorf("it is repeated: %v", err)
		}
	})
}
