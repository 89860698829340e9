// SPDX-License-Identifier: Apache-2.0

package rule

import (
	"fmt"
	"slices"
	"strings"
)

// Names that a rule means something by already.
const (
	namePerson = "person"
	nameAsOf   = "as_of"
	nameEach   = "each"
	nameRow    = "row"
)

var ourNames = []string{namePerson, nameAsOf, nameEach, nameRow}

// celNames are words and types of CEL that name nothing else.
var celNames = []string{
	"as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let",
	"loop", "namespace", "null", "package", "return", "true", "var", "void", "while",
	"bool", "bytes", "double", "dyn", "duration", "google", "int", "list", "map", "null_type", "optional_type",
	"string", "timestamp", "type", "uint",
}

// CheckName returns why a table, a let or a macro's variable may not have this
// name, or an empty string if it may.
func CheckName(name string) string {
	switch {
	case !isIdentifier(name):
		return fmt.Sprintf("%q is no name for rules: letters, digits and _ only, no digit first", name)
	case slices.Contains(ourNames, name):
		return fmt.Sprintf("%q means something else in rules", name)
	case slices.Contains(celNames, name):
		return fmt.Sprintf("%q is a word of the rule language", name)
	}
	return ""
}

func isIdentifier(s string) bool {
	for i, r := range s {
		letter := r == '_' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return s != ""
}

// didYouMean returns a hint that offers the nearest of known, if one is near.
func didYouMean(name string, known []string) string {
	best, dist := "", 1+len(name)/3
	if dist > 3 {
		dist = 3
	}
	for _, k := range slices.Sorted(slices.Values(known)) {
		if d := distance(strings.ToLower(name), strings.ToLower(k)); d <= dist && k != name {
			if best == "" || d < dist {
				best, dist = k, d
			}
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %q?", best)
}

// distance is the number of letters to add, drop, change or swap with their
// neighbour.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	if len(x) > 100 || len(y) > 100 {
		return 100
	}
	before, last := make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := range x {
		row := make([]int, len(y)+1)
		row[0] = i + 1
		for j := range y {
			change := 1
			if x[i] == y[j] {
				change = 0
			}
			row[j+1] = min(last[j]+change, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last = last, row
	}
	return last[len(y)]
}
