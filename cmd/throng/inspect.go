// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"
	"github.com/urfave/cli/v2"

	"github.com/throng-dp/throng/audience/cleanroom/local"
	"github.com/throng-dp/throng/audience/plan"
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

// An inspected is what is told of one file.
type inspected struct {
	File    string          `json:"file"`
	Columns []inspectColumn `json:"columns"`
}

type inspectColumn struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	Role  string `json:"role,omitempty"`
	Codec string `json:"codec,omitempty"`
}

func inspect(s *session) error {
	if s.NArg() == 0 {
		return usage("inspect needs FILES")
	}
	var files []inspected
	for _, path := range s.Args().Slice() {
		f, err := inspectFile(s, path)
		if err != nil {
			return err
		}
		files = append(files, *f)
	}
	return s.print(map[string]any{"files": files, "data": dataBlock(files)}, func(w io.Writer) {
		for _, f := range files {
			fmt.Fprintf(w, "%s\n", clean(f.File))
			var rows [][]string
			for _, c := range f.Columns {
				rows = append(rows, []string{c.Name, c.Type, c.Role, c.Codec})
			}
			writeTable(w, []column{left("column"), left("type"), left("role"), left("codec")}, rows)
			fmt.Fprintln(w)
		}
		fmt.Fprint(w, "# guessed from names and types: check every line\n"+clean(dataBlock(files)))
	})
}

func inspectFile(s *session, path string) (*inspected, error) {
	source := &plan.Source{Name: tableName(path), Files: []string{filepath.Base(path)}}
	columns, err := local.Engine{}.Columns(s.ctx, filepath.Dir(path), source, nil)
	if err != nil {
		return nil, err
	}
	codecs := codecsOf(path)
	f := &inspected{File: path}
	for _, c := range columns {
		f.Columns = append(f.Columns, inspectColumn{c.Name, kindName(c.Kind), "", codecs[c.Name]})
	}
	guessRoles(f.Columns)
	return f, nil
}

func kindName(k rule.Kind) string {
	return map[rule.Kind]string{rule.Bool: "bool", rule.Int: "int", rule.Double: "double", rule.String: "string",
		rule.Timestamp: "timestamp", rule.Duration: "duration"}[k]
}

// codecsOf reads how columns are compressed. It is told for curiosity alone, so
// what goes wrong here goes unsaid; the engine has read the footer before.
func codecsOf(path string) (codecs map[string]string) {
	codecs = map[string]string{}
	defer func() { _ = recover() }()
	f, err := os.Open(path)
	if err != nil {
		return codecs
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return codecs
	}
	file, err := parquet.OpenFile(f, info.Size(), parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return codecs
	}
	for _, group := range file.Metadata().RowGroups {
		for _, c := range group.Columns {
			codecs[strings.Join(c.MetaData.PathInSchema, ".")] = strings.ToLower(c.MetaData.Codec.String())
		}
	}
	return codecs
}

var roles = []struct {
	role  string
	kinds []string
	names *regexp.Regexp
}{
	{"person", []string{"string", "int"}, regexp.MustCompile(`(?i)^(user|customer|person|member|account|subscriber|client|u)_?(id|key|no)?$|^uuid$`)},
	{"phone", []string{"string", "int"}, regexp.MustCompile(`(?i)^(phone|msisdn|mobile)(_?(number|no|e164))?$`)},
	{"time", []string{"timestamp"}, regexp.MustCompile(`(?i)time|^ts$|date|_at$`)},
	{"event id", []string{"string", "int"}, regexp.MustCompile(`(?i)^(event|line|row|record)_?id$`)},
	{"age", []string{"int"}, regexp.MustCompile(`(?i)^age(_?years)?$`)},
}

// guessRoles gives each role to the first column whose name and type fit.
func guessRoles(columns []inspectColumn) {
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

var notIdentifier = regexp.MustCompile(`[^a-z0-9]+`)

// tableName makes a name that rules can use from a file's.
func tableName(path string) string {
	base, _, _ := strings.Cut(filepath.Base(path), ".")
	name := strings.Trim(notIdentifier.ReplaceAllString(strings.ToLower(base), "_"), "_")
	if name == "" || name[0] >= '0' && name[0] <= '9' {
		name = "events" + name
	}
	return name
}

// dataBlock writes the beginning of a plan's data for the files.
func dataBlock(files []inspected) string {
	var b strings.Builder
	b.WriteString("data:\n  time_zone: UTC\n  events:\n")
	person := "user_id"
	for _, f := range files {
		fmt.Fprintf(&b, "    %s:\n      files: %s\n", tableName(f.File), yamlText(filepath.Base(f.File)))
		if c := withRole(f.Columns, "person"); c != "" {
			person = c
		}
		for _, r := range [][2]string{{"person", "person"}, {"phone", "phone"}, {"time", "time"}, {"event id", "id"}} {
			if c := withRole(f.Columns, r[0]); c != "" {
				fmt.Fprintf(&b, "      %s: %s\n", r[1], yamlText(c))
			} else if r[1] == "person" || r[1] == "time" {
				fmt.Fprintf(&b, "      %s:                 # which column?\n", r[1])
			}
		}
		b.WriteString(renames(f.Columns))
	}
	fmt.Fprintf(&b, "  opt_outs:                   # or `opt_outs: none`, said aloud\n    files: opt_outs.csv\n    person: %s\n", yamlText(person))
	return b.String()
}

func withRole(columns []inspectColumn, role string) string {
	for _, c := range columns {
		if c.Role == role {
			return c.Name
		}
	}
	return ""
}

var identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// renames gives names to columns that rules cannot spell.
func renames(columns []inspectColumn) string {
	var b strings.Builder
	for _, c := range columns {
		if c.Role == "" && !identifier.MatchString(c.Name) {
			name := strings.Trim(notIdentifier.ReplaceAllString(strings.ToLower(c.Name), "_"), "_")
			fmt.Fprintf(&b, "        %s: {is: %s}\n", name, yamlText(c.Name))
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return "      columns:\n" + b.String()
}

var plainText = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_./*-]*$`)

// yamlText writes a text so that YAML reads it as one.
func yamlText(s string) string {
	if plainText.MatchString(s) {
		return s
	}
	return fmt.Sprintf("%q", s)
}
