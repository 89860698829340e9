// SPDX-License-Identifier: Apache-2.0

package audience_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/throng-dp/throng/audience"
)

// TestLineage holds lineage.jsonl of a build, of one that found its release and of
// one that failed to what OpenLineage asks: a START and an end of the same run,
// with the data sets of the plan and no size of anything.
func TestLineage(t *testing.T) {
	schema := lineageSchema(t)
	l, _ := freshLedger(t)
	job := shopJob(t, l)
	for _, tt := range []struct {
		name, end       string
		fails           bool
		inputs, outputs int
	}{
		{"a build", "COMPLETE", false, 1, 1},
		{"a release that stands", "COMPLETE", false, 0, 1},
		{"a failure", "FAIL", true, 1, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			job := job
			if tt.fails {
				job.Date, job.Root = "2011-12-08", t.TempDir()
			}
			if _, err := audience.Build(t.Context(), job); (err != nil) != tt.fails {
				t.Fatal(err)
			}
			events := newest(t, job.Out)
			if len(events) != 2 {
				t.Fatalf("%d events", len(events))
			}
			for _, e := range events {
				if err := schema.Validate(e); err != nil {
					t.Error(err)
				}
			}
			start, end := events[0].(map[string]any), events[1].(map[string]any)
			if start["eventType"] != "START" || end["eventType"] != tt.end || start["run"].(map[string]any)["runId"] != end["run"].(map[string]any)["runId"] {
				t.Errorf("%v, then %v", start, end)
			}
			if in, out := end["inputs"].([]any), end["outputs"].([]any); len(in) != tt.inputs || len(out) != tt.outputs {
				t.Errorf("inputs %v, outputs %v", in, out)
			} else if len(in) > 0 && !strings.HasPrefix(in[0].(map[string]any)["name"].(string), "/") {
				t.Errorf("inputs %v are named from nowhere", in)
			}
		})
	}
}

// newest returns the events of the newest run beside a folder of releases, and
// takes them away.
func newest(t *testing.T, out string) (events []any) {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(filepath.Dir(out), "operator", "gift-shop", "*", "*", "lineage.jsonl"))
	if err != nil || len(found) != 1 {
		t.Fatalf("lineage: %q, %v", found, err)
	}
	text, err := os.ReadFile(found[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(found[0]); err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(text) {
		e, err := jsonschema.UnmarshalJSON(bytes.NewReader(line))
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, e)
	}
	return events
}

func lineageSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := os.ReadFile("testdata/openlineage.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("openlineage.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("openlineage.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}
