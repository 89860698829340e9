// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

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
with 13 when a build would be refused.

--since OLD.yaml tells what became of another plan: audiences added, removed, with
another rule, and price and errors before and now. It tells no rule. With --format
markdown that is a comment for a pull request.`,
		Flags: append(ledgerFlags(), dataFlag(),
			&cli.Float64Flag{Name: "epsilon", Usage: "as if the plan asked for `E`"},
			&cli.StringFlag{Name: "target-error", Usage: "which epsilon brings every number of people within `±N`, and what that is of the account"},
			&cli.StringFlag{Name: "family", Usage: "with --target-error: the numbers of one kind alone, such as `overlap`; sums and means in their unit"},
			&cli.PathFlag{Name: "since", Usage: "what became of the plan in `OLD.yaml`"},
			&cli.StringFlag{Name: "format", Value: "text", Usage: "`text|markdown`"},
		),
	}, explain)
}

func explain(s *session) error {
	if f := s.String("format"); f != "text" && f != "markdown" {
		return notOne("--format", f, []string{"text", "markdown"}, "there is no format %s", quote(f))
	}
	p, path, account, err := s.compiled()
	if err != nil {
		return err
	}
	if err := s.asIf(p); err != nil {
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
	asked, err := s.turnRound(p, l)
	if err != nil {
		return err
	}
	e, err := audience.Explain(s.ctx, p, l, now())
	if err != nil {
		return err
	}
	e.Asked = asked
	if err := s.since(e, p, account, l); err != nil {
		return err
	}
	if err := s.print(e, func(w io.Writer) { s.writePage(w, e) }); err != nil {
		return err
	}
	if e.Refused == "" {
		return nil
	}
	refused := &fault.Error{Kind: fault.Refused, Code: "refused.explain", Where: p.Name,
		Msg: "a build would be refused", Err: errors.New(e.Refused), Hint: e.RefusedHint}
	if s.json && e.Shortfall != nil {
		refused.Err = e.Shortfall // for people it stands above
	}
	return refused
}

// writePage writes the page in the form that was asked for.
func (s *session) writePage(w io.Writer, e *audience.Explanation) {
	markdown := s.String("format") == "markdown"
	switch {
	case e.Since != nil:
		sheet{w, markdown}.write(e)
	case markdown:
		fmt.Fprintln(w, "```text")
		writeExplanation(w, e)
		fmt.Fprintln(w, "```")
	default:
		writeExplanation(w, e)
	}
}

