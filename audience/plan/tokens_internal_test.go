// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// byRegexp is one token of a rule: a string of one of CEL's forms, a comment,
// white space, a word or number, or one sign. Plans' digests and audiences'
// versions were made of what it finds.
var byRegexp = regexp.MustCompile(`(?s)([rRbB]{0,2}"""(?:\\.|[^\\])*?"""|[rRbB]{0,2}'''(?:\\.|[^\\])*?'''|[rR]"[^"\n]*"|[rR]'[^'\n]*'|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|(//[^\n]*)|(\s+)|([A-Za-z_0-9]+(?:\.[0-9]+)?|` + "`[^`]*`" + `)|(.)`)

func tokensByRegexp(text string) []string {
	var ts []string
	for _, m := range byRegexp.FindAllStringSubmatch(text, -1) {
		if m[2] == "" && m[3] == "" {
			ts = append(ts, m[0])
		}
	}
	return ts
}

// TestTokens compares tokens with those of the regular expression, over texts put
// together of pieces that matter to it.
func TestTokens(t *testing.T) {
	pieces := []string{"'", `"`, "'''", `"""`, `\`, `\"`, `\'`, "r", "R", "b", "B", "rb", "a", "_9", "7", ".", "2.5", "//", "/", "\n", " ", "\t", "\v", "\r", "`", "é", "\xff", "==", "x"}
	rng := rand.New(rand.NewPCG(7, 8))
	for range 50_000 {
		var b strings.Builder
		for range rng.IntN(14) {
			b.WriteString(pieces[rng.IntN(len(pieces))])
		}
		if got, want := tokens(b.String()), tokensByRegexp(b.String()); !slices.Equal(got, want) {
			t.Fatalf("%q: %q, want %q", b.String(), got, want)
		}
	}
}

// FuzzTokens does so over any text.
func FuzzTokens(f *testing.F) {
	f.Add(`events.count(e, e.kind == r'a\' && e.x >= 2.5) // "so`)
	f.Fuzz(func(t *testing.T, text string) {
		if got, want := tokens(text), tokensByRegexp(text); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	})
}
