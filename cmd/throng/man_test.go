// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestMan writes all pages, and has mandoc look for what a reader of man pages
// would stumble over.
func TestMan(t *testing.T) {
	dir := t.TempDir()
	var out, talk strings.Builder
	if exit := run(t.Context(), []string{"throng", "man", "--dir", dir}, &out, &talk); exit != 0 {
		t.Fatal(talk.String())
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.1"))
	if err != nil {
		t.Fatal(err)
	}
	// The program, its four groups, and each command.
	if want := 5 + len(leaves()); len(files) != want {
		t.Errorf("%d pages, want %d", len(files), want)
	}
	for name, c := range leaves() {
		text, err := os.ReadFile(filepath.Join(dir, "throng-"+name+".1"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range c.Flags {
			if !strings.Contains(string(text), escape("--"+f.Names()[0])) {
				t.Errorf("throng-%s.1 leaves out --%s", name, f.Names()[0])
			}
		}
	}
	mandoc, err := exec.LookPath("mandoc")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("make shells")
		}
		t.Skip("no mandoc here")
	}
	said, _ := exec.Command(mandoc, append([]string{"-T", "lint", "-W", "warning"}, files...)...).CombinedOutput()
	for line := range strings.Lines(string(said)) {
		// Binaries that tests build do not know their commit's day; pages are
		// referred to before they are installed.
		if !strings.Contains(line, "missing date") && !strings.Contains(line, "referenced manual not found") {
			t.Error(strings.TrimSpace(line))
		}
	}
	page, err := exec.Command(mandoc, "-T", "ascii", filepath.Join(dir, "throng-build.1")).Output()
	if err != nil || !strings.Contains(strings.ReplaceAll(string(page), "\b", ""), "the ledger's key in FILE") {
		t.Errorf("throng-build.1 shows as %s, %v", page, err)
	}
}

// TestManEscapes shows that no text is taken for a request of roff's.
func TestManEscapes(t *testing.T) {
	for text, want := range map[string]string{
		".so /etc/passwd": `\&.so /etc/passwd`, `a\fB`: `a\efB`, "'x": `\&'x`, "--date": `\-\-date`, "ε": `\[u03B5]`, `"x"`: `\(dqx\(dq`,
	} {
		if got := escape(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
