// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

// A scale is one size of the question: the whole build, or the tally alone.
type scale struct {
	name, dir, plan string
	workers         int
	tally           bool
}

func scales() []scale {
	n := runtime.NumCPU()
	return []scale{
		{name: "S", dir: "S", plan: "w50", workers: n},
		{name: "few", dir: "M-few", plan: "w50", workers: n},
		{name: "M", dir: "M", plan: "w50", workers: n},
		{name: "tally", dir: "M", plan: "w50", workers: n, tally: true},
		{name: "one", dir: "M", plan: "w50", workers: 1},
		{name: "tally-one", dir: "M", plan: "w50", workers: 1, tally: true},
		{name: "w500", dir: "M", plan: "w500", workers: n},
		{name: "tally-w500", dir: "M", plan: "w500", workers: n, tally: true},
	}
}

// slopes measures how the whole build grows with the question, and with how
// many threads answer it.
func slopes(ctx context.Context, args []string) error {
	f := flag.NewFlagSet("slopes", flag.ExitOnError)
	throng := f.String("throng", "bin/throng", "the program that is measured")
	rounds := f.Int("rounds", 3, "`N` runs of each")
	doc := f.String("doc", "", "put the table into `FILE`, between the marks of slopes")
	root, err := folder(f, args)
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	scrap, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scrap)
	before := machine(ctx, "")
	all := samples{}
	for round := range *rounds {
		for _, s := range scales() {
			b := &bench{dir: filepath.Join(root, s.dir), plan: s.plan, throng: *throng, self: self, workers: s.workers, scrap: filepath.Join(scrap, s.name)}
			one, err := b.once(ctx, round, s.tally)
			if err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			fmt.Fprintf(os.Stderr, "round %d %-10s %7.2f s wall %7.2f s CPU %6.0f MiB\n", round+1, s.name, one.wall, one.cpu, one.peak)
			all[s.name] = append(all[s.name], one)
		}
	}
	table := renderSlopes(all, *rounds, before)
	fmt.Println(table)
	if *doc == "" {
		return nil
	}
	return put(*doc, "slopes", table)
}

// once measures one build on a ledger of its own, or one tally.
func (b *bench) once(ctx context.Context, round int, tally bool) (sample, error) {
	for _, c := range b.contenders() {
		if c.name != "build" && c.name != "tally" || tally != (c.name == "tally") {
			continue
		}
		if err := os.MkdirAll(b.scrap, 0o700); err != nil {
			return sample{}, err
		}
		if c.prepare != nil {
			if err := c.prepare(ctx, round); err != nil {
				return sample{}, err
			}
		}
		// Workers are the engine's; of one thread the collector is to be, too.
		return b.child(ctx, append([]string{"env", "GOMAXPROCS=" + strconv.Itoa(b.workers)}, c.command(round)...)...)
	}
	panic("bench: no such contender")
}

func renderSlopes(all samples, rounds int, machine string) string {
	var t strings.Builder
	fmt.Fprintf(&t, "`bench slopes --rounds %d`: %s; median of %d rounds (least–most).\n\n", rounds, machine, rounds)
	t.WriteString("| | the tally | the whole `throng build` |\n| --- | --- | --- |\n")
	row := func(what, tally string, build spread) { fmt.Fprintf(&t, "| %s | %s | %s |\n", what, tally, build) }
	row("people × 10, as many events (200 thousand to 2 million, 20 million events): CPU", "", all.ratio("M", "few", cpu))
	row("segments × 10 (50 to 500, M): CPU", all.ratio("tally-w500", "tally", cpu).String(), all.ratio("w500", "M", cpu))
	row("events × 10 and people × 10 (S to M): CPU", "", all.ratio("M", "S", cpu))
	if n := runtime.NumCPU(); n > 1 {
		row(fmt.Sprintf("%d threads against one (M): wall", n), all.ratio("tally", "tally-one", wall).String(), all.ratio("M", "one", wall))
	}
	var shares []float64
	for i, build := range all["M"] {
		tally := all["tally"][i]
		shares = append(shares, (build.cpu-tally.cpu+tally.rules)/build.cpu)
	}
	row("what is not reading and gathering (rules, tables, noise, ledger, files), of the CPU on M", "", spreadOf(shares))
	return t.String()
}
