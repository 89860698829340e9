// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/throng-dp/throng/dp/ledger/ledgertest"
)

const errorPages = "docs/reference/errors/"

// An errorCode is one entry of the error catalogue.
type errorCode struct {
	page, code, prose string
	console           string // what somebody types, and what is answered; may be empty
}

// catalogue reads the pages of the error catalogue: a heading for each code, a
// text, and an example.
func catalogue(t *testing.T) []errorCode {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(repository, errorPages, "[0-9]*.md"))
	if err != nil {
		t.Fatal(err)
	}
	var all []errorCode
	for _, file := range files {
		text, err := readText(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range strings.Split(text, "\n## ")[1:] {
			title, body, _ := strings.Cut(part, "\n")
			e := errorCode{page: file, code: title, prose: body}
			if before, rest, ok := strings.Cut(body, "```console\n"); ok {
				e.prose = before
				e.console, _, _ = strings.Cut(rest, "```\n")
			}
			all = append(all, e)
		}
	}
	return all
}

var (
	codeText = regexp.MustCompile(`^(usage|plan|input|consent|refused|ledger|output|key|later|internal)\.[a-z-]+$`)
	aFile    = regexp.MustCompile(`\.(yaml|db|key)$`)
	aTest    = regexp.MustCompile("`(Test[A-Za-z0-9]+)`")
)

// TestCatalogueIsComplete: every code that the sources have is in the catalogue
// once, and no other; and each has an example, or names the test that provokes
// it.
func TestCatalogueIsComplete(t *testing.T) {
	inSource, tests := codesAndTests(t)
	known := func(code string) bool { // a file of choices has the faults of other files, too
		of, ok := strings.CutPrefix(code, "consent.")
		return inSource[code] || ok && inSource["input."+of]
	}
	seen := map[string]bool{}
	for _, e := range catalogue(t) {
		switch {
		case seen[e.code]:
			t.Errorf("%s stands twice in the catalogue", e.code)
		case !known(e.code):
			t.Errorf("%s: no source has the code %s", e.page, e.code)
		case len(strings.TrimSpace(e.prose)) < 40:
			t.Errorf("%s: %s: it does not say what happened and what to do", e.page, e.code)
		case e.console == "" && !aTest.MatchString(e.prose) && !strings.Contains(e.prose, "Not provoked by a test: "):
			t.Errorf("%s: %s has no example, names no test that provokes it, and does not say why none does", e.page, e.code)
		}
		seen[e.code] = true
		for _, m := range aTest.FindAllStringSubmatch(e.prose, -1) {
			if !tests[m[1]] {
				t.Errorf("%s: %s: there is no test %s", e.page, e.code, m[1])
			}
		}
	}
	for code := range inSource {
		of, ok := strings.CutPrefix(code, "input.")
		if !seen[code] && !(ok && seen["consent."+of]) {
			t.Errorf("%s is on no page of %s: say there what happened and what to do, with an example", code, errorPages)
		}
	}
}

// codesAndTests finds, in all sources, texts that are codes, but for names of
// failpoints, which look alike; and the names of tests.
func codesAndTests(t *testing.T) (codes, tests map[string]bool) {
	t.Helper()
	codes, tests = map[string]bool{"stopped": true, "attack": true, "doctor": true, "internal": true, "usage": true, "plan": true}, map[string]bool{}
	walkFiles(t, func(path string) {
		if filepath.Ext(path) != ".go" || strings.HasPrefix(path, "cmd/") && !strings.HasPrefix(path, "cmd/throng/") {
			return
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(repository, path), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		isTest := strings.HasSuffix(path, "_test.go")
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if isTest && strings.HasPrefix(n.Name.Name, "Test") {
					tests[n.Name.Name] = true
				}
				return !isTest
			case *ast.CallExpr:
				sel, ok := n.Fun.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				if sel.Sel.Name == "fault" && strings.HasSuffix(filepath.Dir(path), "/rows") { // puts "input." before it
					if lit, ok := n.Args[0].(*ast.BasicLit); ok {
						codes["input."+strings.Trim(lit.Value, `"`)] = true
					}
				}
				pkg, ok := sel.X.(*ast.Ident)
				return !ok || pkg.Name != "failpoint"
			case *ast.BasicLit:
				if s, err := strconv.Unquote(n.Value); err == nil && !isTest && codeText.MatchString(s) && !aFile.MatchString(s) {
					codes[s] = true
				}
			}
			return true
		})
	})
	return codes, tests
}

