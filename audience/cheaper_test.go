// SPDX-License-Identifier: Apache-2.0

package audience_test

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/throng-dp/throng/audience"
	"github.com/throng-dp/throng/audience/cleanroom/local"
	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/dp/ledger"
)

// An author writes what a cheaper plan says into the text of the demo's plan,
// and nothing else.
func author(t *testing.T, text string, c audience.Cheaper) string {
	t.Helper()
	text, _, _ = strings.Cut(text, "\ntests:")
	for _, e := range c.Edits {
		switch e.At {
		case "privacy", "target":
			now, was, _ := strings.Cut(e.Change, ", not ")
			name, _, _ := strings.Cut(now, ":")
			text = replaced(t, text, name+": "+was, now)
		case "segments":
			for _, id := range e.Drop {
				text = withoutSegment(t, text, id)
			}
		case "release":
			now, was, _ := strings.Cut(e.Change, ", not ")
			if strings.HasPrefix(now, "target:") {
				text = replaced(t, text, "target: "+was, now)
				continue
			}
			if item, ok := strings.CutPrefix(now, "without "); ok {
				text = withoutItem(t, text, item)
			} else {
				text = replaced(t, text, strings.Trim(was, "{}"), strings.Trim(now, "{}"))
			}
		}
	}
	return text
}

func replaced(t *testing.T, text, was, now string) string {
	t.Helper()
	if !strings.Contains(text, was) {
		t.Fatalf("the plan has no %q to write %q for", was, now)
	}
	return strings.ReplaceAll(text, was, now)
}

// withoutItem deletes items of release that begin as an edit says.
func withoutItem(t *testing.T, text, item string) string {
	t.Helper()
	begins := "  - " + strings.TrimSuffix(item, "}")
	if item == "overlaps of two" {
		begins = "  - {overlap: "
	}
	var kept []string
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, begins+",") && !strings.HasPrefix(line, begins+"}") && !(strings.HasSuffix(begins, " ") && strings.HasPrefix(line, begins)) {
			kept = append(kept, line)
		}
	}
	out := strings.Join(kept, "")
	if out == text {
		t.Fatalf("the plan has no item %s", item)
	}
	return out
}

var list = regexp.MustCompile(`\[[^\[\]]*\]`)

// withoutSegment deletes a segment, or the value of each that makes it, and its
// name in lists; an item that is left with too short a list goes.
func withoutSegment(t *testing.T, text, id string) string {
	t.Helper()
	value, each := strings.CutPrefix(id, "bought-")
	if each = each && value != "{category}"; !each {
		whole := regexp.MustCompile(`(?m)^  - id: ` + regexp.QuoteMeta(id) + `\n(    .*\n)*`)
		if !whole.MatchString(text) {
			t.Fatalf("the plan has no segment %s", id)
		}
		text = whole.ReplaceAllString(text, "")
	}
	var kept []string
	for line := range strings.Lines(text) {
		drop := id
		if strings.Contains(line, "each: {category: [") {
			drop = value
		}
		short := false
		line = list.ReplaceAllStringFunc(line, func(l string) string {
			words := strings.Split(strings.Trim(l, "[]"), ", ")
			left := slices.DeleteFunc(slices.Clone(words), func(w string) bool { return w == drop })
			short = short || len(left) == 0 || len(left) < len(words) && len(left) < 2 && strings.Contains(line, "overlap:")
			return "[" + strings.Join(left, ", ") + "]"
		})
		if !short {
			kept = append(kept, line)
		}
	}
	text = strings.Join(kept, "")
	if each && strings.Contains(text, "- id: bought-{category}") && !strings.Contains(text, "each: {category:") {
		return withoutSegment(t, text, "bought-{category}")
	}
	return text
}

// smaller is the demo's plan with seven of its audiences, which is planned in
// less time.
func smaller(s string) string {
	for _, id := range []string{"recent", "lapsing", "trade-size", "season-starters"} {
		s = regexp.MustCompile(`(?m)^  - id: `+id+`\n(    .*\n)*`).ReplaceAllString(s, "")
	}
	s, _, _ = strings.Cut(s, "\ntests:")
	return strings.Replace(s, ", kitchen, children, bags, jewellery]", "]", 1)
}

