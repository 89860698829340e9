// SPDX-License-Identifier: Apache-2.0

package audience_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/throng-dp/throng/"

// mayImport is the floor plan: who may import whom of ours. A new package
// starts with its row.
var mayImport = map[string][]string{
	// room 3: released numbers
	"dp/release":              {},
	"audience/export":         {"dp/release"},
	"audience/report":         {"dp/release"},
	"audience/report/browser": {}, // for tests: pages in Chromium

	// room 2: exact counts
	"dp/accountant":        {},
	"dp/audit":             {"dp/accountant"},
	"dp/failpoint":         {},
	"dp/bitmatrix":         {},
	"dp/ledger":            {"dp/accountant", "dp/failpoint"},
	"dp/ledger/sqlite":     {"dp/failpoint", "dp/ledger", "dp/ledger/internal/disk", "dp/ledger/internal/tables"},
	"dp/ledger/ledgertest": {"dp/ledger"},
	"dp":                   {"dp/accountant", "dp/bitmatrix", "dp/failpoint", "dp/ledger", "dp/release"},
	"dp/dptest":            {"dp", "dp/ledger", "dp/ledger/sqlite", "dp/release"},

	"dp/ramdisk": {}, // for tests: temporary files in memory

	// what stores share, and a server for their tests
	"dp/ledger/internal/disk":   {"dp/ledger"},
	"dp/ledger/internal/tables": {"dp/ledger"},
	"dp/ledger/postgres":        {"dp/failpoint", "dp/ledger", "dp/ledger/internal/disk", "dp/ledger/internal/tables"},
	"dp/ledger/postgres/pgtest": {"dp/ramdisk"},
	"dp/ledger/witness":         {"dp/failpoint", "dp/ledger", "dp/ledger/internal/disk"},

	// the plan: no row, no count
	"audience/fault": {},
	"audience/rule":  {},

	// strings of consent: decoders, of nobody
	"audience/consent/gpp":    {},
	"audience/consent/signal": {"audience/consent/gpp"},
	"audience/match":          {"audience/rule"},
	"audience/match/adserver": {"audience/match"},
	"audience/sql":            {"audience/rule"},
	"audience/sql/sqltest":    {"audience/sql"},
	"audience/rule/ruletest":  {"audience/match", "audience/rule"},
	"audience/plan":           {"audience/match", "audience/rule", "dp", "dp/ledger", "dp/release"},
	"audience/activation":     {"audience/match", "audience/plan", "audience/rule", "audience/sql", "dp/release"},

	// room 1: rows about people
	"audience/cleanroom":                   {"audience/plan", "audience/rule", "dp"},
	"audience/cleanroom/internal/event":    {"audience/fault", "audience/plan", "audience/rule"},
	"audience/cleanroom/internal/identity": {"audience/cleanroom/internal/event", "audience/plan", "audience/rule"},
	"audience/cleanroom/internal/rows":     {"audience/cleanroom/internal/event", "audience/fault"},
	"audience/cleanroom/internal/consent":  {"audience/consent/signal", "audience/cleanroom", "audience/cleanroom/internal/event", "audience/cleanroom/internal/identity", "audience/cleanroom/internal/rows", "audience/fault", "audience/plan", "audience/rule"},
	"audience/cleanroom/internal/segment":  {"audience/cleanroom/internal/event", "audience/cleanroom/internal/near", "audience/plan", "audience/rule", "dp/bitmatrix"},
	"audience/cleanroom/internal/bound":    {},
	"audience/cleanroom/internal/near":     {},
	"audience/cleanroom/local": {"audience/cleanroom", "audience/cleanroom/internal/bound", "audience/cleanroom/internal/consent",
		"audience/cleanroom/internal/event", "audience/cleanroom/internal/identity", "audience/cleanroom/internal/near", "audience/cleanroom/internal/rows", "audience/cleanroom/internal/segment",
		"audience/fault", "audience/plan", "audience/rule", "dp", "dp/failpoint"},

	// the run and its command line
	"audience": {"audience/cleanroom", "audience/export", "audience/fault", "audience/plan", "audience/report", "audience/rule",
		"dp", "dp/failpoint", "dp/ledger", "dp/release"},
	"audience/attack": {"audience", "audience/cleanroom", "audience/cleanroom/local", "audience/fault", "audience/plan", "audience/rule",
		"dp", "dp/accountant", "dp/audit", "dp/ledger", "dp/ledger/sqlite", "dp/release"},
	"audience/rehearsal": {"audience/plan", "audience/rule"},
	"cmd/throng": {"audience", "audience/activation", "audience/attack", "audience/cleanroom", "audience/cleanroom/local", "audience/export", "audience/fault", "audience/match", "audience/plan",
		"audience/rehearsal", "audience/report", "audience/rule", "audience/sql", "cmd/throng/headroom", "dp", "dp/failpoint", "dp/ledger", "dp/ledger/postgres", "dp/ledger/sqlite", "dp/ledger/witness", "dp/release"},
	"cmd/throng/headroom": {},

	// beside the product: invented data, and how fast it is counted
	"cmd/datagen":        {},
	"cmd/bench":          {"audience/cleanroom", "audience/cleanroom/local", "audience/plan", "audience/rule", "cmd/bench/workload", "dp"},
	"cmd/bench/workload": {},

	// the real binary, killed, starved and misled; tests alone
	"cmd/throng/soak":            {},
	"dp/ledger/sqlite/powerloss": {},

	// seeded bugs, and whether tests find them
	"cmd/mutants": {},
}

// onlyEngines may hold a dp.Builder: they hand over whole people (R9).
var onlyEngines = []string{"audience/cleanroom/local", "dp", "dp/dptest"}

// TestRooms holds every package to its row of mayImport.
func TestRooms(t *testing.T) {
	for dir, files := range sources(t) {
		allowed, known := mayImport[dir]
		if !known {
			t.Errorf("%s: no row in mayImport", dir)
			continue
		}
		for _, file := range files {
			for _, path := range imports(t, file) {
				ours, ok := strings.CutPrefix(path, module)
				if ok && !slices.Contains(allowed, ours) {
					t.Errorf("%s: %s may not import %s", file, dir, ours)
				}
			}
		}
	}
}

// TestOnlyEnginesBuildTallies keeps dp's entrance to the clean room's engines.
func TestOnlyEnginesBuildTallies(t *testing.T) {
	for dir, files := range sources(t) {
		if slices.Contains(onlyEngines, dir) {
			continue
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(text), "dp.NewBuilder") {
				t.Errorf("%s: only engines may fill tallies", file)
			}
		}
	}
}

// otherModules have a go.mod of their own: programs to measure beside, which no
// package here can import.
var otherModules = []string{"cmd/bench/peers/beam"}

// sources returns the non-test Go files of the module by package folder.
func sources(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	for _, top := range []string{"audience", "dp", "cmd"} {
		err := filepath.WalkDir(filepath.Join("..", top), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			dir := strings.TrimPrefix(filepath.ToSlash(filepath.Dir(path)), "../")
			if slices.Contains(otherModules, dir) {
				return nil
			}
			found[dir] = append(found[dir], path)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(found) == 0 {
		t.Fatal("found no package")
	}
	return found
}

func imports(t *testing.T, file string) []string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, i := range f.Imports {
		path, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return paths
}
