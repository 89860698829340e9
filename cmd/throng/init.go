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
		Usage:     "make a starter project that works",
		ArgsUsage: "DIR",
		Description: `Makes DIR with a plan, invented data that end yesterday, opt-outs, a policy and a
ledger with one account. Refuses a folder that is not empty.`,
	}, initProject)
}

// A starterJSON is a starter project for programs.
type starterJSON struct {
	Folder    string `json:"folder"`
	Plan      string `json:"plan"`
	NewestDay string `json:"newest_day"` // of the invented data
}

// initProject writes a project into an empty folder.
func initProject(s *session) error {
	dir, err := s.argument("DIR")
	if err != nil {
		return err
	}
	if err := emptyFolder(dir); err != nil {
		return err
	}
	if err := writeStarter(dir); err != nil {
		return cannotWrite(dir, err)
	}
	yesterday := now().UTC().AddDate(0, 0, -1)
	if err := writeSample(filepath.Join(dir, "data"), yesterday); err != nil {
		return cannotWrite(dir, err)
	}
	if err := s.starterLedger(dir); err != nil {
		return err
	}
	return s.print(starterJSON{dir, filepath.Join(dir, "plan.yaml"), yesterday.Format(time.DateOnly)},
		func(w io.Writer) {
			fmt.Fprintf(w, "%s: a plan, invented data until %s, and a ledger with a year's budget\n\nnext:\n  cd %s\n  throng build plan.yaml\n",
				dir, yesterday.Format(time.DateOnly), dir)
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
func (s *session) starterLedger(dir string) (err error) {
	l, err := sqlite.Create(s.ctx, filepath.Join(dir, ledgerName), sqlite.Options{Now: now})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	text, err := fs.ReadFile(starter, "starter/policy.yaml")
	if err != nil {
		return err
	}
	policy, err := plan.ParsePolicy("policy.yaml", text)
	if err != nil {
		return err
	}
	return l.OpenAccount(s.ctx, ledger.Account{Name: "shop", Lineage: policy.Lineage, Policy: *policy,
		Lines: ledger.Lines{Epsilon: 8, Delta: 1e-7}, Period: 364, Ceiling: 24})
}
