// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/csv"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
)

// hostilePlan has labels that would act if a terminal, a spreadsheet or a browser
// took them for more than text: inputs 88 to 90 of the fault list. COLUMN is a
// column's name with an escape sequence in it.
const hostilePlan = `throng: 1
name: shop
about: {publisher: "</script><img src=x onerror=alert(1)>"}
data:
  events:
    orders: {files: orders.parquet, person: user_id, time: event_time, columns: {colour: {is: "COLUMN"}}}
  opt_outs: none
purpose: ads
lookback: 30d
privacy: {account: shop, epsilon: 1, delta: 1e-8, min_reach: 0}
let:
  balance: orders.sum(o, o.amount)
  kind: {of: 'orders.latest(o, o.colour)', domain: ["=HYPERLINK(\"http://throng.invalid\")", "+1", "-1", "@x", "\t=1", "＝1+1", "</script><script>alert(1)</script>"]}
segments:
  - {id: buyers, name: "=HYPERLINK(\"http://throng.invalid\",\"x\")", rule: orders.size() > 0}
  - {id: often, name: "</script><img src=x onerror=alert(1)>", description: "[\"</script>\"]", rule: orders.size() > 1}
  - {id: red, name: "@red", description: "＝1+1", rule: 'orders.exists(o, o.colour == "+1")'}
release:
  - reach
  - {breakdown: [kind]}
  - {sum: balance, min: -500, max: 500, unit: "@GBP"}
`

// hostileColumn is shown by inspect and named by errors.
const hostileColumn = "\x1b[31mcolour\x1b]8;;http://throng.invalid\x07"

// escapes are what a terminal acts on, but for line breaks and tabs.
var escapes = regexp.MustCompile("[\x00-\x08\x0b-\x1f\x7f\u0080-\u009f\u202a-\u202e\u2066-\u2069]")

