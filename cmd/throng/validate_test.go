// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// seenVariable names the file in which a throng that a script runs notes which
// commands printed JSON, and what of it fits no schema.
const seenVariable = "THRONG_TEST_SEEN"

// checkedMain is the program as scripts run it: what it prints with --json is
// held to the published schemas.
func checkedMain() {
	if os.Getenv(seenVariable) == "" || !wantsJSON(os.Args) {
		main()
		return
	}
	noCoreDumps()
	quietGlog()
	exit, name, wrong := ranJSON(untilSignal(context.Background()), os.Args, os.Stdout, os.Stderr)
	if name != "" && (exit == 0 || wrong != nil) {
		if err := seen(os.Getenv(seenVariable)).note(name, wrong); err != nil {
			panic(err)
		}
	}
	os.Exit(exit)
}

// ranJSON runs a command in this process and holds what it prints to its schema.
func ranJSON(ctx context.Context, args []string, out, talk io.Writer) (exit int, name string, wrong error) {
	var o, e bytes.Buffer
	exit = run(ctx, args, io.MultiWriter(out, &o), io.MultiWriter(talk, &e))
	name, wrong = fits(args, exit, o.Bytes(), e.Bytes())
	return exit, name, wrong
}

// fits tells the schema of what a command printed, and what of it does not fit.
func fits(args []string, exit int, out, talk []byte) (name string, wrong error) {
	name = schemaOfLine(args)
	if name == "" {
		return "", nil
	}
	if exit != 0 {
		lines := bytes.Split(bytes.TrimSpace(talk), []byte("\n"))
		if err := validate("error", lines[len(lines)-1]); err != nil {
			return name, fmt.Errorf("its error: %w", err)
		}
		if len(bytes.TrimSpace(out)) == 0 {
			return name, nil
		}
	}
	return name, validate(name, out)
}

// schemaOfLine is the name of the schema of a command line; empty if it only
// asks for help.
func schemaOfLine(args []string) string {
	app := newApp(io.Discard, io.Discard)
	var path []string
	commands := app.Commands
	for _, word := range args[1:] {
		if word == "--help" || word == "-h" || word == "help" || word == "--version" {
			return ""
		}
		c := find(commands, word)
		if c == nil {
			continue
		}
		path, commands = append(path, c.Name), c.Subcommands
	}
	return strings.Join(path, "-")
}

func validate(name string, text []byte) error {
	schema, err := compileSchema(name)
	if err != nil {
		return err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return fmt.Errorf("not JSON: %w", err)
	}
	return schema.Validate(doc)
}

// compileSchema compiles a published schema, without a network.
func compileSchema(name string) (*jsonschema.Schema, error) {
	text := schemaOf(name)
	if text == nil {
		return nil, errors.New("no schema of " + name)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	c.UseLoader(jsonschema.SchemeURLLoader{})
	if err := c.AddResource(name, doc); err != nil {
		return nil, err
	}
	return c.Compile(name)
}

func publishedSchema(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	schema, err := compileSchema(name)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return schema
}

// A seen is the file behind seenVariable.
type seen string

// note adds a line: "ok NAME", or what is wrong.
func (f seen) note(name string, wrong error) error {
	line := "ok " + name
	if wrong != nil {
		line = strings.ReplaceAll(fmt.Sprintf("%s does not fit its schema: %v", name, wrong), "\n", " ")
	}
	file, err := os.OpenFile(string(f), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.WriteString(line + "\n")
	return errors.Join(err, file.Close())
}

// judge fails the test for what fits no schema, and for commands whose JSON no
// script has seen.
func (f seen) judge(t *testing.T, all bool) {
	text, err := os.ReadFile(string(f))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	ok := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		name, good := strings.CutPrefix(strings.TrimSpace(line), "ok ")
		ok[name] = true
		if !good {
			t.Error(name)
		}
	}
	if !all {
		return
	}
	for name := range leaves() {
		if !ok[name] && !slices.Contains(wordsOnly, name) {
			t.Errorf("no script runs %s --json", strings.ReplaceAll(name, "-", " "))
		}
	}
}

// TestValidation shows that what fits no schema is found.
func TestValidation(t *testing.T) {
	for _, c := range []struct {
		name, args, out, talk, want string
		exit                        int
	}{
		{"fits", "version --json", `{"version": "1"}`, "", "", 0},
		{"a field too many", "version --json", `{"version": "1", "x": 1}`, "", "additional properties 'x' not allowed", 0},
		{"another type", "version --json", `{"version": 1}`, "", "got number, want string", 0},
		{"null for a list", "releases --json", `null`, "", "got null, want array", 0},
		{"no JSON", "ledger verify --json", `ok`, "", "not JSON", 0},
		{"an error", "build p.yaml --json", ``, "warning: x\n" + `{"code":"a","exit":2,"retryable":false,"who":"caller","message":"m"}`, "", 2},
		{"an error without who", "build p.yaml --json", ``, `{"code":"a","exit":2,"retryable":false,"message":"m"}`, "missing property 'who'", 2},
		{"an error in words", "build p.yaml --json", ``, "throng: no such plan", "not JSON", 10},
		{"a catalogue with another version", "show r --json", `{"throng": 2}`, "", "anyOf", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := fits(strings.Fields("throng "+c.args), c.exit, []byte(c.out), []byte(c.talk))
			if got := fmt.Sprint(err); (err == nil) != (c.want == "") || err != nil && !strings.Contains(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
