// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// dataBlock writes the beginning of a plan's data for the files: events where
// there is a time, else people. Files of one table, parts of it or its daily
// partitions, are written as one.
func dataBlock(files []inspected) string {
	var events, people strings.Builder
	person := "user_id"
	tables := tablesOf(files)
	for _, t := range tables {
		if c := withRole(t.Columns, "person"); c != "" {
			person = c
		}
		if withRole(t.Columns, "time") == "" && people.Len() == 0 && len(tables) > 1 {
			fmt.Fprintf(&people, "  people:\n    files: %s\n", yamlText(t.File))
			writeRoles(&people, "    ", t.Columns, [][2]string{{"person", "person"}, {"phone", "phone"}})
			if age := withRole(t.Columns, "age"); age != "" {
				fmt.Fprintf(&people, "    age: person.%s\n", age)
			}
			continue
		}
		fmt.Fprintf(&events, "    %s:\n      files: %s\n", t.name, yamlText(t.File))
		writeRoles(&events, "      ", t.Columns, [][2]string{{"person", "person"}, {"phone", "phone"}, {"time", "time"}, {"event id", "id"}, {"days", "days"}})
		events.WriteString(renames(t.Columns))
	}
	return "data:\n  time_zone: UTC\n  events:\n" + events.String() + people.String() +
		fmt.Sprintf("  opt_outs:                   # or `opt_outs: none`, said aloud\n    files: opt_outs.csv\n    person: %s\n", yamlText(person))
}

// A tableFiles is the files of one table.
type tableFiles struct {
	inspected        // the first of them; File finds all
	pattern   string // of their paths, but for what differs from part to part
	name      string
}

// tablesOf puts files together that are parts of one table: alike in columns,
// and in their paths but for partitions and the numbers of parts.
func tablesOf(files []inspected) []tableFiles {
	var tables []tableFiles
	for _, f := range files {
		pattern := partsPattern(f.File)
		i := slices.IndexFunc(tables, func(t tableFiles) bool {
			return t.pattern == pattern && slices.EqualFunc(t.Columns, f.Columns, func(a, b inspectColumn) bool {
				return a.Name == b.Name && a.Type == b.Type
			})
		})
		if i >= 0 {
			tables[i].File = pattern
			continue
		}
		t := tableFiles{inspected: f, pattern: pattern}
		t.File = belowRoot(f.File)
		if isPartitioned(f.File) {
			t.File = pattern
		}
		tables = append(tables, t)
	}
	taken := map[string]int{}
	for i := range tables {
		t := &tables[i]
		t.name = tableName(t.File)
		if taken[t.name]++; taken[t.name] > 1 {
			t.name = fmt.Sprintf("%s_%d", t.name, taken[t.name])
		}
	}
	return tables
}

var (
	partition  = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*=`)
	partNumber = regexp.MustCompile(`[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9]+`)
)

func isPartitioned(path string) bool {
	return slices.ContainsFunc(strings.Split(filepath.ToSlash(path), "/"), partition.MatchString)
}

// partsPattern is a path as a plan may write it for all parts of a table:
// orders/date=*/*.parquet, orders/part-*.parquet.
func partsPattern(path string) string {
	steps := strings.Split(belowRoot(path), "/")
	last := len(steps) - 1
	for i, step := range steps[:last] {
		if key := partition.FindString(step); key != "" {
			steps[i] = key + "*"
			steps[last] = "*" + filepath.Ext(path)
		}
	}
	steps[last] = partNumber.ReplaceAllString(steps[last], "*")
	return strings.Join(steps, "/")
}

// belowRoot is a path as a plan in this folder would write it. Of a path that
// leads elsewhere only what may be below --data is kept: partitions and their
// table's folder, or the file.
func belowRoot(path string) string {
	path = filepath.ToSlash(filepath.Clean(path))
	if filepath.IsLocal(path) {
		return path
	}
	steps := strings.Split(path, "/")
	from := len(steps) - 1
	if i := slices.IndexFunc(steps, partition.MatchString); i > 0 {
		from = i - 1
	}
	return strings.Join(steps[from:], "/")
}

var notIdentifier = regexp.MustCompile(`[^a-z0-9]+`)

// tableName makes a name that rules can use from the files of a table: the
// file's own, or that of the folder of its parts.
func tableName(path string) string {
	steps := strings.Split(path, "/")
	base, _, _ := strings.Cut(steps[len(steps)-1], ".")
	if strings.Contains(path, "*") {
		for _, step := range steps[:len(steps)-1] {
			if !strings.Contains(step, "*") {
				base = step
			}
		}
	}
	name := strings.Trim(notIdentifier.ReplaceAllString(strings.ToLower(base), "_"), "_")
	if name == "" || name[0] >= '0' && name[0] <= '9' {
		name = "events" + name
	}
	return name
}

// writeRoles writes the columns of roles, and asks for those that must be there.
func writeRoles(w io.Writer, indent string, columns []inspectColumn, roles [][2]string) {
	for _, r := range roles {
		if c := withRole(columns, r[0]); c != "" {
			fmt.Fprintf(w, "%s%s: %s\n", indent, r[1], yamlText(c))
		} else if r[1] == "person" || r[1] == "time" {
			fmt.Fprintf(w, "%s%s:                 # which column?\n", indent, r[1])
		}
	}
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
		if c.Role == "" && c.Visible && !identifier.MatchString(c.Name) {
			name := strings.Trim(notIdentifier.ReplaceAllString(strings.ToLower(c.Name), "_"), "_")
			fmt.Fprintf(&b, "        %s: {is: %s}\n", name, yamlText(c.Name))
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return "      columns:\n" + b.String()
}

var plainText = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_./*=-]*$`)

// yamlText writes a text so that YAML reads it as one.
func yamlText(s string) string {
	if plainText.MatchString(s) {
		return s
	}
	return fmt.Sprintf("%q", s)
}
