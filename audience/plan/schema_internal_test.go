// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/invopop/jsonschema"
	checker "github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestSchemaIsCurrent makes the schema again and compares it with the embedded
// one; with -update it is what makes it.
func TestSchemaIsCurrent(t *testing.T) {
	got := generate(t)
	if *update {
		if err := os.WriteFile("plan.schema.json", got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(got, Schema()) {
		t.Error("plan.schema.json is not what the types say: go generate ./audience/plan")
	}
}

func generate(t *testing.T) []byte {
	t.Helper()
	g := &generator{defs: jsonschema.Definitions{}}
	root := g.of(reflect.TypeFor[document]())
	root.Version = jsonschema.Version
	root.ID = "https://github.com/throng-dp/throng/audience/plan/plan.schema.json"
	root.Title = "Throng plan"
	// What another plan is used for is written there.
	from := []string{"data", "purpose", "lookback", "segments"}
	root.Required = slices.DeleteFunc(root.Required, func(name string) bool { return slices.Contains(from, name) })
	root.AnyOf = []*jsonschema.Schema{{Required: from}, {Required: []string{"use"}}}
	text, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(text, '\n')
}

// A generator reflects structs by the library, and by hand what decodes itself.
type generator struct{ defs jsonschema.Definitions }

func (g *generator) of(t reflect.Type) *jsonschema.Schema {
	r := &jsonschema.Reflector{
		Anonymous: true, DoNotReference: true, RequiredFromJSONSchemaTags: true,
		Mapper: func(inner reflect.Type) *jsonschema.Schema { return g.special(inner) },
	}
	s := r.ReflectFromType(t)
	s.Version = ""
	return s
}

func (g *generator) special(t reflect.Type) *jsonschema.Schema {
	switch t {
	case reflect.TypeFor[days]():
		return &jsonschema.Schema{Type: "string", Pattern: daysPattern.String()}
	case reflect.TypeFor[number]():
		return &jsonschema.Schema{Type: "number"}
	case reflect.TypeFor[target]():
		return anyOf(&jsonschema.Schema{Type: "number", ExclusiveMinimum: "0", Maximum: "1e12"}, &jsonschema.Schema{Type: "string", Pattern: targetPattern.String()})
	case reflect.TypeFor[scalar]():
		return anyOf(&jsonschema.Schema{Type: "string"}, &jsonschema.Schema{Type: "number"}, &jsonschema.Schema{Type: "boolean"}, &jsonschema.Schema{Type: "null"})
	case reflect.TypeFor[ruleText]():
		return &jsonschema.Schema{Type: "string", MinLength: new(uint64(1))}
	case reflect.TypeFor[words]():
		one := &jsonschema.Schema{Type: "string"}
		return anyOf(one, &jsonschema.Schema{Type: "array", Items: one, MinItems: new(uint64(1))})
	case reflect.TypeFor[let]():
		return anyOf(&jsonschema.Schema{Type: "string"}, g.plain(t))
	case reflect.TypeFor[optOuts]():
		one := g.of(reflect.TypeFor[choices]())
		return anyOf(word("none"), one, &jsonschema.Schema{Type: "array", Items: one, MinItems: new(uint64(1))})
	case reflect.TypeFor[phone]():
		return anyOf(&jsonschema.Schema{Type: "string"}, g.plain(t))
	case reflect.TypeFor[personOfLink]():
		one := &jsonschema.Schema{Type: "string"}
		return anyOf(one, &jsonschema.Schema{Type: "object", AdditionalProperties: one})
	case reflect.TypeFor[domain]():
		return anyOf(word("unknown"), &jsonschema.Schema{Type: "array", Items: g.special(reflect.TypeFor[scalar]())})
	case reflect.TypeFor[globs]():
		return &jsonschema.Schema{Type: "array", Items: &jsonschema.Schema{Type: "string"}, MinItems: new(uint64(1))}
	case reflect.TypeFor[selection]():
		return anyOf(word("all"), g.special(reflect.TypeFor[globs]()))
	case reflect.TypeFor[overlaps]():
		set := g.special(reflect.TypeFor[globs]())
		set.MinItems, set.MaxItems = new(uint64(2)), new(uint64(3))
		return anyOf(g.special(reflect.TypeFor[selection]()), &jsonschema.Schema{Type: "array", Items: set, MinItems: new(uint64(1))})
	case reflect.TypeFor[item]():
		forms := []*jsonschema.Schema{word("reach", "overlap")}
		for _, k := range kinds {
			forms = append(forms, g.of(reflect.TypeOf(k.body()).Elem()))
		}
		return &jsonschema.Schema{OneOf: forms}
	}
	if strings.HasPrefix(t.Name(), "entries[") {
		elem := t.Elem().Field(1).Type // entry.Value
		return &jsonschema.Schema{Type: "object", AdditionalProperties: g.element(elem)}
	}
	return nil
}

// element reflects the value of an entry, which may be a list.
func (g *generator) element(t reflect.Type) *jsonschema.Schema {
	if s := g.special(t); s != nil {
		return s
	}
	if t.Kind() == reflect.Slice {
		return &jsonschema.Schema{Type: "array", Items: g.element(t.Elem())}
	}
	return g.of(t)
}

// plain reflects a struct that decodes itself in its long form.
func (g *generator) plain(t reflect.Type) *jsonschema.Schema {
	fields := make([]reflect.StructField, t.NumField())
	for i := range fields {
		fields[i] = t.Field(i)
	}
	return g.of(reflect.StructOf(fields))
}

func word(words ...any) *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Enum: words}
}

