// SPDX-License-Identifier: Apache-2.0

//go:build unix

package soak

import (
	"bytes"
	"debug/elf"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
)

var call = regexp.MustCompile(`failpoint\.(?:At|Do|Write)\("([a-z.]+)"`)

// points returns the names of all failpoints in the product's source.
func points(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, top := range []string{"audience", "cmd/throng", "dp"} {
		err := filepath.WalkDir(filepath.Join("../../..", top), func(path string, d os.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			for _, m := range call.FindAllSubmatch(text, -1) {
				names = append(names, string(m[1]))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// TestProductHasNoFailpoints: a product build holds neither the switch nor the
// name of a failpoint nor anything of the package, and obeys no order.
func TestProductHasNoFailpoints(t *testing.T) {
	together(t)
	names := points(t)
	if len(names) < 40 {
		t.Errorf("%d failpoints, want 40 or more: %v", len(names), names)
	}
	product := filepath.Join(t.TempDir(), "throng")
	if err := build(product); err != nil {
		t.Fatal(err)
	}
	faulty, _ := program(t)
	for path, want := range map[string]bool{product: false, faulty: true} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := bytes.Contains(text, []byte("THRONG_FAILPOINT")); got != want {
			t.Errorf("%s: holds the switch: %v", path, got)
		}
		for _, name := range names {
			// Short names are words that other texts have.
			if strings.Contains(name, ".") && bytes.Contains(text, []byte(name)) != want {
				t.Errorf("%s: holds the name %s: %v", path, name, !want)
			}
		}
		if runtime.GOOS == "linux" && hasSymbols(t, path) != want {
			t.Errorf("%s: symbols of the package: %v", path, !want)
		}
	}
	h := newHome(t)
	h.throng = product
	if e := h.run(at("main"), "version"); e.code != 0 {
		t.Errorf("the product obeys: %+v", e)
	}
}

// hasSymbols looks for functions of package failpoint, as `go tool nm` does.
func hasSymbols(t *testing.T, path string) bool {
	t.Helper()
	f, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := f.Symbols()
	if err != nil || len(all) == 0 {
		t.Fatalf("no symbols: %v", err)
	}
	return slices.ContainsFunc(all, func(s elf.Symbol) bool { return strings.Contains(s.Name, "dp/failpoint.") })
}
