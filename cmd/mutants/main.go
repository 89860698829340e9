// SPDX-License-Identifier: Apache-2.0

// Mutants puts privacy bugs into Throng, one at a time, and demands that a named
// test finds each of them.
//
// A bug is a few words of source and what to write instead. The changed file
// reaches the compiler through go's -overlay, and the test runs in a copy of the
// tree that has it too, for tests that read sources. Build tags or injected
// dependencies would do the same with the bugs inside the product, where one
// wrong flag lets them out, and with seams that exist for them alone; so the
// product has neither, and what is mutated is the very code that is shipped.
//
// It fails if a bug survives, if a bug's words are no longer in the source once
// and only once, if the change does not compile, or if the named test does not
// pass without it.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("mutants", flag.ExitOnError)
	only := flags.String("run", "", "only bugs whose name matches this `regexp`")
	list := flags.Bool("list", false, "list the bugs and what finds them")
	workers := flags.Int("workers", runtime.GOMAXPROCS(0), "bugs to try at once")
	_ = flags.Parse(args) // ends the process where it fails
	name, err := regexp.Compile(*only)
	if err != nil {
		return err
	}
	var chosen []mutant
	for _, m := range all() {
		if name.MatchString(m.name) {
			chosen = append(chosen, m)
		}
	}
	if *list {
		for _, m := range chosen {
			fmt.Printf("%-58s %s\n", m.name, m.killer())
		}
		return nil
	}
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "mutants-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }()
	begun := time.Now()
	f := &field{root: root, work: work}
	if err := f.sound(ctx, chosen, *workers); err != nil {
		return err
	}
	killed := f.hunt(ctx, chosen, *workers)
	fmt.Printf("%d of %d seeded privacy bugs killed in %v\n", killed, len(chosen), time.Since(begun).Round(time.Second))
	if killed < len(chosen) {
		return fmt.Errorf("%d bugs were not found by the tests named for them", len(chosen)-killed)
	}
	return ctx.Err()
}

// moduleRoot looks upwards for go.mod.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if filepath.Dir(dir) == dir {
			return "", fmt.Errorf("no go.mod here or above")
		}
		dir = filepath.Dir(dir)
	}
}
