// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/throng-dp/throng/cmd/bench/workload"
)

// A bar is how many times longer than the whole build a contender must take.
var bars = map[string]float64{"opendp": 10, "pipelinedp": 50, "tumult": 50, "beam": 50}

// A verdict is how far a contender's noised counts are from the exact ones. It
// tells no count.
type verdict struct {
	Partitions int     `json:"partitions"` // all that were asked for
	Withheld   int     `json:"withheld"`   // of these
	RMSE       float64 `json:"rmse"`       // in people, over the others
}

// peers measures Throng beside libraries of differential privacy. They count
// people by segment and region from membership that is known already; Throng
// begins with raw events.
func peers(ctx context.Context, args []string) error {
	return (&bench{}).do(ctx, "peers", args, (*bench).private, renderPeers)
}

// members is where the libraries' input is.
func (b *bench) members() string { return filepath.Join(b.dir, "members") }

func (b *bench) private() []contender {
	regions := "regions" + strings.TrimPrefix(b.plan, "w")
	library := func(name, about string) contender {
		return b.written(contender{name: name, about: about, command: func(round int) []string {
			return []string{filepath.Join(b.venvs, name, "bin", "python"), filepath.Join(b.peers, "dp_"+name+".py"),
				"--threads", strconv.Itoa(b.workers), b.members(), b.output(round, name)}
		}})
	}
	same := b.build("build-regions", "Throng: a whole build of the libraries' question only, from raw events", regions)
	same.judge = func(ctx context.Context, round int) (verdict, error) {
		return b.score(ctx, filepath.Join(b.own(round, same.name), "releases", regions, "date="+workload.Date, "release", "catalog.json"))
	}
	return []contender{
		b.build("build", "**Throng: the whole build** of `"+b.plan+"`, from raw events", b.plan),
		same,
		library("opendp", "OpenDP with polars"),
		library("pipelinedp", "PipelineDP, local"),
		library("tumult", fmt.Sprintf("Tumult Analytics, Spark `local[%d]`", b.workers)),
		b.written(contender{name: "beam", about: "Google Privacy on Beam", command: func(round int) []string {
			return []string{b.beam, "--in", filepath.Join(b.members(), "members.csv"), "--public", filepath.Join(b.members(), "partitions.csv"),
				"--out", b.output(round, "beam")}
		}}),
	}
}

// written makes a contender's folder before and judges its file after.
func (b *bench) written(c contender) contender {
	c.prepare = func(_ context.Context, round int) error { return os.MkdirAll(b.own(round, c.name), 0o700) }
	c.judge = func(ctx context.Context, round int) (verdict, error) { return b.score(ctx, b.output(round, c.name)) }
	return c
}

func (b *bench) output(round int, name string) string {
	return filepath.Join(b.own(round, name), "counts.csv")
}

// score holds a file of noised counts against the exact ones, which stay in the
// process that compares.
func (b *bench) score(ctx context.Context, file string) (verdict, error) {
	c := exec.CommandContext(ctx, b.python, filepath.Join(b.peers, "dp_score.py"), b.members(), file)
	c.Stderr = os.Stderr
	out, err := c.Output()
	if err != nil {
		return verdict{}, err
	}
	var v verdict
	return v, json.Unmarshal(out, &v)
}

// renderPeers writes one table: seconds, and how they compare with the build.
func renderPeers(b *bench, all samples, machine string) string {
	var t strings.Builder
	fmt.Fprintf(&t, "`bench peers --rounds %d --workers %d`: %s; median of %d rounds (least–most).\n\n", b.rounds, b.workers, machine, b.rounds)
	t.WriteString("| | wall s | CPU s | peak MiB | wall ÷ build of `" + b.plan + "` | bar | RMSE |\n| --- | --- | --- | --- | --- | --- | --- |\n")
	for _, c := range b.field {
		if len(all[c.name]) == 0 {
			continue
		}
		ratio, bar, far := "", "", ""
		if len(all["build"]) > 0 {
			r := all.ratio(c.name, "build", wall)
			ratio = r.String()
			if least, ok := bars[c.name]; ok {
				bar = fmt.Sprintf("%s: %s", atLeast(least), held(r.median >= least))
			}
		}
		if c.judge != nil {
			far = all.of(c.name, rmse).String()
		}
		fmt.Fprintf(&t, "| %s | %s | %s | %s | %s | %s | %s |\n", c.about, figure(all.of(c.name, wall).median), figure(all.of(c.name, cpu).median),
			figure(all.of(c.name, peak).median), ratio, bar, far)
	}
	return t.String()
}

func rmse(s sample) float64 { return s.verdict.RMSE }

func atLeast(x float64) string { return fmt.Sprintf("≥ %g", x) }

func held(yes bool) string {
	if yes {
		return "held"
	}
	return "**missed**"
}
