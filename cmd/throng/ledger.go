// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"

	"github.com/urfave/cli/v2"

	"github.com/throng-dp/throng/dp/ledger/sqlite"
)

func ledgerCommand() *cli.Command {
	return group(&cli.Command{
		Name:  "ledger",
		Usage: "the privacy budget: make a ledger, open accounts, see what is left",
		Subcommands: []*cli.Command{
			ledgerInitCommand(), ledgerAccountCommand(), ledgerStatusCommand(), ledgerHistoryCommand(), ledgerVerifyCommand(),
			ledgerUpgradeCommand(),
		},
	})
}

func ledgerInitCommand() *cli.Command {
	return command(&cli.Command{
		Name:  "init",
		Usage: "make an empty ledger and its key; for the owner of the budget",
		Description: `Makes ledger.db here, or the file that --ledger names, and ledger.key beside it.
Keep the key: it chooses which audiences a person over the cap is counted in.`,
		Flags: ledgerFlags(),
	}, func(s *session) error {
		if _, err := s.arguments(0, "nothing"); err != nil {
			return err
		}
		url := s.String("ledger")
		if url == "" {
			url = os.Getenv("THRONG_LEDGER")
		}
		if url == "" {
			url = "sqlite:" + ledgerName
		}
		path, err := sqlitePath(url)
		if err != nil {
			return err
		}
		l, err := sqlite.Create(s.ctx, path, sqlite.Options{KeyFile: s.Path("key-file")})
		if err != nil {
			return err
		}
		s.talk.say("ledger: %s; its key is kept beside it unless --key-file says otherwise", path)
		return l.Close()
	})
}
