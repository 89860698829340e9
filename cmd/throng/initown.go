// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/audience/plan"
)

// An own is a project for somebody's own files, before it is written.
type own struct {
	dir    string
	name   string // of the plan and its account
	root   string // the folder that the plan's paths are relative to
	away   string // --data for builds in dir; empty where root is dir
	files  []inspected
	optOut *inspected // nil: none
	ages   string     // the policy's min_age
}

// initOwn writes a plan for files, a policy and a ledger. It reads names and
// types of columns alone: which people there are and what they did decides
// nothing in a plan. What a guess must not decide it asks for.
func (s *session) initOwn(dir string, paths []string) error {
	o := &own{dir: dir, name: projectName(dir), ages: s.String("min-age")}
	for _, path := range paths {
		f, err := inspectFile(s, path)
		if err != nil {
			return err
		}
		o.files = append(o.files, *f)
	}
	if err := o.roles(s); err != nil {
		return err
	}
	if err := s.unsaid(o, paths); err != nil {
		return err
	}
	if err := o.choices(s); err != nil {
		return err
	}
	if err := o.place(); err != nil {
		return err
	}
	return s.writeOwn(o)
}

// projectName makes an id of a folder's name.
func projectName(dir string) string {
	if abs, err := filepath.Abs(dir); err == nil {
		dir = abs
	}
	name := strings.Trim(notIdentifier.ReplaceAllString(strings.ToLower(filepath.Base(dir)), "-"), "-")
	if name == "" {
		return "mine"
	}
	return name[:min(len(name), 64)]
}

// roles takes the columns that were named in place of those that were guessed.
func (o *own) roles(s *session) error {
	for _, role := range []string{"person", "time"} {
		name := s.String(role)
		if name == "" {
			continue
		}
		found := false
		for _, f := range o.files {
			i := slices.IndexFunc(f.Columns, func(c inspectColumn) bool { return c.Name == name })
			if i < 0 {
				continue
			}
			for j := range f.Columns {
				if f.Columns[j].Role == role {
					f.Columns[j].Role = ""
				}
			}
			f.Columns[i].Role, found = role, true
		}
		if !found {
			return &fault.Error{Kind: fault.Usage, Code: "usage.column", Where: "--" + role, Msg: "no file has a column " + quote(name), Hint: "there are " + columnNames(o.files)}
		}
	}
	if !slices.ContainsFunc(o.files, func(f inspected) bool { return withRole(f.Columns, "time") != "" }) {
		return &fault.Error{Kind: fault.Input, Code: "input.no-time", Where: o.files[0].File, Msg: "no column holds the times of events",
			Hint: "one must be stored as a timestamp or a date: convert it, or name it with --time COLUMN; there are " + columnNames(o.files)}
	}
	return nil
}

func columnNames(files []inspected) string {
	var names []string
	for _, f := range files {
		for _, c := range f.Columns {
			if !slices.Contains(names, c.Name) {
				names = append(names, c.Name)
			}
		}
	}
	return strings.Join(names, ", ")
}

// unsaid asks, all at once, for what only the caller can say: the answer is a
// command to paste.
func (s *session) unsaid(o *own, paths []string) error {
	var open, add []string
	if slices.ContainsFunc(o.files, func(f inspected) bool { return withRole(f.Columns, "person") == "" }) {
		open, add = append(open, "which column holds the person's key"), append(add, "--person COLUMN")
	}
	if s.String("opt-outs") == "" {
		open, add = append(open, "who opted out"), append(add, "--opt-outs none")
	}
	ages := slices.ContainsFunc(o.files, func(f inspected) bool { return withRole(f.Columns, "age") != "" && withRole(f.Columns, "time") == "" })
	switch {
	case o.ages == "" && ages:
		o.ages = "18"
	case o.ages == "":
		open, add = append(open, "that people without a known age are counted (the files have no ages)"), append(add, "--min-age none")
	case o.ages != "none" && !ages:
		return usage("--min-age %s: no file of people with an age is among FILES; nobody could be counted", o.ages)
	}
	if len(open) == 0 {
		return nil
	}
	typed := []string{"throng init", shell(o.dir)}
	for _, p := range paths {
		typed = append(typed, shell(p))
	}
	for _, flag := range []string{"person", "time", "opt-outs", "min-age"} {
		if v := s.String(flag); v != "" {
			typed = append(typed, "--"+flag+" "+shell(v))
		}
	}
	hint := strings.Join(append(typed, add...), " ")
	if slices.Contains(add, "--person COLUMN") {
		hint += "; the columns are " + columnNames(o.files)
	}
	if slices.Contains(add, "--opt-outs none") {
		hint += "; or name the file of opt-outs in place of none"
	}
	return &fault.Error{Kind: fault.Usage, Code: "usage.unsaid", Msg: "only you can say " + list(open), Hint: hint}
}

