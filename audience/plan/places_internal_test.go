// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// TestPlacesInEveryStyle finds a marked word of a rule in the file, whatever
// style the rule is written in.
func TestPlacesInEveryStyle(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		at         Place // of MARK
	}{
		{"plain", "rule: a && MARK", Place{1, 12}},
		{"plain after other letters", "rule: é == MARK", Place{1, 12}},
		{"plain over lines", "rule: a &&\n    b &&\n  MARK > 1", Place{3, 3}},
		{"plain over an empty line", "rule: a &&\n\n  MARK", Place{3, 3}},
		{"plain with a comment", "rule: a && MARK # why", Place{1, 12}},
		{"single", "rule: 'a == ''x'' && MARK'", Place{1, 22}},
		{"single over lines", "rule: 'a ==\n  ''x'' &&   \n  MARK'", Place{3, 3}},
		{"double", `rule: "a == \"x\" && MARK"`, Place{1, 22}},
		{"double with code points", `rule: "a == \"\u00e9\x41\" && MARK"`, Place{1, 31}},
		{"double over lines", "rule: \"a\n\n  && MARK\"", Place{3, 6}},
		{"double with an escaped line end", "rule: \"a \\\n  && MARK\"", Place{1, 8}}, // falls back
		{"literal", "rule: |\n  a &&\n    MARK", Place{3, 5}},
		{"literal after empty lines", "rule: |\n\n  a &&\n\n  MARK\n", Place{5, 3}},
		{"literal with chomping", "rule: |-\n   a &&\n   MARK\n\n", Place{3, 4}},
		{"literal with a comment", "rule: | # why\n  é && MARK\n", Place{2, 8}},
		{"literal with an indentation", "rule: |1\n  a &&\n  MARK\n", Place{1, 7}}, // falls back
		{"folded", "rule: >\n  a &&\n  b &&\n\n  MARK\n", Place{5, 3}},
		{"folded with more indentation", "rule: >-\n  a &&\n    b &&\n  MARK\nx: y\n", Place{4, 3}},
		{"carriage returns", "rule: |\r\n  a &&\r\n  MARK\r\n", Place{3, 3}},
		{"in braces", "{rule: a && MARK, x: y}", Place{1, 13}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var doc yaml.Node
			if err := yaml.Load([]byte(tt.text), &doc); err != nil {
				t.Fatal(err)
			}
			n := doc.Content[0].Content[1]
			before, _, ok := strings.Cut(n.Value, "MARK")
			if !ok {
				t.Fatalf("no MARK in %q", n.Value)
			}
			lines := strings.Split(before, "\n")
			f := &File{lines: splitLines([]byte(tt.text))}
			got := f.placeInRule(n, len(lines), len([]rune(lines[len(lines)-1]))+1)
			if got != tt.at {
				t.Errorf("at %v, want %v (value %q)", got, tt.at, n.Value)
			}
		})
	}
}

// FuzzPlaces holds the second reading of scalars to its promise: either it
// arrives at YAML's own value, every letter of it standing in the file where it
// says, or it says nothing.
func FuzzPlaces(f *testing.F) {
	for _, text := range []string{
		"a: b c\n", "a: 'b''c'\n", `a: "b\tc"`, "a: |\n  b\n\n   c\n", "a: >+\n  b\n  c\n\n   d\n\n", "a: b\n  c\n\n  d\n", "- [a b, 'c\n\n d']\n",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if _, msg, _ := unreadable([]byte(text)); msg != "" || len(text) > 1000 {
			return
		}
		var doc yaml.Node
		if yaml.Load([]byte(text), &doc) != nil {
			return
		}
		lines := splitLines([]byte(text))
		var walk func(n *yaml.Node)
		walk = func(n *yaml.Node) {
			for _, c := range n.Content {
				walk(c)
			}
			if n.Kind != yaml.ScalarNode || n.Style&yaml.TaggedStyle != 0 || n.Anchor != "" {
				return
			}
			want, got := []rune(n.Value), sourcePlaces(lines, n)
			if got == nil {
				return
			}
			if len(got) != len(want) {
				t.Fatalf("%d places for %q", len(got), n.Value)
			}
			for i, p := range got {
				if p.Line < 1 || p.Line > len(lines) || p.Column < 1 || p.Column > len([]rune(lines[p.Line-1]))+1 {
					t.Fatalf("%q: place %v is not in the file", n.Value, p)
				}
				if want[i] == '\n' || want[i] == ' ' {
					continue // folded line ends
				}
				if c := []rune(lines[p.Line-1] + "\n")[p.Column-1]; c != want[i] && c != '\\' {
					t.Fatalf("%q: %q stands at %v, not %q", n.Value, c, p, want[i])
				}
			}
		}
		walk(&doc)
	})
}
