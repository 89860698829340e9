// SPDX-License-Identifier: Apache-2.0

package activation_test

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/throng-dp/throng/audience/activation"
	"github.com/throng-dp/throng/audience/match"
	"github.com/throng-dp/throng/audience/plan"
	"github.com/throng-dp/throng/audience/rule"
	"github.com/throng-dp/throng/audience/sql"
	"github.com/throng-dp/throng/dp/release"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// shop is the plan of these tests, with words replaced.
func shop(t *testing.T, pairs ...string) *plan.Plan {
	t.Helper()
	text, err := os.ReadFile("testdata/plan.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(string(text), pairs[i]) {
			t.Fatalf("the plan has no %q", pairs[i])
		}
	}
	f, err := plan.Parse("plan.yaml", []byte(strings.NewReplacer(pairs...).Replace(string(text))))
	if err != nil {
		t.Fatal(err)
	}
	p, err := f.Compile(func(*plan.Source) ([]rule.Column, error) { return nil, errors.New("the plan types its columns") })
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// released is a release of a plan: of 18 and older, rare withheld.
func released(t *testing.T, p *plan.Plan) *release.Release {
	t.Helper()
	const date = "2024-06-15"
	cal, err := rule.NewCalendar(p.Zone, date, p.Lookback)
	if err != nil {
		t.Fatal(err)
	}
	r := p.Draft(cal, date)
	r.ID, r.Issued = "mfrggzdfmztwq2lknnwg23tpob", "2024-06-16T03:10:00Z"
	r.Privacy.MinAge, r.Privacy.Covers = 18, "these numbers; not delivery reports of campaigns that use the audiences"
	for i := range r.Segments {
		r.Segments[i].Status = release.Released
		if r.Segments[i].ID == "rare" {
			r.Segments[i].Status, r.Segments[i].Reason, r.Segments[i].Before = release.Withheld, "below min_reach", release.Released
		}
	}
	r.Changes = release.Changes{Since: "before", Date: "2024-06-08", Removed: []string{"gone"}}
	return r
}

func document(t *testing.T, p *plan.Plan) []byte {
	t.Helper()
	d, err := activation.Document(p, released(t, p))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := activation.Write(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs\n got: %s\nwant: %s", file, got, want)
	}
}

func TestGoldenFiles(t *testing.T) {
	p := shop(t)
	golden(t, "rules.json", document(t, p))
	for _, d := range sql.Dialects() {
		golden(t, d.ID+".sql", statement(t, p, d))
		if !bytes.Equal(statement(t, p, d), statement(t, p, d)) {
			t.Errorf("%s: not the same bytes twice", d.ID)
		}
	}
	if !bytes.Equal(document(t, p), document(t, p)) {
		t.Error("not the same bytes twice")
	}
}

// writeBoth writes a release's SQL and its rules.json.
func writeBoth(statement, text *bytes.Buffer, p *plan.Plan, r *release.Release, d *sql.Dialect) error {
	if err := activation.WriteSQL(statement, p, r, d, nil); err != nil {
		return err
	}
	doc, err := activation.Document(p, r)
	if err != nil {
		return err
	}
	text.Reset()
	return activation.Write(text, doc)
}

