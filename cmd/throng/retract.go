// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/throng-dp/throng/audience"
	"github.com/throng-dp/throng/dp/ledger"
)

func retractCommand() *cli.Command {
	return command(&cli.Command{
		Name:      "retract",
		Usage:     "take a release back: marks it, moves its files aside, refunds nothing",
		ArgsUsage: "RELEASE",
		Description: refHelp + `

What was seen stays seen, so the account stays charged.`,
		Flags: append(ledgerFlags(),
			&cli.StringFlag{Name: "reason", Usage: "why, in `WORDS`; kept in the ledger"},
			&cli.PathFlag{Name: "out", Value: "releases", Usage: "the folder `DIR` of releases whose files are moved aside"},
		),
	}, retract)
}

// A retractedJSON is a release that was taken back, for programs.
type retractedJSON struct {
	Release string `json:"release"`
	Status  string `json:"status" jsonschema:"enum=retracted"`
	MovedTo string `json:"moved_to"` // empty: no files of it were found
}

func retract(s *session) error {
	ref, err := s.argument("RELEASE")
	if err != nil {
		return err
	}
	reason := strings.TrimSpace(s.String("reason"))
	if reason == "" {
		return usage("retract needs --reason: why, in a few words")
	}
	l, err := s.openLedger(".")
	if err != nil {
		return err
	}
	defer l.Close()
	var posted *ledger.Posted
	out := s.Path("out")
	if isFolder(ref) {
		posted, out, err = s.inFolder(l, ref)
	} else {
		posted, err = s.ever(l, ref)
	}
	if err != nil {
		return err
	}
	moved, err := audience.Retract(s.ctx, l, posted, out, reason)
	if err != nil {
		return err
	}
	if moved == "" {
		s.talk.warn("no files of it are in %s: whoever has copies must be told", out)
	}
	return s.print(retractedJSON{posted.ID, "retracted", moved}, func(w io.Writer) {
		fmt.Fprintf(w, "%s@%s: retracted; nothing is refunded\n", posted.Plan, posted.Date)
		if moved != "" {
			fmt.Fprintf(w, "its files are now in %s\n", moved)
		}
	})
}
