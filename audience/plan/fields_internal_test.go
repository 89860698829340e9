// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/throng-dp/throng/audience/rule"
)

const (
	fieldsPage = "../../docs/reference/plan-fields.md"
	fieldsPlan = "testdata/good/every-field.yaml"
)

// A held says what stands in a field whose type decodes itself.
type held struct {
	words string
	inner reflect.Type // whose fields its long form has
}

var heldBy = map[reflect.Type]held{
	reflect.TypeFor[days]():          {words: "days: `400d`"},
	reflect.TypeFor[hours]():         {words: "hours or days: `24h`, `2d`"},
	reflect.TypeFor[share]():         {words: "a share: `5%`"},
	reflect.TypeFor[years]():         {words: "years, or `none`"},
	reflect.TypeFor[number]():        {words: "number"},
	reflect.TypeFor[target]():        {words: "`±50`, or a number"},
	reflect.TypeFor[scalar]():        {words: "a value"},
	reflect.TypeFor[ruleText]():      {words: "rule"},
	reflect.TypeFor[words]():         {words: "text, or a list"},
	reflect.TypeFor[let]():           {words: "rule, or fields", inner: reflect.TypeFor[let]()},
	reflect.TypeFor[optOuts]():       {words: "fields, a list of such, or `none`", inner: reflect.TypeFor[choices]()},
	reflect.TypeFor[phone]():         {words: "text, or fields", inner: reflect.TypeFor[phone]()},
	reflect.TypeFor[personOfLink]():  {words: "text, or a text for each network"},
	reflect.TypeFor[domain]():        {words: "a list of values, or `unknown`"},
	reflect.TypeFor[globs]():         {words: "a list of ids, with `*`"},
	reflect.TypeFor[selection]():     {words: "`all`, or a list of ids, with `*`"},
	reflect.TypeFor[overlaps]():      {words: "`all`, a list of ids, or a list of pairs and triples"},
	reflect.TypeFor[[]testOfRules](): {words: "a list of fields", inner: reflect.TypeFor[testOfRules]()},
	reflect.TypeFor[[]segment]():     {words: "a list of fields", inner: reflect.TypeFor[segment]()},
	reflect.TypeFor[[]item]():        {words: "a list of [entries](#release)"},
}

