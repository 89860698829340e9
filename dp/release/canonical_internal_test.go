// SPDX-License-Identifier: Apache-2.0

package release

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestReplaced: a text that JSON cannot hold is found, and nothing else is.
func TestReplaced(t *testing.T) {
	for _, c := range []struct {
		text string
		want bool
	}{
		{"plain", false}, {"\xff", true}, {"a\x80b", true}, {"\ufffd", false},
		{`\ufffd`, false}, {`\\ufffd`, false}, {`\` + "\xff", true}, {`\\` + "\xff", true}, {`\ufffd` + "\xff", true},
	} {
		text, err := json.Marshal(c.text)
		if err != nil {
			t.Fatal(err)
		}
		if got := replaced(text); got != c.want {
			t.Errorf("%q: %v, want %v", c.text, got, c.want)
		}
	}
}

// TestOneDecimal compares the arithmetic with the digits that are written.
func TestOneDecimal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := float64(rapid.Int64Range(-1e16, 1e16).Draw(t, "tenths")) / 10
		switch rapid.IntRange(0, 3).Draw(t, "how") {
		case 1:
			x = math.Nextafter(x, math.Inf(1))
		case 2:
			x /= 10
		case 3:
			x = rapid.Float64().Draw(t, "any")
		}
		_, digits, _ := strings.Cut(strconv.FormatFloat(x, 'f', -1, 64), ".")
		if got, want := oneDecimal(x), len(digits) <= 1 && !notFinite(x) && !negativeZero(x); got != want {
			t.Errorf("%v: %v, want %v", x, got, want)
		}
	})
}