// TestCatalogue provokes every example of the catalogue and compares what is
// answered, word for word. With --json the last command of each tells the code
// that the example stands for, and ends with the page's exit code.
func TestCatalogue(t *testing.T) {
	if os.Getuid() != 0 && testing.Short() {
		t.Skip("examples of file modes differ")
	}
	clock := ledgertest.NewClock()
	before := now
	now = clock.Now
	t.Cleanup(func() { now = before })
	base := t.TempDir()
	t.Chdir(base)
	if err := writeFixtures(base); err != nil {
		t.Fatal(err)
	}
	planText, err := readText(filepath.Join(texts, "plan.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"plan.yaml": planText, "opt_outs.csv": "user_id\nu001\nu002\nu003\n"} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, command := range []string{"throng ledger init", "throng ledger account gift-shop --epsilon 8 --delta 1e-7 --period 364d --ceiling 24"} {
		if said, exit := (&typist{t}).types(command); exit != 0 {
			t.Fatal(said)
		}
	}
	examples := 0
	for _, e := range catalogue(t) {
		if e.console == "" {
			continue
		}
		examples++
		name := filepath.Base(e.page)
		number, _, _ := strings.Cut(name, "-")
		exit, err := strconv.Atoi(number)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(e.code, func(t *testing.T) {
			got := (&typist{t}).session(base, e.console, e.code, exit)
			switch {
			case got == e.console:
			case !*update:
				t.Errorf("%s says\n%s\nand the program\n%s", name, e.console, got)
			default:
				text, err := readText(e.page)
				if err == nil {
					err = os.WriteFile(e.page, []byte(strings.Replace(text, e.console, got, 1)), 0o644)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
		})
	}
	if examples < 50 {
		t.Errorf("only %d examples found", examples)
	}
}

// A typist types the commands of an example.
type typist struct{ *testing.T }

// session types what an example types, in a copy of a folder, and returns how
// it reads then: what the last command prints is part of it. That one is typed
// with --json first, in another copy.
func (c *typist) session(base, console, code string, exit int) string {
	c.Helper()
	dir := c.copied(base)
	c.Chdir(dir)
	var commands []string
	for line := range strings.Lines(console) {
		if command, ok := strings.CutPrefix(line, "$ "); ok {
			commands = append(commands, strings.TrimRight(command, "\n"))
		}
	}
	var b strings.Builder
	for i, command := range commands {
		if i == len(commands)-1 {
			c.Chdir(c.copied(dir))
			c.tells(command, code, exit)
			c.Chdir(dir)
		}
		said, ended := c.types(command)
		b.WriteString("$ " + command + "\n")
		if i == len(commands)-1 {
			b.WriteString(said)
		} else if ended != 0 {
			c.Errorf("%s: %s", command, said)
		}
	}
	return strings.ReplaceAll(b.String(), dir, "/home/you/shop")
}

// copied copies a folder with its links and the modes of its files.
func (c *typist) copied(from string) string {
	c.Helper()
	to := c.TempDir()
	if out, err := exec.Command("cp", "-a", from+"/.", to).CombinedOutput(); err != nil {
		c.Fatalf("%s", out)
	}
	return to
}

// tells runs a command with --json.
func (c *typist) tells(command, code string, exit int) {
	c.Helper()
	said, ended := c.types(strings.Replace(command, "throng ", "throng --json ", 1))
	if strings.Contains(said, "unknown flag") {
		said, ended = c.types(command + " --json")
	}
	lines := strings.Split(strings.TrimSpace(said), "\n")
	var r report
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &r); err != nil {
		c.Errorf("%s: %v in %s", command, err, said)
		return
	}
	if r.Code != code || r.Exit != exit || ended != exit {
		c.Errorf("%s ends with %d and %s, and should with %d and %s", command, ended, r.Code, exit, code)
	}
}

var aWord = regexp.MustCompile(`"[^"]*"|'[^']*'|\S+`)

// types runs one line. A command of throng runs in this process, whose clock
// stands still; every other one is given to a shell.
func (c *typist) types(command string) (string, int) {
	c.Helper()
	var words []string
	for _, w := range aWord.FindAllString(command, -1) {
		words = append(words, strings.Trim(w, `"'`))
	}
	if words[0] != "throng" {
		out, err := exec.Command("bash", "-c", command).CombinedOutput()
		if err != nil {
			c.Errorf("%s: %v\n%s", command, err, out)
		}
		return string(out), 0
	}
	var out, talk strings.Builder
	exit := run(context.Background(), words, &out, &talk)
	return randomID.ReplaceAllString(out.String()+talk.String(), "id"), exit
}