func writeExplanation(w io.Writer, e *audience.Explanation) {
	fmt.Fprintf(w, "%s: one build\n\n", e.Plan)
	var rows [][]string
	add := func(what, format string, a ...any) { rows = append(rows, []string{what, fmt.Sprintf(format, a...)}) }
	if b := e.Budget; b != nil {
		add("lifetime", "ε=%s at δ=%s after this build, over %s; %s", short(b.Lifetime.Epsilon), short(b.Lifetime.Delta),
			count(b.Lifetime.Builds, "release"), ceiling(b.Ceiling))
	}
	add("price", "ε=%s at δ=%s, %s noise", short(e.Epsilon), short(e.Delta), e.Mechanism)
	if e.PureEps > 0 {
		add("and", "ε=%s at δ=%s of the account's pure line, for quantiles and selection", short(e.PureEps), short(e.PureDelta))
	}
	add("for a person", "whoever thought it 50:50 that somebody is in the data is at most %s sure afterwards", percent(e.Odds))
	if b := e.Budget; b != nil {
		add("account", "%s: %s of its %d days' budget, which end %s", e.Account, percent(b.Share), b.PeriodDays, b.PeriodEnds)
		add("left", "%s like this in this period", count(b.BuildsLeft, "build"))
	}
	if e.Optimality != nil {
		add("accuracy", "errors are %.3f times the least that any unbiased Gaussian mechanism can have at this price, over all numbers", *e.Optimality)
	}
	if e.Asked != nil {
		writeAsked(add, e.Asked)
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
	writeSized(w, e.Audiences)
	writeFamilies(w, e)
	switch {
	case e.Shortfall != nil:
		fmt.Fprintln(w)
		writeShortfall(w, e.Shortfall)
	case len(e.Cheaper) > 0:
		what := "cheaper plans, for half of this price or less:"
		if e.Refused != "" {
			what = "cheaper plans, that would not be refused:"
		}
		fmt.Fprintf(w, "\n%s\n", what)
		writeCheaper(w, e.Cheaper)
	}
	for _, warning := range e.Warnings {
		fmt.Fprintf(w, "\nnote: %s\n", warning)
	}
}

func writeFamilies(w io.Writer, e *audience.Explanation) {
	bounds := slices.ContainsFunc(e.Families, func(f audience.FamilyError) bool { return f.BoundRatio != nil })
	columns := []column{left("number"), right("how many"), right("± at 95 %"), right("readable in audiences from"), left("note")}
	if bounds {
		columns = slices.Insert(columns, 3, right("at best"), right("ratio"))
	}
	var rows [][]string
	for i := range e.Families {
		f := &e.Families[i]
		row := []string{f.Name, grouped(int64(f.Cells)), within(f), from(f), f.Note}
		if bounds {
			best, ratio := "", ""
			if f.BoundRatio != nil {
				best, ratio = halfWidth(f, f.HalfWidth / *f.BoundRatio), fmt.Sprintf("%.3f", *f.BoundRatio)
			}
			row = slices.Insert(row, 3, best, ratio)
		}
		rows = append(rows, row)
	}
	writeTable(w, columns, rows)
}

func within(f *audience.FamilyError) string {
	if f.Kind == "mean" {
		return fmt.Sprintf("%s / %s / %s", real3(f.Means[0]), real3(f.Means[1]), real3(f.Means[2]))
	}
	if f.Kind == "quantiles" {
		return fmt.Sprintf("%s / %s / %s", percent(f.Ranks[0]), percent(f.Ranks[1]), percent(f.Ranks[2]))
	}
	return halfWidth(f, f.HalfWidth)
}

func halfWidth(f *audience.FamilyError, x float64) string {
	if f.Unit != "" || f.Decimals > 0 {
		return units(int64(math.Ceil(x)), f.Decimals, f.Unit)
	}
	return grouped(int64(math.Ceil(x)))
}

func real3(x float64) string { return fmt.Sprintf("%.2f", x) }

func from(f *audience.FamilyError) string {
	if f.ReadableFrom == nil {
		return ""
	}
	return grouped(int64(*f.ReadableFrom))
}

// asIf takes another ε than the plan's.
func (s *session) asIf(p *plan.Plan) error {
	if !s.IsSet("epsilon") {
		return nil
	}
	if s.IsSet("target-error") {
		return usage("--epsilon and --target-error exclude each other")
	}
	p.Privacy.Epsilon = s.Float64("epsilon")
	if !(p.Privacy.Epsilon > 0 && p.Privacy.Epsilon <= 100) {
		return usage("--epsilon is above 0 and at most 100")
	}
	return nil
}

// turnRound asks which ε brings an error, and takes it for the plan's.
func (s *session) turnRound(p *plan.Plan, l *ledger.Ledger) (*audience.Asked, error) {
	if !s.IsSet("target-error") {
		if s.IsSet("family") {
			return nil, usage("--family says what --target-error is about; give both")
		}
		return nil, nil
	}
	text := s.String("target-error")
	target, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimPrefix(text, "±")), 64)
	if err != nil || !(target > 0 && target <= 1e12) {
		return nil, usage("--target-error is how far off a number may be, such as ±50, not %s", quote(text))
	}
	asked, err := audience.Ask(s.ctx, p, l, now(), target, s.String("family"))
	if err == nil {
		p.Privacy.Epsilon = asked.Plan.Epsilon
	}
	return asked, err
}

// writeAsked answers the question that was turned round.
func writeAsked(add func(what, format string, a ...any), a *audience.Asked) {
	what := "every number of people"
	if a.Family != "" {
		what = "every number of " + quote(a.Family)
	}
	within := "±" + strconv.FormatFloat(a.HalfWidth, 'f', -1, 64)
	add("asked", "%s within %s at 95 %%: %s", what, within, meaning(&a.Plan))
	if a.WithTargets != nil {
		add("", "with `target: %s` on these in the plan: %s", within, meaning(a.WithTargets))
	}
}

// meaning tells what an ε is of the account.
func meaning(a *audience.Answer) string {
	say := "ε=" + short(a.Epsilon) + " a build"
	if a.Share != nil {
		say += fmt.Sprintf(", %s of a period's budget; %s left in this one", percent(*a.Share), count(*a.BuildsLeft, "build"))
	}
	return say
}
