// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/throng-dp/throng/audience"
	"github.com/throng-dp/throng/audience/cleanroom/local"
	"github.com/throng-dp/throng/dp/ledger"
)

func ledgerStatusCommand() *cli.Command {
	return command(&cli.Command{
		Name:      "status",
		Usage:     "what is left of the accounts",
		ArgsUsage: "[ACCOUNT]",
		Description: `Tells the lifetime first, then what is left of this period: in ε, in builds at the
rate of the last releases, and in people of error. With a plan it tells the last
two for that plan; nothing of the data is read but the schemas. --html writes it as
a page for who runs the ledger, which needs no network.`,
		Flags: append(ledgerFlags(), dataFlag(),
			&cli.PathFlag{Name: "html", Usage: "write a page of it to `FILE`: how fast it is used up, who spent what, and with --plan what another ε would tell"},
			&cli.PathFlag{Name: "plan", Usage: "what is left for builds of the plan in `FILE`, on its account"}),
	}, ledgerStatus)
}

// A statusJSON is an account's status for programs.
type statusJSON struct {
	Account    string            `json:"account"`
	Lineage    string            `json:"lineage"`
	Lifetime   totalJSON         `json:"lifetime"`
	Ceiling    *float64          `json:"lifetime_ceiling"`
	PeriodFrom string            `json:"period_from"`
	PeriodTo   string            `json:"period_to"`
	Epsilon    float64           `json:"epsilon_used"`
	Of         ledger.Lines      `json:"lines"`
	Builds     int               `json:"builds"`
	Spent      ledger.Cost       `json:"spent"`
	Held       ledger.Cost       `json:"held"`
	Cap        ledger.Cost       `json:"cap"`
	Share      float64           `json:"share_used"`
	Left       leftJSON          `json:"left"`
	Rate       *rateJSON         `json:"rate"`
	Plan       *audience.Further `json:"plan"`
	People     *peopleJSON       `json:"people"`
	Holding    []audience.Held   `json:"holding"`
	Policy     bool              `json:"policy"`
	Verifier   string            `json:"checkpoint_key"`
}

type totalJSON struct {
	Epsilon float64 `json:"epsilon"`
	Delta   float64 `json:"delta"`
	Builds  int     `json:"builds"`
}

// A leftJSON is what one build could still be charged.
type leftJSON struct {
	Cost    ledger.Cost `json:"cost"`
	Share   float64     `json:"share"` // of a period
	Epsilon float64     `json:"epsilon"`
	Delta   float64     `json:"delta"`
}

// A rateJSON is what the last releases were charged, and how long that goes on.
type rateJSON struct {
	Releases   int     `json:"releases"`
	Share      float64 `json:"share"` // of a period, of one
	BuildsLeft int     `json:"builds_left"`
	Days       float64 `json:"days_between"` // 0: one release
	Until      *string `json:"until"`        // when it is used up; null: not in this period, or not known
}

// A peopleJSON is the error of one more release like the last one, if it took
// all that is left.
type peopleJSON struct {
	Plan      string  `json:"plan"`
	Date      string  `json:"date"`
	HalfWidth float64 `json:"half_width"`        // then, of an audience's size
	Was       float64 `json:"half_width_before"` // in that release
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
	further, names, err := s.asked(l, only)
	if err != nil {
		return err
	}
	list := []statusJSON{}
	for _, name := range names {
		j, err := s.statusOf(l, name)
		if err != nil {
			return err
		}
		j.Plan = further
		list = append(list, *j)
	}
	if len(list) == 0 {
		s.talk.say("no account is open yet; the owner of the budget opens one: throng ledger account NAME --epsilon E --delta D --period 364d --ceiling E")
	}
	if file := s.Path("html"); file != "" {
		if err := s.writeBudget(file, l, list); err != nil {
			return err
		}
	}
	return s.print(list, func(w io.Writer) {
		for i := range list {
			writeStatus(w, &list[i])
		}
	})
}