// TestFieldsPageIsCurrent makes the reference of all fields from the types that
// read them; with -update it writes it.
func TestFieldsPageIsCurrent(t *testing.T) {
	var b strings.Builder
	b.WriteString(`# Every field of a plan and a policy

Made from the types that read plans (` + "`go generate ./audience/plan`" + `); a test holds it to them. [The plan](../plan.md) explains, this page lists.
*Required* is what has to stand there whenever its table does. A plan that uses every field, and compiles and passes its tests, is
[every-field.yaml](../../audience/plan/testdata/good/every-field.yaml).

`)
	w := &fieldWriter{t: t, b: &b, written: map[reflect.Type]string{}}
	w.section("A plan", "", reflect.TypeFor[document]())
	b.WriteString("## release\n\nA list. An entry is `reach`, `overlap`, or has the fields of one of these.\n\n")
	for _, k := range kinds {
		w.table("### "+k.name, reflect.TypeOf(k.body()).Elem())
	}
	w.section("A policy", "", reflect.TypeFor[policy]())
	got := strings.TrimRight(b.String(), "\n") + "\n"
	if *update {
		if err := os.WriteFile(fieldsPage, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(fieldsPage)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is not what the types say: go generate ./audience/plan", fieldsPage)
	}
}

// A fieldWriter writes a table for each struct, and one below it for each
// struct that its fields hold, once.
type fieldWriter struct {
	t       *testing.T
	b       *strings.Builder
	written map[reflect.Type]string // where
}

func (w *fieldWriter) section(title, path string, s reflect.Type) {
	heading := "## " + title
	if path != "" {
		heading = "### " + title
	}
	fields := fieldsOf(s)
	var open []int // of fields, those whose struct has no table yet
	for i, f := range fields {
		inner := w.form(s.FieldByIndex(f.index).Type).inner
		if inner != nil && w.written[inner] == "" {
			w.written[inner] = strings.TrimPrefix(path+"."+f.name, ".")
			open = append(open, i)
		}
	}
	w.table(heading, s)
	for _, i := range open {
		inner := w.form(s.FieldByIndex(fields[i].index).Type).inner
		w.section(w.written[inner], w.written[inner], inner)
	}
}

func (w *fieldWriter) table(heading string, s reflect.Type) {
	fmt.Fprintf(w.b, "%s\n\n| field | | holds | meaning |\n|---|---|---|---|\n", heading)
	for _, f := range fieldsOf(s) {
		sf := s.FieldByIndex(f.index)
		must := ""
		if f.required {
			must = "required"
		}
		for _, word := range strings.Split(sf.Tag.Get("jsonschema"), ",") {
			if d, ok := strings.CutPrefix(word, "default="); ok {
				must = "`" + d + "`"
			}
		}
		form := w.form(sf.Type)
		holds := form.words
		if at := w.written[form.inner]; at != "" {
			holds += fmt.Sprintf(": [%s](#%s)", at, strings.ReplaceAll(at, ".", ""))
		}
		if len(f.enum) > 0 {
			holds = "`" + strings.Join(f.enum, "`, `") + "`"
		}
		fmt.Fprintf(w.b, "| `%s` | %s | %s | %s |\n", f.name, must, holds, strings.ReplaceAll(f.about, "|", `\|`))
	}
	w.b.WriteString("\n")
}

// form says what stands in a field of a type.
func (w *fieldWriter) form(t reflect.Type) held {
	if f, ok := heldBy[t]; ok {
		return f
	}
	switch {
	case strings.HasPrefix(t.Name(), "entries["):
		inner := w.form(t.Elem().Field(1).Type) // entry.Value
		return held{"by names of your choice: " + inner.words, inner.inner}
	case t.Kind() == reflect.Pointer:
		return w.form(t.Elem())
	case t.Kind() == reflect.Slice:
		inner := w.form(t.Elem())
		return held{"a list: " + inner.words, inner.inner}
	case t.Kind() == reflect.Struct:
		return held{"fields", t}
	}
	words := map[reflect.Kind]string{reflect.String: "text", reflect.Int: "whole number", reflect.Int64: "whole number",
		reflect.Float64: "number", reflect.Bool: "true or false"}[t.Kind()]
	if words == "" {
		w.t.Fatalf("say in heldBy what stands in a field of type %v", t)
	}
	return held{words: words}
}

// TestPlanOfEveryField: the plan that the reference shows has every field that a
// plan can have, and is a plan.
func TestPlanOfEveryField(t *testing.T) {
	text, err := os.ReadFile(fieldsPlan)
	if err != nil {
		t.Fatal(err)
	}
	f, err := Parse("every-field.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	p, err := f.Compile(func(*Source) ([]rule.Column, error) { return nil, errors.New("it gives all columns their types") })
	if err != nil {
		t.Fatal(err)
	}
	if es := p.RunTests(); len(es) > 0 {
		t.Error(es)
	}
	given := map[string]bool{}
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		for i, c := range n.Content {
			if n.Kind == yaml.MappingNode && i%2 == 0 {
				given[c.Value] = true
			}
			walk(c)
		}
	}
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		t.Fatal(err)
	}
	walk(&root)
	seen := map[reflect.Type]bool{}
	var need func(s reflect.Type)
	w := &fieldWriter{t: t}
	need = func(s reflect.Type) {
		if seen[s] {
			return
		}
		seen[s] = true
		for _, field := range fieldsOf(s) {
			if !given[field.name] && field.name != "use" { // not built yet
				t.Errorf("no %q of %v in it", field.name, s)
			}
			if inner := w.form(s.FieldByIndex(field.index).Type).inner; inner != nil {
				need(inner)
			}
		}
	}
	need(reflect.TypeFor[document]())
	for _, k := range kinds {
		need(reflect.TypeOf(k.body()).Elem())
	}
}
