// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/ledger/sqlite"
)

func ledgerCommand() *cli.Command {
	return group(&cli.Command{
		Name:  "ledger",
		Usage: "the privacy budget: make a ledger, open accounts, see what is left",
		Subcommands: []*cli.Command{
			ledgerInitCommand(), ledgerAccountCommand(), ledgerStatusCommand(), ledgerHistoryCommand(), ledgerVerifyCommand(),
		},
	})
}

func ledgerInitCommand() *cli.Command {
	return command(&cli.Command{
		Name:  "init",
		Usage: "make an empty ledger and its key; for the owner of the budget",
		Description: `Makes ledger.db here, or the file that --ledger names, and ledger.key beside it.
Keep the key: it chooses which audiences a person over the cap is counted in.`,
		Flags: ledgerFlags(),
	}, func(s *session) error {
		if _, err := s.arguments(0, "nothing"); err != nil {
			return err
		}
		url := s.String("ledger")
		if url == "" {
			url = os.Getenv("THRONG_LEDGER")
		}
		if url == "" {
			url = "sqlite:" + ledgerName
		}
		path, err := sqlitePath(url)
		if err != nil {
			return err
		}
		l, err := sqlite.Create(s.ctx, path, sqlite.Options{KeyFile: s.Path("key-file")})
		if err != nil {
			return err
		}
		s.talk.say("ledger: %s; its key is kept beside it unless --key-file says otherwise", path)
		return l.Close()
	})
}

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
			&cli.Float64Flag{Name: "pure-epsilon", Usage: "`E` of the pure line, for Laplace noise"},
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

func ledgerStatusCommand() *cli.Command {
	return command(&cli.Command{
		Name:      "status",
		Usage:     "what is left of the accounts",
		ArgsUsage: "[ACCOUNT]",
		Flags:     ledgerFlags(),
	}, ledgerStatus)
}

// A statusJSON is an account's status for programs.
type statusJSON struct {
	Account    string       `json:"account"`
	Lineage    string       `json:"lineage"`
	Lifetime   totalJSON    `json:"lifetime"`
	Ceiling    *float64     `json:"lifetime_ceiling"`
	PeriodFrom string       `json:"period_from"`
	PeriodTo   string       `json:"period_to"`
	Epsilon    float64      `json:"epsilon_used"`
	Of         ledger.Lines `json:"lines"`
	Builds     int          `json:"builds"`
	Spent      ledger.Cost  `json:"spent"`
	Held       ledger.Cost  `json:"held"`
	Cap        ledger.Cost  `json:"cap"`
	Share      float64      `json:"share_used"`
	Policy     bool         `json:"policy"`
}

type totalJSON struct {
	Epsilon float64 `json:"epsilon"`
	Delta   float64 `json:"delta"`
	Builds  int     `json:"builds"`
}

func ledgerStatus(s *session) error {
	if s.NArg() > 1 {
		return usage("ledger status takes one ACCOUNT at most")
	}
	l, err := s.openLedger(".")
	if err != nil {
		return err
	}
	defer l.Close()
	names := s.Args().Slice()
	if len(names) == 0 {
		all, err := l.Accounts(s.ctx)
		if err != nil {
			return err
		}
		for _, a := range all {
			names = append(names, a.Name)
		}
	}
	list := []statusJSON{}
	for _, name := range names {
		status, err := l.Status(s.ctx, name, now())
		if err != nil {
			return err
		}
		list = append(list, statusOfAccount(status))
	}
	if len(list) == 0 {
		s.talk.say("no account is open yet; the owner of the budget opens one: throng ledger account NAME --epsilon E --delta D --period 364d")
	}
	return s.print(list, func(w io.Writer) {
		for i := range list {
			writeStatus(w, &list[i])
		}
	})
}

