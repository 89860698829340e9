// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"os"
	"slices"
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
		Usage:     "open the one account of a data lineage, or a part of it; for the owner of the budget",
		ArgsUsage: "NAME[/PART]",
		Description: `An account is what all builds on one lineage of data may cost a person together,
within one period. Periods follow each other, and what people pay adds up over
them: say how far with --ceiling, or say --no-ceiling. Periods are a number of
days from the day of opening, or of the calendar; both are counted in UTC.

NAME/PART opens a part of an account, for a recipient or an analyst: it has an
epsilon of its own, and what it is charged, the account is charged too. All else
about it is the account's.`,
		Flags: append(ledgerFlags(),
			&cli.Float64Flag{Name: "epsilon", Usage: "`E` of a period"},
			&cli.Float64Flag{Name: "delta", Usage: "`D` of a period"},
			&cli.Float64Flag{Name: "pure-epsilon", Usage: "`E` of the pure line: for quantiles, selection and Laplace noise"},
			&cli.Float64Flag{Name: "pure-delta", Usage: "`D` of the pure line"},
			&cli.StringFlag{Name: "period", Usage: "how long a `PERIOD` is: a number of days such as 364d, or week, month, quarter, year of the calendar"},
			&cli.Float64Flag{Name: "ceiling", Usage: "lifetime `E` that is never passed, whatever the periods give"},
			&cli.BoolFlag{Name: "no-ceiling", Usage: "no lifetime ceiling, said in every manifest, report and status"},
			&cli.StringFlag{Name: "lineage", Usage: "whose data, as a `NAME` (default: the policy's, else the account's)"},
			&cli.PathFlag{Name: "policy", Usage: "what every build must keep to, in `FILE` (default: the plan's own limits hold)"},
			&cli.BoolFlag{Name: "if-missing", Usage: "do nothing where the account is open already"},
			keysFlag("sign with the key in `FILE`: an owner's, or two approvers', once the ledger knows such"),
		),
	}, openAccount)
}

func openAccount(s *session) error {
	name, err := s.argument("NAME or NAME/PART")
	if err != nil {
		return err
	}
	account, err := s.accountAsked(name)
	if err != nil {
		return err
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
	if s.Bool("if-missing") {
		if _, err := l.Account(s.ctx, name); err == nil {
			s.talk.say("account %s: open already", name)
			return s.opened(name, false, l)
		}
	}
	if err := l.OpenAccount(s.ctx, *account, by...); err != nil {
		return err
	}
	account, err = l.Account(s.ctx, name)
	if err != nil {
		return err
	}
	s.talk.say("account %s: ε=%s at δ=%s every %s, %s, for the data of %s", name, short(account.Lines.Epsilon+account.Lines.PureEpsilon),
		short(account.Lines.Delta+account.Lines.PureDelta), account.Every(), ceilingOf(account.Ceiling), account.Lineage)
	if len(account.Policy.Text) == 0 {
		s.talk.warn("no policy: a plan's own limits hold, whatever they are")
	}
	return s.opened(name, true, l)
}

// An accountJSON is an account for programs.
type accountJSON struct {
	Account     string   `json:"account"`
	Opened      bool     `json:"opened"` // false: it was open already
	Lineage     string   `json:"lineage"`
	Epsilon     float64  `json:"epsilon"` // of a period
	Delta       float64  `json:"delta"`
	PureEpsilon float64  `json:"pure_epsilon"` // of its pure line, beside the other
	PureDelta   float64  `json:"pure_delta"`
	Every       string   `json:"every"`            // how long a period is, in words
	Ceiling     *float64 `json:"lifetime_ceiling"` // null: none
	Policy      bool     `json:"policy"`
}

// opened tells programs of an account: to people it was said.
func (s *session) opened(name string, now bool, l *ledger.Ledger) error {
	a, err := l.Account(s.ctx, name)
	if err != nil {
		return err
	}
	j := accountJSON{Account: a.Name, Opened: now, Lineage: a.Lineage, Epsilon: a.Lines.Epsilon, Delta: a.Lines.Delta,
		PureEpsilon: a.Lines.PureEpsilon, PureDelta: a.Lines.PureDelta, Every: a.Every(), Policy: len(a.Policy.Text) > 0}
	if a.Ceiling > 0 {
		j.Ceiling = &a.Ceiling
	}
	return s.print(j, func(io.Writer) {})
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
	if a.Parent() != "" {
		return a, s.wholeDecides(a)
	}
	var err error
	if a.Period, a.Calendar, err = period(s.String("period")); err != nil {
		return nil, err
	}
	if !s.IsSet("ceiling") && !s.Bool("no-ceiling") {
		return nil, ceilingMissing(a)
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

// wholeDecides refuses what a part of an account cannot say.
func (s *session) wholeDecides(a *ledger.Account) error {
	for _, flag := range []string{"period", "ceiling", "no-ceiling", "lineage", "policy"} {
		if s.IsSet(flag) {
			return usage("--%s is that of %s for all its parts", flag, a.Parent())
		}
	}
	return nil
}

// period reads the length of a period: 364d, or month.
func period(text string) (days int, calendar string, err error) {
	if slices.Contains(ledger.Calendars, text) {
		return 0, text, nil
	}
	n, err := strconv.Atoi(strings.TrimSuffix(text, "d"))
	if err != nil || n < 1 || !strings.HasSuffix(text, "d") {
		return 0, "", usage("an account needs --period: a number of days such as 364d, or %s of the calendar", strings.Join(ledger.Calendars, ", "))
	}
	return n, "", nil
}

// ceilingMissing asks for a ceiling, and says what goes without one.
func ceilingMissing(a *ledger.Account) error {
	one, err := a.Years(1)
	if err != nil {
		return err
	}
	ten, err := a.Years(10)
	if err != nil {
		return err
	}
	return &fault.Error{Kind: fault.Usage, Code: "usage.ceiling", Msg: "an account needs --ceiling E, or --no-ceiling",
		Hint: fmt.Sprintf("what people pay adds up over periods: one year of these comes to ε=%s at δ=%s, ten years to ε=%s at δ=%s; "+
			"--ceiling E is the ε that is never passed, --no-ceiling says that there is none, in every manifest",
			short(one.Epsilon), short(one.Delta), short(ten.Epsilon), short(ten.Delta))}
}

// ceilingOf tells a lifetime ceiling, or that there is none.
func ceilingOf(epsilon float64) string {
	if epsilon > 0 {
		return "never beyond ε=" + short(epsilon)
	}
	return "no lifetime ceiling"
}
