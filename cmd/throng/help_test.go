// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/urfave/cli/v2"
)

// TestHelp holds the help of every command to a text that people have read.
func TestHelp(t *testing.T) {
	before := tag
	tag = "a version"
	t.Cleanup(func() { tag = before })
	texts := map[string]string{}
	var walk func(path []string, commands []*cli.Command)
	walk = func(path []string, commands []*cli.Command) {
		var out, talk strings.Builder
		if exit := run(t.Context(), append(slices.Clone(path), "--help"), &out, &talk); exit != 0 || talk.Len() > 0 {
			t.Errorf("%s --help: exit %d, %s", strings.Join(path, " "), exit, talk.String())
		}
		texts[strings.Join(path, "-")+".txt"] = out.String()
		for _, c := range commands {
			walk(append(slices.Clone(path), c.Name), c.Subcommands)
		}
	}
	walk([]string{"throng"}, newApp(io.Discard, io.Discard).Commands)
	const folder = "testdata/help"
	if *update {
		if err := os.RemoveAll(folder); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, got := range texts {
		file := filepath.Join(folder, name)
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatalf("%v: go test ./cmd/throng -run TestHelp -update", err)
		}
		if got != string(want) {
			t.Errorf("%s differs; read the new text, then run this test with -update:\n%s", name, got)
		}
	}
	approved, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	if len(approved) != len(texts) {
		t.Errorf("%s has %d texts, for %d commands", folder, len(approved), len(texts))
	}
}

// TestHelpIsReadable holds help texts to a few habits.
func TestHelpIsReadable(t *testing.T) {
	for name, c := range leaves() {
		if c.Usage == "" || strings.HasSuffix(c.Usage, ".") {
			t.Errorf("%s: its usage is a phrase: %q", name, c.Usage)
		}
		for line := range strings.Lines(c.Description) {
			if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > 95 {
				t.Errorf("%s: a line of its description has %d characters: %s", name, n, line)
			}
		}
		for _, f := range c.Flags {
			if f.(cli.DocGenerationFlag).GetUsage() == "" {
				t.Errorf("%s: --%s says nothing", name, f.Names()[0])
			}
		}
	}
}
