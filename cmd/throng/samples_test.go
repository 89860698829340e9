// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/throng-dp/throng/audience/plan"
)

// TestSamples checks every block of code of every page by what it is, and every
// command that prose names. A language that nobody checks is a fault.
func TestSamples(t *testing.T) {
	free := func(*testing.T, string) error { return nil }
	quiet := func(check func(string) error) func(*testing.T, string) error {
		return func(_ *testing.T, text string) error { return check(text) }
	}
	checks := map[string]func(*testing.T, string) error{
		"": quiet(commands), "sh": quiet(commands), "console": quiet(typed), // "": drawings and output, too
		"yaml": quiet(checkYAML), "json": quiet(checkJSON), "go": vetGo, "python": compilePython, "sql": parseSQL,
		"text": free, "cel": free, "cel-let": free, // TestPagesRun; TestDocs of audience/rule
	}
	seen := map[string]int{}
	for _, p := range readPages(t) {
		for _, b := range p.blocks {
			check := checks[b.lang]
			if check == nil {
				t.Errorf("%s:%d: nothing checks blocks of %q", p.path, b.line, b.lang)
				continue
			}
			seen[b.lang]++
			if err := check(t, b.text); err != nil {
				t.Errorf("%s:%d: %v", p.path, b.line, err)
			}
		}
		for _, span := range codeSpan.FindAllString(p.prose, -1) {
			span = strings.Trim(span, "` ")
			if strings.HasPrefix(span, "throng ") || strings.HasPrefix(span, "make ") {
				seen["span"]++
				if err := commands(span); err != nil {
					t.Errorf("%s: `%s`: %v", p.path, span, err)
				}
			}
		}
	}
	for lang, least := range map[string]int{"": 5, "sh": 3, "yaml": 5, "json": 1, "span": 50} {
		if seen[lang] < least {
			t.Errorf("only %d of %q found", seen[lang], lang)
		}
	}
}

var (
	comment    = regexp.MustCompile(`(^|\s)#.*`)
	connective = regexp.MustCompile(`&&|\|\||[|;]`)
	assignment = regexp.MustCompile(`^(export|env|[A-Z_]+=\S*)$`)
	makeTarget = regexp.MustCompile(`(?m)^([a-z][a-z -]*):`)
	quoted     = regexp.MustCompile(`"([^"]*)"|'([^']*)'`)
)

