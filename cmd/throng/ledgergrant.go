// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/throng-dp/throng/dp/ledger"
)

func ledgerGrantCommand() *cli.Command {
	return command(&cli.Command{
		Name:      "grant",
		Usage:     "add to the present period of an account; takes two approvers",
		ArgsUsage: "ACCOUNT",
		Description: `Two approvers at one machine name both keys. At two machines the first writes a
note, the second reads it, signs and applies it:
   throng ledger grant shop --epsilon 1 --delta 1e-8 --reason WORDS --key anna.key
   throng ledger grant --note shop.grant --key ben.key
A machine without the ledger signs with throng key sign. A grant holds for one
period, once, and never lifts the lifetime ceiling.`,
		Flags: append(ledgerFlags(),
			&cli.Float64Flag{Name: "epsilon", Usage: "`E` more"},
			&cli.Float64Flag{Name: "delta", Usage: "`D` more"},
			&cli.Float64Flag{Name: "pure-epsilon", Usage: "`E` more on the pure line"},
			&cli.Float64Flag{Name: "pure-delta", Usage: "`D` more on the pure line"},
			&cli.StringFlag{Name: "reason", Usage: "why, in `WORDS`; kept in the ledger"},
			&cli.PathFlag{Name: "note", Usage: "the grant in `FILE`, to be signed and applied, instead of ACCOUNT"},
			&cli.PathFlag{Name: "out", Usage: "write the note to `FILE` while a signature is wanting (default ACCOUNT.grant)"},
			keysFlag("sign with the key in `FILE`; may be given twice")),
	}, grant)
}

// A grantJSON is a grant for programs.
type grantJSON struct {
	Account     string   `json:"account"`
	Epsilon     float64  `json:"epsilon"`
	Delta       float64  `json:"delta"`
	PureEpsilon float64  `json:"pure_epsilon"`
	PureDelta   float64  `json:"pure_delta"`
	From        string   `json:"from"`
	To          string   `json:"to"`
	Reason      string   `json:"reason"`
	SignedBy    []string `json:"signed_by"`
	Applied     bool     `json:"applied"`
	Note        string   `json:"note"` // the file that is to be signed; empty once it is applied
}

func grant(s *session) error {
	by, err := s.signers()
	if err != nil {
		return err
	}
	account, err := s.optional("ACCOUNT")
	if err != nil {
		return err
	}
	path := s.Path("note")
	if (account == "") == (path == "") {
		return s.usage("ledger grant needs ACCOUNT, or --note FILE of a grant that is written")
	}
	l, err := s.openLedger(".")
	if err != nil {
		return err
	}
	defer l.Close()
	var note []byte
	if path != "" {
		note, err = s.grantThere(path)
	} else {
		note, path, err = s.newGrant(l, account, len(by))
	}
	if err == nil && len(by) > 0 {
		note, err = ledger.AddSignatures(note, by...)
	}
	if err != nil {
		return err
	}
	return s.granted(l, note, path)
}

// grantThere reads a grant that another has written.
func (s *session) grantThere(path string) ([]byte, error) {
	for _, flag := range []string{"epsilon", "delta", "pure-epsilon", "pure-delta", "reason", "out"} {
		if s.IsSet(flag) {
			return nil, s.usage("--%s is said by the note already", flag)
		}
	}
	return readNote(path)
}

// newGrant writes the text of a grant, and says where it goes while a signature
// is wanting.
func (s *session) newGrant(l *ledger.Ledger, account string, signers int) (text []byte, path string, err error) {
	if signers == 0 {
		return nil, "", s.usage("ledger grant needs --key FILE, the key of an approver")
	}
	text, err = l.NewGrant(s.ctx, ledger.Grant{Account: account, Reason: strings.TrimSpace(s.String("reason")),
		Add: ledger.Lines{Epsilon: s.Float64("epsilon"), Delta: s.Float64("delta"), PureEpsilon: s.Float64("pure-epsilon"), PureDelta: s.Float64("pure-delta")}})
	if err != nil || signers > 1 {
		return text, "", err
	}
	path, err = s.noteFile("out", strings.ReplaceAll(account, "/", "-")+".grant")
	return text, path, err
}

// granted applies a grant that has its signatures, or keeps it for the next one.
func (s *session) granted(l *ledger.Ledger, note []byte, path string) error {
	g, who, err := l.SignedBy(s.ctx, note)
	if err != nil {
		return err
	}
	j := grantJSON{Account: g.Account, Epsilon: g.Add.Epsilon, Delta: g.Add.Delta, PureEpsilon: g.Add.PureEpsilon, PureDelta: g.Add.PureDelta,
		From: g.From, To: g.To, Reason: g.Reason, SignedBy: who}
	switch {
	case len(who) > 1 || path == "":
		if _, err := l.Grant(s.ctx, note); err != nil {
			return err
		}
		j.Applied = true
	default:
		if err := replaceFile(path, note); err != nil {
			return err
		}
		j.Note = path
	}
	return s.print(j, func(w io.Writer) {
		fmt.Fprintf(w, "account %s: %s more, from %s until %s: %s\n", j.Account, linesInWords(g.Add), j.From, j.To, j.Reason)
		fmt.Fprintf(w, "signed by: %s\n", listed(who))
		if j.Applied {
			fmt.Fprintln(w, "granted")
		} else {
			fmt.Fprintf(w, "another approver signs it: throng ledger grant --note %s --key FILE\n", path)
		}
	})
}

// linesInWords tells what is added to the lines of an account.
func linesInWords(l ledger.Lines) string {
	var parts []string
	for _, x := range []struct {
		n    float64
		what string
	}{{l.Epsilon, "ε=%s"}, {l.Delta, "δ=%s"}, {l.PureEpsilon, "ε=%s of the pure line"}, {l.PureDelta, "δ=%s of the pure line"}} {
		if x.n > 0 {
			parts = append(parts, fmt.Sprintf(x.what, short(x.n)))
		}
	}
	return strings.Join(parts, ", ")
}
