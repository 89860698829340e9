// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/throng-dp/throng/audience/fault"
)

// nearest returns the candidate that a typist may have meant, or "".
func nearest(word string, candidates []string) string {
	best, limit := "", 1+len(word)/4
	for _, c := range candidates {
		if len(c) < 2 {
			continue
		}
		if d := distance(word, c); d <= limit {
			best, limit = c, d-1
		}
	}
	return best
}

// notOne is the fault of a word that is none of those there are: with the one
// that is likely meant, or with all of them if they are few.
func notOne(where, word string, there []string, format string, a ...any) error {
	f := &fault.Error{Kind: fault.Usage, Code: "usage", Where: where, Msg: fmt.Sprintf(format, a...)}
	const few = 12
	switch near := nearest(word, there); {
	case near != "":
		f.Hint = "did you mean " + quote(near) + "?"
	case len(there) > few:
		f.Hint = fmt.Sprintf("there are %s, and %d more", strings.Join(there[:few], ", "), len(there)-few)
	case len(there) > 0:
		f.Hint = "there are " + strings.Join(there, ", ")
	}
	return f
}

// distance is Damerau's: insertions, deletions, changes and swapped neighbours.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	d := make([][]int, len(x)+1)
	for i := range d {
		d[i] = make([]int, len(y)+1)
		d[i][0] = i
	}
	for j := range d[0] {
		d[0][j] = j
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			change := 1
			if x[i-1] == y[j-1] {
				change = 0
			}
			d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, d[i-1][j-1]+change)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(x)][len(y)]
}

func quote(s string) string { return strconv.Quote(s) }
