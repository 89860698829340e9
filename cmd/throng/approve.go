// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/hex"
	"fmt"
	"io"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/throng-dp/throng/audience"
	"github.com/throng-dp/throng/audience/cleanroom/local"
	"github.com/throng-dp/throng/dp/ledger"
)

func approveCommand() *cli.Command {
	return command(&cli.Command{
		Name:      "approve",
		Usage:     "sign what a plan counts and its price; reads no row",
		ArgsUsage: "PLAN",
		Description: `Where the policy of the account says approval: required, no build goes without the
signature of an approver. It holds for every date, until a rule, a bound or the
price changes, or the key is revoked; labels and comments may change. With an
author's key it says who wrote the plan, which never counts as an approval.`,
		Flags: append(ledgerFlags(), dataFlag(),
			&cli.PathFlag{Name: "key", Usage: "sign with the key in `FILE`"}),
	}, approve)
}

// An approvalJSON is a signature under a plan for programs.
type approvalJSON struct {
	Plan    string      `json:"plan"`
	Account string      `json:"account"`
	Digest  string      `json:"digest"`
	Cost    ledger.Cost `json:"cost"`
	Epsilon float64     `json:"epsilon"` // the cost's, at the δ of the account
	By      string      `json:"by"`
	Role    string      `json:"role"`
}

func approve(s *session) error {
	file, path, err := s.readPlan()
	if err != nil {
		return err
	}
	if s.Path("key") == "" {
		return s.usage("approve needs --key FILE, the key of an approver")
	}
	key, err := readKey(s.Path("key"))
	if err != nil {
		return err
	}
	l, err := s.openLedger(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer l.Close()
	account, err := l.Account(s.ctx, file.Head().Account)
	if err != nil {
		return err
	}
	p, err := audience.Compile(s.ctx, file, local.Engine{}, s.dataRoot(file.Head().Home), account.Policy.NeverRead)
	if err != nil {
		return err
	}
	a, err := audience.ApprovalOf(p, account)
	if err != nil {
		return err
	}
	role, err := l.Approve(s.ctx, *a, key)
	if err != nil {
		return err
	}
	j := approvalJSON{Plan: a.Plan, Account: a.Account, Digest: hex.EncodeToString(a.Digest[:]), Cost: a.Price, Epsilon: account.Worth(a.Price), By: key.Name(), Role: role}
	return s.print(j, func(w io.Writer) {
		fmt.Fprintf(w, "%s: %s %s, for account %s\n", p.Name, count(len(p.Segments), "audience"), count(numbers(p), "number"), a.Account)
		fmt.Fprintf(w, "price: ε=%s a build\n", short(j.Epsilon))
		if role == ledger.Approver {
			fmt.Fprintf(w, "approved by %s\n", j.By)
		} else {
			fmt.Fprintf(w, "signed by %s, its %s: an approver signs it too\n", j.By, role)
		}
	})
}
