// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io"

	"github.com/urfave/cli/v2"
)

func ledgerCommand() *cli.Command {
	return group(&cli.Command{
		Name:  "ledger",
		Usage: "the privacy budget: make a ledger, open accounts, see what is left",
		Subcommands: []*cli.Command{
			ledgerInitCommand(), ledgerAccountCommand(), ledgerStatusCommand(), ledgerHistoryCommand(), ledgerVerifyCommand(),
			ledgerUpgradeCommand(), ledgerMoveCommand(), ledgerKeyCommand(), ledgerGrantCommand(), ledgerDescriptorCommand(),
		},
	})
}

// A madeJSON is a new ledger for programs.
type madeJSON struct {
	Ledger  string `json:"ledger"`
	KeyFile string `json:"key_file"`
}

func ledgerInitCommand() *cli.Command {
	return command(&cli.Command{
		Name:  "init",
		Usage: "make an empty ledger and its key; for the owner of the budget",
		Description: `Makes ledger.db here, or the file that --ledger names, and ledger.key beside it;
or a schema of a PostgreSQL database, and its key in --key-file.
Keep the key: it chooses which audiences a person over the cap is counted in.`,
		Flags: ledgerFlags(),
	}, func(s *session) error {
		if _, err := s.arguments(0, "nothing"); err != nil {
			return err
		}
		url := s.ledgerURL()
		if url == "" {
			url = "sqlite:" + ledgerName
		}
		p, err := placeOf(url)
		if err != nil {
			return err
		}
		l, err := p.create(s.ctx, s.keyFile())
		if err != nil {
			return err
		}
		key := s.keyFile()
		if key == "" {
			key = "beside it"
		}
		s.talk.say("ledger: %s; its key: %s", p, key)
		if err := l.Close(); err != nil {
			return err
		}
		return s.print(madeJSON{p.String(), p.keyOf(s.keyFile())}, func(io.Writer) {})
	})
}
