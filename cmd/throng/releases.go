// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/throng-dp/throng/dp/ledger"
)

func releasesCommand() *cli.Command {
	return command(&cli.Command{
		Name:  "releases",
		Usage: "list what was released",
		Flags: append(ledgerFlags(),
			&cli.BoolFlag{Name: "all", Usage: "also those that were restated or retracted"},
		),
	}, releases)
}

// A releaseJSON is one line of the list for programs.
type releaseJSON struct {
	Release    string      `json:"release"`
	Plan       string      `json:"plan"`
	Date       string      `json:"date"`
	Account    string      `json:"account"`
	Issued     string      `json:"issued"`
	Status     string      `json:"status" jsonschema:"enum=stands,enum=superseded,enum=retracted"`
	Reason     string      `json:"reason,omitempty"`
	Supersedes string      `json:"supersedes,omitempty"`
	Cost       ledger.Cost `json:"cost"`
}

func releases(s *session) error {
	if _, err := s.arguments(0, "nothing"); err != nil {
		return err
	}
	l, err := s.openLedger(".")
	if err != nil {
		return err
	}
	defer l.Close()
	all, err := l.Releases(s.ctx)
	if err != nil {
		return err
	}
	list := []releaseJSON{}
	var rows [][]string
	for i := range all {
		p := &all[i]
		if statusOf(p) != "stands" && !s.Bool("all") {
			continue
		}
		list = append(list, releaseJSON{p.ID, p.Plan, p.Date, p.Account, p.At.UTC().Format(time.RFC3339), statusOf(p), p.Retracted, p.Supersedes, p.Cost})
		rows = append(rows, []string{p.Plan + "@" + p.Date, p.ID, p.Account, p.At.UTC().Format("2006-01-02 15:04"), statusOf(p), p.Retracted})
	}
	if len(list) == 0 {
		s.talk.say("nothing is released yet; `throng build PLAN` makes a release")
	}
	return s.print(list, func(w io.Writer) {
		if len(rows) > 0 {
			writeTable(w, []column{left("release"), left("id"), left("account"), left("issued (UTC)"), left("status"), left("reason")}, rows)
		}
	})
}

func statusOf(p *ledger.Posted) string {
	switch {
	case p.Retracted != "":
		return "retracted"
	case p.Superseded:
		return "superseded"
	}
	return "stands"
}
