// SPDX-License-Identifier: Apache-2.0

//go:build linux && (amd64 || arm64)

package powerloss

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	sqlite3 "modernc.org/sqlite/lib"

	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/ledger/sqlite"
)

var long = os.Getenv("THRONG_SOAK") != ""

func TestMain(m *testing.M) {
	if err := register(); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// one is the price of a release; the account has room for a thousand.
var one = ledger.Cost{Epsilon: 1_000_000_000}

// made returns the folder of a new ledger.
func made(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	l, err := sqlite.Create(t.Context(), filepath.Join(folder, "ledger.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	a := ledger.Account{Name: "shop", Lines: ledger.Lines{PureEpsilon: 1}, Period: 30}
	if err := errors.Join(l.OpenAccount(t.Context(), a), l.Close()); err != nil {
		t.Fatal(err)
	}
	return folder
}

// A promise is what the ledger has said is done.
type promise struct {
	at    int // length of the log when it said so
	id    string
	bytes []byte
}

// history makes so many transactions on a ledger, and returns what was
// promised. Now and then it closes the ledger, which moves the log into the
// database and removes it.
func history(t *testing.T, folder string, transactions int) (made []promise) {
	t.Helper()
	path := filepath.Join(folder, "ledger.db")
	l, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for n := 0; n < transactions; n += 3 {
		request := ledger.Request{Account: "shop", Plan: fmt.Sprint("p", n/6), Date: "2026-03-13", Cost: one,
			Restate: n%6 == 3, PlanText: []byte("a plan")}
		res, err := l.Reserve(t.Context(), request)
		if err != nil {
			t.Fatal(err)
		}
		if n%15 == 12 {
			if err := res.Void(t.Context(), "a test", false); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := res.Touched(t.Context()); err != nil {
			t.Fatal(err)
		}
		p, err := res.Post(t.Context(), request.Digest, one, draw(n))
		if err != nil {
			t.Fatal(err)
		}
		made = append(made, promise{tape.length(), p.ID, p.Bytes})
		if n%60 == 57 {
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			if l, err = sqlite.Open(t.Context(), path, sqlite.Options{}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return made
}

// draw invents a release of a few kilobytes, so that some fill pages of their
// own.
func draw(n int) func(ledger.Draw) ([]byte, error) {
	return func(d ledger.Draw) ([]byte, error) { return bytes.Repeat([]byte(d.ID), 1+n*37%300), nil }
}

// TestPowerLoss cuts the power at every prefix of what 500 transactions write
// (60 in short, at some of the prefixes). Of what was not synced by then all is
// lost, nothing, or any of its sectors. The ledger opens, verifies, holds every
// release that a post had returned with its bytes, has charged for no more than
// were tried, and takes the next release.
func TestPowerLoss(t *testing.T) {
	transactions, step := 60, 9
	if long {
		transactions, step = 500, 1
	}
	folder := made(t)
	d := diskOf(t, folder)
	tape.record(folder)
	promises := history(t, folder, transactions)
	log := tape.log
	tape.record("")
	r := rand.New(rand.NewPCG(6, uint64(transactions)))
	broken := filepath.Join(memory(t), "broken")
	disks, kept := 0, 0
	for i, o := range log {
		synced := d.do(o)
		for kept < len(promises) && promises[kept].at <= i+1 {
			kept++
		}
		if i%step != 0 && !synced && i+1 != len(log) {
			continue
		}
		if !long && synced && i%3 != 0 {
			continue
		}
		for n, l := range losses {
			if n > 0 && synced && len(d.pending) == 0 {
				break // nothing to lose
			}
			disks++
			d.write(t, broken, l, r)
			if err := holds(t.Context(), broken, promises[:kept], len(promises)); err != nil {
				t.Errorf("cut after %d of %d calls (%s %s), %s: %v", i+1, len(log), o.kind, o.file, l.name, err)
			}
		}
	}
	t.Logf("%d transactions, %d calls, %d disks", transactions, len(log), disks)
}

// memory returns a folder whose files are in memory, where there is one: the
// disks are many.
func memory(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("/dev/shm", "powerloss-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	return folder
}

// holds opens a ledger and looks for what was promised.
func holds(ctx context.Context, folder string, promises []promise, most int) (err error) {
	l, err := sqlite.Open(ctx, filepath.Join(folder, "ledger.db"), sqlite.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	if err := l.Verify(ctx); err != nil {
		return err
	}
	all, err := l.Releases(ctx)
	if err != nil {
		return err
	}
	if len(all) < len(promises) || len(all) > most {
		return fmt.Errorf("%d releases, %d were promised and %d tried", len(all), len(promises), most)
	}
	// Earlier ones were looked at before, and Verify compares all with their sums.
	for _, p := range promises[max(0, len(promises)-3):] {
		got, err := l.Get(ctx, p.id)
		if err != nil {
			return err
		}
		if !bytes.Equal(got.Bytes, p.bytes) {
			return fmt.Errorf("release %s has other bytes", p.id)
		}
	}
	return next(ctx, l)
}

// next makes one more release.
func next(ctx context.Context, l *ledger.Ledger) error {
	request := ledger.Request{Account: "shop", Plan: "next", Date: "2026-03-13", Cost: one}
	res, err := l.Reserve(ctx, request)
	if err != nil {
		return err
	}
	_, err = res.Post(ctx, request.Digest, one, draw(1))
	return err
}

// TestDiskFails fails every write, sync, truncation and removal of a build and
// of the close after it, once and from then on: what a post has returned is
// there afterwards, nothing is charged twice, and the error is one of storage.
func TestDiskFails(t *testing.T) {
	for _, c := range []struct {
		name string
		code int32
		more bool
	}{{"a call fails", sqlite3.SQLITE_IOERR, false}, {"the disk is full from a call on", sqlite3.SQLITE_FULL, true}, {"the disk fails from a call on", sqlite3.SQLITE_IOERR, true}} {
		t.Run(c.name, func(t *testing.T) {
			tries := 0
			for n := 1; ; n++ {
				folder := made(t)
				tape.failing(folder, n, c.more, c.code)
				posted, err := try(t.Context(), folder, time.Now)
				reached := tape.count >= n
				tape.record("")
				if !reached {
					break
				}
				tries++
				if err != nil && !errors.Is(err, ledger.ErrStorage) {
					t.Errorf("call %d: %v", n, err)
				}
				if err := after(t.Context(), folder, posted); err != nil {
					t.Errorf("call %d: %v", n, err)
				}
				if err := os.RemoveAll(folder); err != nil {
					t.Fatal(err)
				}
			}
			if tries < 10 {
				t.Errorf("%d calls, want more", tries)
			}
			t.Logf("%d calls", tries)
		})
	}
}

// try builds once.
func try(ctx context.Context, folder string, now func() time.Time) (*ledger.Posted, error) {
	l, err := sqlite.Open(ctx, filepath.Join(folder, "ledger.db"), sqlite.Options{Now: now})
	if err != nil {
		return nil, err
	}
	defer l.Close() //nolint:errcheck // its faults are the test's
	request := ledger.Request{Account: "shop", Plan: "p", Date: "2026-03-13", Cost: one}
	res, err := l.Reserve(ctx, request)
	if err != nil {
		return nil, err
	}
	if err := res.Touched(ctx); err != nil {
		return nil, err
	}
	return res.Post(ctx, request.Digest, one, draw(200))
}

// after builds again, on a disk that works, when the lease is over of a try that
// could not end it.
func after(ctx context.Context, folder string, posted *ledger.Posted) error {
	again, err := try(ctx, folder, func() time.Time { return time.Now().Add(2 * time.Minute) })
	var exists *ledger.Exists
	switch {
	case errors.As(err, &exists):
		again = exists.Posted
	case err != nil:
		return err
	}
	if posted != nil && (again.ID != posted.ID || !bytes.Equal(again.Bytes, posted.Bytes)) {
		return errors.New("what was posted is lost")
	}
	l, err := sqlite.Open(ctx, filepath.Join(folder, "ledger.db"), sqlite.Options{})
	if err != nil {
		return err
	}
	defer l.Close() //nolint:errcheck // read only
	all, err := l.Releases(ctx)
	if err != nil || len(all) != 1 || all[0].Cost != one {
		return fmt.Errorf("%d releases, want 1: %w", len(all), err)
	}
	return l.Verify(ctx)
}
