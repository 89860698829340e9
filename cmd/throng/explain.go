// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"math"

	"github.com/urfave/cli/v2"

	"github.com/throng-dp/throng/audience"
	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/dp/ledger"
)

func explainCommand() *cli.Command {
	return command(&cli.Command{
		Name:      "explain",
		Usage:     "price, budget left and expected error of a build; reads no row",
		ArgsUsage: "PLAN",
		Description: `Everything it tells follows from the plan, the account and public figures. It ends
with 13 when a build would be refused.`,
		Flags: append(ledgerFlags(), dataFlag(),
			&cli.Float64Flag{Name: "epsilon", Usage: "as if the plan asked for `E`"},
			&cli.Float64Flag{Name: "target-error", Usage: "which epsilon brings the size of an audience within ± `N` people"},
		),
	}, explain)
}

func explain(s *session) error {
	p, path, account, err := s.compiled()
	if err != nil {
		return err
	}
	if err := s.turnRound(p, account); err != nil {
		return err
	}
	l, err := s.nearLedger(path)
	if err != nil {
		return err
	}
	if l != nil {
		defer l.Close()
	} else {
		s.talk.warn("no ledger in reach: what is left of the budget is not known")
	}
	e, err := audience.Explain(s.ctx, p, l, now())
	if err != nil {
		return err
	}
	if err := s.print(e, func(w io.Writer) { writeExplanation(w, e) }); err != nil {
		return err
	}
	if e.Refused != "" {
		return &fault.Error{Kind: fault.Refused, Code: "refused.explain", Where: p.Name,
			Msg: "a build would be refused: " + e.Refused, Hint: e.RefusedHint}
	}
	return nil
}

func writeExplanation(w io.Writer, e *audience.Explanation) {
	fmt.Fprintf(w, "%s: one build\n\n", e.Plan)
	rows := [][]string{{"price", fmt.Sprintf("ε=%s at δ=%s, %s noise", short(e.Epsilon), short(e.Delta), e.Mechanism)}}
	add := func(what, format string, a ...any) { rows = append(rows, []string{what, fmt.Sprintf(format, a...)}) }
	add("for a person", "whoever thought it 50:50 that somebody is in the data is at most %s sure afterwards", percent(e.Odds))
	if b := e.Budget; b != nil {
		add("account", "%s: %s of its %d days' budget, which end %s", e.Account, percent(b.Share), b.PeriodDays, b.PeriodEnds)
		add("left", "%s like this in this period", count(b.BuildsLeft, "build"))
		add("lifetime", "ε=%s at δ=%s after this build, over %s", short(b.Lifetime.Epsilon), short(b.Lifetime.Delta), count(b.Lifetime.Builds, "release"))
	}
	add("smallest", "audiences from %s people on are readable (± less than half)", grouped(int64(e.Smallest)))
	if g := e.Gate; g != nil {
		add("the gate", "an audience of exactly %s people is withheld with a chance of %s at first, of %s once it was released; from %s people on, of 5 %% or less",
			grouped(g.MinReach), percent(g.ChanceNew), percent(g.ChanceStanding), grouped(int64(g.SafeFrom)))
	}
	for _, r := range rows {
		fmt.Fprintf(w, "%-13s %s\n", r[0], r[1])
	}
	fmt.Fprintln(w)
	writeFamilies(w, e)
	if len(e.Cheaper) > 0 {
		fmt.Fprintln(w, "\ncheaper")
		writeCheaper(w, e)
	}
	for _, warning := range e.Warnings {
		fmt.Fprintf(w, "\nnote: %s\n", warning)
	}
}

func writeFamilies(w io.Writer, e *audience.Explanation) {
	var rows [][]string
	for i := range e.Families {
		f := &e.Families[i]
		rows = append(rows, []string{f.Name, grouped(int64(f.Numbers)), within(f), from(f), f.Note})
	}
	writeTable(w, []column{left("number"), right("how many"), right("± at 95 %"), right("readable in audiences from"), left("note")}, rows)
}

func within(f *audience.FamilyError) string {
	if f.Kind == "mean" {
		return fmt.Sprintf("%s / %s / %s", real3(f.Means[0]), real3(f.Means[1]), real3(f.Means[2]))
	}
	if f.Unit != "" || f.Decimals > 0 {
		return units(int64(math.Ceil(f.HalfWidth)), f.Decimals, f.Unit)
	}
	return grouped(int64(math.Ceil(f.HalfWidth)))
}

func real3(x float64) string { return fmt.Sprintf("%.2f", x) }

func from(f *audience.FamilyError) string {
	if f.ReadableFrom == 0 {
		return ""
	}
	return grouped(int64(f.ReadableFrom))
}

func writeCheaper(w io.Writer, e *audience.Explanation) {
	var rows [][]string
	for _, c := range e.Cheaper {
		left := ""
		if c.BuildsLeft > 0 {
			left = grouped(int64(c.BuildsLeft))
		}
		rows = append(rows, []string{c.What, grouped(int64(math.Ceil(c.HalfWidth))), percent(c.Share), left})
	}
	writeTable(w, []column{left("plan"), right("± of an audience"), right("of the price, for today's ±"), right("builds left then")}, rows)
}

// turnRound asks the question the other way: what if the plan's ε were another,
// or which ε brings an error?
func (s *session) turnRound(p *plan.Plan, account *ledger.Account) error {
	if s.IsSet("epsilon") && s.IsSet("target-error") {
		return usage("--epsilon and --target-error exclude each other")
	}
	if s.IsSet("epsilon") {
		p.Privacy.Epsilon = s.Float64("epsilon")
		if !(p.Privacy.Epsilon > 0 && p.Privacy.Epsilon <= 100) {
			return usage("--epsilon is above 0 and at most 100")
		}
	}
	if s.IsSet("target-error") {
		target := s.Float64("target-error")
		if !(target > 0 && target < 1e9) {
			return usage("--target-error is a number of people above 0")
		}
		epsilon, err := audience.EpsilonFor(p, account, target)
		if err != nil {
			return err
		}
		p.Privacy.Epsilon = epsilon
	}
	return nil
}
