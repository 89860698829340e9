// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/invopop/jsonschema"
	"github.com/urfave/cli/v2"

	"github.com/throng-dp/throng/audience"
	"github.com/throng-dp/throng/audience/attack"
	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/release"
)

// results are what commands print with --json, by the names of their schemas.
// Schemas that are not made from these are written by hand.
var results = map[string]any{
	"approve":           approvalJSON{},
	"attack":            []attack.Verdict{},
	"build":             builtJSON{},
	"check":             checkedJSON{},
	"completion":        completionJSON{},
	"consent-accept":    acceptedJSON{},
	"consent-status":    consentJSON{},
	"doctor":            []finding{},
	"error":             report{},
	"explain":           audience.Explanation{},
	"export":            exportedJSON{},
	"init":              starterJSON{},
	"inspect":           inspectionJSON{},
	"key-new":           newKeyJSON{},
	"key-sign":          signedJSON{},
	"ledger-account":    accountJSON{},
	"ledger-checkpoint": checkpointJSON{},
	"ledger-descriptor": describedJSON{},
	"ledger-grant":      grantJSON{},
	"ledger-init":       madeJSON{},
	"ledger-key-add":    ledger.Key{},
	"ledger-key-list":   []ledger.Key{},
	"ledger-key-revoke": ledger.Key{},
	"ledger-move":       movedJSON{},
	"ledger-upgrade":    upgradedJSON{},
	"ledger-verify":     soundJSON{},
	"man":               manJSON{},
	"rehearse":          rehearsedJSON{},
	"releases":          []releaseJSON{},
	"retract":           retractedJSON{},
	"schema":            document("https://json-schema.org/draft/2020-12/schema"),
	"show":              oneOf{document(catalogID), []chanceJSON{}, []indexJSON{}, release.Together{}},
	"verify":            oneOf{verifiedJSON{}, []auditedJSON{}},
	"version":           versionJSON{},
}

// oneOf is a result of several forms, by what was asked for.
type oneOf []any

// A document is the schema that has this URL.
type document string

const schemaBase = "https://github.com/throng-dp/throng/blob/main/cmd/throng/schemas/"

