// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"github.com/throng-dp/throng/dp/ledger/postgres"
	"github.com/throng-dp/throng/dp/ledger/sqlite"
)

// An upgradedJSON is a ledger after an upgrade, for programs.
type upgradedJSON struct {
	Ledger   string `json:"ledger"`
	Upgraded bool   `json:"upgraded"` // false: nothing was to do
	Backup   string `json:"backup"`   // the file with the ledger as it was; empty: none was made
}

func ledgerUpgradeCommand() *cli.Command {
	return command(&cli.Command{
		Name:  "upgrade",
		Usage: "convert a ledger that an older throng made; for the owner of the budget",
		Description: `Copies the ledger first, to a new file or schema beside it that it names, and
converts it step by step: a crash leaves it as one of its versions, and running it
again goes on. There is no way back but that copy.`,
		Flags: ledgerFlags(),
	}, func(s *session) error {
		if _, err := s.arguments(0, "nothing"); err != nil {
			return err
		}
		p, err := s.ledgerPlace(".")
		if err != nil {
			return err
		}
		backup, err := p.upgrade(s)
		if err != nil {
			return err
		}
		return s.print(upgradedJSON{p.String(), backup != "", backup}, func(w io.Writer) {
			if backup == "" {
				fmt.Fprintf(w, "%s: nothing to do\n", p)
				return
			}
			fmt.Fprintf(w, "%s: upgraded; the old one is kept in %s\n", p, backup)
		})
	})
}

// upgrade converts the ledger at a place, and returns where it was copied to: a
// file, or a schema of the database.
func (p *location) upgrade(s *session) (backup string, err error) {
	if p.file != "" {
		return sqlite.Upgrade(s.ctx, p.file, sqlite.Options{KeyFile: s.keyFile(), Now: now})
	}
	return postgres.Upgrade(s.ctx, p.url, postgres.Options{KeyFile: s.keyFile(), Now: now})
}
