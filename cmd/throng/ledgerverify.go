// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"

	"github.com/urfave/cli/v2"
)

// A soundJSON is a ledger that was verified, for programs.
type soundJSON struct {
	OK bool `json:"ok"`
}

func ledgerVerifyCommand() *cli.Command {
	return command(&cli.Command{
		Name:        "verify",
		Usage:       "is the ledger whole? recomputes everything; changes nothing",
		Description: "Names the first entry that does not fit the others, and ends with 14.",
		Flags:       ledgerFlags(),
	}, func(s *session) error {
		if _, err := s.arguments(0, "nothing"); err != nil {
			return err
		}
		l, err := s.openUnwitnessed(".")
		if err != nil {
			return err
		}
		defer l.Close()
		if err := l.Verify(s.ctx); err != nil {
			return err
		}
		return s.print(soundJSON{true}, func(w io.Writer) { fmt.Fprintln(w, "ok: balances, entries and releases fit each other") })
	})
}