// list joins words as people do.
func list(words []string) string {
	if n := len(words); n > 1 {
		return strings.Join(words[:n-1], ", ") + " and " + words[n-1]
	}
	return words[0]
}

// shell quotes a word where a shell would take it apart.
func shell(s string) string {
	if plainWord.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// place finds the folder that the plan's paths are relative to: the project's
// own where all files are in it, else the deepest that has them all.
func (o *own) place() error {
	dir, err := filepath.Abs(o.dir)
	if err != nil {
		return cannotWrite(o.dir, err)
	}
	all := slices.Clone(o.files)
	if o.optOut != nil {
		all = append(all, *o.optOut)
	}
	paths := make([]string, len(all))
	for i, f := range all {
		if paths[i], err = filepath.Abs(f.File); err != nil {
			return cannotWrite(f.File, err)
		}
	}
	if o.root = dir; !slices.ContainsFunc(paths, func(p string) bool { return !below(dir, p) }) {
		return o.relative(paths)
	}
	o.root = filepath.Dir(paths[0])
	for slices.ContainsFunc(paths, func(p string) bool { return !below(o.root, p) }) || isPartitioned(o.root) {
		o.root = filepath.Dir(o.root)
	}
	// A table is called after its folder where its files are parts.
	if slices.ContainsFunc(paths, func(p string) bool { return strings.Contains(strings.TrimPrefix(p, o.root), "=") }) {
		o.root = filepath.Dir(o.root)
	}
	if o.away, err = filepath.Rel(dir, o.root); err != nil {
		o.away = o.root
	}
	return o.relative(paths)
}

func below(dir, path string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && filepath.IsLocal(rel)
}

// relative writes all paths as the plan does.
func (o *own) relative(paths []string) error {
	for i := range paths {
		rel, err := filepath.Rel(o.root, paths[i])
		if err != nil {
			return cannotWrite(paths[i], err)
		}
		if i < len(o.files) {
			o.files[i].File = filepath.ToSlash(rel)
		} else {
			o.optOut.File = filepath.ToSlash(rel)
		}
	}
	return nil
}

// writeOwn writes the project. Nothing that is there is overwritten.
func (s *session) writeOwn(o *own) error {
	planPath := filepath.Join(o.dir, "plan.yaml")
	policyText, planText := []byte(o.policy()), []byte(o.plan())
	if _, err := plan.Parse(planPath, planText); err != nil {
		return err
	}
	if err := os.MkdirAll(o.dir, 0o755); err != nil {
		return cannotWrite(o.dir, err)
	}
	for _, name := range []string{"plan.yaml", "policy.yaml", ledgerName, "ledger.key"} {
		if _, err := os.Lstat(filepath.Join(o.dir, name)); err == nil {
			return &fault.Error{Kind: fault.Usage, Code: "usage.not-empty", Where: filepath.Join(o.dir, name), Msg: "is there already",
				Hint: "name a new folder: what is there is never overwritten"}
		}
	}
	for _, f := range []struct {
		path string
		text []byte
	}{{planPath, planText}, {filepath.Join(o.dir, "policy.yaml"), policyText}} {
		if err := os.WriteFile(f.path, f.text, 0o644); err != nil {
			return cannotWrite(f.path, err)
		}
	}
	if err := s.yearsLedger(o.dir, o.name, policyText); err != nil {
		return err
	}
	data := ""
	if o.away != "" {
		data = " --data " + shell(o.away)
	}
	return s.print(starterJSON{Folder: o.dir, Plan: planPath, Data: o.away}, func(w io.Writer) {
		fmt.Fprintf(w, "%s: a plan for your files, a policy, and a ledger with a year's budget\n\nnext:\n", clean(o.dir))
		if filepath.Clean(o.dir) != "." {
			fmt.Fprintf(w, "  cd %s\n", clean(shell(o.dir)))
		}
		fmt.Fprintf(w, "  throng explain plan.yaml%s   # the price, and how far off numbers will be; reads no row\n", clean(data))
		fmt.Fprintf(w, "  throng build plan.yaml%s     # of yesterday; of data that end earlier: --date 2011-12-09\n", clean(data))
	})
}
