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
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	kyaml "sigs.k8s.io/yaml"
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

// cronJob reads a CronJob by Kubernetes' own types, strictly: fields that these do
// not have, or have twice, are refused.
func cronJob(text string) (*batch.CronJob, error) {
	var job batch.CronJob
	return &job, kyaml.UnmarshalStrict([]byte(text), &job)
}

// cronJobArgs are the arguments of the one container.
func cronJobArgs(t *testing.T) []string {
	t.Helper()
	job, err := cronJob(recipe(t, "cronjob.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	c := job.Spec.JobTemplate.Spec.Template.Spec.Containers
	if len(c) != 1 || c[0].Name != "throng" {
		t.Fatalf("containers %+v", c)
	}
	return c[0].Args
}

// TestCronJob: the recipe is a CronJob that has what a job which reads people's data
// must have, and none that was spoilt is taken for one.
func TestCronJob(t *testing.T) {
	good := recipe(t, "cronjob.yaml")
	if faults := cronJobFaults(good); len(faults) > 0 {
		t.Errorf("%q", faults)
	}
	for _, bad := range [][2]string{
		{"schedule:", "shedule:"}, {"runAsNonRoot: true", "runAsNonRoot: false"}, {"Forbid", "Allow"}, {"backoffLimit: 6", "backoffLimit: six"},
		{"restartPolicy: Never", "restartPolicy: Always"}, {"- name: secrets\n", "- name: secret\n"}, {"defaultMode: 288", "defaultMode: 420"}, {"[75, 143]", "[75]"}, {"readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false"},
	} {
		text := strings.Replace(good, bad[0], bad[1], 1)
		if text == good {
			t.Fatalf("nothing was spoilt: %q", bad[0])
		}
		if len(cronJobFaults(text)) == 0 {
			t.Errorf("%q is taken", bad[1])
		}
	}
}

func cronJobFaults(text string) (faults []string) {
	job, err := cronJob(text)
	if err != nil {
		return []string{err.Error()}
	}
	demand := func(holds bool, what string) {
		if !holds {
			faults = append(faults, what)
		}
	}
	is := func(b *bool, want bool) bool { return b != nil && *b == want }
	pod := job.Spec.JobTemplate.Spec.Template.Spec
	demand(job.APIVersion == "batch/v1" && job.Kind == "CronJob", "no CronJob of batch/v1")
	demand(job.Spec.ConcurrencyPolicy == batch.ForbidConcurrent, "two builds at once")
	demand(job.Spec.TimeZone != nil, "no time zone")
	demand(pod.RestartPolicy == core.RestartPolicyNever, "a pod that restarts hides its exit code")
	demand(pod.SecurityContext != nil && is(pod.SecurityContext.RunAsNonRoot, true), "it may run as root")
	demand(is(pod.AutomountServiceAccountToken, false), "it gets a token of the cluster's")
	// A secret's files are root's: without the group's right nobody's user cannot
	// read them, with any other right no key is taken (ledger.KeyIsOpen).
	for _, v := range pod.Volumes {
		demand(v.Secret == nil || v.Secret.DefaultMode != nil && *v.Secret.DefaultMode == 0o440 && pod.SecurityContext.FSGroup != nil, v.Name+" are keys that are refused")
	}
	rules := job.Spec.JobTemplate.Spec.PodFailurePolicy
	demand(rules != nil && len(rules.Rules) == 2 && slices.Equal(rules.Rules[0].OnExitCodes.Values, []int32{75, 143}) &&
		slices.Equal(rules.Rules[1].OnExitCodes.Values, []int32{0, 75, 143}), "what waiting or another node mends is not tried again")
	for _, c := range pod.Containers {
		s := c.SecurityContext
		demand(s != nil && is(s.ReadOnlyRootFilesystem, true) && is(s.AllowPrivilegeEscalation, false), c.Name+" may do more than it needs")
		for _, m := range c.VolumeMounts {
			demand(slices.ContainsFunc(pod.Volumes, func(v core.Volume) bool { return v.Name == m.Name }), "there is no volume "+m.Name)
		}
	}
	return faults
}

// TestUnits has systemd itself check the units, with this program in the place of
// throng.
func TestUnits(t *testing.T) {
	tool, err := exec.LookPath("systemd-analyze")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
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
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
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
