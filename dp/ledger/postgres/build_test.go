// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"bytes"
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/ledger/postgres"
	"github.com/throng-dp/throng/dp/ledger/postgres/pgtest"
)

// one fits three times into threefold.
var one = ledger.Cost{Epsilon: 1_000_000_000_000}

func threefold() ledger.Account { return roomFor(3) }

func roomFor(n float64) ledger.Account {
	return ledger.Account{Name: "shop", Lines: ledger.Lines{PureEpsilon: n}, Period: 30}
}

func ask(plan string) ledger.Request {
	return ledger.Request{Account: "shop", Plan: plan, Date: "2026-03-13", Digest: [32]byte{1}, Cost: one, PlanText: []byte("name: " + plan)}
}

// build is what a run does with a ledger.
func build(ctx context.Context, l *ledger.Ledger, r ledger.Request) error {
	res, err := l.Reserve(ctx, r)
	if err != nil {
		return err
	}
	if err := res.Touched(ctx); err != nil {
		return err
	}
	_, err = res.Post(ctx, r.Digest, r.Cost, func(d ledger.Draw) ([]byte, error) { return bytes.Repeat([]byte(d.ID), 1000), nil })
	return err
}

// empty makes a ledger with an account.
func empty(t testing.TB, s *pgtest.Server, a ledger.Account) (url string, o postgres.Options) {
	t.Helper()
	url, o = s.URL(), postgres.Options{KeyFile: filepath.Join(t.TempDir(), "key")}
	l, err := postgres.Create(t.Context(), url, o)
	if err == nil {
		err = l.OpenAccount(t.Context(), a)
	}
	if err == nil {
		err = l.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return url, o
}

// made makes a ledger with an account and a release.
func made(t testing.TB, s *pgtest.Server) (url string, o postgres.Options) {
	t.Helper()
	url, o = empty(t, s, threefold())
	if err := build(t.Context(), open(t, url, o), ask("p")); err != nil {
		t.Fatal(err)
	}
	return url, o
}

// spends expects what is held and spent, and a ledger that verifies.
func spends(t testing.TB, l *ledger.Ledger, held, spent int64) {
	t.Helper()
	spendsAt(t, l, time.Now(), held, spent)
}

func spendsAt(t testing.TB, l *ledger.Ledger, at time.Time, held, spent int64) {
	t.Helper()
	s, err := l.Status(t.Context(), "shop", at)
	if err != nil {
		t.Fatal(err)
	}
	if s.Held.Epsilon != held*one.Epsilon || s.Spent.Epsilon != spent*one.Epsilon {
		t.Errorf("held %d, spent %d of 10^-12; want %d and %d of 1", s.Held.Epsilon, s.Spent.Epsilon, held, spent)
	}
	if err := l.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}
