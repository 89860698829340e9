// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"errors"

	"github.com/throng-dp/throng/dp/ledger"
)

// weekly is about a build of ε 1 at δ 10^-8: 52 fit into the starter's account.
var weekly = ledger.Cost{MuSquared: 38_440_000_000, Tail: 1_000_000}

// starter is the account that a new project has.
func starter(name string) ledger.Account {
	return ledger.Account{Name: name, Lines: ledger.Lines{Epsilon: 8, Delta: 1e-7}, Period: 364}
}

// threefold has room for three of a cost of (μ² 10^12) on a line made for it.
func threefold(name string) ledger.Account {
	return ledger.Account{Name: name, Lines: ledger.Lines{PureEpsilon: 3}, Period: 30}
}

// one fits three times into threefold.
var one = ledger.Cost{Epsilon: 1_000_000_000_000}

func (b *bench) open(a ledger.Account) {
	b.Helper()
	if err := b.l.OpenAccount(b.Context(), a); err != nil {
		b.Fatal(err)
	}
}

// ask is a request for a plan of an account on a date.
func ask(account, plan, date string, c ledger.Cost) ledger.Request {
	return ledger.Request{Account: account, Plan: plan, Date: date, Digest: [32]byte{1}, Cost: c, PlanText: []byte("name: " + plan)}
}

func (b *bench) reserve(l *ledger.Ledger, r ledger.Request) *ledger.Reservation {
	b.Helper()
	res, err := l.Reserve(b.Context(), b.by(r))
	if err != nil {
		b.Fatal(err)
	}
	return res
}

// by is a request by the runner, if there is one.
func (b *bench) by(r ledger.Request) ledger.Request {
	if r.Runner == nil {
		r.Runner = b.runner
	}
	return r
}

// refused expects Reserve to say no for a reason.
func (b *bench) refused(l *ledger.Ledger, r ledger.Request, reason error) error {
	b.Helper()
	_, err := l.Reserve(b.Context(), b.by(r))
	if !errors.Is(err, reason) {
		b.Fatalf("reserve = %v, want %v", err, reason)
	}
	return err
}

// exists expects Reserve to return the release that is there.
func (b *bench) exists(l *ledger.Ledger, r ledger.Request) *ledger.Posted {
	b.Helper()
	_, err := l.Reserve(b.Context(), b.by(r))
	var e *ledger.Exists
	if !errors.As(err, &e) {
		b.Fatalf("reserve = %v, want the release that exists", err)
	}
	return e.Posted
}

// numbers draws bytes that no other draw has.
func numbers(d ledger.Draw) ([]byte, error) { return []byte("numbers of " + d.ID), nil }

func (b *bench) post(res *ledger.Reservation, r ledger.Request) *ledger.Posted {
	b.Helper()
	p, err := res.Post(b.Context(), r.Digest, r.Cost, numbers)
	if err != nil {
		b.Fatal(err)
	}
	return p
}

// release reserves and posts.
func (b *bench) release(r ledger.Request) *ledger.Posted {
	b.Helper()
	return b.post(b.reserve(b.l, r), r)
}

func (b *bench) touch(res *ledger.Reservation) {
	b.Helper()
	if err := res.Touched(b.Context()); err != nil {
		b.Fatal(err)
	}
}

func (b *bench) void(res *ledger.Reservation, dataFree bool) {
	b.Helper()
	if err := res.Void(b.Context(), "it failed", dataFree); err != nil {
		b.Fatal(err)
	}
}

func (b *bench) status(account string) *ledger.Status {
	b.Helper()
	s, err := b.l.Status(b.Context(), account, b.clock.Now())
	if err != nil {
		b.Fatal(err)
	}
	return s
}

// balance expects what is held and spent in the present period.
func (b *bench) balance(account string, held, spent ledger.Cost) {
	b.Helper()
	if s := b.status(account); s.Held != held || s.Spent != spent {
		b.Errorf("held %+v, spent %+v\nwant %+v and %+v", s.Held, s.Spent, held, spent)
	}
}

// fails expects an error for a reason.
func (b *bench) fails(err, reason error) {
	b.Helper()
	if !errors.Is(err, reason) {
		b.Errorf("error = %v, want %v", err, reason)
	}
}

func times(c ledger.Cost, n int64) ledger.Cost {
	return ledger.Cost{MuSquared: c.MuSquared * n, Epsilon: c.Epsilon * n, Delta: c.Delta * n, Tail: c.Tail * n}
}
