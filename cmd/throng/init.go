// SPDX-License-Identifier: Apache-2.0

package main

import (
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/ledger/sqlite"
)

//go:embed starter
var starter embed.FS

func initCommand() *cli.Command {
	return command(&cli.Command{
		Name:      "init",
		Usage:     "make a project that works, with invented data or for your own",
		ArgsUsage: "DIR [FILES...]",
		Description: `Makes DIR with a plan, invented data that end yesterday, opt-outs, a policy and a
ledger with one account. Refuses a folder that is not empty.

With FILES, Parquet files of your own, it writes a plan for them, a policy and a
ledger, and nothing else: it reads their columns' names and types, no row. What
only you can say it asks for: --opt-outs, and --min-age where no file has ages.`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "person", Usage: "with FILES: the `COLUMN` of the person's key (default: guessed from names)"},
			&cli.StringFlag{Name: "time", Usage: "with FILES: the `COLUMN` of the event's time (default: guessed from names and types)"},
			&cli.StringFlag{Name: "opt-outs", Usage: "with FILES: who opted out, as a `FILE` of CSV or Parquet, or none"},
			&cli.StringFlag{Name: "min-age", Usage: "with FILES: count nobody younger than so many `YEARS`, or none where the data have no ages (default 18)"},
		},
	}, initProject)
}

// A starterJSON is a project that was made, for programs.
type starterJSON struct {
	Folder    string  `json:"folder"`
	Plan      string  `json:"plan"`
	Data      string  `json:"data"`       // what builds in the folder say with --data; empty: nothing
	NewestDay *string `json:"newest_day"` // of invented data; null for files of one's own
}

// initProject writes a project into an empty folder.
func initProject(s *session) error {
	if s.NArg() > 1 {
		return s.initOwn(s.Args().First(), s.Args().Tail())
	}
	dir, err := s.argument("DIR")
	if err != nil {
		return err
	}
	for _, flag := range []string{"person", "time", "opt-outs", "min-age"} {
		if s.IsSet(flag) {
			return s.usage("--%s is for a project with FILES of your own", flag)
		}
	}
	if err := emptyFolder(dir); err != nil {
		return err
	}
	if err := writeStarter(dir); err != nil {
		return cannotWrite(dir, err)
	}
	yesterday := now().UTC().AddDate(0, 0, -1)
	newest := yesterday.Format(time.DateOnly)
	if err := writeSample(filepath.Join(dir, "data"), yesterday); err != nil {
		return cannotWrite(dir, err)
	}
	if err := s.starterLedger(dir); err != nil {
		return err
	}
	return s.print(starterJSON{Folder: dir, Plan: filepath.Join(dir, "plan.yaml"), NewestDay: &newest},
		func(w io.Writer) {
			fmt.Fprintf(w, "%s: a plan, invented data until %s, and a ledger with a year's budget\n\nnext:\n  cd %s\n  throng build plan.yaml\n",
				dir, newest, dir)
		})
}

// emptyFolder makes a folder, or takes an empty one.
func emptyFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return cannotWrite(dir, err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return cannotWrite(dir, err)
	}
	if len(entries) > 0 {
		return &fault.Error{Kind: fault.Usage, Code: "usage.not-empty", Where: dir, Msg: "the folder is not empty",
			Hint: "name a new folder: what is there is never overwritten"}
	}
	return nil
}

func cannotWrite(path string, err error) error {
	return &fault.Error{Kind: fault.Output, Code: "output.write", Where: path, Msg: "cannot be written", Err: cause(err)}
}

func writeStarter(dir string) error {
	if err := os.Mkdir(filepath.Join(dir, "data"), 0o755); err != nil {
		return err
	}
	files, err := starter.ReadDir("starter")
	if err != nil {
		return err
	}
	for _, f := range files {
		text, err := starter.ReadFile("starter/" + f.Name())
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, f.Name()), text, 0o644)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// starterLedger makes a ledger whose account has room for a build at ε 1 a week,
// for a year.
func (s *session) starterLedger(dir string) error {
	text, err := fs.ReadFile(starter, "starter/policy.yaml")
	if err != nil {
		return err
	}
	return s.yearsLedger(dir, "shop", text)
}

// yearsLedger makes a ledger with one account.
func (s *session) yearsLedger(dir, account string, policyText []byte) (err error) {
	policy, err := plan.ParsePolicy("policy.yaml", policyText)
	if err != nil {
		return err
	}
	l, err := sqlite.Create(s.ctx, filepath.Join(dir, ledgerName), sqlite.Options{Now: now})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	return l.OpenAccount(s.ctx, ledger.Account{Name: account, Lineage: policy.Lineage, Policy: *policy,
		Lines: ledger.Lines{Epsilon: 8, Delta: 1e-7}, Period: 364, Ceiling: 24})
}
