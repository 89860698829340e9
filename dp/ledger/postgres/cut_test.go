// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/ledger/ledgertest"
	"github.com/throng-dp/throng/dp/ledger/postgres"
	"github.com/throng-dp/throng/dp/ledger/postgres/pgtest"
)

// cuttable makes a ledger that is reached through a proxy.
func cuttable(t *testing.T) (l *ledger.Ledger, p *pgtest.Proxy, direct func() *ledger.Ledger) {
	t.Helper()
	s := pgtest.Shared(t)
	t.Setenv("PGPASSWORD", pgtest.Password)
	url, o := empty(t, s, threefold())
	p = s.Proxy(t)
	return open(t, s.TCP(url, p.Port), o), p, func() *ledger.Ledger { return open(t, url, o) }
}

// steps are what a run does, each one transaction; what the account holds and
// has spent after it, and how many entries there are.
var steps = []struct {
	name        string
	held, spent int64
	entries     int
	do          func(t *testing.T, l *ledger.Ledger, res **ledger.Reservation) error
}{
	{"reserve", 1, 0, 2, func(t *testing.T, l *ledger.Ledger, res **ledger.Reservation) (err error) {
		*res, err = l.Reserve(t.Context(), ask("p"))
		return err
	}},
	{"touched", 1, 0, 2, func(t *testing.T, _ *ledger.Ledger, res **ledger.Reservation) error {
		return (*res).Touched(t.Context())
	}},
	{"void", 1, 0, 3, func(t *testing.T, _ *ledger.Ledger, res **ledger.Reservation) error {
		return (*res).Void(t.Context(), "it failed", false)
	}},
	{"reserve again", 1, 0, 4, func(t *testing.T, l *ledger.Ledger, res **ledger.Reservation) (err error) {
		*res, err = l.Reserve(t.Context(), ask("p"))
		return err
	}},
	{"post", 0, 1, 5, func(t *testing.T, _ *ledger.Ledger, res **ledger.Reservation) error {
		draws := 0
		p, err := (*res).Post(t.Context(), ask("p").Digest, one, func(d ledger.Draw) ([]byte, error) {
			draws++
			return []byte(d.ID), nil
		})
		if draws != 1 {
			t.Errorf("%d draws", draws)
		}
		if err == nil && string(p.Bytes) != p.ID {
			t.Errorf("bytes = %q", p.Bytes)
		}
		return err
	}},
	{"open", 0, 1, 6, func(t *testing.T, l *ledger.Ledger, _ **ledger.Reservation) error {
		a := threefold()
		a.Name = "club"
		return l.OpenAccount(t.Context(), a)
	}},
	{"retract", 0, 1, 7, func(t *testing.T, l *ledger.Ledger, _ **ledger.Reservation) error {
		p, err := l.Find(t.Context(), "shop", "p", "2026-03-13")
		if err != nil {
			return err
		}
		return l.Retract(t.Context(), p.ID, "wrong")
	}},
}

// TestCutAtCommit cuts the line at every commit of a run, before the server gets
// the word, after it has answered, and in between. Every step is done once and
// is told so, but for a post whose commit never arrived: that one says to run
// again, is not charged, and its numbers are not drawn twice.
func TestCutAtCommit(t *testing.T) {
	for name, cut := range map[string]pgtest.Cut{"unsent": pgtest.Unsent, "unheard": pgtest.Unheard, "unawaited": pgtest.Unawaited} {
		t.Run(name, func(t *testing.T) {
			l, p, direct := cuttable(t)
			other := direct()
			var res *ledger.Reservation
			for _, s := range steps {
				p.At(cut)
				err := s.do(t, l, &res)
				if !p.Done() {
					t.Fatalf("%s: nothing was cut", s.name)
				}
				if s.name == "post" && errors.Is(err, ledger.ErrBusy) && cut != pgtest.Unheard {
					spends(t, other, 1, 0)
					err = s.do(t, l, &res)
				}
				if err != nil {
					t.Fatalf("%s: %v", s.name, err)
				}
				spends(t, other, s.held, s.spent)
				if all, err := other.History(t.Context(), ""); err != nil || len(all) != s.entries {
					t.Errorf("%s: %d entries, want %d, %v", s.name, len(all), s.entries, err)
				}
			}
		})
	}
}

