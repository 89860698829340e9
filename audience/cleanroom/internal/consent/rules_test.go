// SPDX-License-Identifier: Apache-2.0

package consent_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/throng-dp/throng/audience/cleanroom/internal/consent"
	"github.com/throng-dp/throng/audience/plan"
)

// A ruleRow is one row of the table of docs/consent.md.
type ruleRow struct {
	name    string
	choices [][4]string // choice, purpose, from, until
	window  map[string]string
	counted bool
}

// rules reads the table of the page.
func rules(t *testing.T) []ruleRow {
	t.Helper()
	page, err := os.ReadFile("../../../../docs/consent.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, ok := strings.Cut(string(page), "<!-- rules -->")
	if !ok {
		t.Fatal("docs/consent.md has no table of rules")
	}
	var rows []ruleRow
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 4 || strings.HasPrefix(line, "|---") || strings.Contains(line, "| rule |") {
			if len(rows) > 0 {
				break
			}
			continue
		}
		cell := func(i int) string { return strings.Trim(strings.TrimSpace(cells[i]), "`") }
		r := ruleRow{name: cell(0), window: map[string]string{}, counted: cell(3) == "yes"}
		if !r.counted && cell(3) != "no" {
			t.Fatalf("%s: counted is %q", r.name, cell(3))
		}
		for _, text := range strings.Split(cell(1), "; ") {
			if text != "" {
				r.choices = append(r.choices, choiceOf(t, text))
			}
		}
		for _, text := range strings.Split(cell(2), ", ") {
			if key, value, ok := strings.Cut(text, ": "); ok {
				r.window[key] = strings.Trim(value, "-")
				if value != "-" {
					r.window[key] = value
				}
			}
		}
		rows = append(rows, r)
	}
	if len(rows) < 60 {
		t.Fatalf("the table has %d rows", len(rows))
	}
	return rows
}

// choiceOf reads "out ads 2016-10-30 02:10:00 -": a time by the clock has a space.
func choiceOf(t *testing.T, text string) (c [4]string) {
	t.Helper()
	words := strings.Fields(text)
	for i := 0; i+1 < len(words); i++ {
		if len(words[i]) == len("2016-10-30") && strings.Count(words[i+1], ":") == 2 && len(words[i+1]) == len("02:10:00") {
			words = append(append(words[:i:i], words[i]+" "+words[i+1]), words[i+2:]...)
		}
	}
	if len(words) != 4 {
		t.Fatalf("%q has %d words", text, len(words))
	}
	for i, w := range words {
		if w != "-" {
			c[i] = w
		}
	}
	return c
}

// TestRulesOfTheDocs walks the table of docs/consent.md: what the page says is
// what the program does, in every form of file.
func TestRulesOfTheDocs(t *testing.T) {
	asOf := time.Date(2016, 10, 31, 23, 0, 0, 0, time.UTC)
	for _, r := range rules(t) {
		for _, form := range []string{"o.csv", "o.jsonl", "o.parquet"} {
			t.Run(r.name+" in "+form, func(t *testing.T) {
				dir := t.TempDir()
				o := []plan.OptOuts{{Files: []string{form}, Person: "person", Purpose: "purpose", From: "from", Until: "until", Choice: "choice"}}
				put(t, dir, form, writeRows(t, form, []string{"person", "choice", "purpose", "from", "until"}, r.choiceRows()))
				if w, ok := r.asked(); ok {
					o = append(o, plan.OptOuts{Files: []string{"w-" + form}, Person: "person", Cohort: "cohort", Accepted: "accepted", Windows: []plan.Window{{Cohort: "other", Closes: "2016-01-01"}, w}})
					put(t, dir, "w-"+form, writeRows(t, form, []string{"person", "cohort", "accepted"}, [][]string{{"anna", "hers", r.window["accepted"]}, {"bert", "other", ""}}))
				}
				got, err := consent.Read(t.Context(), dir, o, &consent.Question{Purposes: []string{"ads"}, AsOf: asOf, Zone: berlin(t), IgnoreLate: r.window["late"] == "ignored"})
				if err != nil {
					t.Fatal(err)
				}
				if counted := !got.OptedOut("anna"); counted != r.counted {
					t.Errorf("counted: %v, the page says %v", counted, r.counted)
				}
				if got.OptedOut("bert") {
					t.Error("a person who said nothing, with a window long closed, is not counted")
				}
				if _, asked := r.asked(); got.OptedOut("a stranger") != asked {
					t.Errorf("a stranger is left out: %v", !asked)
				}
			})
		}
	}
}

