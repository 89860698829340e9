// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/urfave/cli/v2"

	"github.com/throng-dp/throng/audience"
	"github.com/throng-dp/throng/audience/fault"
)

func exportCommand() *cli.Command {
	formats := append(audience.Formats(), activations...)
	help := "The formats:\n"
	var names []string
	for _, f := range formats {
		help += fmt.Sprintf("   %-10s %s\n", f.Name, f.About)
		names = append(names, f.Name)
	}
	return command(&cli.Command{
		Name:        "export",
		Usage:       "write a release in another format",
		ArgsUsage:   "RELEASE",
		Description: help + "\n" + refHelp,
		Flags: append(ledgerFlags(),
			&cli.StringFlag{Name: "format", Usage: "`" + strings.Join(names, "|") + "`"},
			&cli.StringFlag{Name: "segments", Usage: "only what concerns the audiences `A,B`"},
			&cli.PathFlag{Name: "plan", Usage: "of rules and sql: the `PLAN` that was released"},
			dataFlag(),
			&cli.StringFlag{Name: "dialect", Usage: "of sql: `" + dialects() + "`"},
			&cli.PathFlag{Name: "output", Aliases: []string{"o"}, Usage: "write to `FILE` (default: standard output)"},
		),
	}, func(s *session) error { return exportRelease(s, names) })
}

func exportRelease(s *session, names []string) error {
	format := s.String("format")
	switch {
	case format == "":
		return usage("export needs --format, one of %s", strings.Join(names, ", "))
	case !slices.Contains(names, format):
		return notOne("--format", format, names, "there is no format %s", quote(format))
	}
	to := s.Path("output")
	if to == "" && format == "parquet" && !s.json && isTerminal(s.out) {
		return usage("parquet is no text: write it to a file with --output FILE")
	}
	f, err := s.named()
	if err != nil {
		return err
	}
	ids, err := s.segments()
	if err != nil {
		return err
	}
	if _, err := only(f.rel, ids); err != nil {
		return err
	}
	var b bytes.Buffer
	mode := os.FileMode(0o644)
	if slices.ContainsFunc(activations, func(a audience.Format) bool { return a.Name == format }) {
		mode = 0o600
		err = s.activate(&b, f, format, to, ids)
	} else {
		err = audience.Export(&b, f.rel, format, ids)
	}
	if err != nil {
		return err
	}
	j := exportedJSON{Release: f.rel.ID, Format: format}
	switch {
	case to != "":
		if err := putFile(to, b.Bytes(), mode); err != nil {
			return &fault.Error{Kind: fault.Output, Code: "output.write", Where: to, Msg: "cannot be written", Err: cause(err)}
		}
		s.talk.say("written: %s", to)
		j.File = &to
	case !s.json:
		_, err = b.WriteTo(s.out)
		return err
	case utf8.Valid(b.Bytes()):
		j.Text = new(b.String())
	default:
		j.Base64 = new(base64.StdEncoding.EncodeToString(b.Bytes()))
	}
	return s.print(j, func(io.Writer) {})
}

// An exportedJSON is an export for programs: where it was written, or what it is.
type exportedJSON struct {
	Release string  `json:"release"`
	Format  string  `json:"format"`
	File    *string `json:"file"`             // null: no --output was named
	Text    *string `json:"text,omitempty"`   // without a file
	Base64  *string `json:"base64,omitempty"` // without a file, of formats that are no text
}
