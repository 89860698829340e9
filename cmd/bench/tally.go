// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"flag"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"runtime/trace"
	"time"

	"github.com/throng-dp/throng/audience/cleanroom"
	"github.com/throng-dp/throng/audience/cleanroom/local"
	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/audience/rule"
	"github.com/throng-dp/throng/cmd/bench/workload"
	"github.com/throng-dp/throng/dp"
)

// told is what a contender says of itself on standard output; no counts.
type told struct {
	Rows int64   `json:"rows,omitempty"` // of events
	CPU  float64 `json:"cpu,omitempty"`  // seconds of the part that is measured,
	Wall float64 `json:"wall,omitempty"` // if it is not the whole process

	Rules float64 `json:"rules,omitempty"` // seconds of CPU of it after everything was read
}

func tell(t told) error { return json.NewEncoder(os.Stdout).Encode(t) }

// tally counts a plan and drops the counts: the engine alone, from files to
// tallies, without the ledger, noise and files of a build. Only the counting
// itself is measured.
func tally(ctx context.Context, args []string) error {
	f := flag.NewFlagSet("tally", flag.ExitOnError)
	name := f.String("plan", "w50", "the workload `NAME`")
	workers := f.Int("workers", runtime.NumCPU(), "`N` goroutines")
	profile := f.String("cpuprofile", "", "write a CPU profile of the counting to `FILE`")
	events := f.String("trace", "", "write an execution trace of the counting to `FILE` for go tool trace")
	dir, err := folder(f, args)
	if err != nil {
		return err
	}
	runtime.GOMAXPROCS(*workers)
	in, err := input(ctx, dir, *name)
	if err != nil {
		return err
	}
	in.Workers = *workers
	for _, w := range []struct {
		file  string
		start func(io.Writer) error
		stop  func()
	}{{*profile, pprof.StartCPUProfile, pprof.StopCPUProfile}, {*events, trace.Start, trace.Stop}} {
		if w.file == "" {
			continue
		}
		out, err := os.Create(w.file)
		if err != nil {
			return err
		}
		defer out.Close()
		if err := w.start(out); err != nil {
			return err
		}
		defer w.stop()
	}
	read := 0.0
	in.Progress = func(done, total int64) {
		if done == total {
			read = cpuSeconds()
		}
	}
	cpu, begun := cpuSeconds(), time.Now()
	if _, err := (local.Engine{}).Tally(ctx, in); err != nil {
		return err
	}
	end := cpuSeconds()
	return tell(told{CPU: end - cpu, Wall: time.Since(begun).Seconds(), Rules: end - read})
}

// input is what a build would hand to the clean room.
func input(ctx context.Context, dir, name string) (*cleanroom.Input, error) {
	file := filepath.Join(dir, name+".yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	parsed, err := plan.Parse(file, text)
	if err != nil {
		return nil, err
	}
	p, err := parsed.Compile(func(s *plan.Source) ([]rule.Column, error) {
		return local.Engine{}.Columns(ctx, dir, s, nil)
	})
	if err != nil {
		return nil, err
	}
	calendar, err := rule.NewCalendar(p.Zone, workload.Date, p.Lookback)
	if err != nil {
		return nil, err
	}
	strategy, err := dp.NewStrategy(p.Digest, p.Workload, dp.Price{Epsilon: p.Privacy.Epsilon, Delta: p.Privacy.Delta})
	if err != nil {
		return nil, err
	}
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return nil, err
	}
	return &cleanroom.Input{Plan: p, Calendar: calendar, Strategy: strategy, Root: dir, BoundKey: key}, nil
}
