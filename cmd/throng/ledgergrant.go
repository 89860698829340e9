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
		Flags: append(append(ledgerFlags(),
			&cli.Float64Flag{Name: "epsilon", Usage: "`E` more"},
			&cli.Float64Flag{Name: "delta", Usage: "`D` more"},
			&cli.Float64Flag{Name: "pure-epsilon", Usage: "`E` more on the pure line"},
			&cli.Float64Flag{Name: "pure-delta", Usage: "`D` more on the pure line"},
		), deedFlags("ACCOUNT.grant")...),
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
	if (account == "") == (s.Path("note") == "") {
		return s.usage("ledger grant needs ACCOUNT, or --note FILE of a grant that is written")
	}
	l, err := s.openLedger(".")
	if err != nil {
		return err
	}
	defer l.Close()
	d, err := s.deed(by, []string{"epsilon", "delta", "pure-epsilon", "pure-delta"}, func() ([]byte, string, error) {
		text, err := l.NewGrant(s.ctx, ledger.Grant{Account: account, Reason: strings.TrimSpace(s.String("reason")),
			Add: ledger.Lines{Epsilon: s.Float64("epsilon"), Delta: s.Float64("delta"), PureEpsilon: s.Float64("pure-epsilon"), PureDelta: s.Float64("pure-delta")}})
		return text, strings.ReplaceAll(account, "/", "-") + ".grant", err
	})
	if err != nil {
		return err
	}
	g, who, err := l.SignedBy(s.ctx, d.note)
	if err != nil {
		return err
	}
	j := grantJSON{Account: g.Account, Epsilon: g.Add.Epsilon, Delta: g.Add.Delta, PureEpsilon: g.Add.PureEpsilon, PureDelta: g.Add.PureDelta,
		From: g.From, To: g.To, Reason: g.Reason, SignedBy: who}
	j.Applied, err = d.settle(who, func() error {
		_, err := l.Grant(s.ctx, d.note)
		return err
	})
	if err != nil {
		return err
	}
	if !j.Applied {
		j.Note = d.path
	}
	return s.print(j, func(w io.Writer) {
		fmt.Fprintf(w, "account %s: %s more, from %s until %s: %s\n", j.Account, linesInWords(g.Add), j.From, j.To, j.Reason)
		d.waits(w, s, who, j.Applied, "granted")
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