func statement(t *testing.T, p *plan.Plan, d *sql.Dialect, segments ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := activation.WriteSQL(&b, p, released(t, p), d, segments); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestDocumentIsThePlan: what is read from rules.json are the plan's rules, by
// their canonical text, and it keeps to its schema.
func TestDocumentIsThePlan(t *testing.T) {
	p := shop(t)
	text := document(t, p)
	if err := schema(t).Validate(parsed(t, text)); err != nil {
		t.Error(err)
	}
	r := rules(t, text)
	for i, s := range r.Set().Segments {
		if got, want := rule.Canonical(s.Expr), rule.Canonical(p.Rules.Segments[i].Expr); got != want || s.Segment != p.Segments[i].ID {
			t.Errorf("%s is %s, not %s", s.Segment, got, want)
		}
	}
	for i, l := range r.Set().Lets {
		if got, want := rule.Canonical(l.Expr)+l.From.String(), rule.Canonical(p.Rules.Lets[i].Expr)+p.Rules.Lets[i].From.String(); got != want {
			t.Errorf("let %s is %s, not %s", l.Name, got, want)
		}
	}
	if got, want := rule.Canonical(r.Set().Where["orders"]), rule.Canonical(p.Rules.Where["orders"]); got != want {
		t.Errorf("where is %s, not %s", got, want)
	}
	d := r.Document
	if len(d.Vectors) != 2 || len(d.Vectors[0].Segments) != len(p.Segments) || d.Vectors[1].Segments["lookers"] != nil || !*d.Vectors[0].Segments["ten-low"] {
		t.Errorf("vectors do not tell everything: %+v", d.Vectors)
	}
	if strings.Join(d.Stop, " ") != "gone rare" || *d.Obligations.Expires != "2024-06-23T00:00:00+01:00" || d.Obligations.MinAge != 18 || *d.Obligations.Age != "age" {
		t.Errorf("obligations %+v, stop %q", d.Obligations, d.Stop)
	}
}

func rules(t *testing.T, text []byte) *match.Rules {
	t.Helper()
	d, err := match.Read(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	r, err := match.NewRules(d)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestVersions: another label leaves every version, another rule changes its own
// and those of the segments that ask for it, and no other.
func TestVersions(t *testing.T) {
	versions := func(p *plan.Plan) map[string]string {
		all := map[string]string{}
		for _, s := range rules(t, document(t, p)).Document.Segments {
			all[s.ID] = s.Version
		}
		return all
	}
	before := versions(shop(t))
	for id, v := range versions(shop(t, "Ordered twice or more in 30 days", "Come back", "Corner Shop Ltd", "Others", "orders_30 >= 2", "orders_30   >= 2 // two")) {
		if v != before[id] {
			t.Errorf("a label or a space changes the version of %s", id)
		}
	}
	for id, v := range versions(shop(t, "o.pieces >= 100", "o.pieces >= 90")) {
		if changes := id == "rare" || id == "not-rare"; (v != before[id]) != changes {
			t.Errorf("%s: changed %v, want %v", id, !changes, changes)
		}
	}
}

// TestAnotherPlan is refused: rules that were not released have no number.
func TestAnotherPlan(t *testing.T) {
	var other *activation.MismatchError
	_, err := activation.Document(shop(t, "orders_30 >= 2", "orders_30 >= 3"), released(t, shop(t)))
	if !errors.As(err, &other) {
		t.Errorf("document: %v", err)
	}
	err = activation.WriteSQL(&bytes.Buffer{}, shop(t, "lookback: 90d", "lookback: 91d"), released(t, shop(t)), sql.Spark, nil)
	if !errors.As(err, &other) {
		t.Errorf("SQL: %v", err)
	}
	r := released(t, shop(t))
	r.Segments[0].Version = "another"
	if _, err = activation.Document(shop(t), r); !errors.As(err, &other) || !strings.Contains(err.Error(), "regulars") {
		t.Errorf("version: %v", err)
	}
}

// TestReadRefuses: rules that were changed on their way, or that bind to what this
// program does not know, serve nobody.
func TestReadRefuses(t *testing.T) {
	good := string(document(t, shop(t)))
	for _, tt := range []struct{ name, old, new, say string }{
		{"another rule", `"rule": "orders_30 >= 2"`, `"rule": "orders_30 >= 3"`, "vector"},
		{"a rule with a fault", `"rule": "orders_30 >= 2"`, `"rule": "orders_30 >= "`, "segment 1"},
		{"another let", `o.days_ago < 30)`, `o.days_ago < 29)`, "vector"},
		{"a double for an int", `"least": 20`, `"least": 20.5`, "segment"},
		{"an obligation that is new", `"min_age": 18`, `"min_age": 18, "region": "EU"`, "region"},
		{"no ages", `"age": "age"`, `"age": null`, "minimum age"},
		{"another version", `"throng": 1`, `"throng": 2`, "version 2"},
		{"another day", `"as_of": "2024-06-16T`, `"as_of": "2024-06-17T`, "as_of"},
		{"a zone that there is not", `"Europe/London"`, `"Europe/Atlantis"`, "Atlantis"},
		{"another answer", `"spend": 30.75`, `"spend": 30.5`, "spend"},
		{"no time", `"time": "event_time"`, `"time": "kind"`, "no column of times"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := strings.Replace(good, tt.old, tt.new, 1)
			if text == good {
				t.Fatal("nothing was spoilt")
			}
			d, err := match.Read(strings.NewReader(text))
			if err == nil {
				_, err = match.NewRules(d)
			}
			if err == nil || !strings.Contains(err.Error(), tt.say) {
				t.Errorf("error %v, want %q", err, tt.say)
			}
		})
	}
}

func TestSchemaRefuses(t *testing.T) {
	s, good := schema(t), string(document(t, shop(t)))
	for _, tt := range []struct{ name, old, new string }{
		{"a number of people", `"status": "released"`, `"status": "released", "estimate": 12`},
		{"a third status", `"status": "withheld"`, `"status": "rough"`},
		{"a path as an id", `"id": "regulars"`, `"id": "../regulars"`},
		{"a segment without a purpose", `"purpose": "measurement"`, `"purpose": ""`},
		{"a type that there is not", `"type": "double"`, `"type": "decimal"`},
		{"no obligations", `"obligations"`, `"obligation"`},
	} {
		text := strings.Replace(good, tt.old, tt.new, 1)
		if text == good {
			t.Fatalf("%s: nothing was spoilt", tt.name)
		}
		if s.Validate(parsed(t, []byte(text))) == nil {
			t.Errorf("%s: the schema takes it", tt.name)
		}
	}
}

func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	if err := c.AddResource("rules.schema.json", parsed(t, match.Schema())); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("rules.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func parsed(t *testing.T, text []byte) any {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}
