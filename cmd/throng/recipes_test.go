// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
	"go.yaml.in/yaml/v4"
)

const recipes = "../../docs/recipes"

func recipe(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(recipes, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// commandLine finds throng's command line in a line of a recipe.
var commandLine = regexp.MustCompile(`(?m)^[^#\n]*?(?:^|[ /"=])throng ((?:build|check|explain|export|ledger) [^"\n]*)`)

// templates are what a scheduler puts in.
var templates = regexp.MustCompile(`\{\{[^}]*\}\}`)

// TestRecipesRun holds every command line of the recipes to throng's own parser:
// its commands, flags and arguments are there.
func TestRecipesRun(t *testing.T) {
	lines := map[string][]string{"cronjob.yaml": cronJobArgs(t)}
	for _, name := range []string{"crontab", "throng-gift-shop.service", "dag.py"} {
		m := commandLine.FindStringSubmatch(recipe(t, name))
		if m == nil {
			t.Fatalf("%s: no command line", name)
		}
		lines[name] = strings.Fields(templates.ReplaceAllString(m[1], "2026-01-01"))
	}
	entries, err := os.ReadDir(recipes)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if lines[e.Name()] == nil && !strings.HasSuffix(e.Name(), ".timer") {
			t.Errorf("%s is not looked at", e.Name())
		}
	}
	for name, args := range lines {
		app := newApp(io.Discard, io.Discard)
		line, err := permute(app, append([]string{"throng"}, args...))
		if err != nil {
			t.Errorf("%s: throng %s: %v", name, strings.Join(args, " "), err)
			continue
		}
		ran := false
		for _, c := range app.Commands {
			if c.Name == "build" {
				c.Action = func(*cli.Context) error { ran = true; return nil }
			}
		}
		if err := app.Run(line); err != nil || !ran {
			t.Errorf("%s: throng %s: ran %v, %v", name, strings.Join(args, " "), ran, err)
		}
	}
}

// cronJobArgs are the arguments of the one container.
func cronJobArgs(t *testing.T) []string {
	t.Helper()
	var job struct {
		Spec struct {
			Schedule    string
			JobTemplate struct {
				Spec struct {
					Template struct {
						Spec struct {
							Containers []struct {
								Name string
								Args []string
							}
						}
					}
				}
			} `yaml:"jobTemplate"`
		}
	}
	if err := yaml.Unmarshal([]byte(recipe(t, "cronjob.yaml")), &job); err != nil {
		t.Fatal(err)
	}
	c := job.Spec.JobTemplate.Spec.Template.Spec.Containers
	if len(c) != 1 || c[0].Name != "throng" {
		t.Fatalf("containers %+v", c)
	}
	return c[0].Args
}

// TestUnits has systemd itself check the units, with this program in the place of
// throng.
func TestUnits(t *testing.T) {
	tool, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("NOT CHECKED: no systemd-analyze")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	verify := func(change func(string) string) string {
		var units []string
		for _, name := range []string{"throng-gift-shop.service", "throng-gift-shop.timer"} {
			text := strings.ReplaceAll(recipe(t, name), "/usr/local/bin/throng", self)
			text = strings.ReplaceAll(text, "User=throng", "User=root")
			unit := filepath.Join(dir, name)
			if err := os.WriteFile(unit, []byte(change(text)), 0o600); err != nil {
				t.Fatal(err)
			}
			units = append(units, unit)
		}
		said, err := exec.CommandContext(t.Context(), tool, append([]string{"verify", "--man=no"}, units...)...).CombinedOutput()
		if err != nil {
			return string(said) + err.Error()
		}
		var ours []string // it also reads the machine's own units
		for line := range strings.Lines(string(said)) {
			if strings.Contains(line, "throng") {
				ours = append(ours, line)
			}
		}
		return strings.Join(ours, "")
	}
	if said := verify(func(s string) string { return s }); said != "" {
		t.Errorf("systemd: %s", said)
	}
	for _, bad := range [][2]string{{"OnCalendar=*-*-* 04:15:00", "OnCalendar=at dawn"}, {"Type=exec", "Type=sometimes"}} {
		if verify(func(s string) string { return strings.Replace(s, bad[0], bad[1], 1) }) == "" {
			t.Errorf("systemd takes %s: this test proves nothing", bad[1])
		}
	}
}

// TestDAG has Python parse the DAG and find what it sets: Airflow itself is larger
// than all else together.
func TestDAG(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("NOT CHECKED: no Python")
	}
	const program = `
import ast, sys
tree = ast.parse(open(sys.argv[1]).read(), sys.argv[1])
compile(tree, sys.argv[1], "exec")
for call in ast.walk(tree):
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
        print(call.func.id, *sorted(k.arg for k in call.keywords))
`
	said, err := exec.CommandContext(t.Context(), python, "-c", program, filepath.Join(recipes, "dag.py")).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	for _, want := range []string{"DAG catchup dag_id default_args max_active_runs schedule start_date", "BashOperator append_env bash_command env task_id"} {
		if !slices.Contains(strings.Split(string(bytes.TrimSpace(said)), "\n"), want) {
			t.Errorf("no %s in\n%s", want, said)
		}
	}
}