// commands checks the command lines of throng and make among lines: that there
// is such a command, with such flags, and such a target.
func commands(text string) error {
	text = strings.ReplaceAll(text, "\\\n", " ")
	for line := range strings.Lines(text) {
		line = quoted.ReplaceAllStringFunc(line, func(s string) string { // one word each
			return strings.Map(func(r rune) rune {
				if strings.ContainsRune(" #&|;", r) {
					return '_'
				}
				return r
			}, s)
		})
		for _, part := range connective.Split(comment.ReplaceAllString(line, ""), -1) {
			words := strings.Fields(part)
			for len(words) > 0 && assignment.MatchString(words[0]) {
				words = words[1:]
			}
			if len(words) == 0 {
				continue
			}
			var err error
			switch strings.TrimPrefix(strings.TrimPrefix(words[0], "../"), "bin/") {
			case "throng":
				err = throngCommand(words[1:])
			case "make":
				err = makeCommand(words[1:])
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// throngCommand reads a command line as the program would.
func throngCommand(words []string) error {
	args := []string{"throng"}
	for _, w := range words {
		if w != "…" && !strings.ContainsAny(w[:1], "[><") {
			args = append(args, w)
		}
	}
	if len(args) == 1 || strings.ContainsAny(args[1], "|…/.") {
		return nil // the program's name alone, or a way to write several
	}
	app := func() error { _, err := permute(newApp(io.Discard, io.Discard), args); return err }
	err := app()
	if err != nil && strings.HasPrefix(args[len(args)-1], "--") { // a flag that is named without its value
		args = append(args, "1")
		if app() == nil {
			return nil
		}
	}
	return err
}

func makeCommand(words []string) error {
	text, err := readText(filepath.Join(repository, "Makefile"))
	if err != nil {
		return err
	}
	var targets []string
	for _, m := range makeTarget.FindAllStringSubmatch(text, -1) {
		targets = append(targets, strings.Fields(m[1])...)
	}
	for _, w := range words {
		if strings.ContainsAny(w, "=…") || strings.HasPrefix(w, "-") || strings.HasPrefix(w, "measure-") || strings.HasPrefix(w, "check-") {
			continue
		}
		if !slices.Contains(targets, w) {
			return fmt.Errorf("the Makefile has no target %q", w)
		}
	}
	return nil
}

// typed checks the lines of a terminal that somebody typed.
func typed(text string) error {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if typed, ok := strings.CutPrefix(line, "$ "); ok {
			b.WriteString(typed)
		}
	}
	if b.Len() == 0 {
		return errors.New("nothing is typed: a line of it begins with $")
	}
	return nil // TestCatalogue types them, mistakes too
}

// checkJSON takes one document, or one a line.
func checkJSON(text string) error {
	d := json.NewDecoder(strings.NewReader(text))
	for {
		var v any
		if err := d.Decode(&v); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// rest is what a plan needs besides the parts that a page shows.
var rest = []struct{ key, text string }{
	{"throng", "throng: 1"}, {"name", "name: sample"},
	{"data", "data: {" + someEvents + ", opt_outs: none}"},
	{"purpose", "purpose: ads"}, {"lookback", "lookback: 30d"},
	{"privacy", "privacy: {account: a, epsilon: 1, delta: 1e-8}"},
	{"segments", "segments: [{id: all, rule: orders.size() > 0}]"}, {"release", "release: [reach]"},
}

const someEvents = "events: {orders: {files: o.parquet, person: p, time: t}}"

// checkYAML reads a plan, a policy, or a part of a plan as the program does.
// What is of other programs has only to be YAML.
func checkYAML(text string) error {
	var root yaml.Node
	if err := yaml.Unmarshal([]byte(text), &root); err != nil {
		return err
	}
	if len(root.Content) == 0 {
		return errors.New("empty")
	}
	top := root.Content[0]
	if top.Kind == yaml.SequenceNode { // segments, or entries of release
		key := "release:\n"
		if first := top.Content[0]; first.Kind == yaml.MappingNode {
			switch first.Content[0].Value {
			case "id":
				key = "segments:\n"
			case "alert": // of Prometheus
				return nil
			}
		}
		return checkYAML(key + text)
	}
	var keys []string
	for i := 0; i < len(top.Content); i += 2 {
		keys = append(keys, top.Content[i].Value)
	}
	switch {
	case slices.Contains(keys, "lineage"):
		_, err := plan.ParsePolicy("policy.yaml", []byte(text))
		return err
	case slices.Contains(keys, "apiVersion"), slices.Contains(keys, "services"):
		return nil
	}
	if i := slices.Index(keys, "data"); i >= 0 {
		data := top.Content[2*i+1]
		if len(data.Content) > 0 && !slices.ContainsFunc(data.Content, func(n *yaml.Node) bool { return n.Value == "events" }) {
			text = strings.Replace(text, "data:\n", "data:\n"+strings.Repeat(" ", data.Content[0].Column-1)+someEvents+"\n", 1)
		}
	}
	if slices.Contains(keys, "use") { // on top of the starter's plan
		_, err := plan.ParseUsing("sample.yaml", []byte(text), func(string) ([]byte, error) { return starter.ReadFile("starter/plan.yaml") })
		return err
	}
	for _, part := range rest {
		if !slices.Contains(keys, part.key) {
			text += "\n" + part.text
		}
	}
	_, err := plan.Parse("sample.yaml", []byte(text))
	return err
}

// vetGo compiles a Go file against this module.
func vetGo(t *testing.T, text string) error {
	file := filepath.Join(t.TempDir(), "sample.go")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		return err
	}
	cmd := exec.Command("go", "vet", file)
	cmd.Dir = repository
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s", out)
	}
	return nil
}

// python is an interpreter with DuckDB, or "" where there is none. In CI there
// has to be one.
func python(t *testing.T) string {
	t.Helper()
	path := filepath.Join(repository, ".venv", "bin", "python")
	err := exec.Command(path, "-c", "import duckdb").Run()
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatalf("no Python with DuckDB (make venv): %v", err)
	}
	if err != nil {
		t.Log("NOT CHECKED: no Python with DuckDB; make venv makes one")
		return ""
	}
	return path
}

func compilePython(t *testing.T, text string) error {
	return runPython(t, "import sys; compile(sys.stdin.read(), 'sample', 'exec')", text)
}

func parseSQL(t *testing.T, text string) error {
	return runPython(t, "import duckdb, sys; assert duckdb.extract_statements(sys.stdin.read())", text)
}

func runPython(t *testing.T, program, input string) error {
	interpreter := python(t)
	if interpreter == "" {
		return nil
	}
	cmd := exec.Command(interpreter, "-c", program)
	cmd.Stdin = strings.NewReader(input)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s", out)
	}
	return nil
}
