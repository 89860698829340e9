// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/throng-dp/throng/cmd/bench/workload"
)

// A bench is one series of measurements.
type bench struct {
	dir     string // of the data
	plan    string // the workload's name
	throng  string
	python  string
	peers   string // folder of the Python programs
	venvs   string // folder of environments, one for each library of differential privacy
	beam    string
	self    string // this program
	rounds  int
	workers int // goroutines or threads of every contender
	only    []string
	field   []contender
	scrap   string // where ledgers and releases of the rounds go
}

// A contender is something that is measured.
type contender struct {
	name    string
	about   string
	prepare func(ctx context.Context, round int) error // not measured; may be nil
	command func(round int) []string
	judge   func(ctx context.Context, round int) (verdict, error) // of what it wrote, not measured; may be nil
}

// A sample is one run of a contender.
type sample struct {
	wall, cpu, peak float64 // seconds, seconds, MiB of the largest process
	rules           float64 // of the tally: seconds of CPU after everything was read
	rows            int64
	verdict         verdict
}

// samples are those of one contender, by round.
type samples map[string][]sample

// run measures Throng beside engines that count the same exactly.
func run(ctx context.Context, args []string) error {
	return (&bench{}).do(ctx, "run", args, (*bench).contenders, render)
}

// do reads the flags of a subcommand, measures, prints a table and files it.
func (b *bench) do(ctx context.Context, name string, args []string, contenders func(*bench) []contender, render func(*bench, samples, string) string) error {
	f := flag.NewFlagSet(name, flag.ExitOnError)
	f.StringVar(&b.plan, "plan", "w50", "the workload `NAME`")
	f.StringVar(&b.throng, "throng", "bin/throng", "the program that is measured")
	f.StringVar(&b.python, "python", ".venv/bin/python", "Python with what tools/requirements.txt lists")
	f.StringVar(&b.peers, "peers", "cmd/bench/peers", "the `DIR` of the Python programs")
	f.StringVar(&b.venvs, "venvs", ".venvs", "the `DIR` of the Python environments of bench peers")
	f.StringVar(&b.beam, "beam", "bin/beam", "the program of cmd/bench/peers/beam")
	f.IntVar(&b.workers, "workers", runtime.NumCPU(), "`N` threads of each contender")
	f.IntVar(&b.rounds, "rounds", 3, "`N` runs of each contender")
	only := f.String("only", "", "`NAMES` of contenders, with commas between")
	doc := f.String("doc", "", "put the table into `FILE`, between the marks of --title")
	title := f.String("title", "", "`NAME` of the table (default: the folder's)")
	dir, err := folder(f, args)
	if err != nil {
		return err
	}
	if err := adopt(); err != nil {
		return err
	}
	if b.rounds < 1 || b.workers < 1 {
		return fmt.Errorf("--rounds and --workers are numbers above 0")
	}
	b.dir = dir
	if *only != "" {
		b.only = strings.Split(*only, ",")
	}
	if b.self, err = os.Executable(); err != nil {
		return err
	}
	if b.scrap, err = os.MkdirTemp("", "bench"); err != nil {
		return err
	}
	defer os.RemoveAll(b.scrap)
	if *title == "" {
		*title = filepath.Base(dir)
	}
	before := machine(ctx, b.python)
	b.field = contenders(b)
	all, err := b.measure(ctx)
	if err != nil {
		return err
	}
	table := render(b, all, before)
	fmt.Println(table)
	if *doc == "" {
		return nil
	}
	return put(*doc, *title, table)
}

func (b *bench) contenders() []contender {
	n := strconv.Itoa(b.workers)
	peer := func(program string) func(int) []string {
		return func(int) []string {
			return []string{b.python, filepath.Join(b.peers, program), "--threads", n, b.dir, filepath.Join(b.dir, b.plan+".json")}
		}
	}
	all := []contender{
		{name: "floor", about: "decode the workload's columns with parquet-go, do nothing",
			command: func(int) []string { return []string{b.self, "floor", "--workers", n, "--plan", b.plan, b.dir} }},
		{name: "tally", about: "Throng: events to exact counts, nothing else",
			command: func(int) []string { return []string{b.self, "tally", "--workers", n, "--plan", b.plan, b.dir} }},
		b.build("build", "**Throng: the whole `throng build`** with opt-outs, noise, ledger, files", b.plan),
		{name: "duckdb-mask", about: "DuckDB, expert SQL: bit masks from look-up tables", command: peer("duckdb_mask.py")},
		{name: "duckdb-onepass", about: "DuckDB, one pass with filtered aggregates", command: peer("duckdb_onepass.py")},
		{name: "polars", about: "polars, streaming", command: peer("polars_onepass.py")},
	}
	if b.plan == workload.Mixed { // in SQL of one pass alone
		all = slices.DeleteFunc(all, func(c contender) bool { return c.name == "duckdb-mask" || c.name == "polars" })
	}
	return all
}