// asked returns the accounts that a status is about: that of the plan, the one
// that was named, or all.
func (s *session) asked(l *ledger.Ledger, only string) (*audience.Further, []string, error) {
	if path := s.Path("plan"); path != "" {
		file, err := planAt(path)
		if err != nil {
			return nil, nil, err
		}
		account := file.Head().Account
		if only != "" && only != account {
			return nil, nil, usage("%s draws on account %s, not on %s", quote(path), account, only)
		}
		a, err := l.Account(s.ctx, account)
		if err != nil {
			return nil, nil, err
		}
		p, err := audience.Compile(s.ctx, file, local.Engine{}, s.dataRoot(file.Head().Home), a.Policy.NeverRead)
		if err != nil {
			return nil, nil, err
		}
		further, err := audience.FurtherBuilds(s.ctx, p, l, now())
		return further, []string{account}, err
	}
	if only != "" {
		return nil, []string{only}, nil
	}
	all, err := l.Accounts(s.ctx)
	var names []string
	for _, a := range all {
		names = append(names, a.Name)
	}
	return nil, names, err
}

func (s *session) statusOf(l *ledger.Ledger, name string) (*statusJSON, error) {
	st, err := l.Status(s.ctx, name, now())
	if err != nil {
		return nil, err
	}
	room, err := l.Room(s.ctx, name, now())
	if err != nil {
		return nil, err
	}
	a := &st.Account
	j := &statusJSON{Account: a.Name, Lineage: a.Lineage, Lifetime: totalJSON(st.Lifetime),
		PeriodFrom: st.From.UTC().Format(time.RFC3339), PeriodTo: st.To.UTC().Format(time.RFC3339),
		Epsilon: st.Epsilon, Of: a.Lines, Builds: st.Builds, Spent: st.Spent, Held: st.Held, Cap: st.Cap,
		Policy: len(a.Policy.Text) > 0, Holding: audience.Holding(room, a, now())}
	if j.Verifier, err = l.CheckpointKey(s.ctx); err != nil {
		return nil, err
	}
	if a.Ceiling > 0 {
		j.Ceiling = &a.Ceiling
	}
	j.Share = max(ratio(st.Spent.MuSquared+st.Held.MuSquared, st.Cap.MuSquared), ratio(st.Spent.Epsilon+st.Held.Epsilon, st.Cap.Epsilon))
	left := room.Affordable()
	j.Left = leftJSON{left, room.Share(left), a.Worth(left), a.Lines.Delta + a.Lines.PureDelta}
	last, err := l.Recent(s.ctx, name, lately)
	if err != nil || len(last) == 0 {
		return j, err
	}
	j.Rate = rateOf(last, room)
	j.People, err = s.oneMore(l, last[len(last)-1], left)
	return j, err
}

func ratio(a, b int64) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

// lately is how many releases tell the rate.
const lately = 7

// rateOf tells how long the budget lasts if it goes on as lately.
func rateOf(last []ledger.Entry, room *ledger.Room) *rateJSON {
	var each ledger.Cost
	n := int64(len(last))
	for _, e := range last {
		each.MuSquared, each.Epsilon = each.MuSquared+e.Cost.MuSquared, each.Epsilon+e.Cost.Epsilon
		each.Delta, each.Tail = each.Delta+e.Cost.Delta, each.Tail+e.Cost.Tail
	}
	each = ledger.Cost{MuSquared: (each.MuSquared + n - 1) / n, Epsilon: (each.Epsilon + n - 1) / n, Delta: (each.Delta + n - 1) / n, Tail: (each.Tail + n - 1) / n}
	r := &rateJSON{Releases: len(last), Share: room.Share(each), BuildsLeft: room.Builds(each)}
	if n < 2 {
		return r
	}
	between := last[n-1].At.Sub(last[0].At) / time.Duration(n-1)
	if r.Days = between.Hours() / 24; r.Days <= 0 || float64(r.BuildsLeft+1)*r.Days > 365*10 {
		return r
	}
	if until := last[n-1].At.Add(time.Duration(r.BuildsLeft+1) * between); until.Before(room.Frees()) {
		r.Until = new(until.UTC().Format(time.DateOnly))
	}
	return r
}