func (r *ruleRow) choiceRows() (rows [][]string) {
	rows = append(rows, []string{"carl", "out", "ads", "2016-01-01", ""})
	for _, c := range r.choices {
		rows = append(rows, append([]string{"anna"}, c[:]...))
	}
	return rows
}

// asked returns the row's window.
func (r *ruleRow) asked() (plan.Window, bool) {
	days, _ := strconv.Atoi(r.window["days"])
	w := plan.Window{Cohort: "hers", Opens: r.window["opens"], Closes: r.window["closes"], Days: days}
	return w, w.Closes != "" || w.Days > 0
}

// writeRows writes rows of text as one of the forms.
func writeRows(t *testing.T, form string, names []string, rows [][]string) []byte {
	t.Helper()
	var b bytes.Buffer
	switch filepath.Ext(form) {
	case ".csv":
		w := csv.NewWriter(&b)
		if err := w.WriteAll(append([][]string{names}, rows...)); err != nil {
			t.Fatal(err)
		}
	case ".jsonl":
		for _, r := range rows {
			object := map[string]any{}
			for i, name := range names {
				if object[name] = any(r[i]); r[i] == "" {
					object[name] = nil
				}
			}
			if err := json.NewEncoder(&b).Encode(object); err != nil {
				t.Fatal(err)
			}
		}
	default:
		group := parquet.Group{}
		for _, name := range names {
			group[name] = parquet.Optional(parquet.String())
		}
		schema := parquet.NewSchema("rows", group)
		w := parquet.NewWriter(&b, schema)
		for _, r := range rows {
			object := map[string]any{}
			for i, name := range names {
				if r[i] != "" {
					object[name] = r[i]
				}
			}
			if err := w.Write(object); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

// TestChoicesAreOfPersons: what was said under one key of a person holds under
// all of them: opt-outs, later opt-ins, and windows (privacy R10).
func TestChoicesAreOfPersons(t *testing.T) {
	asOf := time.Date(2016, 10, 31, 23, 0, 0, 0, time.UTC)
	whose := map[string]string{"a1": "anna", "a2": "anna", "b1": "bert", "b2": "bert", "c1": "carl", "c2": "carl", "d1": "dora", "d2": "dora"}
	dir := t.TempDir()
	put(t, dir, "o.csv", []byte("person,choice,purpose,from\n"+
		"a1,out,ads,2016-09-01\na2,in,ads,2016-09-02\n"+ // in again, under the other key
		"b1,in,ads,2016-09-01\nb2,out,ads,2016-09-02\n")) // out, under the other key
	put(t, dir, "w.csv", []byte("person,accepted\na1,2016-01-01\nb1,2016-01-01\n"+
		"c1,2016-01-01\nc2,2016-10-20\n"+ // the later acceptance holds
		"d2,2016-01-01\n"))
	o := []plan.OptOuts{
		{Files: []string{"o.csv"}, Person: "person", Choice: "choice", Purpose: "purpose", From: "from"},
		{Files: []string{"w.csv"}, Person: "person", Accepted: "accepted", Windows: []plan.Window{{Days: 30}}},
	}
	r, err := consent.Read(t.Context(), dir, o, &consent.Question{Purposes: []string{"measurement", "ads"}, AsOf: asOf,
		Names: func(int) func([]string, string, string) []string {
			return func(dst []string, person, _ string) []string { return append(dst, whose[person]) }
		}})
	if err != nil {
		t.Fatal(err)
	}
	const measurement, ads = 1, 2
	for who, want := range map[string]consent.Set{"anna": 0, "bert": ads, "carl": measurement | ads, "dora": 0, "a stranger": measurement | ads} {
		if got := r.Of(who); got != want {
			t.Errorf("%s is refused %b, want %b", who, got, want)
		}
	}
	names := map[string]bool{}
	for name := range r.All() {
		names[name] = true
	}
	if r.Absent() != measurement|ads || !names["anna"] || !names["dora"] || names["a stranger"] {
		t.Errorf("absent %b, named %v", r.Absent(), names)
	}
}
