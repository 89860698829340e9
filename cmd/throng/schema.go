// SPDX-License-Identifier: Apache-2.0

package main

import (
	"embed"
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"github.com/throng-dp/throng/audience/export"
	"github.com/throng-dp/throng/audience/plan"
)

// schemas are those of what commands print with --json.
//
//go:embed schemas
var schemas embed.FS

func schemaCommand() *cli.Command {
	return command(&cli.Command{
		Name:      "schema",
		Usage:     "the JSON Schema of plans, catalogues, or what diff, ledger status and ledger history print",
		ArgsUsage: "[plan|catalog|diff|ledger-status|ledger-history]",
		Description: `An editor that knows the schema completes and checks a plan while it is typed.
Save it, and start the plan with this line:
   # yaml-language-server: $schema=plan.schema.json`,
	}, func(s *session) error {
		what, err := s.optional("name")
		if err != nil {
			return err
		}
		switch what {
		case "", "plan":
			return writeText(s.out, plan.Schema())
		case "catalog":
			return writeText(s.out, export.Schema())
		case "diff", "ledger-status", "ledger-history":
			text, err := schemas.ReadFile("schemas/" + what + ".schema.json")
			if err != nil {
				return err
			}
			return writeText(s.out, text)
		default:
			return usage("there is a schema of plan, catalog, diff, ledger-status and ledger-history, not of %s", quote(what))
		}
	})
}

// writeText writes bytes and ends the last line.
func writeText(w io.Writer, b []byte) error {
	if len(b) == 0 || b[len(b)-1] != '\n' {
		b = append(b, '\n')
	}
	_, err := w.Write(b)
	return err
}

func versionCommand() *cli.Command {
	return command(&cli.Command{Name: "version", Usage: "which code this is"}, func(s *session) error {
		if _, err := s.arguments(0, "nothing"); err != nil {
			return err
		}
		return s.print(map[string]string{"version": version()}, func(w io.Writer) { fmt.Fprintln(w, "throng", version()) })
	})
}
