// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// kernelPackages are those with a BenchmarkKernels, in the order of a row's way.
var kernelPackages = []string{"internal/event", "internal/identity", "local", "internal/segment", "internal/consent"}

// kernels runs the benchmarks of the engine's parts, one thread each, and writes
// a table of them.
func kernels(ctx context.Context, args []string) error {
	f := flag.NewFlagSet("kernels", flag.ExitOnError)
	doc := f.String("doc", "", "put the table into `FILE`")
	each := f.String("benchtime", "200ms", "`TIME` for each of them")
	if err := f.Parse(args); err != nil {
		return err
	}
	var table strings.Builder
	fmt.Fprintf(&table, "`bench kernels --benchtime %s`: %s; one thread, million rows or people a second.\n\n", *each, machine(ctx, ""))
	table.WriteString("| kernel | Mrows/s |\n| --- | --- |\n")
	for _, name := range kernelPackages {
		c := exec.CommandContext(ctx, "go", "test", "./audience/cleanroom/"+name, "-run", "^$", "-bench", "^BenchmarkKernels$", "-benchtime", *each, "-cpu", "1")
		c.Stderr = os.Stderr
		out, err := c.Output()
		if err != nil {
			return fmt.Errorf("%s: %w\n%s", name, err, out)
		}
		lines, err := speeds(out)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		for _, l := range lines {
			fmt.Fprintf(&table, "| %s | %s |\n", l.name, figure(l.mrows))
		}
	}
	fmt.Print(table.String())
	if *doc == "" {
		return nil
	}
	return put(*doc, "Kernels", table.String())
}

// A speed is one benchmark's.
type speed struct {
	name  string
	mrows float64
}

// speeds reads what `go test -bench` prints: a name, a number of runs, and pairs
// of a figure and its unit.
func speeds(out []byte) ([]speed, error) {
	var all []speed
	for scan := bufio.NewScanner(bytes.NewReader(out)); scan.Scan(); {
		name, ok := strings.CutPrefix(scan.Text(), "BenchmarkKernels/")
		if !ok {
			continue
		}
		words := strings.Fields(name)
		s := speed{name: strings.ReplaceAll(words[0], "_", " "), mrows: -1}
		for i := 3; i < len(words); i++ {
			if words[i] != "Mrows/s" {
				continue
			}
			x, err := strconv.ParseFloat(words[i-1], 64)
			if err != nil {
				return nil, err
			}
			s.mrows = x
		}
		if s.mrows < 0 {
			return nil, fmt.Errorf("%s reports no Mrows/s", s.name)
		}
		all = append(all, s)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("no benchmark ran")
	}
	return all, nil
}
