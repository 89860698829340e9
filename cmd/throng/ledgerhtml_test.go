// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestBudgetPage writes the page of accounts after a release and a try that
// failed: it tells of the one, and of the other no more than what is set aside.
func TestBudgetPage(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := writeFixtures(dir); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"plan.yaml": strings.Replace(neighboursPlan, "*.parquet", "orders.parquet", 1), "out.csv": "who\nsomebody\n"} {
		if err := os.WriteFile(at(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if p := buildIn(t, dir); p.exit != 0 { // of 2011-12-09
		t.Fatal(p.said)
	}
	var stdout, stderr strings.Builder
	command := func(words ...string) int {
		stdout.Reset()
		stderr.Reset()
		return run(context.Background(), append(append([]string{"throng"}, words...), "--ledger", "sqlite:"+at("ledger.db")), &stdout, &stderr)
	}
	text, err := os.ReadFile(at("orders.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	text[40] ^= 0xff // in a page, which is read only once budget is reserved
	if err := os.WriteFile(at("orders.parquet"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	if exit := command("build", at("plan.yaml"), "--date", "2011-12-08"); exit != 11 {
		t.Fatalf("exit %d: %s", exit, stderr.String())
	}
	if command("ledger", "history", "shop"); !strings.Contains(stdout.String(), "shop@2011-12-08") || !strings.Contains(stdout.String(), "keep") {
		t.Fatalf("the try left nothing that could be told:\n%s", stdout.String())
	}

	if exit := command("ledger", "status", "--html", at("budget.html"), "--plan", at("plan.yaml")); exit != 0 {
		t.Fatal(stderr.String())
	}
	page, err := os.ReadFile(at("budget.html"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"shop of 2011-12-09", "1 release", "of the period is set aside for builds that have not ended", "What if shop had another ε?", "as the plan is"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	for _, never := range []string{"2011-12-08", "failed", "keep"} {
		if strings.Contains(string(page), never) {
			t.Errorf("the page says %q", never)
		}
	}
	info, err := os.Stat(at("budget.html"))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("others may read the page: %v", info.Mode())
	}
	if exit := command("ledger", "status", "--html", at("no/budget.html")); exit != 15 {
		t.Errorf("a folder that is not there: exit %d", exit)
	}
}
