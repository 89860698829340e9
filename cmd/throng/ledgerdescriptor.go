// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/dp/ledger"
)

func ledgerDescriptorCommand() *cli.Command {
	return command(&cli.Command{
		Name:      "descriptor",
		Usage:     "say beside data whose they are, and which ledger they are counted with",
		ArgsUsage: "ACCOUNT FOLDER",
		Description: `Writes FOLDER/` + ledger.DescriptorFile + `, signed by an owner, or two approvers. A build that
finds one in a folder of its files, or above, is refused unless its account is of
that lineage, on that ledger; with production: true in the policy no build goes
without. Keep it with the data: whoever copies them copies it.`,
		Flags: append(ledgerFlags(), keysFlag("sign with the key in `FILE`; may be given twice")),
	}, func(s *session) error {
		args, err := s.arguments(2, "ACCOUNT and FOLDER")
		if err != nil {
			return err
		}
		if !isFolder(args[1]) {
			return &fault.Error{Kind: fault.Usage, Code: "usage.folder", Where: args[1], Msg: "no such folder"}
		}
		by, err := s.signers()
		if err != nil {
			return err
		}
		l, err := s.openLedger(".")
		if err != nil {
			return err
		}
		defer l.Close()
		account, err := l.Account(s.ctx, args[0])
		if err != nil {
			return err
		}
		note, err := l.Describe(s.ctx, account.Name, by...)
		if err != nil {
			return err
		}
		path := filepath.Join(args[1], ledger.DescriptorFile)
		if old, err := os.ReadFile(path); err == nil {
			if err := l.Described(s.ctx, account.Name, old); err == nil {
				s.talk.say("%s: there already, and good", path)
				return s.described(path, account, false)
			}
			return &fault.Error{Kind: fault.Output, Code: "output.exists", Where: path, Msg: "another descriptor is there",
				Hint: "these data are counted elsewhere, or the key that signed it is revoked: look at it, and remove it if it is to be written anew"}
		}
		if err := replaceFile(path, note); err != nil {
			return err
		}
		return s.described(path, account, true)
	})
}

// A describedJSON is a descriptor for programs.
type describedJSON struct {
	File    string `json:"file"`
	Lineage string `json:"lineage"`
	Written bool   `json:"written"` // false: it was there already
}

func (s *session) described(path string, a *ledger.Account, written bool) error {
	return s.print(describedJSON{path, a.Lineage, written}, func(w io.Writer) {
		fmt.Fprintf(w, "%s: the data here are of lineage %s\n", path, a.Lineage)
	})
}
