// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
)

// A machine is what a reader must know of where figures come from, and nothing
// that names it.
func machine(ctx context.Context, python string) string {
	facts := []string{fmt.Sprintf("%d cores", runtime.NumCPU())}
	if gib := memoryGiB(); gib > 0 {
		facts = append(facts, fmt.Sprintf("%d GiB", gib))
	}
	facts = append(facts, runtime.GOOS+"/"+runtime.GOARCH, strings.Replace(runtime.Version(), "go", "Go ", 1))
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "GOAMD64" {
				facts = append(facts, "GOAMD64="+s.Value)
			}
		}
	}
	if python != "" {
		versions, err := exec.CommandContext(ctx, python, "-c", "import duckdb, polars\nprint('DuckDB', duckdb.__version__ + ', polars', polars.__version__, end='')").Output()
		if err == nil {
			facts = append(facts, string(versions))
		}
	}
	if load, ok := loadAverage(); ok {
		facts = append(facts, "load average when it began "+load)
	}
	return strings.Join(facts, ", ")
}

func memoryGiB() int64 {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0
	}
	var kib int64
	if _, err := fmt.Sscanf(string(text), "MemTotal: %d kB", &kib); err != nil {
		return 0
	}
	return (kib + 1<<19) >> 20
}

func loadAverage() (string, bool) {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "", false
	}
	one, _, ok := strings.Cut(string(text), " ")
	return one, ok
}

// A spread is the median of some figures, and their least and most.
type spread struct{ median, least, most float64 }

func spreadOf(x []float64) spread {
	x = slices.Sorted(slices.Values(x))
	n := len(x)
	return spread{(x[(n-1)/2] + x[n/2]) / 2, x[0], x[n-1]}
}

func (s spread) String() string {
	if s.least == s.most {
		return figure(s.median)
	}
	return fmt.Sprintf("%s (%s–%s)", figure(s.median), figure(s.least), figure(s.most))
}

// figure has three digits that count.
func figure(x float64) string {
	switch {
	case x >= 100:
		return fmt.Sprintf("%.0f", x)
	case x >= 10:
		return fmt.Sprintf("%.1f", x)
	case x >= 1:
		return fmt.Sprintf("%.2f", x)
	}
	return fmt.Sprintf("%.3f", x)
}

func wall(s sample) float64 { return s.wall }
func cpu(s sample) float64  { return s.cpu }
func peak(s sample) float64 { return s.peak }

func (all samples) of(name string, what func(sample) float64) spread {
	var x []float64
	for _, s := range all[name] {
		x = append(x, what(s))
	}
	return spreadOf(x)
}

// ratio divides within rounds: what disturbs one contender disturbs the next.
func (all samples) ratio(a, b string, what func(sample) float64) spread {
	var x []float64
	for i, s := range all[a] {
		if by := what(all[b][i]); by > 0 {
			x = append(x, what(s)/by)
		}
	}
	if len(x) == 0 {
		return spread{}
	}
	return spreadOf(x)
}

// render writes two tables: the seconds, and the ratios that matter.
func render(b *bench, all samples, machine string) string {
	var t strings.Builder
	command := fmt.Sprintf("bench run --plan %s --rounds %d --workers %d", b.plan, b.rounds, b.workers)
	var rows int64
	for _, s := range all["floor"] {
		rows = s.rows
	}
	fmt.Fprintf(&t, "`%s`: %s; median of %d rounds (least–most).\n\n", command, machine, b.rounds)
	t.WriteString("| | wall s | CPU s | peak MiB | Mrows/s | CPU ÷ floor |\n| --- | --- | --- | --- | --- | --- |\n")
	for _, c := range b.field {
		if len(all[c.name]) == 0 {
			continue
		}
		speed, above := "", ""
		if len(all["floor"]) > 0 {
			speed = figure(float64(rows) / 1e6 / all.of(c.name, wall).median)
			above = all.ratio(c.name, "floor", cpu).String()
		}
		fmt.Fprintf(&t, "| %s | %s | %s | %s | %s | %s |\n", c.about, figure(all.of(c.name, wall).median), figure(all.of(c.name, cpu).median),
			figure(all.of(c.name, peak).median), speed, above)
	}
	if len(all["build"]) == 0 {
		return t.String()
	}
	t.WriteString("\n| whole `throng build` ÷ | CPU | wall | peak memory |\n| --- | --- | --- | --- |\n")
	for _, c := range b.field {
		if c.name == "build" || len(all[c.name]) == 0 {
			continue
		}
		fmt.Fprintf(&t, "| %s | %s | %s | %s |\n", c.name, all.ratio("build", c.name, cpu), all.ratio("build", c.name, wall), all.ratio("build", c.name, peak))
	}
	return t.String()
}

// put replaces what stands between the marks of a title, or begins a section
// at the end.
func put(file, title, table string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	begin, end := "<!-- bench "+title+" -->\n", "<!-- end bench "+title+" -->\n"
	before, rest, ok := strings.Cut(string(text), begin)
	if !ok {
		before, rest = string(text)+"\n### "+title+"\n\n", end
	}
	_, after, ok := strings.Cut(rest, end)
	if !ok {
		return fmt.Errorf("%s has %q without %q", file, strings.TrimSpace(begin), strings.TrimSpace(end))
	}
	return os.WriteFile(file, []byte(before+begin+table+end+after), 0o644)
}
