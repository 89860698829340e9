// SPDX-License-Identifier: Apache-2.0

//go:build unix

package soak

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/throng-dp/throng/dp/ramdisk"
)

// long tells whether the long forms are asked for.
var long = os.Getenv("THRONG_SOAK") != ""

// rounds returns how often something is tried.
func rounds(short, soak int) int {
	if long {
		return soak
	}
	return short
}

// together lets a short form run beside others, most of which wait for a lease, a
// lock or a server. A long form has the machine to itself.
func together(t *testing.T) {
	t.Helper()
	if !long {
		t.Parallel()
	}
}

const (
	account = "shop"
	plan    = "shop"
	date    = "2026-03-13"
	earlier = "2026-03-15T11:00:00Z" // when the ledger was made
	clock   = "2026-03-15T12:00:00Z" // of the binary, unless a test sets another
	later   = "2026-03-15T13:00:00Z"
)

var (
	folder   string // of everything that is made once
	makeOnce sync.Once
	makeErr  error
)

func TestMain(m *testing.M) {
	os.Exit(ramdisk.Run(func() int {
		var err error
		if folder, err = os.MkdirTemp("", "throng-soak-"); err != nil {
			panic(err)
		}
		defer func() { _ = os.RemoveAll(folder) }()
		go watch()
		if !long {
			_ = flag.Set("test.parallel", "4")
		}
		return m.Run()
	}))
}

// stalled is how long this machine has stood still: a virtual one may be stopped
// and woken as a whole, with all that runs on it.
var stalled atomic.Int64

func watch() {
	const pace = 50 * time.Millisecond
	for last := time.Now(); ; last = time.Now() {
		time.Sleep(pace)
		if gap := time.Since(last); gap > time.Second {
			stalled.Add(int64(gap))
		}
	}
}

// since is how long ago a time was, but for stalls.
func since(begun time.Time, stalls int64) time.Duration {
	return time.Since(begun) - time.Duration(stalled.Load()-stalls)
}

// program returns the program with failpoints, and a project as new.
func program(t *testing.T) (throng, project string) {
	t.Helper()
	makeOnce.Do(func() { makeErr = makeAll() })
	if makeErr != nil {
		t.Fatal(makeErr)
	}
	return filepath.Join(folder, "throng"), filepath.Join(folder, "project")
}

func makeAll() error {
	throng := filepath.Join(folder, "throng")
	if err := build(throng, "-tags", "failpoints"); err != nil {
		return err
	}
	dir := filepath.Join(folder, "project")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	for name, text := range map[string]string{"plan.yaml": planText(plan, "once"), "policy.yaml": policyText, "opt_outs.csv": "user_id\nu0000\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	if err := writeEvents(filepath.Join(dir, "orders.parquet")); err != nil {
		return err
	}
	h := home{dir: dir, throng: throng}
	for _, args := range [][]string{{"ledger", "init"},
		{"ledger", "account", account, "--epsilon", "8", "--delta", "1e-7", "--period", "30d", "--ceiling", "40", "--policy", "policy.yaml"}} {
		if e := h.run(from(earlier), args...); e.code != 0 {
			return fmt.Errorf("throng %s: %s", strings.Join(args, " "), e.talk)
		}
	}
	return nil
}

func build(to string, flags ...string) error {
	args := append([]string{"build", "-o", to}, flags...)
	c := exec.Command("go", append(args, "github.com/throng-dp/throng/cmd/throng")...)
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	return nil
}

func planText(name, every string) string {
	return strings.NewReplacer("NAME", name, "EVERY", every).Replace(`throng: 1
name: NAME
every: EVERY
data:
  events:
    orders: {files: orders.parquet, person: user_id, time: event_time}
  opt_outs: {files: opt_outs.csv, person: user_id}
purpose: ads
lookback: 800d
privacy: {account: shop, epsilon: 0.5, delta: 1e-8, min_reach: 100}
let:
  spend: orders.sum(o, o.amount)
segments:
  - {id: buyers, name: Bought something, rule: 'orders.exists(o, o.event_type == "purchase")'}
  - {id: visitors, name: Looked, rule: 'orders.exists(o, o.event_type == "visit")'}
release:
  - reach
  - {sum: spend, min: 0, max: 2000000, decimals: 0, segments: [buyers]}
`)
}

