// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/throng-dp/throng/audience/export"
	"github.com/throng-dp/throng/audience/match"
	"github.com/throng-dp/throng/audience/plan"
)

// schemas are those of what commands print with --json: of each command under
// its name, words joined by dashes, and of errors. Most are made from the types
// by go test -update; see schemas_test.go.
//
//go:embed schemas
var schemas embed.FS

const schemaFile = ".schema.json"

// schemaNames are what a schema is published of, plans first.
func schemaNames() []string {
	names := []string{"plan", "catalog", "rules"}
	files, _ := schemas.ReadDir("schemas") // it is embedded: it can be read
	for _, f := range files {
		names = append(names, strings.TrimSuffix(f.Name(), schemaFile))
	}
	return names
}

// schemaOf returns a published schema; nil if there is none.
func schemaOf(name string) []byte {
	switch name {
	case "plan":
		return plan.Schema()
	case "catalog":
		return export.Schema()
	case "rules":
		return match.Schema()
	}
	text, err := schemas.ReadFile("schemas/" + name + schemaFile)
	if err != nil {
		return nil
	}
	if bytes.Contains(text, []byte(`"`+catalogID+`"`)) {
		return bundle(text, "catalog", export.Schema())
	}
	return text
}

const catalogID = "https://github.com/throng-dp/throng/blob/main/audience/export/catalog.schema.json"

// bundle puts a schema that another one refers to into it: readers have no
// network (JSON Schema 2020-12, 9.3, compound documents).
func bundle(text []byte, name string, embedded []byte) []byte {
	var b bytes.Buffer
	b.Write(bytes.TrimSpace(bytes.TrimSuffix(bytes.TrimSpace(text), []byte("}"))))
	fmt.Fprintf(&b, ",\n  \"$defs\": {\n    %q: ", name)
	_ = json.Indent(&b, bytes.TrimSpace(embedded), "    ", "  ") // it is JSON: a test compiles it
	b.WriteString("\n  }\n}\n")
	return b.Bytes()
}

func schemaCommand() *cli.Command {
	return command(&cli.Command{
		Name:      "schema",
		Usage:     "the JSON Schema of plans, of catalogues, of exported rules, of errors, or of what a command prints with --json",
		ArgsUsage: "[NAME]",
		Description: `An editor that knows the schema of plans, which is the default, completes and
checks a plan while it is typed. Save it, and start the plan with this line:
   # yaml-language-server: $schema=plan.schema.json

NAME is plan, catalog, rules, error, or a command such as build or ledger-status.`,
	}, func(s *session) error {
		what, err := s.optional("name")
		if err != nil {
			return err
		}
		if what == "" {
			what = "plan"
		}
		text := schemaOf(what)
		if text == nil {
			return notOne("", what, schemaNames(), "there is no schema of %s", quote(what))
		}
		return writeText(s.out, text)
	})
}

// writeText writes bytes and ends the last line.
func writeText(w io.Writer, b []byte) error {
	if len(b) == 0 || b[len(b)-1] != '\n' {
		b = append(slices.Clone(b), '\n')
	}
	_, err := w.Write(b)
	return err
}

// A versionJSON is the version for programs.
type versionJSON struct {
	Version string `json:"version"`
}

func versionCommand() *cli.Command {
	return command(&cli.Command{Name: "version", Usage: "which code this is"}, func(s *session) error {
		if _, err := s.arguments(0, "nothing"); err != nil {
			return err
		}
		return s.print(versionJSON{version()}, func(w io.Writer) { fmt.Fprintln(w, "throng", version()) })
	})
}
