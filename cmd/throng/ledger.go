// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/urfave/cli/v2"

	"github.com/throng-dp/throng/audience/fault"
)

func ledgerCommand() *cli.Command {
	return group(&cli.Command{
		Name:  "ledger",
		Usage: "the privacy budget: make a ledger, open accounts, see what is left",
		Subcommands: []*cli.Command{
			ledgerInitCommand(), ledgerAccountCommand(), ledgerStatusCommand(), ledgerHistoryCommand(), ledgerVerifyCommand(), ledgerCheckpointCommand(),
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
		if err := s.noWitnessYet(); err != nil {
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
		if s.watch(l); s.witness() != "" {
			if _, err := l.Attest(s.ctx); err != nil {
				return errors.Join(err, l.Close())
			}
			s.talk.say("its witness: %s", s.witness())
		}
		if err := l.Close(); err != nil {
			return err
		}
		return s.print(madeJSON{p.String(), p.keyOf(s.keyFile())}, func(io.Writer) {})
	})
}

// noWitnessYet refuses a new ledger whose witness has seen one already.
func (s *session) noWitnessYet() error {
	file := s.witness()
	if file == "" {
		return nil
	}
	if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
		return &fault.Error{Kind: fault.Ledger, Code: "ledger.unwitnessed", Where: file, Msg: "this witness copy has seen a ledger already, or is no file",
			Hint: "find that ledger; a new one has forgotten what it charged. A new ledger needs another --witness FILE"}
	}
	return nil
}
