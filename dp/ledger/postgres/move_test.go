// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/ledger/ledgertest"
	"github.com/throng-dp/throng/dp/ledger/postgres"
	"github.com/throng-dp/throng/dp/ledger/postgres/pgtest"
	"github.com/throng-dp/throng/dp/ledger/sqlite"
)

// A twin is a store that ledgers move to and from.
type twin struct {
	url    string
	create func(keyFrom string) (*ledger.Ledger, error)
	open   func() (*ledger.Ledger, error)
	key    string
}

func inFile(t *testing.T, clock *ledgertest.Clock) twin {
	path := filepath.Join(t.TempDir(), "ledger.db")
	o := sqlite.Options{Now: clock.Now}
	ctx := context.WithoutCancel(t.Context())
	return twin{"sqlite:" + path, func(from string) (*ledger.Ledger, error) {
		o := o
		o.KeyFrom, o.Origin = from, "sqlite:elsewhere"
		if from == "" {
			o.Origin = ""
		}
		return sqlite.Create(ctx, path, o)
	}, func() (*ledger.Ledger, error) { return sqlite.Open(ctx, path, o) }, filepath.Join(filepath.Dir(path), "ledger.key")}
}

func onServer(t *testing.T, s *pgtest.Server, clock *ledgertest.Clock) twin {
	url, o := s.URL(), postgres.Options{KeyFile: filepath.Join(t.TempDir(), "key"), Now: clock.Now}
	ctx := context.WithoutCancel(t.Context())
	return twin{url, func(from string) (*ledger.Ledger, error) {
		o := o
		o.KeyFrom, o.Origin = from, "sqlite:elsewhere"
		if from == "" {
			o.Origin = ""
		}
		return postgres.Create(ctx, url, o)
	}, func() (*ledger.Ledger, error) { return postgres.Open(ctx, url, o) }, o.KeyFile}
}

// closing has a ledger closed with the test.
func closing(t *testing.T) func(l *ledger.Ledger, err error) *ledger.Ledger {
	return func(l *ledger.Ledger, err error) *ledger.Ledger {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		return l
	}
}

// lived gives a ledger a past: releases, one of them restated and one retracted,
// a build that failed and holds budget, and a second account.
func lived(t *testing.T, l *ledger.Ledger) {
	t.Helper()
	club := threefold()
	club.Name = "club"
	restated := ask("p")
	restated.Restate = true
	res := new(ledger.Reservation)
	for _, do := range []func() error{
		func() error { return l.OpenAccount(t.Context(), roomFor(20)) },
		func() error { return l.OpenAccount(t.Context(), club) },
		func() error { return build(t.Context(), l, ask("p")) },
		func() error { return build(t.Context(), l, ask("q")) },
		func() error { return build(t.Context(), l, restated) },
		func() error {
			p, err := l.Find(t.Context(), "shop", "q", "2026-03-13")
			if err == nil {
				err = l.Retract(t.Context(), p.ID, "wrong columns")
			}
			return err
		},
		func() (err error) {
			res, err = l.Reserve(t.Context(), ask("r"))
			return err
		},
		func() error { return res.Touched(t.Context()) },
		func() error { return res.Void(t.Context(), "it failed", false) },
	} {
		if err := do(); err != nil {
			t.Fatal(err)
		}
	}
}