// openLedger gives each round a ledger of its own: a release that stands would
// be written again without counting.
func (b *bench) openLedger(ctx context.Context, dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	url := ledger(dir)
	if _, err := b.child(ctx, b.throng, "ledger", "init", "--quiet", "--ledger", url); err != nil {
		return err
	}
	_, err := b.child(ctx, b.throng, "ledger", "account", "--quiet", "--ledger", url, "--epsilon", "8", "--delta", "1e-8",
		"--period", "364d", "--no-ceiling", "--policy", filepath.Join(b.dir, workload.Policy), workload.Account)
	return err
}

// build is the whole `throng build` of a plan on a new ledger.
func (b *bench) build(name, about, plan string) contender {
	return contender{
		name: name, about: about,
		prepare: func(ctx context.Context, round int) error { return b.openLedger(ctx, b.own(round, name)) },
		command: func(round int) []string {
			own := b.own(round, name)
			return []string{b.throng, "build", filepath.Join(b.dir, plan+".yaml"), "--date", workload.Date, "--quiet", "--json", "--workers", strconv.Itoa(b.workers),
				"--ledger", ledger(own), "--out", filepath.Join(own, "releases")}
		},
	}
}

// own is a contender's own folder in a round.
func (b *bench) own(round int, name string) string {
	return filepath.Join(b.scrap, strconv.Itoa(round), name)
}

func ledger(dir string) string { return "sqlite:" + filepath.Join(dir, "ledger.db") }

// measure runs all contenders in turn, round after round.
func (b *bench) measure(ctx context.Context) (samples, error) {
	// One run that is not measured brings the files into the page cache.
	if _, err := b.child(ctx, b.self, "floor", "--plan", b.plan, b.dir); err != nil {
		return nil, err
	}
	all := samples{}
	for round := range b.rounds {
		for _, c := range b.field {
			if len(b.only) > 0 && !slices.Contains(b.only, c.name) {
				continue
			}
			if c.prepare != nil {
				if err := c.prepare(ctx, round); err != nil {
					return nil, fmt.Errorf("%s: %w", c.name, err)
				}
			}
			s, err := b.child(ctx, c.command(round)...)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", c.name, err)
			}
			if c.judge != nil {
				if s.verdict, err = c.judge(ctx, round); err != nil {
					return nil, fmt.Errorf("%s: %w", c.name, err)
				}
			}
			fmt.Fprintf(os.Stderr, "round %d %-15s %7.2f s wall %7.2f s CPU %6.0f MiB\n", round+1, c.name, s.wall, s.cpu, s.peak)
			all[c.name] = append(all[c.name], s)
		}
	}
	return all, nil
}

// child runs a command to its end and measures it and all that it began, as the
// operating system accounts for it. The wall time is the command's own.
func (b *bench) child(ctx context.Context, command ...string) (sample, error) {
	c := exec.CommandContext(ctx, command[0], command[1:]...)
	var out, talk bytes.Buffer
	c.Stdout, c.Stderr = &out, &talk
	begun := time.Now()
	err := c.Run()
	s := sample{wall: time.Since(begun).Seconds()}
	if err != nil {
		return s, fmt.Errorf("%s: %w\n%s", filepath.Base(command[0]), err, talk.String())
	}
	cpu, peak, err := reap()
	if err != nil {
		return s, fmt.Errorf("%s: %w", filepath.Base(command[0]), err)
	}
	// What the child itself has waited for is in its own figures.
	s.cpu = cpu + (c.ProcessState.UserTime() + c.ProcessState.SystemTime()).Seconds()
	s.peak = max(peak, peakMiB(c.ProcessState))
	var t told
	if json.Unmarshal(out.Bytes(), &t) == nil {
		s.rows = t.Rows
		if t.CPU > 0 {
			s.cpu, s.wall, s.rules = t.CPU, t.Wall, t.Rules
		}
	}
	return s, nil
}