// oneMore tells the error of one more release like the last.
func (s *session) oneMore(l *ledger.Ledger, last ledger.Entry, left ledger.Cost) (*peopleJSON, error) {
	posted, err := l.Get(s.ctx, last.Release)
	if err != nil {
		return nil, err
	}
	rel, err := audience.Decode(posted)
	if err != nil {
		return nil, err
	}
	then, was := audience.SpentAgain(rel, posted.Cost, left), audience.SpentAgain(rel, posted.Cost, posted.Cost)
	if then == 0 {
		return nil, nil
	}
	return &peopleJSON{Plan: rel.Plan, Date: rel.Date, HalfWidth: then, Was: was}, nil
}

func writeStatus(w io.Writer, j *statusJSON) {
	line := func(what, format string, a ...any) { fmt.Fprintf(w, "  %-11s %s\n", what, fmt.Sprintf(format, a...)) }
	ceiling := ceilingOf(0)
	if j.Ceiling != nil {
		ceiling = ceilingOf(*j.Ceiling)
	}
	fmt.Fprintf(w, "%s (data of %s)\n", j.Account, j.Lineage)
	line("lifetime", "ε=%s at δ=%s over %s; %s", short(j.Lifetime.Epsilon), short(j.Lifetime.Delta), count(j.Lifetime.Builds, "release"), ceiling)
	line("this period", "ε=%s of %s, over %s; ends %s", short(j.Epsilon), short(j.Of.Epsilon+j.Of.PureEpsilon),
		count(j.Builds, "release"), day(j.PeriodTo))
	line("used", "%s of what the period can pay for (μ² adds up, ε grows slower)", portion(j.Share))
	if j.Left.Epsilon > 0 {
		line("left", "%s of a period; one build with all of it: ε=%s at δ=%s", portion(j.Left.Share), short(j.Left.Epsilon), short(j.Left.Delta))
	} else {
		line("left", "nothing")
	}
	if j.Rate != nil {
		line("this rate", "%s", j.Rate.words())
	}
	if f := j.Plan; f != nil {
		line("for a plan", "%s of %s at ε=%s, each with an audience's size within ±%s", count(f.Builds, "build"), f.Plan, short(f.Epsilon), off(f.HalfWidth))
	}
	if j.Left.Epsilon > 0 {
		line("in people", "%s", j.inPeople())
	}
	for i, h := range j.Holding {
		line([]string{"held", ""}[min(i, 1)], "%s of a period for %s: %s", portion(h.Share), asker(j.Account, h.Account, h.Plan, h.Date), waits(h.State))
	}
	if !j.Policy {
		line("policy", "none: a plan's own limits hold")
	}
}

// words tell a rate.
func (r *rateJSON) words() string {
	say := fmt.Sprintf("%s, as the last %d were charged", count(r.BuildsLeft, "build"), r.Releases)
	if r.Releases == 1 {
		say = count(r.BuildsLeft, "build") + " like the last one"
	}
	say += fmt.Sprintf(" (%s of a period each)", portion(r.Share))
	switch {
	case r.Days <= 0:
		return say
	case r.Until != nil:
		return say + fmt.Sprintf("; at one in %s it is used up by %s", everyDays(r.Days), *r.Until)
	}
	return say + fmt.Sprintf("; at one in %s it lasts until the period ends", everyDays(r.Days))
}

// everyDays writes a time between releases.
func everyDays(days float64) string {
	if days < 1.0/24 {
		return "less than an hour"
	}
	if days < 1 {
		return fmt.Sprintf("%.1f hours", 24*days)
	}
	return fmt.Sprintf("%.3g days", days)
}

// inPeople tells what is left as an error.
func (j *statusJSON) inPeople() string {
	switch {
	case j.Plan != nil && j.Plan.All != nil:
		return fmt.Sprintf("one build of %s with all of it, at ε=%s: an audience's size within ±%s", j.Plan.Plan, short(j.Plan.All.Epsilon), off(j.Plan.All.HalfWidth))
	case j.Plan == nil && j.People != nil:
		return fmt.Sprintf("one build like %s@%s with all of it: an audience's size within ±%s (there ±%s)", j.People.Plan, j.People.Date, off(j.People.HalfWidth), off(j.People.Was))
	}
	return "not known: name a plan with --plan FILE"
}
