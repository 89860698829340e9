// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/release"
)

// runs returns what a command prints, and fails the test if it does not succeed.
func (d *desk) runs(args ...string) string {
	d.Helper()
	var out, talk strings.Builder
	if exit := run(d.Context(), append([]string{"throng"}, args...), &out, &talk); exit != 0 {
		d.Fatalf("throng %s: exit %d\n%s", strings.Join(args, " "), exit, talk.String())
	}
	return out.String()
}

// edit replaces words of the plan, each of which is there.
func (d *desk) edit(pairs ...string) {
	d.Helper()
	text, err := os.ReadFile("plan.yaml")
	if err != nil {
		d.Fatal(err)
	}
	for i := 0; i < len(pairs); i += 2 {
		if !bytes.Contains(text, []byte(pairs[i])) {
			d.Fatalf("the plan has no %q", pairs[i])
		}
		text = bytes.Replace(text, []byte(pairs[i]), []byte(pairs[i+1]), 1)
	}
	if err := os.WriteFile("plan.yaml", text, 0o644); err != nil {
		d.Fatal(err)
	}
}

// TestDiffOfBuilds builds a plan on two days, with another rule, an audience more
// and one less on the second, when nobody has looked in the last week any more:
// that audience is then withheld but with a probability below 1e-10 (it takes
// noise of 6.5 standard deviations). The catalogue and diff tell the same, diff
// from files what it tells from the ledger, and both the same each time.
func TestDiffOfBuilds(t *testing.T) {
	d := newDesk(t)
	d.open(ledger.Account{Name: "gift-shop", Lines: ledger.Lines{Epsilon: 8, Delta: 1e-7}})
	d.runs("build", "plan.yaml", "--date", "2011-12-09")
	d.edit("[10, 20, 30, 40]", "[10, 20, 35]", "rule: bought.size() > 0", "rule: bought.size() >= 1")
	d.runs("build", "plan.yaml", "--date", "2011-12-30")

	folder := func(date string) string { return filepath.Join("releases", "gift-shop", "date="+date, "release") }
	first, second := folder("2011-12-09"), folder("2011-12-30")
	text := d.runs("diff", "gift-shop@2011-12-09", "gift-shop@latest", "--json")
	if again := d.runs("diff", first, second, "--json"); again != text {
		t.Errorf("from files:\n%s\nfrom the ledger:\n%s", again, text)
	}
	var got release.Difference
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	for what, lists := range map[string][2][]string{
		"added":     {got.Added, {"spent-35"}},
		"changed":   {got.Changed, {"buyers"}},
		"removed":   {got.Removed, {"spent-30", "spent-40"}},
		"retracted": {got.Retracted, {"visitors"}},
	} {
		if !slices.Equal(lists[0], lists[1]) {
			t.Errorf("%s: %q, want %q", what, lists[0], lists[1])
		}
	}

	var catalog struct {
		Changes struct {
			Since, Date                        string
			Added, Changed, Removed, Retracted []string
		}
	}
	file, err := os.ReadFile(filepath.Join(second, "catalog.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(file, &catalog); err != nil {
		t.Fatal(err)
	}
	c := catalog.Changes
	if c.Since != got.Before.Release || c.Date != "2011-12-09" || !slices.Equal(c.Added, got.Added) || !slices.Equal(c.Changed, got.Changed) ||
		!slices.Equal(c.Removed, got.Removed) || !slices.Equal(c.Retracted, got.Retracted) {
		t.Errorf("the catalogue tells of other changes: %+v", c)
	}

	schema := publishedSchema(t, "diff")
	for _, pair := range [][2]string{{first, second}, {second, first}, {first, first}} {
		doc := d.runs("diff", pair[0], pair[1], "--json")
		if err := schema.Validate(parsed(t, doc)); err != nil {
			t.Errorf("%v: %v", pair, err)
		}
	}
	schemaRefuses(t, schema, text, []spoilt{
		{"a rule", `"added": [`, `"rule": "true", "added": [`},
		{"a path as an id", `"spent-35"`, `"../spent-35"`},
		{"a difference without its noise", regexp.MustCompile(`"within_noise": (true|false)`).FindString(text), `"within_noise": null`},
		{"a kind that nobody knows", `"kind": "population"`, `"kind": "people"`},
		{"half a person", regexp.MustCompile(`"after": \d+`).FindString(text), `"after": 0.5`},
	})

	// Written again, the files are the same, changes and all.
	if err := os.RemoveAll(second); err != nil {
		t.Fatal(err)
	}
	d.runs("build", "plan.yaml", "--date", "2011-12-30")
	if again, err := os.ReadFile(filepath.Join(second, "catalog.json")); err != nil || !bytes.Equal(again, file) {
		t.Errorf("the catalogue is another one when it is written again (%v)", err)
	}
}

func parsed(t *testing.T, text string) any {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// A spoilt text is a good one with a word replaced.
type spoilt struct{ name, old, new string }

// schemaRefuses holds a schema to refuse each of the spoilt texts, and not the
// good one.
func schemaRefuses(t *testing.T, schema *jsonschema.Schema, good string, bad []spoilt) {
	t.Helper()
	if err := schema.Validate(parsed(t, good)); err != nil {
		t.Error(err)
	}
	for _, b := range bad {
		text := strings.Replace(good, b.old, b.new, 1)
		if text == good {
			t.Fatalf("%s: nothing was spoilt", b.name)
		}
		if schema.Validate(parsed(t, text)) == nil {
			t.Errorf("%s: the schema takes it", b.name)
		}
	}
}
