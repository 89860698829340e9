// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"throng": main})
}

// TestScripts runs commands as their users do. Each script finds the files of
// writeFixtures in its folder.
func TestScripts(t *testing.T) {
	fixtures := t.TempDir()
	if err := writeFixtures(fixtures); err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *update,
		Setup: func(env *testscript.Env) error {
			env.Setenv("NO_COLOR", "1")
			return os.CopyFS(env.WorkDir, os.DirFS(fixtures))
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "same": same,
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
