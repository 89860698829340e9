// SPDX-License-Identifier: Apache-2.0

package local

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const formsPlan = `
throng: 1
name: forms
data:
  events:
    v: {files: files, person: who, time: at}
  opt_outs: none
purpose: ads
lookback: 30d
privacy: {account: a, epsilon: 1, delta: 1e-8, min_reach: 100}
segments:
  - {id: many, rule: v.size() > 5}
  - {id: n, rule: "v.sum(e, e.n) > 200"}
  - {id: x, rule: "v.sum(e, e.x) > 500.0"}
  - {id: above, rule: "v.exists(e, e.x > 100.0)"}
  - {id: zero, rule: "v.exists(e, e.x == 0.0)"}
  - {id: blank, rule: 'v.exists(e, e.s == "")'}
  - {id: texts, rule: "v.distinct(e, e.s) >= 3"}
  - {id: decimals, rule: "v.distinct(e, e.d) >= 3"}
  - {id: some, rule: "v.exists(e, e.b)"}
  - {id: every, rule: "v.all(e, e.b)"}
  - {id: d, rule: "v.sum(e, e.d) > 0"}
  - {id: week, rule: "v.exists(e, e.days_ago < 7)"}
  - {id: today, rule: "v.count(e, e.days_ago == 0) > 0"}
  - {id: day, rule: 'v.exists(e, e.day == timestamp("2011-12-09T00:00:00Z"))'}
  - {id: s, rule: 'v.max(e, e.s) > "s3"'}
  - {id: s4, rule: 'v.exists(e, e.s.startsWith("s4"))'}
  - {id: none, rule: '!v.exists(e, has(e.n))'}
release: [reach]
`

// TestEveryFormOfParquet: one table, written by two writers in every codec,
// page version and encoding, with nulls at page ends, with columns beside it
// that rules cannot see, is one and the same to every rule.
func TestEveryFormOfParquet(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	write := exec.CommandContext(t.Context(), pythonWith(t, "duckdb, pyarrow"), "testdata/forms.py", root)
	if said, err := write.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	text, err := os.ReadFile(filepath.Join(root, "want.json"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int64{}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(root, "want.json")); err != nil {
		t.Fatal(err)
	}
	forms, err := os.ReadDir(root)
	if err != nil || len(forms) < 50 {
		t.Fatalf("%d forms, %v", len(forms), err)
	}
	for _, form := range forms {
		t.Run(form.Name(), func(t *testing.T) {
			in := inputFrom(t, root, strings.Replace(formsPlan, "files: files", "files: "+form.Name(), 1))
			if got := reaches(t, in, exact(t, in)); !maps.Equal(got, want) {
				t.Errorf("%v\nwant %v", got, want)
			}
		})
	}
}
