// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/throng-dp/throng/dp/ledger"
)

// entryTypes are what a ledger's entries can be.
var entryTypes = []string{"open", "reserve", "keep", "post", "void", "expire", "retract", "supersede", "grant", "key", "approve", "accept", "upgrade"}

func ledgerHistoryCommand() *cli.Command {
	return command(&cli.Command{
		Name:      "history",
		Usage:     "every entry of an account, or of all: who, what, when, why, how much",
		ArgsUsage: "[ACCOUNT]",
		Description: `Entries have types:
   ` + strings.Join(entryTypes[:6], ", ") + `,
   ` + strings.Join(entryTypes[6:], ", ") + `.
Days are those of UTC.`,
		Flags: append(ledgerFlags(),
			&cli.StringFlag{Name: "since", Usage: "from `DAY` on, such as 2026-03-01"},
			&cli.StringFlag{Name: "until", Usage: "to `DAY`, this day included"},
			&cli.StringFlag{Name: "plan", Usage: "of the plan with this `NAME`"},
			&cli.StringFlag{Name: "type", Usage: "of one `TYPE`, or of several with commas between: post,void"},
		),
	}, ledgerHistory)
}

// An entryJSON is an entry for programs, with its amounts in ε too.
type entryJSON struct {
	ledger.Entry
	Epsilon float64 `json:"epsilon"` // of the cost alone, at the δ of the account's Gaussian line, and of its pure line
	Share   float64 `json:"share"`   // of a period as the account was opened
	Words   string  `json:"words"`
}

// A sieve is what a history is asked for.
type sieve struct {
	since, until time.Time // until is the first instant that is too late
	plan         string
	types        []string
}

func ledgerHistory(s *session) error {
	account, err := s.optional("ACCOUNT")
	if err != nil {
		return err
	}
	want, err := s.sieve()
	if err != nil {
		return err
	}
	l, err := s.openLedger(".")
	if err != nil {
		return err
	}
	defer l.Close()
	entries, err := l.History(s.ctx, account)
	if err != nil {
		return err
	}
	all, err := l.Accounts(s.ctx)
	if err != nil {
		return err
	}
	accounts, caps := map[string]*ledger.Account{}, map[string]ledger.Cost{}
	for i := range all {
		accounts[all[i].Name] = &all[i]
	}
	list := []entryJSON{}
	for _, e := range entries {
		if e.Type == "open" {
			caps[e.Account] = e.Cost
		}
		if want.takes(&e) {
			list = append(list, told(e, accounts[e.Account], caps[e.Account]))
		}
	}
	return s.print(list, func(w io.Writer) { writeHistory(w, list) })
}

func (s *session) sieve() (*sieve, error) {
	v := &sieve{plan: s.String("plan")}
	var err error
	if v.since, err = s.dayAsked("since"); err != nil {
		return nil, err
	}
	if v.until, err = s.dayAsked("until"); err != nil {
		return nil, err
	}
	if !v.until.IsZero() {
		if v.until.Before(v.since) {
			return nil, usage("--until is before --since")
		}
		v.until = v.until.AddDate(0, 0, 1)
	}
	if types := s.String("type"); types != "" {
		v.types = strings.Split(types, ",")
	}
	for _, t := range v.types {
		if !slices.Contains(entryTypes, t) {
			return nil, notOne("--type", t, entryTypes, "no entry has the type %s", quote(t))
		}
	}
	return v, nil
}

// dayAsked reads a day; the zero time if the flag is not given.
func (s *session) dayAsked(flag string) (time.Time, error) {
	text := s.String(flag)
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return time.Time{}, usage("--%s is a day such as 2026-03-01, not %s", flag, quote(text))
	}
	return t, nil
}

func (v *sieve) takes(e *ledger.Entry) bool {
	return !e.At.Before(v.since) && (v.until.IsZero() || e.At.Before(v.until)) &&
		(v.plan == "" || e.Plan == v.plan) && (v.types == nil || slices.Contains(v.types, e.Type))
}

// told puts an entry in words. a is its account; nil for entries of none.
func told(e ledger.Entry, a *ledger.Account, limit ledger.Cost) entryJSON {
	j := entryJSON{Entry: e}
	if a != nil {
		j.Epsilon = a.Worth(e.Cost)
		j.Share = max(ratio(e.Cost.MuSquared, limit.MuSquared), ratio(e.Cost.Epsilon, limit.Epsilon), ratio(e.Cost.Delta, limit.Delta))
	}
	j.Words = j.words()
	return j
}

func (j *entryJSON) words() string {
	amount := fmt.Sprintf("ε=%s, %s of a period", short(j.Epsilon), portion(j.Share))
	why := ""
	if j.Reason != "" {
		why = ": " + j.Reason
	}
	switch j.Type {
	case "open":
		return "opened, with ε=" + short(j.Epsilon) + " a period"
	case "reserve":
		if j.Cost == (ledger.Cost{}) {
			return "nothing more set aside" + why
		}
		return "set aside " + amount + why
	case "keep":
		return "stays set aside for the next try" + why
	case "post":
		return "released as " + j.Release + ", charged " + amount
	case "void", "expire":
		return "given back " + amount + why
	case "retract":
		return "release " + j.Release + " retracted, nothing refunded" + why
	case "supersede":
		return "release " + j.Release + " restated by " + j.Reason
	case "grant":
		return "added " + amount + " to a period" + why
	case "key":
		return "key" + why
	case "approve":
		return "plan approved" + why
	case "accept":
		return "smaller source of choices accepted" + why
	case "upgrade":
		return "ledger brought to this version" + why
	}
	return j.Type + why
}

func writeHistory(w io.Writer, entries []entryJSON) {
	signed := slices.ContainsFunc(entries, func(e entryJSON) bool { return e.Actor != "" })
	columns := []column{right("no"), left("when (UTC)"), left("entry"), left("of"), left("what")}
	if signed {
		columns = slices.Insert(columns, 2, left("who"))
	}
	var rows [][]string
	for i := range entries {
		e := &entries[i]
		of := e.Account
		if e.Plan != "" {
			of += " " + e.Plan + "@" + e.Date
		}
		row := []string{strconv.FormatInt(e.Seq, 10), e.At.UTC().Format("2006-01-02 15:04"), e.Type, of, e.Words}
		if signed {
			row = slices.Insert(row, 2, e.Actor)
		}
		rows = append(rows, row)
	}
	writeTable(w, columns, rows)
}
