// SPDX-License-Identifier: Apache-2.0

package rule_test

import (
	"os"
	"strings"
	"testing"

	"github.com/throng-dp/throng/audience/rule"
)

// TestDocs checks the rules in docs/rules.md, one a line.
func TestDocs(t *testing.T) {
	text, err := os.ReadFile("../../docs/rules.md")
	if err != nil {
		t.Fatal(err)
	}
	lets := sources(fenced(string(text), "cel-let")...)
	segments := sources("regulars: true")
	for _, r := range fenced(string(text), "cel") {
		segments = append(segments, rule.Source{Name: r, Text: r})
	}
	if len(lets) < 3 || len(segments) < 10 {
		t.Fatalf("found %d lets and %d rules", len(lets), len(segments))
	}
	_, faults := rule.Check(shop(), lets, segments, nil)
	for _, f := range faults {
		t.Errorf("%s: %v", map[string][]rule.Source{"let": lets, "segment": segments}[f.In][f.Index].Text, f)
	}
}

// fenced returns the lines of the blocks of one language.
func fenced(text, language string) []string {
	var lines []string
	in := false
	for line := range strings.SplitSeq(text, "\n") {
		switch {
		case line == "```"+language:
			in = true
		case strings.HasPrefix(line, "```"):
			in = false
		case in:
			lines = append(lines, line)
		}
	}
	return lines
}