func statusOfAccount(st *ledger.Status) statusJSON {
	a := &st.Account
	j := statusJSON{Account: a.Name, Lineage: a.Lineage, Lifetime: totalJSON(st.Lifetime),
		PeriodFrom: st.From.UTC().Format(time.RFC3339), PeriodTo: st.To.UTC().Format(time.RFC3339),
		Epsilon: st.Epsilon, Of: a.Lines, Builds: st.Builds, Spent: st.Spent, Held: st.Held, Cap: st.Cap,
		Policy: len(a.Policy.Text) > 0}
	if a.Ceiling > 0 {
		j.Ceiling = &a.Ceiling
	}
	j.Share = max(ratio(st.Spent.MuSquared+st.Held.MuSquared, st.Cap.MuSquared), ratio(st.Spent.Epsilon+st.Held.Epsilon, st.Cap.Epsilon))
	return j
}

func ratio(a, b int64) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

func writeStatus(w io.Writer, j *statusJSON) {
	ceiling := "no lifetime ceiling"
	if j.Ceiling != nil {
		ceiling = "never beyond ε=" + short(*j.Ceiling)
	}
	fmt.Fprintf(w, "%s (data of %s)\n", j.Account, j.Lineage)
	fmt.Fprintf(w, "  lifetime    ε=%s at δ=%s over %s; %s\n", short(j.Lifetime.Epsilon), short(j.Lifetime.Delta), count(j.Lifetime.Builds, "release"), ceiling)
	fmt.Fprintf(w, "  this period ε=%s of %s used (%s of the budget), %s; ends %s\n", short(j.Epsilon),
		short(j.Of.Epsilon+j.Of.PureEpsilon), percent(j.Share), count(j.Builds, "release"), j.PeriodTo[:len("2006-01-02")])
	if j.Held != (ledger.Cost{}) {
		fmt.Fprintln(w, "  held        budget of builds that did not end; it serves their next try")
	}
	if !j.Policy {
		fmt.Fprintln(w, "  policy      none: a plan's own limits hold")
	}
}

func ledgerHistoryCommand() *cli.Command {
	return command(&cli.Command{
		Name:      "history",
		Usage:     "every entry of an account, or of all",
		ArgsUsage: "[ACCOUNT]",
		Flags:     ledgerFlags(),
	}, func(s *session) error {
		if s.NArg() > 1 {
			return usage("ledger history takes one ACCOUNT at most")
		}
		l, err := s.openLedger(".")
		if err != nil {
			return err
		}
		defer l.Close()
		if name := s.Args().First(); name != "" {
			if _, err := l.Account(s.ctx, name); err != nil {
				return err
			}
		}
		entries, err := l.History(s.ctx, s.Args().First())
		if err != nil {
			return err
		}
		if entries == nil {
			entries = []ledger.Entry{}
		}
		return s.print(entries, func(w io.Writer) { writeHistory(w, entries) })
	})
}

func writeHistory(w io.Writer, entries []ledger.Entry) {
	var rows [][]string
	for _, e := range entries {
		what := e.Account
		if e.Plan != "" {
			what += " " + e.Plan + "@" + e.Date
		}
		rows = append(rows, []string{strconv.FormatInt(e.Seq, 10), e.At.UTC().Format("2006-01-02 15:04"), e.Type, what,
			mu2(e.Cost), e.Release, e.Reason})
	}
	writeTable(w, []column{right("no"), left("when (UTC)"), left("entry"), left("of"), right("μ²"), left("release"), left("reason")}, rows)
}

// mu2 writes a charge on the Gaussian line, and on the pure one if there is any.
func mu2(c ledger.Cost) string {
	if c == (ledger.Cost{}) {
		return ""
	}
	s := strconv.FormatFloat(float64(c.MuSquared)/1e12, 'f', 6, 64)
	if c.Epsilon > 0 {
		s += " + pure ε " + strconv.FormatFloat(float64(c.Epsilon)/1e12, 'g', 4, 64)
	}
	return s
}
