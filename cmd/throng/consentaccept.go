// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/throng-dp/throng/dp/ledger"
)

func consentAcceptCommand() *cli.Command {
	return command(&cli.Command{
		Name:      "accept",
		Usage:     "accept a source of choices that shrank, for one build; takes two approvers",
		ArgsUsage: "PLAN",
		Description: `Where max_shrink of the policy refuses the source, and it is right that so many
choices are gone, two approvers say so for the build of one day, and the build says
--accept-shrink. The ledger keeps who did, and why. At one machine both keys are
named; at two, the first writes a note and the second signs it with --note FILE.`,
		Flags: append(append(ledgerFlags(), &cli.StringFlag{Name: "date", Usage: "the `DAY` that is built, 2011-12-09"}), deedFlags("NAME-DAY.accept")...),
	}, acceptChoices)
}

// An acceptedJSON is an acceptance for programs.
type acceptedJSON struct {
	Account  string   `json:"account"`
	Plan     string   `json:"plan"`
	Date     string   `json:"date"`
	Reason   string   `json:"reason"`
	SignedBy []string `json:"signed_by"`
	Applied  bool     `json:"applied"`
	Note     string   `json:"note"` // the file that is to be signed; empty once it is applied
}

func acceptChoices(s *session) error {
	by, err := s.signers()
	if err != nil {
		return err
	}
	path, err := s.optional("PLAN")
	if err != nil {
		return err
	}
	if (path == "") == (s.Path("note") == "") {
		return s.usage("consent accept needs PLAN, or --note FILE that another has written")
	}
	from := "."
	var a ledger.Acceptance
	if path != "" {
		file, err := planAt(path)
		if err != nil {
			return err
		}
		if s.String("date") == "" {
			return s.usage("consent accept needs --date DAY, the day that is built")
		}
		head := file.Head()
		from, a = filepath.Dir(path), ledger.Acceptance{Account: head.Account, Plan: head.Name, Date: s.String("date"), Reason: strings.TrimSpace(s.String("reason"))}
	}
	l, err := s.openLedger(from)
	if err != nil {
		return err
	}
	defer l.Close()
	d, err := s.deed(by, []string{"date"}, func() ([]byte, string, error) {
		text, err := l.NewAcceptance(s.ctx, a)
		return text, a.Plan + "-" + a.Date + ".accept", err
	})
	if err != nil {
		return err
	}
	said, who, err := l.AcceptedBy(s.ctx, d.note)
	if err != nil {
		return err
	}
	j := acceptedJSON{Account: said.Account, Plan: said.Plan, Date: said.Date, Reason: said.Reason, SignedBy: who}
	if j.Applied, err = d.settle(who, func() error { return l.Accept(s.ctx, d.note) }); err != nil {
		return err
	}
	if !j.Applied {
		j.Note = d.path
	}
	return s.print(j, func(w io.Writer) {
		fmt.Fprintf(w, "%s@%s, account %s: the source of choices is accepted as it is: %s\n", j.Plan, j.Date, j.Account, j.Reason)
		d.waits(w, s, who, j.Applied, "accepted; the build says --accept-shrink")
	})
}
