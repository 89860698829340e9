// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/dp/ledger"
)

func ledgerAccountCommand() *cli.Command {
	return command(&cli.Command{
		Name:      "account",
		Usage:     "open the one account of a data lineage; for the owner of the budget",
		ArgsUsage: "NAME",
		Description: `An account is what all builds on one lineage of data may cost a person together,
within one period. It is opened once and never widened.`,
		Flags: append(ledgerFlags(),
			&cli.Float64Flag{Name: "epsilon", Usage: "`E` of a period"},
			&cli.Float64Flag{Name: "delta", Usage: "`D` of a period"},
			&cli.Float64Flag{Name: "pure-epsilon", Usage: "`E` of the pure line: for quantiles, selection and Laplace noise"},
			&cli.Float64Flag{Name: "pure-delta", Usage: "`D` of the pure line"},
			&cli.StringFlag{Name: "period", Usage: "`DAYS` of a period, such as 364d"},
			&cli.Float64Flag{Name: "ceiling", Usage: "lifetime `E` that is never passed, whatever the periods give"},
			&cli.BoolFlag{Name: "no-ceiling", Usage: "no lifetime ceiling, said in every manifest (the default)"},
			&cli.StringFlag{Name: "lineage", Usage: "whose data, as a `NAME` (default: the policy's, else the account's)"},
			&cli.PathFlag{Name: "policy", Usage: "what every build must keep to, in `FILE` (default: the plan's own limits hold)"},
			&cli.BoolFlag{Name: "if-missing", Usage: "do nothing where the account is open already"},
		),
	}, openAccount)
}

func openAccount(s *session) error {
	name, err := s.argument("NAME")
	if err != nil {
		return err
	}
	account, err := s.accountAsked(name)
	if err != nil {
		return err
	}
	l, err := s.openLedger(".")
	if err != nil {
		return err
	}
	defer l.Close()
	if s.Bool("if-missing") {
		if _, err := l.Account(s.ctx, name); err == nil {
			s.talk.say("account %s: open already", name)
			return nil
		}
	}
	if err := l.OpenAccount(s.ctx, *account); err != nil {
		return err
	}
	s.talk.say("account %s: ε=%s at δ=%s every %d days, for the data of %s", name, short(account.Lines.Epsilon+account.Lines.PureEpsilon),
		short(account.Lines.Delta+account.Lines.PureDelta), account.Period, account.Lineage)
	if len(account.Policy.Text) == 0 {
		s.talk.warn("no policy: a plan's own limits hold, whatever they are")
	}
	return nil
}

func (s *session) accountAsked(name string) (*ledger.Account, error) {
	a := &ledger.Account{Name: name, Ceiling: s.Float64("ceiling"), Lineage: s.String("lineage"),
		Lines: ledger.Lines{Epsilon: s.Float64("epsilon"), Delta: s.Float64("delta"),
			PureEpsilon: s.Float64("pure-epsilon"), PureDelta: s.Float64("pure-delta")}}
	switch {
	case a.Lines == ledger.Lines{}:
		return nil, usage("an account needs --epsilon and --delta, such as --epsilon 8 --delta 1e-7")
	case s.IsSet("ceiling") && s.Bool("no-ceiling"):
		return nil, usage("--ceiling and --no-ceiling exclude each other")
	case s.IsSet("ceiling") && !(a.Ceiling > 0):
		return nil, usage("--ceiling is an epsilon above 0")
	}
	var err error
	if a.Period, err = days(s.String("period")); err != nil {
		return nil, err
	}
	if file := s.Path("policy"); file != "" {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, &fault.Error{Kind: fault.Usage, Code: "usage.policy", Where: file, Msg: "cannot be read", Err: cause(err)}
		}
		policy, err := plan.ParsePolicy(file, text)
		if err != nil {
			return nil, err
		}
		a.Policy = *policy
	}
	if a.Lineage == "" {
		a.Lineage = a.Policy.Lineage
	}
	if a.Lineage == "" {
		a.Lineage = name
	}
	return a, nil
}

// days reads a number of days: 364d.
func days(text string) (int, error) {
	n, err := strconv.Atoi(strings.TrimSuffix(text, "d"))
	if err != nil || n < 1 || !strings.HasSuffix(text, "d") {
		return 0, usage("an account needs --period: a number of days such as 364d")
	}
	return n, nil
}