// openNarrow opens an account that has so much ε in a period, and spends of it.
func openNarrow(t *testing.T, l *ledger.Ledger, a ledger.Account, posts ...ledger.Cost) {
	t.Helper()
	if err := l.OpenAccount(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	for i, c := range posts {
		r := ledger.Request{Account: a.Name, Plan: "earlier", Date: fmt.Sprintf("2011-11-%02d", i+1), Cost: c, Ask: ledger.Ask{HasAge: true}}
		res, err := l.Reserve(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := res.Post(t.Context(), r.Digest, c, func(ledger.Draw) ([]byte, error) { return []byte("released"), nil }); err != nil {
			t.Fatal(err)
		}
	}
}

// TestCheaperPlansFit writes every cheaper plan that a refusal names as its
// author would, and holds it to what was said: the ledger takes it, at the
// price and with the error that were told. It holds for plans with targets, for
// a period that is used up in part, for a ceiling, for a policy that allows less
// than the plan asks, and for a pure line that quantiles use up.
func TestCheaperPlansFit(t *testing.T) {
	lines := ledger.Lines{Epsilon: 8, Delta: 1e-7}
	used := ledger.Cost{MuSquared: 1_950_000_000_000} // of 2.02
	policy := ledger.Policy{Text: []byte("a policy"), Lineage: "gift-shop-customers", PeopleAtMost: 100_000}
	lower, fewer := policy, policy
	lower.Most, fewer.Most = ledger.Most{Epsilon: 0.6, Delta: 1e-8}, ledger.Most{Segments: 5}
	for name, c := range map[string]struct {
		account ledger.Account
		posts   []ledger.Cost
		edit    func(string) string
		ways    []string
	}{
		"a small account":      {account: ledger.Account{Lines: ledger.Lines{Epsilon: 0.5, Delta: 1e-7}}},
		"a period nearly out":  {account: ledger.Account{Lines: lines}, posts: []ledger.Cost{used, {MuSquared: 50_000_000_000}}},
		"a ceiling":            {account: ledger.Account{Lines: lines, Ceiling: 0.7}},
		"half its price":       {account: ledger.Account{Lines: lines}},
		"a policy":             {account: ledger.Account{Lines: lines, Policy: lower}},
		"a policy of segments": {account: ledger.Account{Lines: lines, Policy: fewer}, ways: []string{audience.FewerSegments}},
		"targets": {account: ledger.Account{Lines: ledger.Lines{Epsilon: 0.5, Delta: 1e-7}}, edit: func(s string) string {
			return strings.Replace(s, "segments: [buyers]}\n  - {overlap:", "segments: [buyers], target: 55}\n  - {overlap:", 1)
		}},
		"crossings": {account: ledger.Account{Lines: ledger.Lines{Epsilon: 0.8, Delta: 1e-7}}, edit: func(s string) string {
			return strings.Replace(s, "{breakdown: [home]", "{breakdown: [home, spend_band]", 1)
		}},
		"quantiles": {account: ledger.Account{Lines: ledger.Lines{Epsilon: 8, Delta: 1e-7, PureEpsilon: 0.2}},
			edit: func(s string) string {
				s = strings.Replace(s, "min_reach: 100}", "min_reach: 100, pure_epsilon: 0.5}", 1)
				return strings.Replace(s, "release:\n", "release:\n  - {quantiles: spend, at: [0.5], min: 0, max: 5000, step: 10, segments: [buyers]}\n", 1)
			}},
	} {
		t.Run(name, func(t *testing.T) {
			l, _ := freshLedger(t)
			c.account.Name, c.account.Lineage, c.account.Period = "narrow", "gift-shop-customers-2", 364
			c.account.Policy.Lineage = ""
			openNarrow(t, l, c.account, c.posts...)
			var text string
			file := shopPlan(t, func(s string) string {
				s = smaller(s)
				if c.edit != nil {
					s = c.edit(s)
				}
				text = strings.Replace(s, "account: gift-shop", "account: narrow", 1)
				return text
			})
			e := explained(t, l, file)
			if refused := e.Refused != ""; refused == (name == "half its price") {
				t.Fatalf("refused: %q", e.Refused)
			}
			if c.ways == nil {
				c.ways = []string{audience.LargerError, audience.FewerSegments, audience.FewerNumbers}
			}
			var ways []string
			for _, way := range e.Cheaper {
				ways = append(ways, strings.Replace(way.Way, audience.Coarser, audience.FewerNumbers, 1))
				t.Run(way.Way, func(t *testing.T) { holds(t, l, text, way) })
			}
			if !slices.Equal(ways, c.ways) {
				t.Errorf("ways %q, want %q", ways, c.ways)
			}
		})
	}
}

// holds writes a cheaper plan and compares it with what was told.
func holds(t *testing.T, l *ledger.Ledger, text string, c audience.Cheaper) {
	edited := author(t, text, c)
	file, err := plan.Parse(planFile, []byte(edited))
	if err != nil {
		t.Fatal(err)
	}
	p, err := audience.Compile(t.Context(), file, local.Engine{}, dataRoot, nil)
	if err != nil {
		t.Fatal(err)
	}
	account, err := l.Account(t.Context(), "narrow")
	if err != nil {
		t.Fatal(err)
	}
	s, err := audience.Strategy(p, account)
	if err != nil {
		t.Fatal(err)
	}
	if s.Cost() != c.Cost || p.Privacy.Epsilon != c.Epsilon {
		t.Errorf("costs %+v at ε=%g, told %+v at ε=%g", s.Cost(), p.Privacy.Epsilon, c.Cost, c.Epsilon)
	}
	widest := 0.0
	for i := range p.Releases {
		if p.Releases[i].Kind == "reach" {
			widest = max(widest, s.Width(i))
		}
	}
	if math.Abs(widest/c.After-1) > 1e-9 {
		t.Errorf("± %g, told ± %g", widest, c.After)
	}
	res, err := l.Reserve(t.Context(), ledger.Request{Account: "narrow", Plan: "gift-shop", Date: "2011-12-09", Digest: p.Digest, Cost: s.Cost(),
		Ask: ledger.Ask{Epsilon: p.Privacy.Epsilon, Delta: p.Privacy.Delta, Segments: len(p.Segments), Lookback: p.Lookback, MinReach: p.Privacy.MinReach}})
	if err != nil {
		t.Fatalf("the ledger refuses the edited plan: %v", err)
	}
	if err := res.Void(t.Context(), "held to look", true); err != nil {
		t.Fatal(err)
	}
}

func explained(t *testing.T, l *ledger.Ledger, file *plan.File) *audience.Explanation {
	t.Helper()
	p, err := audience.Compile(t.Context(), file, local.Engine{}, dataRoot, nil)
	if err != nil {
		t.Fatal(err)
	}
	e, err := audience.Explain(t.Context(), p, l, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestShortfall names what used the budget up, the largest first, and when the
// build fits; a build is refused in the same words as explain.
func TestShortfall(t *testing.T) {
	l, _ := freshLedger(t)
	mu := func(pico int64) ledger.Cost { return ledger.Cost{MuSquared: pico * 1_000_000_000} }
	openNarrow(t, l, ledger.Account{Name: "narrow", Lineage: "n", Lines: ledger.Lines{Epsilon: 1.3, Delta: 1e-7}, Period: 30}, mu(2), mu(20), mu(5), mu(20), mu(1))
	job := shopJob(t, l)
	job.Plan = shopPlan(t, func(s string) string { return strings.Replace(smaller(s), "account: gift-shop", "account: narrow", 1) })
	_, err := audience.Build(t.Context(), job)
	var short *audience.Shortfall
	if !errors.As(err, &short) || !errors.Is(err, ledger.ErrExhausted) {
		t.Fatalf("a build beyond the budget: %v", err)
	}
	var dates []string
	for _, u := range short.UsedBy {
		dates = append(dates, u.Plan+"@"+u.Date)
	}
	if got := strings.Join(dates, " "); got != "earlier@2011-11-04 earlier@2011-11-02 earlier@2011-11-03" {
		t.Errorf("used by %s", got)
	}
	frees := time.Now().UTC().AddDate(0, 0, 30).Format(time.DateOnly)
	if short.Frees == nil || *short.Frees != frees || !strings.Contains(err.Error(), "5 builds are paid in this period") || !strings.Contains(err.Error(), frees) {
		t.Errorf("frees %v, want %s: %v", short.Frees, frees, err)
	}
	e := explained(t, l, job.Plan)
	if e.Shortfall == nil || e.RefusedHint != short.Hint() || len(e.Cheaper) != len(short.Cheaper) {
		t.Errorf("explain says %q, build says %q", e.RefusedHint, short.Hint())
	}
}
