// SPDX-License-Identifier: Apache-2.0

// Command bench measures Throng against other engines on the same machine, the
// same files and the same question. Every contender is a process of its own,
// one after the other, round after round; what counts is the ratio of two
// contenders within a round, because seconds move with whatever else the
// machine does.
//
//	bench plan  [--plan w50] DIR        write the workload into a folder of data
//	bench run   [flags] DIR             measure, print, and write a table
//	bench peers [flags] DIR             the same beside libraries of differential privacy
//	bench floor [flags] DIR             decode the columns and do nothing
//	bench tally [flags] DIR             count, and drop the counts
//	bench slopes [flags] DIR            how builds of S, M-few and M in a folder grow
//	bench consent [flags] DIR           builds with opt-outs of one person in ten, by their form
//	bench kernels [flags]               Go's benchmarks of the engine's parts, as a table
//
// Nothing it prints is a count of people: that all contenders count the same is
// shown by a test inside the clean room (audience/cleanroom/local, TestW50).
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"github.com/throng-dp/throng/cmd/bench/workload"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := do(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func do(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("say plan, run, peers, floor, tally, slopes, consent or kernels")
	}
	switch args[0] {
	case "plan":
		return writePlan(args[1:])
	case "run":
		return run(ctx, args[1:])
	case "peers":
		return peers(ctx, args[1:])
	case "floor":
		return floor(ctx, args[1:])
	case "tally":
		return tally(ctx, args[1:])
	case "slopes":
		return slopes(ctx, args[1:])
	case "consent":
		return choices(ctx, args[1:])
	case "kernels":
		return kernels(ctx, args[1:])
	}
	return fmt.Errorf("%s is not plan, run, peers, floor, tally, slopes, consent or kernels", args[0])
}

func writePlan(args []string) error {
	f := flag.NewFlagSet("plan", flag.ExitOnError)
	name := f.String("plan", "w50", "the workload: w and a number of segments, or mixed")
	dir, err := folder(f, args)
	if err != nil {
		return err
	}
	return workload.Write(dir, *name)
}

// folder parses flags and takes the one argument, a folder of data.
func folder(f *flag.FlagSet, args []string) (string, error) {
	if err := f.Parse(args); err != nil {
		return "", err
	}
	if f.NArg() != 1 {
		return "", fmt.Errorf("%s takes flags and then one folder of data", f.Name())
	}
	return f.Arg(0), nil
}
