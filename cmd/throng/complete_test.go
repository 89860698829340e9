// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/throng-dp/throng/audience"
	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/release"
)

// shopWithReleases makes a folder with a plan, and a ledger with releases of it.
func shopWithReleases(t *testing.T) {
	d := newDesk(t)
	d.open(ledger.Account{Name: "gift-shop", Lineage: "customers", Lines: ledger.Lines{Epsilon: 8, Delta: 1e-7}})
	d.post("gift-shop", "weekly", "2026-03-13", 12)
	res := d.reserve("gift-shop", "weekly", "2026-03-20", 12)
	_, err := res.Post(t.Context(), [32]byte{}, ledger.Cost{MuSquared: 12e9}, func(draw ledger.Draw) ([]byte, error) {
		return release.Encode(&release.Release{Throng: 1, ID: draw.ID, Account: "gift-shop", Plan: "weekly", Date: "2026-03-20",
			Segments: []release.Segment{{ID: "regulars", Status: release.Withheld}, {ID: "returners", Status: release.Withheld}, {ID: "buyers", Status: release.Withheld}}})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// completions are the words that may stand at the end of a line, and what the
// shell adds.
func completions(t *testing.T, line string) []string {
	var out strings.Builder
	if exit := run(t.Context(), append([]string{"throng", completeCommand}, strings.Split(line, " ")...), &out, os.Stderr); exit != 0 {
		t.Errorf("%s: exit %d", line, exit)
	}
	var words []string
	for entry := range strings.Lines(out.String()) {
		word, _, _ := strings.Cut(strings.TrimSuffix(entry, "\n"), "\t")
		words = append(words, word)
	}
	return words
}

func TestComplete(t *testing.T) {
	shopWithReleases(t)
	for line, want := range map[string]string{
		"bui":                             "build",
		"ledger h":                        "history",
		"ledger --":                       "--help",
		"build --da":                      "--date --data",
		"build --date 2026-03-01 --da":    "--data",
		"build plan.yaml --rest":          "--restate",
		"build ":                          ":plans",
		"build p":                         ":plans",
		"build plan.yaml ":                "",
		"build --out ":                    ":folders",
		"build --key-file ":               ":files",
		"build --key-file=":               ":files",
		"build -- ":                       ":plans",
		"build --log-format=":             "--log-format=text --log-format=json",
		"inspect ":                        ":files",
		"show ":                           "weekly@latest weekly@2026-03-20 weekly@2026-03-13 :folders",
		"show weekly@l":                   "weekly@latest :folders",
		"diff weekly@2026-03-13 weekly@2": "weekly@2026-03-20 weekly@2026-03-13 :folders",
		"show weekly@latest --segments ":  "regulars returners buyers",
		"show weekly@latest --segments r": "regulars returners",
		"show weekly@latest --segments regulars,":        "regulars,returners regulars,buyers",
		"show weekly@latest --together=regulars,b":       "--together=regulars,buyers",
		"show --ledger sqlite:ledger.db weekly@":         "weekly@latest weekly@2026-03-20 weekly@2026-03-13 :folders",
		"show --ledger sqlite:none.db ":                  ":folders",
		"show --ledger postgres://localhost/x ":          ":folders",
		"show nothing@latest --segments ":                "",
		"show --segments ":                               "buyers visitors spent-10 spent-20 spent-30 spent-40",
		"export weekly@latest --format data":             "data-label",
		"export weekly@latest --format ":                 strings.Join(formatNames(), " "),
		"explain plan.yaml --family o":                   "overlap",
		"ledger status ":                                 "gift-shop",
		"ledger account g":                               "gift-shop",
		"ledger history --type pos":                      "post",
		"ledger history --type post,vo":                  "post,void",
		"ledger account x --period ":                     strings.Join(ledger.Calendars, " "),
		"ledger status --plan ":                          ":plans",
		"schema ledger-s":                                "ledger-status",
		"completion ":                                    "bash zsh fish",
		"nonsense ":                                      strings.Join(commandNames(), " "),
		"show weekly@latest --segments nonsense --form ": "",
	} {
		if got := completions(t, line); !slices.Equal(got, strings.Fields(want)) {
			t.Errorf("throng %s: %q, want %q", line, got, want)
		}
	}
}

func formatNames() (names []string) {
	for _, f := range append(audience.Formats(), activations...) {
		names = append(names, f.Name)
	}
	return names
}

func commandNames() (names []string) {
	for _, c := range newApp(io.Discard, io.Discard).Commands {
		names = append(names, c.Name)
	}
	return names
}

// TestCompletionInShells runs the completion of the shells that are here, in CI
// of all three.
func TestCompletionInShells(t *testing.T) {
	shopWithReleases(t)
	program, err := os.Executable() // which is throng if it is called so
	if err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(t.TempDir(), "throng")
	if err := os.Symlink(program, bin); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", filepath.Dir(bin)+string(os.PathListSeparator)+os.Getenv("PATH"))
	lines := []struct{ line, want string }{
		{"throng bui", "build"},
		{"throng show weekly@", "weekly@latest weekly@2026-03-20 weekly@2026-03-13"},
		{"throng show weekly@latest --segments regulars,b", "regulars,buyers"},
		{"throng show weekly@latest --segments=r", "--segments=regulars --segments=returners"},
		{"throng ledger status --pl", "--plan"},
		{"throng build pl", "plan.yaml"},
		{"throng build plan.yaml --log-format ", "text json"},
	}
	const mark = "---"
	for shell, how := range map[string]struct {
		args   []string
		before string
		typed  func(line, word, last string) string
	}{
		"bash": {[]string{"--norc", "-c"}, "source <(throng completion bash); compopt() { :; }", func(line, _, last string) string {
			return "COMP_LINE=" + quote(line) + "; COMP_POINT=${#COMP_LINE}; _throng throng " + quote(last) + ` x; printf '%s\n' "${COMPREPLY[@]}"`
		}},
		"fish": {[]string{"--no-config", "-c"}, "throng completion fish | source", func(line, _, _ string) string {
			return "complete -C " + quote(line)
		}},
		// _describe shows what it is given, without descriptions.
		"zsh": {[]string{"-f", "-c"}, `autoload -U compinit; compinit -D -u; source <(throng completion zsh)
_describe() { local v; for v in "${(@P)2}"; do v="${v//\\:/!}"; v="${v%%:*}"; print -r -- "${v//!/:}"; done }
_files() { print -l -- *(N) }`, func(line, word, _ string) string {
			if word == "" {
				line += "''"
			}
			return "words=(" + line + "); CURRENT=${#words}; _throng"
		}},
	} {
		t.Run(shell, func(t *testing.T) {
			path, err := exec.LookPath(shell)
			if err != nil {
				if os.Getenv("CI") != "" {
					t.Fatal("make shells")
				}
				t.Skip("no " + shell + " here")
			}
			script, kept := how.before, []string{}
			for _, c := range lines {
				word := c.line[strings.LastIndex(c.line, " ")+1:]
				last := word
				if shell == "bash" { // it replaces what stands after the last of these, or from @ on
					last = word[max(strings.LastIndexAny(word, ":=")+1, strings.LastIndexByte(word, '@')):]
				}
				kept = append(kept, strings.TrimSuffix(word, last))
				script += "\n" + how.typed(c.line, word, last) + "\necho " + mark
			}
			cmd := exec.Command(path, append(how.args, script)...)
			cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
			out, err := cmd.CombinedOutput()
			answers := strings.Split(string(out), mark)
			if err != nil || len(answers) != len(lines)+1 {
				t.Fatalf("%v: %s", err, out)
			}
			for i, c := range lines {
				var got []string
				for line := range strings.Lines(answers[i]) {
					if word, _, _ := strings.Cut(strings.TrimSpace(line), "\t"); word != "" {
						got = append(got, kept[i]+word)
					}
				}
				want := strings.Fields(c.want)
				if shell == "zsh" { // filters files later
					got = slices.DeleteFunc(got, func(w string) bool { return !strings.HasPrefix(w, c.line[strings.LastIndex(c.line, " ")+1:]) })
				}
				slices.Sort(got)
				slices.Sort(want)
				if !slices.Equal(got, want) {
					t.Errorf("%q: %q, want %q", c.line, got, want)
				}
			}
		})
	}
}
