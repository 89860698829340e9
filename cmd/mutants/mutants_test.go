// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestMutantsFit holds every bug to the sources as they are, so that whoever
// changes them learns at once: its words stand there once, and the test that is
// named for it exists. Whether that test finds it, make mutants tells.
func TestMutantsFit(t *testing.T) {
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	if n := len(all()); n < 50 {
		t.Errorf("%d bugs, want 50", n)
	}
	seen := map[string]bool{}
	for _, m := range all() {
		if seen[m.name] {
			t.Errorf("%s: a name twice", m.name)
		}
		seen[m.name] = true
		if _, err := m.apply(root); err != nil {
			t.Errorf("%s: %v", m.name, err)
		}
		name, _, _ := strings.Cut(m.test, "/")
		if !hasTest(t, filepath.Join(root, m.pkg), name) {
			t.Errorf("%s: %s has no %s", m.name, m.pkg, name)
		}
	}
}

func hasTest(t *testing.T, dir, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	head := regexp.MustCompile(`(?m)^func ` + name + `\(`)
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if head.Match(text) {
			return true
		}
	}
	return false
}

// TestVerdict tells a test that failed from one that was merely running.
func TestVerdict(t *testing.T) {
	for text, want := range map[string]bool{
		"--- FAIL: TestX (0.00s)\n":                                   true,
		"    --- FAIL: TestX/sub (0.00s)\n":                           false,
		"--- PASS: TestX (0.00s)\n":                                   false,
		"panic: test timed out after 5m0s\n--- FAIL: TestX (0.00s)\n": false,
		"exit status 2\n":                                             false,
	} {
		if failed(text, "TestX") != want {
			t.Errorf("%q: failed is %v", text, !want)
		}
	}
}
