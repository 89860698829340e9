// SPDX-License-Identifier: Apache-2.0

package export_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/throng-dp/throng/audience/export"
	"github.com/throng-dp/throng/dp/release"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// giftShop is a release with invented numbers.
func giftShop(t testing.TB) *release.Release {
	t.Helper()
	text, err := os.ReadFile("../../dp/release/testdata/gift-shop.json")
	if err != nil {
		t.Fatal(err)
	}
	r, err := release.Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	r.Ledger = release.Ledger{
		Checkpoint: "throng/ledger\n7\nRoOt\nLeAf\n\n— throng/ledger c2lnbmF0dXJl\n",
		Verifier:   "throng/ledger+0a1b2c3d+a2V5",
	}
	return r
}

func write(t testing.TB, r *release.Release, format string, segments ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := export.Write(&b, r, format, segments); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// golden compares a text with its file. Read the difference before -update.
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
	golden(t, "catalog.json", write(t, giftShop(t), "json"))
	golden(t, "manifest.json", write(t, giftShop(t), "manifest"))
	golden(t, "regulars.csv", write(t, giftShop(t), "csv", "regulars", "wholesale"))
}

// TestSameBytes holds every format to be a function of the release alone.
func TestSameBytes(t *testing.T) {
	for _, f := range export.Formats() {
		a, b := write(t, giftShop(t), f.Name), write(t, giftShop(t), f.Name)
		if len(a) == 0 || !bytes.Equal(a, b) {
			t.Errorf("%s: not the same bytes twice", f.Name)
		}
	}
}

func TestCatalogKeepsToItsSchema(t *testing.T) {
	schema := compile(t)
	sparse := &release.Release{Throng: 1, ID: "x", Plan: "x", Date: "2024-02-29"}
	sparse.Privacy.Unit, sparse.Privacy.Confidence = "person", 0.95
	for _, r := range []*release.Release{giftShop(t), chosen(t), tripled(t), sparse} {
		if err := schema.Validate(document(t, write(t, r, "json"))); err != nil {
			t.Error(err)
		}
	}
	part := write(t, giftShop(t), "json", "regulars", "abroad")
	if err := schema.Validate(document(t, part)); err != nil {
		t.Error(err)
	}
	if s := string(part); strings.Contains(s, "big-baskets") || strings.Count(s, `"segments": ["regulars", "abroad"]`) != 1 {
		t.Error("a part has more or less than its segments")
	}
}

func TestSchemaRefuses(t *testing.T) {
	schema := compile(t)
	good := string(write(t, giftShop(t), "json"))
	tests := []struct{ name, old, new string }{
		{"a rule", `"purpose": "ads",`, `"purpose": "ads", "rule": "true",`},
		{"a number of a withheld cell", `"estimate": null`, `"estimate": 12`},
		{"a released cell without a number", `"estimate": 1254`, `"estimate": null`},
		{"half a person", `"estimate": 1254`, `"estimate": 1254.5`},
		{"a third status", `"status": "withheld"`, `"status": "rough"`},
		{"a path as an id", `"id": "regulars"`, `"id": "../regulars"`},
		{"a chance above 1", `"100": 1`, `"100": 1.1`},
		{"an overlap of four", `"segments": ["regulars", "abroad"]`, `"segments": ["regulars", "abroad", "lapsed", "wholesale"]`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bad := strings.Replace(good, tt.old, tt.new, 1)
			if bad == good {
				t.Fatal("nothing was spoilt")
			}
			if schema.Validate(document(t, []byte(bad))) == nil {
				t.Error("the schema takes it")
			}
		})
	}
}

func compile(t *testing.T) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	if err := c.AddResource("catalog.schema.json", document(t, export.Schema())); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("catalog.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func document(t *testing.T, text []byte) any {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// TestOutputsAreDocumented holds docs/outputs.md to what the files hold: every
// field of the catalogue and the manifest, every column of the flat forms, every
// kind of number.
func TestOutputsAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/outputs.md")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, format := range []string{"json", "manifest"} {
		fields(document(t, write(t, chosen(t), format)), names)
	}
	for _, column := range strings.Split(strings.TrimSpace(strings.SplitN(string(write(t, giftShop(t), "csv")), "\n", 2)[0]), ",") {
		names[column] = true
	}
	for _, f := range export.Formats() {
		names[cmp.Or(f.File, f.Name)] = true
	}
	for row := range chosen(t).Cells() {
		names[row.Kind], names[row.Status] = true, true
	}
	for name := range names {
		if !strings.Contains(string(text), "`"+name+"`") {
			t.Errorf("docs/outputs.md does not tell of `%s`", name)
		}
	}
}

// fields collects the names of a document's fields, but for sizes.
func fields(doc any, names map[string]bool) {
	switch x := doc.(type) {
	case map[string]any:
		for name, v := range x {
			if name[0] < '0' || name[0] > '9' {
				names[name] = true
			}
			fields(v, names)
		}
	case []any:
		for _, v := range x {
			fields(v, names)
		}
	}
}

// TestManifestLeads with the lifetime's loss, and says aloud what is weak.
func TestManifestLeads(t *testing.T) {
	r := giftShop(t)
	r.Privacy.Lifetime.Ceiling, r.Privacy.OptOuts = 0, "none"
	text := string(write(t, r, "manifest"))
	if !json.Valid([]byte(text)) || !strings.HasPrefix(text, "{\n  \"throng\": 1,\n  \"privacy_loss\": {\n    \"lifetime\"") {
		t.Errorf("manifest starts with %.80q", text)
	}
	for _, want := range []string{`"ceiling": null`, "no lifetime ceiling was set", "there are no opt-outs", "no minimum age"} {
		if !strings.Contains(text, want) {
			t.Errorf("manifest does not say %q", want)
		}
	}
	if strings.Contains(text, "1254") {
		t.Error("the manifest holds a released number")
	}
}

func TestWriteRefuses(t *testing.T) {
	for _, tt := range []struct{ format, segment, say string }{
		{"xlsx", "", "there are json, csv"},
		{"csv", "regluars", "unknown segment"},
	} {
		var segments []string
		if tt.segment != "" {
			segments = []string{tt.segment}
		}
		err := export.Write(&bytes.Buffer{}, giftShop(t), tt.format, segments)
		if err == nil || !strings.Contains(err.Error(), tt.say) {
			t.Errorf("error = %v, want %q", err, tt.say)
		}
	}
}

// TestLifetimeFirst opens the privacy block of every form with what all releases
// together cost, and its ceiling, or that there is none.
func TestLifetimeFirst(t *testing.T) {
	for ceiling, want := range map[float64][2]string{0: {"null", "no ceiling"}, 24: {"24", "never beyond ε 24"}} {
		r := giftShop(t)
		r.Privacy.Lifetime.Ceiling = ceiling
		first := `"lifetime": {"epsilon": 3.4, "delta": 1e-7, "builds": 12, "ceiling": ` + want[0] + `}`
		for format, block := range map[string]string{"json": `"privacy": {`, "manifest": `"privacy_loss": {`} {
			_, after, found := strings.Cut(string(write(t, r, format)), block)
			if !found || !strings.HasPrefix(strings.TrimSpace(after), first) {
				t.Errorf("%s: %s does not begin with %s", format, block, first)
			}
		}
		var b bytes.Buffer
		if err := export.Table(&b, r, 0, false); err != nil {
			t.Fatal(err)
		}
		if said := "Privacy: in all, ε 3.4 (δ 1e-7) over 12 releases, " + want[1]; !strings.Contains(b.String(), said) {
			t.Errorf("the table does not say %q", said)
		}
	}
}