func anyOf(forms ...*jsonschema.Schema) *jsonschema.Schema { return &jsonschema.Schema{AnyOf: forms} }

// TestSchemaAndParseAgree holds an independent checker with the schema to what
// Parse says of the same plans.
func TestSchemaAndParseAgree(t *testing.T) {
	c := checker.NewCompiler()
	doc, err := checker.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.AddResource("plan.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("plan.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile("testdata/good/gift-shop.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name     string
		old, new string
		ok       bool
	}{
		{name: "the example", ok: true},
		{name: "choices are none", old: "  opt_outs:\n    files: opt_outs.csv\n    person: user_id\n    purpose: purpose\n    from: opted_out_at\n    until: expires_at\n", new: "  opt_outs: none\n", ok: true},
		{name: "unknown field", old: "every: week", new: "evry: week"},
		{name: "unknown purpose", old: "purpose: ads", new: "purpose: adverts"},
		{name: "lookback without a unit", old: "lookback: 400d", new: "lookback: 400"},
		{name: "epsilon as text", old: "epsilon: 1,", new: "epsilon: '1',"},
		{name: "two kinds in one release", old: "{overlap: [", new: "{reach: all, overlap: ["},
		{name: "unknown release", old: "- reach\n", new: "- reech\n"},
		{name: "pairs", old: `{overlap: ["bought-*", regulars]`, new: `{overlap: [["bought-*", regulars], [regulars, loyal-christmas]]`, ok: true},
		{name: "a pair of one", old: `{overlap: ["bought-*", regulars]`, new: `{overlap: [["bought-*", regulars], [regulars]]`},
		{name: "ids and pairs", old: `{overlap: ["bought-*", regulars]`, new: `{overlap: [["bought-*", regulars], regulars]`},
		{name: "a target", old: "unit: GBP}", new: "unit: GBP, target: ±100000}", ok: true},
		{name: "a target in plain digits", old: "unit: GBP}", new: "unit: GBP, target: 100000, weight: 2}", ok: true},
		{name: "a target of nothing", old: "unit: GBP}", new: "unit: GBP, target: 0}"},
		{name: "a target in words", old: "unit: GBP}", new: "unit: GBP, target: ±5 people}"},
		{name: "sum without max", old: "max: 5000, ", new: ""},
		{name: "segment without rule", old: "    rule: orders_180 >= 3\n", new: ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := good
			if tt.old != "" {
				if !bytes.Contains(good, []byte(tt.old)) {
					t.Fatalf("the example has no %q", tt.old)
				}
				text = bytes.Replace(good, []byte(tt.old), []byte(tt.new), 1)
			}
			_, parsed := Parse("plan.yaml", text)
			if (parsed == nil) != tt.ok {
				t.Errorf("Parse: %v", parsed)
			}
			if checked := s.Validate(asJSON(t, text)); (checked == nil) != tt.ok {
				t.Errorf("schema: %v", checked)
			}
		})
	}
}

// asJSON reads YAML as editors do before they ask a JSON Schema.
func asJSON(t *testing.T, text []byte) any {
	t.Helper()
	var v any
	if err := yaml.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	j, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	out, err := checker.UnmarshalJSON(bytes.NewReader(j))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestEveryFieldIsDocumented finds the fields of plan and policy in
// docs/plan.md, and a description for editors on each.
func TestEveryFieldIsDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/plan.md")
	if err != nil {
		t.Fatal(err)
	}
	structs := []reflect.Type{
		reflect.TypeFor[document](), reflect.TypeFor[about](), reflect.TypeFor[data](), reflect.TypeFor[table](), reflect.TypeFor[people](),
		reflect.TypeFor[column](), reflect.TypeFor[choices](), reflect.TypeFor[identities](), reflect.TypeFor[links](), reflect.TypeFor[phone](), reflect.TypeFor[privacy](), reflect.TypeFor[segment](), reflect.TypeFor[let](),
		reflect.TypeFor[testOfRules](), reflect.TypeFor[policy](), reflect.TypeFor[policyMost](), reflect.TypeFor[policyLeast](), reflect.TypeFor[policyOptOuts](),
	}
	for _, k := range kinds {
		structs = append(structs, reflect.TypeOf(k.body()).Elem())
	}
	for _, s := range structs {
		for _, f := range fieldsOf(s) {
			if f.about == "" {
				t.Errorf("%s.%s has no description", s.Name(), f.name)
			}
			if !bytes.Contains(page, []byte("`"+f.name)) {
				t.Errorf("docs/plan.md does not tell of %q", f.name)
			}
		}
	}
}
