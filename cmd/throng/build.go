// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/throng-dp/throng/audience"
	"github.com/throng-dp/throng/audience/cleanroom/local"
	"github.com/throng-dp/throng/dp/failpoint"
	"github.com/throng-dp/throng/dp/ledger"
)

func buildCommand() *cli.Command {
	return command(&cli.Command{
		Name:      "build",
		Usage:     "count a plan's audiences and release them with noise",
		ArgsUsage: "PLAN",
		Description: `Reads the events, counts people, adds noise, charges the account once, and writes
releases/NAME/date=DAY/release/ beside the plan. Run again for the same day, it
writes the same bytes again and charges nothing.`,
		Flags: append(ledgerFlags(),
			&cli.StringFlag{Name: "date", Usage: "the `DAY` to build, 2011-12-09; it must be over (default: yesterday in the plan's zone)"},
			&cli.PathFlag{Name: "data", Usage: "the folder `ROOT` that the plan's paths are relative to (default: the plan's)"},
			&cli.PathFlag{Name: "out", Usage: "the folder `DIR` of releases (default: releases beside the plan)"},
			&cli.BoolFlag{Name: "restate", Usage: "where a release stands: draw anew and charge again"},
			&cli.BoolFlag{Name: "accept-shrink", Usage: "take a source of choices that shrank, as two approvers accepted it: throng consent accept"},
			identityKeyFlag(),
			&cli.PathFlag{Name: "key", Usage: "build as the runner whose key is in `FILE` (default $" + runnerKeyVariable + "); needed once the ledger knows runners"},
			&cli.StringFlag{Name: "engine", Value: "local", Usage: "where to count: `local`"},
			&cli.StringFlag{Name: "memory", Usage: "refuse before reading what needs more than `SIZE`, such as 4GiB"},
			&cli.PathFlag{Name: "metrics", Usage: "write metrics for Prometheus's textfile collector to `FILE`, also when the build fails"},
			&cli.IntFlag{Name: "workers", Usage: "count on `N` processors (default: all)"},
		),
	}, build)
}

func build(s *session) error {
	file, path, err := s.readPlan()
	if err != nil {
		return err
	}
	job := audience.Job{Plan: file, Date: s.String("date"), Engine: local.Engine{}, Root: s.dataRoot(file.Head().Home), Out: s.Path("out"),
		Restate: s.Bool("restate"), Shrunk: s.Bool("accept-shrink"), Workers: s.Int("workers"), Version: version(), Log: s.talk.Logger, Now: now}
	if job.Memory, err = bytesOf(s.String("memory")); err != nil {
		return err
	}
	switch {
	case s.String("engine") != "local":
		return usage("--engine is local; spark is not built yet")
	case s.IsSet("workers") && job.Workers < 1:
		return usage("--workers is a number above 0")
	}
	if job.Phones, err = s.identityKeys(); err != nil {
		return err
	}
	if job.Runner, err = s.runner(); err != nil {
		return err
	}
	if job.Ledger, err = s.openLedger(filepath.Dir(path)); err != nil {
		return err
	}
	defer job.Ledger.Close()
	failpoint.At("build.opened")
	var end func()
	job.Progress, end = s.talk.progress()
	result, err := audience.Build(s.ctx, job)
	end()
	failpoint.At("build.done")
	if to := s.Path("metrics"); to != "" {
		// What was released stands whether or not monitoring hears of it.
		if failed := s.writeMetrics(to, file.Head(), job.Ledger, result, err); failed != nil {
			s.talk.warn("%v", failed)
		}
	}
	if err != nil {
		return err
	}
	return s.built(result, job.Ledger)
}

// runnerKeyVariable names the file of a runner's key.
const runnerKeyVariable = "THRONG_KEY"

// runner reads the key that a build is signed with; nil if none is named.
func (s *session) runner() (ledger.Signer, error) {
	file := s.Path("key")
	if file == "" {
		file = os.Getenv(runnerKeyVariable)
	}
	if file == "" {
		return nil, nil
	}
	return readKey(file)
}

// A builtJSON is the result of a build for programs.
type builtJSON struct {
	Release  string      `json:"release"`
	Path     string      `json:"path"`
	Existing bool        `json:"existing"`
	Date     string      `json:"date"`
	AsOf     string      `json:"as_of"`
	Spent    ledger.Cost `json:"spent"`
}

// built tells what a build released, where it is and what it cost.
func (s *session) built(r *audience.Result, l *ledger.Ledger) error {
	rel := r.Release
	err := s.print(builtJSON{rel.ID, r.Path, r.Existing, rel.Date, rel.AsOf, r.Spent}, func(w io.Writer) { s.writeCatalog(w, rel) })
	if err != nil {
		return err
	}
	if r.Existing {
		s.talk.say("%s@%s: already released, nothing charged", rel.Plan, rel.Date)
	} else {
		s.talk.say("%s@%s: released; %s", rel.Plan, rel.Date, charged(rel))
		if status, err := l.Status(s.ctx, r.Account, now()); err == nil {
			if left, err := l.Left(s.ctx, r.Account, r.Spent, now()); err == nil {
				s.talk.say("account %s: %s like this left until %s", r.Account, count(left, "build"), status.To.Format("2006-01-02"))
			}
		}
	}
	s.talk.say("report: %s", filepath.Join(r.Path, "report.html"))
	if audience.NobodyThere(rel) {
		s.talk.warn("the released population cannot be told from 0: is %s the right date, and is the data there?", rel.Date)
	}
	return nil
}