// told is everything that a ledger tells.
func told(t *testing.T, l *ledger.Ledger, clock *ledgertest.Clock) string {
	t.Helper()
	entries, err := l.History(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	releases, err := l.Releases(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	all := []any{entries}
	for _, r := range releases {
		p, err := l.Get(t.Context(), r.ID)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r, p)
	}
	for _, a := range []string{"shop", "club"} {
		s, err := l.Status(t.Context(), a, clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestMove: a ledger goes from a file to a server and back, and is everywhere
// what it was. Those it left are closed and say where it went; it goes on where
// it is.
func TestMove(t *testing.T) {
	clock := ledgertest.NewClock()
	server := pgtest.Shared(t)
	file, db, back := inFile(t, clock), onServer(t, server, clock), inFile(t, clock)
	must := closing(t)
	first := must(file.create(""))
	lived(t, first)
	was := told(t, first, clock)

	second := must(db.create(file.key))
	if err := ledger.Move(t.Context(), first, file.url, second, db.url); err != nil {
		t.Fatal(err)
	}
	if err := ledger.Move(t.Context(), first, file.url, second, db.url); err != nil {
		t.Errorf("once more: %v", err)
	}
	closed(t, first, db.url)
	closed(t, must(file.open()), db.url)
	third := must(db.open())
	if is := told(t, third, clock); is != was {
		t.Errorf("the copy tells\n%s\nwant\n%s", is, was)
	}
	// What failed before the move serves the next try after it.
	if err := build(t.Context(), third, ask("r")); err != nil {
		t.Error(err)
	}
	var exists *ledger.Exists
	if err := build(t.Context(), third, ask("p")); !errors.As(err, &exists) {
		t.Errorf("error = %v", err)
	}
	clock.Move(time.Hour)
	if err := build(t.Context(), third, ask("s")); err != nil {
		t.Error(err)
	}

	was = told(t, third, clock)
	fourth := must(back.create(db.key))
	if err := ledger.Move(t.Context(), third, db.url, fourth, back.url); err != nil {
		t.Fatal(err)
	}
	closed(t, third, back.url)
	fifth := must(back.open())
	if is := told(t, fifth, clock); is != was {
		t.Errorf("the copy tells\n%s\nwant\n%s", is, was)
	}
	spendsAt(t, fifth, clock.Now(), 0, 5)
}

// TestMovesKeepLittle: a move has a statement for every entry and every release,
// with its bytes. They go to the server as it goes along, not all at the end.
func TestMovesKeepLittle(t *testing.T) {
	url, _ := made(t, pgtest.Shared(t))
	if n := postgres.Kept(t, url, 1000); n == 0 || n > 100 {
		t.Errorf("%d of 1000 statements are kept back at a time", n)
	}
}

// closed expects a ledger to pay for nothing, and to say where it is now.
func closed(t *testing.T, l *ledger.Ledger, at string) {
	t.Helper()
	club := threefold()
	club.Name = "other"
	for _, err := range []error{build(t.Context(), l, ask("new")), build(t.Context(), l, ask("p")), l.OpenAccount(t.Context(), club)} {
		if !errors.Is(err, ledger.ErrMoved) || !strings.Contains(err.Error(), at) {
			t.Errorf("error = %v", err)
		}
	}
	if err := l.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestMoveRefuses: a ledger that a run draws on stays; nothing is overwritten;
// the key has to be the ledger's own.
func TestMoveRefuses(t *testing.T) {
	clock := ledgertest.NewClock()
	server := pgtest.Shared(t)
	file := inFile(t, clock)
	must := closing(t)
	l := must(file.create(""))
	if err := l.OpenAccount(t.Context(), threefold()); err != nil {
		t.Fatal(err)
	}
	move := func(to twin, m *ledger.Ledger, want error) {
		t.Helper()
		if err := ledger.Move(t.Context(), l, file.url, m, to.url); !errors.Is(err, want) {
			t.Errorf("error = %v, want %v", err, want)
		}
	}
	other := onServer(t, server, clock)
	move(other, must(other.create("")), ledger.ErrKey)

	full := onServer(t, server, clock)
	m := must(full.create(file.key))
	if err := m.OpenAccount(t.Context(), threefold()); !errors.Is(err, ledger.ErrMoved) {
		t.Errorf("before it has arrived: %v", err)
	}
	if err := alter(t, server, full.url, "UPDATE meta SET moved_from = ''"); err != nil {
		t.Fatal(err)
	}
	if err := m.OpenAccount(t.Context(), threefold()); err != nil {
		t.Fatal(err)
	}
	move(full, m, ledger.ErrStorage)

	to := onServer(t, server, clock)
	n := must(to.create(file.key))
	res, err := l.Reserve(t.Context(), ask("p"))
	if err != nil {
		t.Fatal(err)
	}
	move(to, n, ledger.ErrBusy)
	if _, err := res.Post(t.Context(), ask("p").Digest, one, func(d ledger.Draw) ([]byte, error) { return []byte(d.ID), nil }); err != nil {
		t.Errorf("the run that held it: %v", err)
	}
	move(to, n, nil)
	closed(t, l, to.url)
	third := onServer(t, server, clock)
	move(third, must(third.create(file.key)), ledger.ErrMoved)
	spendsAt(t, must(to.open()), clock.Now(), 0, 1)

	if _, err := os.Stat(other.key); err != nil {
		t.Error(err)
	}
}

// TestArriveNeedsAClosedLedger: a copy counts for nothing while the ledger that
// it was made from is in use, or gave way to another.
func TestArriveNeedsAClosedLedger(t *testing.T) {
	clock := ledgertest.NewClock()
	server := pgtest.Shared(t)
	file, db := inFile(t, clock), onServer(t, server, clock)
	must := closing(t)
	l := must(file.create(""))
	if err := l.OpenAccount(t.Context(), threefold()); err != nil {
		t.Fatal(err)
	}
	m := must(db.create(file.key))
	if err := errors.Join(m.Close(), alter(t, server, db.url, "UPDATE meta SET move = 'x', moved_from = 'sqlite:elsewhere'")); err != nil {
		t.Fatal(err)
	}
	copied := must(db.open())
	if copied.Origin() != "sqlite:elsewhere" {
		t.Errorf("origin = %q", copied.Origin())
	}
	if err := ledger.Arrive(t.Context(), l, copied); !errors.Is(err, ledger.ErrMoved) {
		t.Errorf("error = %v", err)
	}
	if err := build(t.Context(), copied, ask("p")); !errors.Is(err, ledger.ErrMoved) || !strings.Contains(err.Error(), "sqlite:elsewhere") {
		t.Errorf("error = %v", err)
	}
	if err := build(t.Context(), l, ask("p")); err != nil {
		t.Error(err)
	}
}
