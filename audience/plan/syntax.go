// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// Limits of a plan's text. They bound what a hostile file can cost before
// anything of it is understood.
const (
	maxText  = 1 << 20
	maxDepth = 100
)

// readYAML returns the only document of a text, checked for everything that
// plans do not use of YAML. Syntax faults stop at the first; the others are
// added to fs.
func readYAML(text []byte, fs *faults) *yaml.Node {
	if len(text) > maxText {
		fs.add(Place{1, 1}, "the file is larger than 1 MiB", "")
		return nil
	}
	if at, msg, hint := unreadable(text); msg != "" {
		fs.add(at, msg, hint)
		return nil
	}
	var doc yaml.Node
	if err := yaml.Load(text, &doc); err != nil {
		syntaxFault(text, err, fs)
		return nil
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 {
		fs.add(Place{1, 1}, "the file is empty", "")
		return nil
	}
	if !checkTree(doc.Content[0], 1, fs) {
		return nil
	}
	return doc.Content[0]
}

// unreadable finds what would make lines and columns mean different things in
// an editor and here.
func unreadable(text []byte) (at Place, msg, hint string) {
	line, column := 1, 1
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			return Place{line, column}, "the file is not UTF-8", "save it as UTF-8"
		case r == '\n':
			line, column = line+1, 0
		case r == '\r' && !bytes.HasPrefix(text[i+n:], []byte("\n")):
			return Place{line, column}, "a carriage return without a line feed", "end lines with a line feed"
		case r < ' ' && r != '\t' && r != '\r', r >= 0x7f && r <= 0x9f, r == '\u2028', r == '\u2029', r == '\ufeff' && i > 0:
			return Place{line, column}, fmt.Sprintf("the character U+%04X", r), fmt.Sprintf(`write \u%04x in double quotes, or leave it out`, r)
		}
		i += n
		if r != '\ufeff' {
			column++
		}
	}
	return Place{}, "", ""
}

var (
	ruleLine     = regexp.MustCompile(`^\s*(- )?\s*(\{.*)?(rule|of|where):`)
	indentTab    = regexp.MustCompile(`^ *\t`)
	documentMark = regexp.MustCompile(`(?m)^(---|\.\.\.)(\s|$)`)
)

const noAlias = "write the value out, or quote what starts with *"

const quoteRule = "quote the rule, or write it under `rule: |`"

// syntaxFault adds the one fault that the YAML reader stopped at.
func syntaxFault(text []byte, err error, fs *faults) {
	var load *yaml.LoadError
	if !errors.As(err, &load) {
		fs.add(Place{1, 1}, "not YAML: "+err.Error(), "")
		return
	}
	switch {
	case strings.Contains(load.Message, "found multiple"):
		fs.add(secondDocument(text), "a second document", "one file holds one document")
		return
	case strings.Contains(load.Message, "no documents"):
		fs.add(Place{1, 1}, "the file is empty", "")
		return
	}
	at, msg, hint := Place{load.Mark.Line, load.Mark.Column}, load.Message, ""
	if load.ContextMsg != "" {
		msg += " " + load.ContextMsg
	}
	if at.Line < 1 {
		at = Place{load.ContextMark.Line, load.ContextMark.Column}
	}
	at.Line, at.Column = max(at.Line, 1), max(at.Column, 1)
	if strings.Contains(msg, "unknown anchor") {
		fs.add(at, "an alias", noAlias)
		return
	}
	lines := strings.Split(string(text), "\n")
	for _, n := range []int{at.Line, load.ContextMark.Line} {
		if n >= 1 && n <= len(lines) && ruleLine.MatchString(lines[n-1]) {
			hint = quoteRule
		}
	}
	switch {
	case strings.Contains(msg, "scanning an alias"):
		hint = `quote what starts with *: "*"`
	case strings.Contains(msg, "expected '-' indicator"):
		hint = "indent all entries of a list, and all fields of an entry, alike"
	case at.Line <= len(lines) && indentTab.MatchString(lines[at.Line-1]):
		hint = "indent with spaces, not tabs"
	case hint == "" && strings.Contains(msg, "',' or '}'"):
		hint = "fields within braces are parted by commas: {a: 1, b: 2}"
	}
	fs.add(at, "not YAML: "+msg, hint)
}

func secondDocument(text []byte) Place {
	for _, m := range documentMark.FindAllIndex(text, -1) {
		before := text[:m[0]]
		if len(bytes.TrimSpace(regexp.MustCompile(`(?m)^(#.*|%.*|---)$`).ReplaceAll(before, nil))) > 0 {
			return Place{bytes.Count(before, []byte("\n")) + 1, 1}
		}
	}
	return Place{1, 1}
}

// checkTree reports what plans do not use of YAML: anchors, aliases, merge
// keys, tags, keys that are not plain words, keys that come twice.
func checkTree(n *yaml.Node, depth int, fs *faults) bool {
	if depth > maxDepth {
		fs.add(placeOf(n), fmt.Sprintf("nested deeper than %d", maxDepth), "")
		return false
	}
	switch {
	case n.Kind == yaml.AliasNode:
		fs.add(placeOf(n), "an alias", noAlias)
		return true
	case n.Anchor != "":
		fs.add(placeOf(n), "an anchor", "write the value out, or quote what starts with &")
	case n.Style&yaml.TaggedStyle != 0:
		fs.add(placeOf(n), "a tag: "+n.Tag, "plans have no tags; a rule that starts with ! must be quoted or written under `rule: |`")
	}
	if n.Kind == yaml.MappingNode {
		checkKeys(n, fs)
	}
	for _, c := range n.Content {
		if !checkTree(c, depth+1, fs) {
			return false
		}
	}
	return true
}

func checkKeys(n *yaml.Node, fs *faults) {
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		switch line, twice := seen[key.Value]; {
		case key.Kind == yaml.AliasNode:
		case key.Kind != yaml.ScalarNode:
			fs.add(placeOf(key), "a key must be a word", "")
		case key.Value == "<<" && key.Style == 0:
			fs.add(placeOf(key), "a merge key", "write the fields out: plans have no merge keys")
		case twice:
			fs.add(placeOf(key), fmt.Sprintf("%q is given twice", key.Value), fmt.Sprintf("the first is in line %d", line))
		default:
			seen[key.Value] = key.Line
		}
	}
}

func placeOf(n *yaml.Node) Place { return Place{max(n.Line, 1), max(n.Column, 1)} }

// hasField tells whether a document has a field of a name at its top.
func hasField(root *yaml.Node, field string) bool {
	if root.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(root.Content); i += 2 {
			if root.Content[i].Value == field {
				return true
			}
		}
	}
	return false
}
