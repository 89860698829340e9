// SPDX-License-Identifier: Apache-2.0

package sqlite_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/ledger/ledgertest"
	"github.com/throng-dp/throng/dp/ledger/sqlite"
	"github.com/throng-dp/throng/dp/ramdisk"
)

// one fits three times into threefold.
var one = ledger.Cost{Epsilon: 1_000_000_000_000}

func threefold() ledger.Account {
	return ledger.Account{Name: "shop", Lines: ledger.Lines{PureEpsilon: 3}, Period: 30}
}

func ask(plan string) ledger.Request {
	return ledger.Request{Account: "shop", Plan: plan, Date: "2026-03-13", Digest: [32]byte{1}, Cost: one, PlanText: []byte("name: " + plan)}
}

// build is what a run does with a ledger. at is called at every step.
func build(ctx context.Context, l *ledger.Ledger, r ledger.Request, at ...func(step string)) error {
	step := func(s string) {
		for _, f := range at {
			f(s)
		}
	}
	res, err := l.Reserve(ctx, r)
	if err != nil {
		return err
	}
	step("reserved")
	if err := res.Touched(ctx); err != nil {
		return err
	}
	step("touched")
	_, err = res.Post(ctx, r.Digest, r.Cost, func(d ledger.Draw) ([]byte, error) {
		step("drawn")
		return bytes.Repeat([]byte(d.ID), 1000), nil
	})
	step("posted")
	return err
}

// TestMain lets the test's binary be a run of its own: the child opens the
// ledger, builds the plans that it is told, and dies at a step.
func TestMain(m *testing.M) {
	path := os.Getenv("LEDGER_CHILD")
	if path == "" {
		// Histories enough for every run of the tests; -rapid.checks has more.
		_ = flag.Set("rapid.checks", "30")
		os.Exit(ramdisk.Run(m.Run))
	}
	os.Exit(child(path, strings.Fields(os.Getenv("LEDGER_PLANS")), os.Getenv("LEDGER_DIE")))
}

// Exit codes of a child, as the command line has them.
const (
	exitExists = 5
	exitFull   = 13
	exitBusy   = 75
)

