// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/throng-dp/throng/audience/cleanroom/local"
	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/audience/rule"
)

func inspectCommand() *cli.Command {
	return command(&cli.Command{
		Name:      "inspect",
		Usage:     "schema of Parquet files, and a data: block to paste into a plan",
		ArgsUsage: "FILES...",
		Description: `Roles are guessed from names and types alone. No value is read, and no number of
rows is told.`,
	}, inspect)
}

// An inspectionJSON is what is told of files for programs.
type inspectionJSON struct {
	Files []inspected `json:"files"`
	Data  string      `json:"data"` // the beginning of a plan, as YAML
}

// An inspected is what is told of one file.
type inspected struct {
	File    string          `json:"file"`
	Columns []inspectColumn `json:"columns"`
}

type inspectColumn struct {
	Name    string   `json:"name"`
	Type    string   `json:"type"`           // as rules see it; empty if they cannot
	Stored  string   `json:"stored"`         // as the file has it
	Role    string   `json:"role,omitempty"` // guessed
	Codecs  []string `json:"codecs"`
	Visible bool     `json:"visible"` // to rules
}

func inspect(s *session) error {
	if s.NArg() == 0 {
		return s.usage("inspect needs FILES")
	}
	var files []inspected
	for _, path := range s.Args().Slice() {
		f, err := inspectFile(s, path)
		if err != nil {
			return err
		}
		files = append(files, *f)
	}
	return s.print(inspectionJSON{files, dataBlock(files)}, func(w io.Writer) {
		for _, f := range files {
			fmt.Fprintf(w, "%s\n", clean(f.File))
			var rows [][]string
			for _, c := range f.Columns {
				seen := c.Type
				if !c.Visible {
					seen = "-"
				}
				rows = append(rows, []string{c.Name, seen, c.Role, c.Stored, strings.Join(c.Codecs, ", ")})
			}
			writeTable(w, []column{left("column"), left("type in rules"), left("role"), left("stored as"), left("codec")}, rows)
			fmt.Fprintln(w)
		}
		fmt.Fprint(w, "# guessed from names and types: check every line\n"+clean(dataBlock(files)))
	})
}

func inspectFile(s *session, path string) (*inspected, error) {
	schema, err := local.Engine{}.Inspect(s.ctx, path)
	var missing *fault.Error
	if errors.As(err, &missing) && missing.Code == "input.missing" { // there is no plan here to look into
		missing.Hint = "check the path: it is relative to the folder that you are in"
	}
	if err != nil {
		return nil, err
	}
	f := &inspected{File: path}
	for _, c := range schema.Columns {
		x := inspectColumn{Name: c.Name, Type: kindName(c.Kind), Stored: c.Physical, Codecs: c.Codecs, Visible: c.Kind != rule.Invalid && !c.Denied}
		if c.Logical != "" {
			x.Stored += " " + c.Logical
		}
		switch {
		case c.Denied:
			x.Role = "never read"
		case c.Role != "":
			x.Role = map[string]string{"id": "event id"}[c.Role]
			if x.Role == "" {
				x.Role = c.Role
			}
		}
		f.Columns = append(f.Columns, x)
	}
	guessRoles(f.Columns)
	return f, nil
}

func kindName(k rule.Kind) string {
	return map[rule.Kind]string{rule.Bool: "bool", rule.Int: "int", rule.Double: "double", rule.String: "string",
		rule.Timestamp: "timestamp", rule.Duration: "duration"}[k]
}

// roles are those that the engine does not guess: phone numbers and ages.
var roles = []struct {
	role  string
	kinds []string
	names *regexp.Regexp
}{
	{"phone", []string{"string", "int"}, regexp.MustCompile(`(?i)^(phone|msisdn|mobile)(_?(number|no|e164))?$`)},
	{"age", []string{"int"}, regexp.MustCompile(`(?i)^age(_?years)?$`)},
}

// dayNames are names of partitions that hold one day each.
var dayNames = regexp.MustCompile(`(?i)^(date|day|dt|ds|event_date)$`)

// guessRoles gives each role to the first column whose name and type fit. The
// only timestamp of a table is its time, whatever it is called.
func guessRoles(columns []inspectColumn) {
	if withRole(columns, "time") == "" {
		isTime := func(c inspectColumn) bool { return c.Type == "timestamp" && c.Role == "" && c.Visible }
		if i := slices.IndexFunc(columns, isTime); i >= 0 && !slices.ContainsFunc(columns[i+1:], isTime) {
			columns[i].Role = "time"
		}
	}
	for i := range columns {
		if c := &columns[i]; c.Stored == "PATH" && dayNames.MatchString(c.Name) {
			c.Role = "days"
			break
		}
	}
	for _, r := range roles {
		for i := range columns {
			c := &columns[i]
			if c.Role == "" && slices.Contains(r.kinds, c.Type) && r.names.MatchString(c.Name) {
				c.Role = r.role
				break
			}
		}
	}
}
