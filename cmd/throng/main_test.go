// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/throng-dp/throng/dp/ramdisk"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestMain(m *testing.M) {
	testscript.Main(inMemory{m}, map[string]func(){"throng": checkedMain})
}

// inMemory are tests whose temporary files are in memory.
type inMemory struct{ *testing.M }

func (m inMemory) Run() int { return ramdisk.Run(m.M.Run) }

// rarely lets a command that lives for a tenth of a second collect no garbage.
const rarely = "GOGC=400"

// TestScripts runs commands as their users do. Each script finds the files of
// writeFixtures in its folder.
func TestScripts(t *testing.T) {
	fixtures := t.TempDir()
	if err := writeFixtures(fixtures); err != nil {
		t.Fatal(err)
	}
	printed := seen(filepath.Join(t.TempDir(), "printed"))
	t.Cleanup(func() { printed.judge(t, !strings.Contains(flag.Lookup("test.run").Value.String(), "/")) })
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *update,
		Setup: func(env *testscript.Env) error {
			env.Setenv("NO_COLOR", "1")
			env.Vars = append(env.Vars, rarely)
			env.Setenv(seenVariable, string(printed))
			return os.CopyFS(env.WorkDir, os.DirFS(fixtures))
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "same": same, "some": some, "mark": mark, "refused": refused,
		},
	})
}

// exits N COMMAND…: the command ends with N.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits N COMMAND...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// some N PATTERN COMMAND…: of N runs of the command, with {} in it from 1 to N,
// one at least says on standard error what the pattern asks for. For what noise
// decides; the script says how likely a correct program fails it.
func some(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: some N PATTERN COMMAND...")
	}
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	pattern, err := regexp.Compile(args[1])
	ts.Check(err)
	for i := 1; i <= n; i++ {
		var command []string
		for _, word := range args[2:] {
			command = append(command, strings.ReplaceAll(word, "{}", strconv.Itoa(i)))
		}
		ts.Check(ts.Exec(command[0], command[1:]...))
		if pattern.MatchString(ts.ReadFile("stderr")) {
			return
		}
	}
	ts.Fatalf("none of %d runs said %s", n, args[1])
}

// same A B: two folders hold the same files.
func same(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: same A B")
	}
	a, b := readFolder(ts, args[0]), readFolder(ts, args[1])
	equal := len(a) == len(b)
	for name, text := range a {
		equal = equal && b[name] == text
	}
	if equal == neg {
		ts.Fatalf("%s and %s: same is %v", args[0], args[1], equal)
	}
}

func readFolder(ts *testscript.TestScript, folder string) map[string]string {
	files := map[string]string{}
	entries, err := os.ReadDir(ts.MkAbs(folder))
	ts.Check(err)
	for _, e := range entries {
		files[e.Name()] = ts.ReadFile(filepath.Join(folder, e.Name()))
	}
	return files
}