func child(path string, plans []string, die string) int {
	ctx := context.Background()
	if die == "upgrade" {
		if _, err := sqlite.Upgrade(ctx, path, sqlite.Options{}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return 0
	}
	l, err := sqlite.Open(ctx, path, sqlite.Options{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := 0
	for _, p := range plans {
		err := build(ctx, l, ask(p), func(step string) {
			if step == die {
				if me, err := os.FindProcess(os.Getpid()); err == nil {
					_ = me.Kill()
				}
				select {}
			}
		})
		var exists *ledger.Exists
		switch {
		case err == nil:
		case errors.As(err, &exists):
			code = exitExists
		case errors.Is(err, ledger.ErrExhausted):
			code = exitFull
		case errors.Is(err, ledger.ErrBusy):
			code = exitBusy
		default:
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	return code
}

// run starts a child.
func run(t *testing.T, path, die string, plans ...string) *exec.Cmd {
	t.Helper()
	c := exec.CommandContext(t.Context(), os.Args[0])
	c.Env = append(os.Environ(), "LEDGER_CHILD="+path, "LEDGER_DIE="+die, "LEDGER_PLANS="+strings.Join(plans, " "))
	c.Stderr = os.Stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	return c
}

// empty returns the path of a ledger with room for three.
func empty(t *testing.T) string { return roomFor(t, 3) }

func roomFor(t *testing.T, n float64) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ledger.db")
	l, err := sqlite.Create(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	account := threefold()
	account.Lines.PureEpsilon = n
	if err := errors.Join(l.OpenAccount(t.Context(), account), l.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

// spends expects what is held and spent, and a ledger that verifies.
func spends(t *testing.T, l *ledger.Ledger, held, spent int64) {
	t.Helper()
	s, err := l.Status(t.Context(), "shop", time.Now())
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

// TestKilled: wherever a run is killed, the next one finishes at once with one
// post and one charge; after the post it finds the bytes that were posted.
func TestKilled(t *testing.T) {
	for _, c := range []struct {
		step        string
		held, spent int64
	}{{"reserved", 1, 0}, {"touched", 1, 0}, {"drawn", 1, 0}, {"posted", 0, 1}} {
		t.Run(c.step, func(t *testing.T) {
			path := empty(t)
			if err := run(t, path, c.step, "p").Wait(); err == nil {
				t.Fatal("the child survived")
			}
			l := open(t, path)
			spends(t, l, c.held, c.spent)
			err := build(t.Context(), l, ask("p"))
			var exists *ledger.Exists
			if c.spent == 1 && !errors.As(err, &exists) || c.spent == 0 && err != nil {
				t.Errorf("the next run: %v", err)
			}
			spends(t, l, 0, 1)
		})
	}
}

// TestKilledBeforeReading: what a run held that was killed before it read
// anything is there for another plan.
func TestKilledBeforeReading(t *testing.T) {
	path := empty(t)
	for _, plan := range []string{"p", "q", "r"} {
		_ = run(t, path, "reserved", plan).Wait()
	}
	l := open(t, path)
	if err := build(t.Context(), l, ask("s")); err != nil {
		t.Fatal(err)
	}
	spends(t, l, 0, 1)
}

// TestKilledAnywhere kills runs at random times. A run that is left alone ends
// with every plan posted once.
func TestKilledAnywhere(t *testing.T) {
	path := empty(t)
	plans := []string{"p", "q", "r"}
	for range 15 {
		c := run(t, path, "", plans...)
		time.Sleep(time.Duration(rand.IntN(60)) * time.Millisecond)
		_ = c.Process.Kill()
		_ = c.Wait()
	}
	if code := exit(run(t, path, "", plans...)); code != 0 && code != exitExists {
		t.Errorf("the last run ended with %d", code)
	}
	spends(t, open(t, path), 0, 3)
}

func exit(c *exec.Cmd) int {
	_ = c.Wait()
	return c.ProcessState.ExitCode()
}

// TestManyProcesses: of 32 runs of one plan one posts, and the others find what
// it posted or are told to come again; of 32 plans on an account with room for
// ten, ten post and the others are refused.
func TestManyProcesses(t *testing.T) {
	const processes = 32
	for name, c := range map[string]struct {
		plan   func(i int) string
		posts  int
		others []int
	}{
		"one plan":   {func(int) string { return "p" }, 1, []int{exitExists, exitBusy}},
		"many plans": {func(i int) string { return "p" + strconv.Itoa(i) }, 10, []int{exitFull}},
	} {
		t.Run(name, func(t *testing.T) {
			for range soak(1, 200) {
				path := roomFor(t, 10)
				var all []*exec.Cmd
				for i := range processes {
					all = append(all, run(t, path, "", c.plan(i)))
				}
				codes, others := map[int]int{}, 0
				for _, p := range all {
					codes[exit(p)]++
				}
				for _, code := range c.others {
					others += codes[code]
				}
				if codes[0] != c.posts || others != processes-c.posts {
					t.Errorf("exit codes %v, want %d of 0, and the others in %v", codes, c.posts, c.others)
				}
				l, err := sqlite.Open(t.Context(), path, sqlite.Options{})
				if err != nil {
					t.Fatal(err)
				}
				spends(t, l, 0, int64(c.posts))
				if err := errors.Join(l.Close(), os.RemoveAll(filepath.Dir(path))); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// soak returns how often something is tried: `make soak` sets THRONG_SOAK.
func soak(short, long int) int {
	if os.Getenv("THRONG_SOAK") != "" {
		return long
	}
	return short
}

// BenchmarkPair reports reservations with posts of 64 KiB a second.
func BenchmarkPair(b *testing.B) {
	path := filepath.Join(b.TempDir(), "ledger.db")
	made := false
	ledgertest.Pairs(b, 1, func(b *testing.B) *ledger.Ledger {
		open := sqlite.Open
		if !made {
			open, made = sqlite.Create, true
		}
		l, err := open(b.Context(), path, sqlite.Options{})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = l.Close() })
		return l
	})
}
