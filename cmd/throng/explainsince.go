// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/throng-dp/throng/audience"
	"github.com/throng-dp/throng/audience/cleanroom/local"
	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/dp/ledger"
)

// since explains what became of the plan that --since names.
func (s *session) since(e *audience.Explanation, p *plan.Plan, account *ledger.Account, l *ledger.Ledger) error {
	if !s.IsSet("since") {
		return nil
	}
	file, err := planAt(s.Path("since"))
	if err != nil {
		return err
	}
	var neverRead []string
	if account != nil {
		neverRead = account.Policy.NeverRead
	}
	// Where the old plan lies now says nothing of its data: they are the new one's.
	before, err := audience.Compile(s.ctx, file, local.Engine{}, s.dataRoot(p.Home()), neverRead)
	if err != nil {
		return err
	}
	return e.Compare(s.ctx, before, p, l, now())
}

// A sheet writes what became of a plan: for people in text, for a comment on a
// pull request in Markdown.
type sheet struct {
	w        io.Writer
	markdown bool
}

func (t sheet) write(e *audience.Explanation) {
	since := e.Since
	if t.markdown {
		fmt.Fprintf(t.w, "### Audiences of `%s`\n\n**%s**\n\n", e.Plan, since.Summary())
	} else {
		fmt.Fprintf(t.w, "%s: %s\n\n", e.Plan, since.Summary())
	}
	t.table([]column{left("one build"), right("before"), right("now")}, priceRows(since))
	var rows [][]string
	for i := range since.Numbers {
		n := &since.Numbers[i]
		rows = append(rows, []string{t.text(n.Name), cells(n.Before), cells(n.After), plusMinus(n.Before), plusMinus(n.After), readable(n.Before), readable(n.After)})
	}
	t.table([]column{left("number"), right("how many"), right("now"), right("± at 95 %"), right("now"), right("readable from"), right("now")}, rows)
	for _, x := range []struct {
		what   string
		labels []audience.Label
	}{{"Added", since.Added}, {"Removed", since.Removed}, {"With another rule", since.Changed}, {"With another name", since.Renamed}} {
		t.list(x.what, x.labels)
	}
	for _, what := range since.Otherwise {
		t.item("Otherwise: " + t.text(what))
	}
	if since.Counted && since.Before.Refused == "" {
		t.item("A day that is released already keeps its release until somebody builds it with `--restate`, and pays again.")
	}
	for _, warning := range e.Warnings {
		t.item("Note: " + t.text(warning))
	}
	if e.Refused != "" {
		t.item("**A build would be refused: " + t.text(e.Refused) + "**")
	}
}

// priceRows are what a build costs, before and now.
func priceRows(since *audience.Since) [][]string {
	a, b := &since.Before, &since.After
	rows := [][]string{{"price", price(a), price(b)}}
	if a.Share != nil || b.Share != nil {
		rows = append(rows, []string{"of a period's budget", shareWords(a.Share), shareWords(b.Share)},
			[]string{"builds left in this period", buildsOf(a.BuildsLeft), buildsOf(b.BuildsLeft)},
			[]string{"lifetime after it", lifetime(a.Lifetime), lifetime(b.Lifetime)})
	}
	return rows
}

func price(p *audience.Price) string {
	text := fmt.Sprintf("ε=%s at δ=%s", short(p.Epsilon), short(p.Delta))
	if p.PureEps > 0 {
		text += ", and ε=" + short(p.PureEps) + " of the pure line"
	}
	return text
}

func shareWords(x *float64) string {
	if x == nil {
		return "not known"
	}
	return percent(*x)
}

func buildsOf(n *int) string {
	if n == nil {
		return "not known"
	}
	return grouped(int64(*n))
}

func lifetime(t *audience.Total) string {
	if t == nil {
		return "not known"
	}
	return fmt.Sprintf("ε=%s at δ=%s", short(t.Epsilon), short(t.Delta))
}

func cells(f *audience.FamilyError) string {
	if f == nil {
		return ""
	}
	return grouped(int64(f.Cells))
}

func plusMinus(f *audience.FamilyError) string {
	if f == nil {
		return ""
	}
	return within(f)
}

func readable(f *audience.FamilyError) string {
	if f == nil {
		return ""
	}
	return from(f)
}

func (t sheet) table(columns []column, rows [][]string) {
	if !t.markdown {
		writeTable(t.w, columns, rows)
		fmt.Fprintln(t.w)
		return
	}
	head, rule := "|", "|"
	for _, c := range columns {
		head += " " + c.name + " |"
		rule += map[bool]string{true: "---:|", false: "---|"}[c.right]
	}
	fmt.Fprintf(t.w, "%s\n%s\n", head, rule)
	for _, row := range rows {
		fmt.Fprintf(t.w, "| %s |\n", clean(strings.Join(row, " | ")))
	}
	fmt.Fprintln(t.w)
}

// mostListed is how many audiences are named: a comment has a reader.
const mostListed = 50

func (t sheet) list(what string, labels []audience.Label) {
	var names []string
	for i, l := range labels {
		if i == mostListed {
			names = append(names, count(len(labels)-i, "more audience"))
			break
		}
		name := t.text(l.Name)
		switch {
		case t.markdown && l.Name == l.ID:
			name = "`" + l.ID + "`"
		case t.markdown:
			name = "`" + l.ID + "` (" + name + ")"
		case l.Name != l.ID:
			name = l.ID + " (" + name + ")"
		}
		names = append(names, name)
	}
	if len(names) > 0 {
		t.item(what + ": " + strings.Join(names, ", "))
	}
}

func (t sheet) item(text string) {
	if !t.markdown {
		text = strings.NewReplacer("**", "", "`", "").Replace(text)
	}
	fmt.Fprintf(t.w, "- %s\n", clean(text))
}

// text writes an author's words so that Markdown takes none of them for its own:
// no link, no picture, nobody's name that calls somebody.
func (t sheet) text(s string) string {
	if !t.markdown {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune("\\`*_{}[]<>()#|~&@!$:/", r) {
			fmt.Fprintf(&b, "&#%d;", r)
		} else if r == '\n' {
			b.WriteByte(' ')
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// mostAudiences is how many audiences the page lists.
const mostAudiences = 20

// writeSized writes how far off the size of each audience is.
func writeSized(w io.Writer, all []audience.Sized) {
	if len(all) == 0 {
		return
	}
	var rows [][]string
	for i := range all[:min(len(all), mostAudiences)] {
		a := &all[i]
		rows = append(rows, []string{a.Name, "±" + grouped(int64(math.Ceil(a.HalfWidth))), grouped(int64(a.Readable)), a.ID})
	}
	writeTable(w, []column{left("audience"), right("expected ± people"), right("readable from"), left("id")}, rows)
	if more := len(all) - mostAudiences; more > 0 {
		fmt.Fprintf(w, "and %s: --json tells all\n", count(more, "more audience"))
	}
	fmt.Fprintln(w)
}