// TestCutForLong: where the server stays away after a commit was sent, the run
// is told that nobody knows. The next one finds what was done, and nothing is
// charged twice.
func TestCutForLong(t *testing.T) {
	for _, s := range []string{"reserve", "post"} {
		t.Run(s, func(t *testing.T) {
			l, p, direct := cuttable(t)
			postgres.Hurry(t, 300*time.Millisecond)
			var res *ledger.Reservation
			away := func(do func() error) {
				p.At(pgtest.Unheard)
				go func() { // away from the moment of the cut
					for !p.Done() {
						time.Sleep(time.Millisecond)
					}
					p.Away(true)
				}()
				if err := do(); !errors.Is(err, ledger.ErrAway) {
					t.Errorf("error = %v", err)
				}
			}
			reserve := func() (err error) {
				res, err = l.Reserve(t.Context(), ask("p"))
				return err
			}
			if s == "reserve" {
				away(reserve)
				spends(t, direct(), 1, 0)
				return // the hold has a lease, and serves or makes room for the next run
			}
			if err := reserve(); err != nil {
				t.Fatal(err)
			}
			away(func() error {
				_, err := res.Post(t.Context(), ask("p").Digest, one, func(d ledger.Draw) ([]byte, error) { return []byte(d.ID), nil })
				return err
			})
			p.Away(false)
			var exists *ledger.Exists
			if err := build(t.Context(), direct(), ask("p")); !errors.As(err, &exists) || string(exists.Posted.Bytes) != exists.Posted.ID {
				t.Errorf("the next run: %v", err)
			}
			spends(t, direct(), 0, 1)
		})
	}
}

// TestAway: without a server nothing is done, and the run is told to come back.
func TestAway(t *testing.T) {
	l, p, direct := cuttable(t)
	postgres.Hurry(t, 200*time.Millisecond)
	p.Away(true)
	for what, do := range map[string]func() error{
		"reserve": func() error { return build(t.Context(), l, ask("p")) },
		"status":  func() error { _, err := l.Status(t.Context(), "shop", time.Now()); return err },
		"verify":  func() error { return l.Verify(t.Context()) },
	} {
		if err := do(); !errors.Is(err, ledger.ErrAway) {
			t.Errorf("%s: %v", what, err)
		}
	}
	p.Away(false)
	if err := build(t.Context(), l, ask("p")); err != nil {
		t.Error(err)
	}
	spends(t, direct(), 0, 1)
}

// TestRestartedMeanwhile: a server that is back within the patience of a run is
// not noticed, unless it went away between a draw and its commit: then the next
// run serves itself from what is held.
func TestRestartedMeanwhile(t *testing.T) {
	s := pgtest.Start(t)
	clock := ledgertest.NewClock()
	url, o := empty(t, s, threefold())
	o.Now = clock.Now
	l := open(t, url, o)
	for i := range 3 {
		s.Kill()
		restarted := make(chan error, 1)
		go func() {
			time.Sleep(100 * time.Millisecond)
			restarted <- s.Restart()
		}()
		r := ask(fmt.Sprint("p", i))
		err := build(t.Context(), l, r)
		if errors.Is(err, ledger.ErrBusy) {
			clock.Move(2 * time.Minute) // the lease of a process that lives on
			err = build(t.Context(), l, r)
		}
		if err := errors.Join(err, <-restarted); err != nil {
			t.Error(err)
		}
	}
	spendsAt(t, l, clock.Now(), 0, 3)
}