// TestInjection takes a plan and a file with such names through every command that
// prints them: nothing reaches a terminal, a log, a spreadsheet or a page that acts
// there, and a negative number stays a number.
func TestInjection(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	writeHostile(t, at("orders.parquet"))
	escaped := strings.NewReplacer("\x1b", `\e`, "\x07", `\a`).Replace(hostileColumn)
	if err := os.WriteFile(at("plan.yaml"), []byte(strings.Replace(hostilePlan, "COLUMN", escaped, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	missing := strings.Replace(hostilePlan, "COLUMN", escaped+"2", 1)
	if err := os.WriteFile(at("missing.yaml"), []byte(missing), 0o600); err != nil {
		t.Fatal(err)
	}
	throng := func(want int, words ...string) string {
		t.Helper()
		var stdout, stderr strings.Builder
		exit := run(context.Background(), append([]string{"throng"}, words...), &stdout, &stderr)
		said := stdout.String() + stderr.String()
		if exit != want {
			t.Fatalf("throng %s: exit %d, want %d:\n%s", strings.Join(words, " "), exit, want, said)
		}
		if bad := escapes.FindString(said); bad != "" {
			t.Errorf("throng %s prints %q:\n%q", strings.Join(words, " "), bad, said)
		}
		return said
	}
	ledger := "sqlite:" + at("ledger.db")
	throng(0, "ledger", "init", "--ledger", ledger)
	throng(0, "ledger", "account", "--ledger", ledger, "--epsilon", "8", "--delta", "1e-7", "--period", "364d", "--no-ceiling", "shop")
	if said := throng(0, "inspect", at("orders.parquet")); !strings.Contains(said, "colour") {
		t.Errorf("inspect does not show the column: %s", said)
	}
	throng(0, "inspect", at("orders.parquet"), "--json")
	if said := throng(10, "check", at("missing.yaml")); !strings.Contains(said, "colour") {
		t.Errorf("the error does not name the column: %s", said)
	}
	for _, unprintable := range []string{`\e[31mred`, `\e]0;owned\a`, `\u202e`, `a\u2028b`, `\u009b2J`} {
		text := strings.Replace(hostilePlan, "@red", unprintable, 1)
		if err := os.WriteFile(at("unprintable.yaml"), []byte(strings.Replace(text, "COLUMN", escaped, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		if said := throng(10, "check", at("unprintable.yaml")); !strings.Contains(said, "name holds a character that does not print") {
			t.Errorf("%s: %s", unprintable, said)
		}
	}
	throng(0, "check", at("plan.yaml"))
	throng(0, "explain", at("plan.yaml"), "--ledger", ledger)
	throng(0, "build", at("plan.yaml"), "--date", "2011-12-09", "--ledger", ledger, "--log-format", "json")
	throng(0, "build", at("plan.yaml"), "--date", "2011-12-08", "--ledger", ledger)
	for _, words := range []string{"show shop@latest", "show shop@latest --segments buyers,red", "show shop@latest --json", "releases", "diff shop@2011-12-08 shop@latest",
		"verify shop@latest", "ledger history", "ledger status"} {
		throng(0, append(strings.Fields(words), "--ledger", ledger)...)
	}
	err := filepath.WalkDir(at("operator"), func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && filepath.Base(path) != "plan.yaml" {
			text, _ := os.ReadFile(path)
			if bad := escapes.Find(text); bad != nil {
				t.Errorf("%s holds %q", path, bad)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	folder := at("releases/shop/date=2011-12-09/release")
	spreadsheet(t, filepath.Join(folder, "catalog.csv"))
	page, err := os.ReadFile(filepath.Join(folder, "report.html"))
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"<img", "<script", "</script", "\u2028", "\x1b", "\u202e"} {
		if strings.Contains(string(page), bad) {
			t.Errorf("report.html holds %q", bad)
		}
	}
	if said := throng(10, "check", hostileID(t, dir)); !strings.Contains(said, "id") {
		t.Errorf("an id that is a formula: %s", said)
	}
}

// spreadsheet reads a CSV as one would: no cell is a formula, and what is a
// negative number is one.
func spreadsheet(t *testing.T, path string) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	number, negative, guarded := regexp.MustCompile(`^-?\d+(\.\d+)?$`), 0, 0
	for _, row := range rows {
		for _, cell := range row {
			switch {
			case strings.HasPrefix(cell, "'"):
				guarded++
			case number.MatchString(cell):
				if cell[0] == '-' {
					negative++
				}
			case strings.IndexAny(cell, "=+-@\t\r\n＝＋－＠") == 0:
				t.Errorf("%q is a formula", cell)
			}
		}
	}
	if negative == 0 || guarded < 6*3 {
		t.Errorf("%d negative numbers and %d guarded texts: this tests nothing", negative, guarded)
	}
}

// hostileID is a plan whose segment's id is a formula.
func hostileID(t *testing.T, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "id.yaml")
	text := strings.Replace(strings.Replace(hostilePlan, "COLUMN", "user_id", 1), "id: buyers", `id: "=cmd"`, 1)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// writeHostile writes orders whose amounts are mostly below 0 and whose colours
// are formulas, in a column with an escape sequence for a name.
func writeHostile(t *testing.T, path string) {
	t.Helper()
	schema := parquet.NewSchema("orders", parquet.Group{
		"user_id": parquet.String(), "event_time": parquet.Timestamp(parquet.Microsecond), "amount": parquet.Leaf(parquet.DoubleType), hostileColumn: parquet.String(),
	})
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := parquet.NewGenericWriter[map[string]any](file, schema)
	colours := []string{"=HYPERLINK(\"http://throng.invalid\")", "+1", "-1", "@x", "\t=1", "＝1+1", "</script><script>alert(1)</script>"}
	var rows []map[string]any
	for i := range 700 {
		rows = append(rows, map[string]any{"user_id": "u" + time.Duration(i/2).String(), "amount": -float64(i % 50), hostileColumn: colours[i%len(colours)],
			"event_time": time.Date(2011, 12, 1+i%7, 9, 0, 0, 0, time.UTC).UnixMicro()})
	}
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}
