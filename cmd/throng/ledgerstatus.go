// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/throng-dp/throng/dp/ledger"
)

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
	only, err := s.optional("ACCOUNT")
	if err != nil {
		return err
	}
	l, err := s.openLedger(".")
	if err != nil {
		return err
	}
	defer l.Close()
	names := []string{only}
	if only == "" {
		names = nil
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
		s.talk.say("no account is open yet; the owner of the budget opens one: throng ledger account NAME --epsilon E --delta D --period 364d --ceiling E")
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
	ceiling := ceilingOf(0)
	if j.Ceiling != nil {
		ceiling = ceilingOf(*j.Ceiling)
	}
	fmt.Fprintf(w, "%s (data of %s)\n", j.Account, j.Lineage)
	fmt.Fprintf(w, "  lifetime    ε=%s at δ=%s over %s; %s\n", short(j.Lifetime.Epsilon), short(j.Lifetime.Delta), count(j.Lifetime.Builds, "release"), ceiling)
	fmt.Fprintf(w, "  this period ε=%s of %s, over %s; ends %s\n", short(j.Epsilon), short(j.Of.Epsilon+j.Of.PureEpsilon),
		count(j.Builds, "release"), j.PeriodTo[:len("2006-01-02")])
	fmt.Fprintf(w, "  used        %s of what the period can pay for (μ² adds up, ε grows slower)\n", percent(j.Share))
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
		account, err := s.optional("ACCOUNT")
		if err != nil {
			return err
		}
		l, err := s.openLedger(".")
		if err != nil {
			return err
		}
		defer l.Close()
		if account != "" {
			if _, err := l.Account(s.ctx, account); err != nil {
				return err
			}
		}
		entries, err := l.History(s.ctx, account)
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
