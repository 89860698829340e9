// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/throng-dp/throng/dp/ledger"
)

func ledgerKeyCommand() *cli.Command {
	return group(&cli.Command{
		Name:        "key",
		Usage:       "whose signatures count on this ledger, and for what",
		Subcommands: []*cli.Command{ledgerKeyAddCommand(), ledgerKeyRevokeCommand(), ledgerKeyListCommand()},
	})
}

const whoDecides = `It takes the key of an owner, or of two approvers. As long as there are neither, the
ledger's own key signs, and none is named.`

func ledgerKeyAddCommand() *cli.Command {
	return command(&cli.Command{
		Name:      "add",
		Usage:     "register a key under a role, for good",
		ArgsUsage: "PUBLIC",
		Description: `PUBLIC is NAME.pub of throng key new, or the line in it. Roles:
   owner     opens accounts, registers and revokes keys, signs descriptors of data
   approver  approves plans; two of them sign a grant, or accept a smaller source
   author    signs a plan as its author; never approves
   runner    builds: once there is a runner's key, no build goes without one
   auditor   reads; signs nothing
A key has one name and one role, also after it is revoked.
` + whoDecides,
		Flags: append(ledgerFlags(),
			&cli.StringFlag{Name: "role", Usage: "`ROLE`: " + strings.Join(ledger.Roles, ", ")},
			keysFlag("sign with the key in `FILE`; may be given twice")),
	}, func(s *session) error {
		public, err := s.argument("PUBLIC")
		if err != nil {
			return err
		}
		if s.String("role") == "" {
			return s.usage("ledger key add needs --role: %s", strings.Join(ledger.Roles, ", "))
		}
		line, err := publicLine(public)
		if err != nil {
			return err
		}
		return s.aboutKeys(func(l *ledger.Ledger, by []ledger.Signer) error {
			return l.AddKey(s.ctx, s.String("role"), line, by...)
		}, func(keys []ledger.Key) *ledger.Key {
			return &keys[len(keys)-1]
		})
	})
}

// publicLine takes the line of a public key, or the file that holds it.
func publicLine(public string) (string, error) {
	if strings.Contains(public, "+") && !strings.HasSuffix(public, ".pub") {
		return strings.TrimSpace(public), nil
	}
	text, err := readNote(public)
	if err != nil {
		return "", err
	}
	return strings.TrimSpace(string(text)), nil
}

func ledgerKeyRevokeCommand() *cli.Command {
	return command(&cli.Command{
		Name:      "revoke",
		Usage:     "take a key out of use, for good",
		ArgsUsage: "NAME",
		Description: `What it signed before stands, but for approvals: they count no longer. The last key
that decides about keys is not revoked.
` + whoDecides,
		Flags: append(ledgerFlags(),
			&cli.StringFlag{Name: "reason", Usage: "why, in `WORDS`; kept in the ledger"},
			keysFlag("sign with the key in `FILE`; may be given twice")),
	}, func(s *session) error {
		name, err := s.argument("NAME")
		if err != nil {
			return err
		}
		return s.aboutKeys(func(l *ledger.Ledger, by []ledger.Signer) error {
			return l.RevokeKey(s.ctx, name, strings.TrimSpace(s.String("reason")), by...)
		}, func(keys []ledger.Key) *ledger.Key {
			for i := range keys {
				if keys[i].Name == name {
					return &keys[i]
				}
			}
			return nil
		})
	})
}

// aboutKeys changes what the ledger knows of keys, and tells the one it is about.
func (s *session) aboutKeys(change func(*ledger.Ledger, []ledger.Signer) error, which func([]ledger.Key) *ledger.Key) error {
	by, err := s.signers()
	if err != nil {
		return err
	}
	l, err := s.openLedger(".")
	if err != nil {
		return err
	}
	defer l.Close()
	if err := change(l, by); err != nil {
		return err
	}
	keys, err := l.Keys(s.ctx)
	if err != nil {
		return err
	}
	k := which(keys)
	return s.print(k, func(w io.Writer) { fmt.Fprintf(w, "%s: %s\n", k.Name, stateOf(k)) })
}

func stateOf(k *ledger.Key) string {
	if k.Revoked != nil {
		return fmt.Sprintf("%s, revoked on %s: %s", k.Role, k.Revoked.Format(time.DateOnly), k.Reason)
	}
	return fmt.Sprintf("%s, since %s, by %s", k.Role, k.Added.Format(time.DateOnly), k.By)
}

func ledgerKeyListCommand() *cli.Command {
	return command(&cli.Command{
		Name:        "list",
		Usage:       "every key that the ledger knows, revoked ones too",
		Description: "The ledger's own key decides about keys until there is an owner, or are two approvers.",
		Flags:       ledgerFlags(),
	}, func(s *session) error {
		if _, err := s.arguments(0, "nothing"); err != nil {
			return err
		}
		l, err := s.openLedger(".")
		if err != nil {
			return err
		}
		defer l.Close()
		keys, err := l.Keys(s.ctx)
		if err != nil {
			return err
		}
		if keys == nil {
			keys = []ledger.Key{}
		}
		return s.print(keys, func(w io.Writer) {
			if len(keys) == 0 {
				fmt.Fprintln(w, "no keys: the ledger's own key decides, which whoever opens the ledger holds")
				return
			}
			var rows [][]string
			for i := range keys {
				rows = append(rows, []string{keys[i].Name, stateOf(&keys[i]), keys[i].Verifier})
			}
			writeTable(w, []column{left("name"), left("role"), left("public key")}, rows)
		})
	})
}
