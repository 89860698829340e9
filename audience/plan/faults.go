// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// most faults that one file is told: the time to name them is bounded too.
const maxFaults = 200

// faults collects what is wrong with one file.
type faults struct {
	file string
	list Errors
	seen map[Error]bool
}

// add adds a fault, unless the same one is there: segments that are made by
// `each` share their places.
func (fs *faults) add(at Place, msg, hint string) {
	e := Error{File: fs.file, Line: max(at.Line, 1), Column: max(at.Column, 1), Msg: msg, Hint: hint}
	if fs.full() || fs.seen[e] {
		return
	}
	if fs.seen == nil {
		fs.seen = map[Error]bool{}
	}
	fs.seen[e] = true
	fs.list = append(fs.list, &e)
}

func (fs *faults) full() bool { return len(fs.list) >= maxFaults }

// err returns the faults in the order of their places, or nil.
func (fs *faults) err() error {
	if len(fs.list) == 0 {
		return nil
	}
	slices.SortStableFunc(fs.list, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return fs.list
}

// suggest returns a hint as the function does, while there is room for it.
func (fs *faults) suggest(word string, known []string) string {
	if fs.full() {
		return ""
	}
	return suggest(word, known)
}

// suggest returns a hint for a word that is not among those known: the nearest
// of them, or all if they are few.
func suggest(word string, known []string) string {
	best, least := "", 1+max(1, len(word)/3)
	for _, k := range known {
		if d := distance(strings.ToLower(word), strings.ToLower(k)); d < least {
			best, least = k, d
		}
	}
	switch {
	case best != "":
		return fmt.Sprintf("did you mean %q?", best)
	case len(known) == 1:
		return "there is only " + known[0]
	case len(known) > 1 && len(known) <= 12:
		return "one of " + strings.Join(known, ", ")
	}
	return ""
}

// distance is the number of letters to insert, leave out, change or swap with
// the next to get from a to b.
func distance(a, b string) int {
	s, t := []rune(a), []rune(b)
	if len(s) > 64 || len(t) > 64 {
		return 64
	}
	before, last, row := make([]int, len(t)+1), make([]int, len(t)+1), make([]int, len(t)+1)
	for j := range last {
		last[j] = j
	}
	for i := range s {
		row[0] = i + 1
		for j := range t {
			change := 1
			if s[i] == t[j] {
				change = 0
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+change)
			if i > 0 && j > 0 && s[i] == t[j-1] && s[i-1] == t[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(t)]
}
