// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/throng-dp/throng/audience"
	"github.com/throng-dp/throng/audience/cleanroom/local"
	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/dp/ledger"
)

func dataFlag() cli.Flag {
	return &cli.PathFlag{Name: "data", Usage: "the folder `ROOT` that the plan's paths are relative to (default: the plan's)"}
}

func checkCommand() *cli.Command {
	return command(&cli.Command{
		Name:      "check",
		Usage:     "parse a plan, type-check its rules, run its tests; reads no events",
		ArgsUsage: "PLAN",
		Description: `Tells all faults at once, each at its line and column. The schemas of the data
files are read, never a row; a plan that types all its columns needs no files.
With a ledger in reach the account's policy is held against the plan too.`,
		Flags: append(ledgerFlags(), dataFlag()),
	}, check)
}

// A checkedJSON is the result of a check for programs.
type checkedJSON struct {
	Plan     string   `json:"plan"`
	Digest   string   `json:"digest"`
	Segments int      `json:"segments"`
	Numbers  int      `json:"numbers"`
	Warnings []string `json:"warnings"`
}

func check(s *session) error {
	p, path, account, err := s.compiled()
	if err != nil {
		return err
	}
	if faults := p.RunTests(); len(faults) > 0 {
		return faults
	}
	r := checkedJSON{p.Name, fmt.Sprintf("%x", p.Digest), len(p.Segments), numbers(p), audience.Warnings(p, account)}
	for _, w := range r.Warnings {
		s.talk.warn("%s", w)
	}
	return s.print(r, func(w io.Writer) {
		fmt.Fprintf(w, "%s: ok, %s, %s to release\n", path, count(r.Segments, "audience"), count(r.Numbers, "number"))
	})
}

// compiled reads and compiles the plan that is a command's argument, as its
// account lets the data be seen; account is nil where there is none in reach.
func (s *session) compiled() (p *plan.Plan, path string, account *ledger.Account, err error) {
	file, path, err := s.readPlan()
	if err != nil {
		return nil, path, nil, err
	}
	account, err = s.accountOf(file, path)
	if err != nil {
		return nil, path, nil, err
	}
	var neverRead []string
	if account != nil {
		neverRead = account.Policy.NeverRead
	}
	p, err = audience.Compile(s.ctx, file, local.Engine{}, s.dataRoot(file.Head().Home), neverRead)
	return p, path, account, err
}

// numbers counts what a plan releases.
func numbers(p *plan.Plan) (n int) {
	for t := range p.Workload.Tables {
		n += p.Workload.Cells(t)
	}
	return n
}

// accountOf returns the plan's account where a ledger is in reach, else nil:
// check and explain work without one.
func (s *session) accountOf(file *plan.File, path string) (*ledger.Account, error) {
	l, err := s.nearLedger(path)
	if l == nil || err != nil {
		return nil, err
	}
	defer l.Close()
	account, err := l.Account(s.ctx, file.Head().Account)
	if errors.Is(err, ledger.ErrNoAccount) {
		s.talk.warn("%v", err)
		return nil, nil
	}
	return account, err
}

// nearLedger opens the ledger that was named or is near a plan; nil if there is
// none.
func (s *session) nearLedger(plan string) (*ledger.Ledger, error) {
	p, err := s.findLedger(filepath.Dir(plan))
	if p == nil || err != nil {
		return nil, err
	}
	return s.openLedger(filepath.Dir(plan))
}