// TestSchemasAreCurrent makes the schemas again and compares them with those
// that are published; with -update it is what makes them.
func TestSchemasAreCurrent(t *testing.T) {
	g := newGenerator(t)
	for name, v := range results {
		got := g.publish(name, v)
		file := filepath.Join("schemas", name+schemaFile)
		if *update {
			if err := os.WriteFile(file, got, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if there, err := os.ReadFile(file); err != nil || !bytes.Equal(got, there) {
			t.Errorf("%s is not what the types say: go test ./cmd/throng -run TestSchemasAreCurrent -update", file)
		}
	}
}

// TestEveryCommandHasASchema walks the commands, and the schemas.
func TestEveryCommandHasASchema(t *testing.T) {
	names := []string{"error", "plan", "catalog", "rules"}
	for name, c := range leaves() {
		names = append(names, name)
		if lookup(c.Flags, "json") == nil {
			t.Errorf("%s has no --json", name)
		}
		if !slices.Contains(wordsOnly, name) && schemaOf(name) == nil {
			t.Errorf("%s has no schema: add the type of its result to the table above, and run this test with -update", name)
		}
	}
	for _, name := range schemaNames() {
		if !slices.Contains(names, name) {
			t.Errorf("the schema %s is of no command", name)
		}
		publishedSchema(t, name)
	}
}

// wordsOnly are commands that refuse --json: what one person chose is shown on a
// terminal only.
var wordsOnly = []string{"consent-lookup"}

// leaves are the commands that do something, by the names of their schemas.
func leaves() map[string]*cli.Command {
	found := map[string]*cli.Command{}
	var walk func(prefix string, commands []*cli.Command)
	walk = func(prefix string, commands []*cli.Command) {
		for _, c := range commands {
			if len(c.Subcommands) > 0 {
				walk(prefix+c.Name+"-", c.Subcommands)
				continue
			}
			found[prefix+c.Name] = c
		}
	}
	walk("", newApp(io.Discard, io.Discard).Commands)
	return found
}

// A generator makes schemas of types: what a field is stands in its comment.
type generator struct {
	*jsonschema.Reflector
	t        *testing.T
	comments map[string]string
}

func newGenerator(t *testing.T) *generator {
	g := &generator{t: t, comments: map[string]string{}}
	g.Reflector = &jsonschema.Reflector{Anonymous: true, DoNotReference: true, LookupComment: func(t reflect.Type, field string) string {
		return g.comments[strings.Join([]string{t.PkgPath(), t.Name(), field}, " ")]
	}}
	for _, folder := range []string{".", "../../audience", "../../audience/attack", "../../dp/ledger", "../../dp/release"} {
		files, err := filepath.Glob(filepath.Join(folder, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			g.read(path.Join("github.com/throng-dp/throng/cmd/throng", folder), file)
		}
	}
	return g
}

// read keeps the comments of a file's types.
func (g *generator) read(pkg, file string) {
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
	if err != nil {
		g.t.Fatal(err)
	}
	for _, decl := range f.Decls {
		d, ok := decl.(*ast.GenDecl)
		if !ok || d.Tok != token.TYPE {
			continue
		}
		for _, spec := range d.Specs {
			t := spec.(*ast.TypeSpec)
			g.keep(pkg, t.Name.Name, "", d.Doc, t.Doc)
			if s, ok := t.Type.(*ast.StructType); ok {
				for _, field := range s.Fields.List {
					for _, name := range field.Names {
						g.keep(pkg, t.Name.Name, name.Name, field.Doc, field.Comment)
					}
				}
			}
		}
	}
}

func (g *generator) keep(pkg, name, field string, comments ...*ast.CommentGroup) {
	for _, c := range comments {
		if text := strings.Join(strings.Fields(c.Text()), " "); text != "" {
			g.comments[strings.Join([]string{pkg, name, field}, " ")] = text
		}
	}
}

// publish writes the schema of a result.
func (g *generator) publish(name string, v any) []byte {
	root := &jsonschema.Schema{}
	if forms, ok := v.(oneOf); ok {
		for _, form := range forms {
			root.AnyOf = append(root.AnyOf, g.of(form))
		}
	} else {
		root = g.of(v)
	}
	root.Version = jsonschema.Version
	root.ID = jsonschema.ID(schemaBase + name + schemaFile)
	root.Title = "throng " + strings.ReplaceAll(name, "-", " ") + " --json"
	if name == "error" {
		root.Title, root.Description = "throng: an error", "With --json, the last line of standard error, where the exit code is not 0."
	} else {
		root.Description = "What it prints: " + leaves()[name].Usage + "."
	}
	text, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		g.t.Fatal(err)
	}
	return append(text, '\n')
}

func (g *generator) of(v any) *jsonschema.Schema {
	if d, ok := v.(document); ok {
		return &jsonschema.Schema{Ref: string(d)}
	}
	s := g.ReflectFromType(reflect.TypeOf(v))
	s.Version = ""
	nullable(s, reflect.TypeOf(v))
	return s
}

// nullable lets null stand where a pointer that may be nil is printed.
func nullable(s *jsonschema.Schema, t reflect.Type) {
	switch t.Kind() {
	case reflect.Pointer:
		nullable(s, t.Elem())
	case reflect.Slice, reflect.Array:
		nullable(s.Items, t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			f := t.Field(i)
			name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name == "" || s.Properties == nil {
				continue
			}
			p, ok := s.Properties.Get(name)
			if !ok {
				continue
			}
			nullable(p, f.Type)
			if f.Type.Kind() == reflect.Pointer && options == "" {
				or := &jsonschema.Schema{Description: p.Description, AnyOf: []*jsonschema.Schema{p, {Type: "null"}}}
				p.Description = ""
				s.Properties.Set(name, or)
			}
		}
	}
}
