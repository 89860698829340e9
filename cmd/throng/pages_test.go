// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestPagesRun types the blocks of the tutorial and of the how-to pages into a
// shell, in a folder of test files and in their order, as a reader does. What a
// page takes for granted besides is made by testdata/pages/PAGE.sh. A block of
// text after one of commands is what they print, but for numbers and what "…"
// stands for. A page whose blocks need other machines says <!-- not run: why -->.
func TestPagesRun(t *testing.T) {
	interpreter := python(t)
	ran := 0
	for _, p := range readPages(t) {
		if p.path != "docs/tutorial.md" && !strings.HasPrefix(p.path, "docs/how-to/") || strings.Contains(p.prose, "<!-- not run: ") {
			continue
		}
		t.Run(strings.TrimSuffix(filepath.Base(p.path), ".md"), func(t *testing.T) {
			if interpreter == "" && slices.ContainsFunc(p.blocks, func(b block) bool { return b.lang == "python" }) {
				t.Skip("NOT RUN: no Python with DuckDB; make venv makes one")
			}
			runPage(t, &p, interpreter)
		})
		ran++
	}
	if ran < 5 {
		t.Errorf("only %d pages found", ran)
	}
}

// namesFile: a block of YAML whose first line is `# plan.yaml` is that file.
var namesFile = regexp.MustCompile(`\A# ([a-z-]+\.yaml)\n`)

// runPage runs all blocks of a page in one shell, so that a cd of one is in
// force in the next.
func runPage(t *testing.T, p *page, interpreter string) {
	dir, outputs, bin := t.TempDir(), t.TempDir(), t.TempDir()
	if err := writeFixtures(dir); err != nil {
		t.Fatal(err)
	}
	script := "set -eEuo pipefail\nat=0\ntrap 'echo \"the block at line $at failed\" >&2' ERR\n"
	setup, err := filepath.Abs(filepath.Join("testdata", "pages", strings.TrimSuffix(filepath.Base(p.path), ".md")+".sh"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(setup); err == nil {
		script += ". '" + setup + "'\n"
	}
	for i, b := range p.blocks {
		out := filepath.Join(outputs, fmt.Sprint(i))
		switch b.lang {
		case "sh":
			script += fmt.Sprintf("at=%d\n{\n%s\n} >'%s' 2>&1\n", b.line, b.text, out)
		case "python":
			script += fmt.Sprintf("at=%d\npython3 - >'%s' 2>&1 <<'END-OF-BLOCK'\n%s\nEND-OF-BLOCK\n", b.line, out, b.text)
		case "yaml":
			if m := namesFile.FindStringSubmatch(b.text); m != nil {
				script += fmt.Sprintf("cat >'%s' <<'END-OF-BLOCK'\n%sEND-OF-BLOCK\n", m[1], b.text)
			}
		}
	}
	program, err := exec.LookPath("throng")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(bin, "python3"), []byte("#!/bin/sh\nexec '"+interpreter+"' \"$@\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("bash", "-c", script)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "NO_COLOR=1", "THRONG_LEDGER=", "THRONG_KEY_FILE=",
		"PATH="+bin+":"+filepath.Dir(program)+":"+os.Getenv("PATH"))
	if said, err := cmd.CombinedOutput(); err != nil {
		for i, b := range p.blocks {
			if text, err := readText(filepath.Join(outputs, fmt.Sprint(i))); err == nil {
				said = fmt.Appendf(said, "-- line %d\n%s", b.line, text)
			}
		}
		t.Fatalf("%s: %v\n%s", p.path, err, said)
	}
	compareOutputs(t, p, outputs)
}

var (
	anyNumber = regexp.MustCompile(`[<> ]*-?\d(?:[\d.,: –-]*\d)?(?:e-\d+)?`)
	blanks    = regexp.MustCompile(`[\s\p{Zs}─]+`)
)

// plainLine is a line of output without what differs from run to run: numbers,
// and how columns are filled up.
func plainLine(s string) string {
	return strings.TrimSpace(anyNumber.ReplaceAllString(blanks.ReplaceAllString(s, " "), " #"))
}

// compareOutputs finds every line of a block of text in what the commands
// before it printed.
func compareOutputs(t *testing.T, p *page, outputs string) {
	t.Helper()
	for i, b := range p.blocks {
		if b.lang != "text" || i == 0 || p.blocks[i-1].lang != "sh" && p.blocks[i-1].lang != "python" {
			continue
		}
		text, err := readText(filepath.Join(outputs, fmt.Sprint(i-1)))
		if err != nil {
			t.Fatal(err)
		}
		var printed []string
		for line := range strings.Lines(text) {
			printed = append(printed, plainLine(line))
		}
		for line := range strings.Lines(b.text) {
			want := plainLine(line)
			if want == "" || want == "…" {
				continue
			}
			pattern := regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(want), "…", ".*") + "$")
			if !slices.ContainsFunc(printed, pattern.MatchString) {
				t.Errorf("%s:%d: nobody prints %q; printed was\n%s", p.path, b.line, strings.TrimSpace(line), text)
			}
		}
	}
}