const policyText = `lineage: shop-customers
people_at_most: 100000
most: {epsilon: 1, delta: 1e-8, segments: 10, lookback: 800d}
least: {min_reach: 100, min_age: none}
`

type order struct {
	UserID    string    `parquet:"user_id,dict"`
	EventTime time.Time `parquet:"event_time,timestamp(microsecond)"`
	EventType string    `parquet:"event_type,dict"`
	Amount    float64   `parquet:"amount"`
}

const (
	people = 600
	amount = 1234567 // each buyer's: the exact sum of 299 is a number that no noise draws by chance
	canary = 299 * amount
	person = "u0317" // and this is a key that must not be written anywhere
)

// writeEvents writes the input: of 600 people every other one buys. One of the
// buyers has opted out.
func writeEvents(path string) error {
	var all []order
	for i := range people {
		o := order{UserID: fmt.Sprintf("u%04d", i), EventTime: time.Date(2026, 2, 1+i%20, 9, 0, 0, 0, time.UTC), EventType: "visit"}
		if i%2 == 0 {
			o.EventType, o.Amount = "purchase", amount
		}
		all = append(all, o)
	}
	return parquet.WriteFile(path, all)
}

// A home is one project folder that a test may ruin.
type home struct {
	dir, throng string
	wrap        []string            // a command that runs the program; nil: none
	as          *syscall.Credential // nil: as this user
}

// newHome copies the project.
func newHome(t *testing.T) home {
	t.Helper()
	throng, project := program(t)
	h := home{dir: filepath.Join(t.TempDir(), "home"), throng: throng}
	h.copyFrom(t, project)
	return h
}

func (h home) copyFrom(t *testing.T, dir string) {
	t.Helper()
	if err := errors.Join(os.RemoveAll(h.dir), os.CopyFS(h.dir, os.DirFS(dir))); err != nil {
		t.Fatal(err)
	}
	// CopyFS widens permissions, and a key that others may read is refused.
	if err := os.Chmod(filepath.Join(h.dir, "ledger.key"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// An ending is how a command ended.
type ending struct {
	code      int // -1: by a signal
	signal    syscall.Signal
	out, talk string
	took      time.Duration
}

// command prepares a run of the program in the project.
func (h home) command(env []string, args ...string) *exec.Cmd {
	c := exec.Command(h.throng, args...)
	if h.wrap != nil {
		c = exec.Command(h.wrap[0], append(append(slices.Clone(h.wrap[1:]), h.throng), args...)...)
	}
	if h.as != nil {
		c.SysProcAttr = &syscall.SysProcAttr{Credential: h.as}
	}
	c.Dir = h.dir
	// It lives for a tenth of a second: its garbage need not be collected.
	c.Env = append(os.Environ(), "NO_COLOR=1", "GOGC=400", "THRONG_FAILPOINT_NOW="+clock, "THRONG_WITNESS="+filepath.Join(h.dir, "witness"))
	c.Env = append(c.Env, env...)
	return c
}

// run runs a command to its end.
func (h home) run(env []string, args ...string) ending {
	c := h.command(env, args...)
	var out, talk bytes.Buffer
	c.Stdout, c.Stderr = &out, &talk
	begun, stalls := time.Now(), stalled.Load()
	err := c.Run()
	return endingOf(c, err, out.String(), talk.String(), since(begun, stalls))
}

func endingOf(c *exec.Cmd, err error, out, talk string, took time.Duration) ending {
	if c.ProcessState == nil {
		return ending{code: -2, talk: err.Error()}
	}
	e := ending{code: c.ProcessState.ExitCode(), out: out, talk: talk, took: took}
	if w, ok := c.ProcessState.Sys().(syscall.WaitStatus); ok && w.Signaled() {
		e.signal = w.Signal()
	}
	return e
}

// at orders what happens at a failpoint.
func at(order string) []string { return []string{"THRONG_FAILPOINT=" + order} }

// from sets the clock.
func from(now string) []string { return []string{"THRONG_FAILPOINT_NOW=" + now} }

func buildArgs(more ...string) []string {
	return append([]string{"build", "plan.yaml", "--date", date}, more...)
}
