// SPDX-License-Identifier: Apache-2.0

package release_test

import (
	"math"
	"strings"
	"testing"

	"github.com/throng-dp/throng/dp/release"
)

func TestUnits(t *testing.T) {
	tests := []struct {
		n        int64
		decimals int
		want     string
	}{
		{0, 0, "0"},
		{999, 0, "999"},
		{1000, 0, "1 000"},
		{1234567, 0, "1 234 567"},
		{-1258, 0, "−1 258"},
		{641230, 2, "6 412.30"},
		{5, 2, "0.05"},
		{-5, 2, "−0.05"},
		{0, 2, "0.00"},
		{math.MinInt64, 0, "−9 223 372 036 854 775 808"},
		{math.MaxInt64, 18, "9.223372036854775807"},
	}
	for _, tt := range tests {
		if got := strings.ReplaceAll(release.Units(tt.n, tt.decimals), "\u202f", " "); got != tt.want {
			t.Errorf("Units(%d, %d) = %q, want %q", tt.n, tt.decimals, got, tt.want)
		}
	}
}

func TestShareAndChance(t *testing.T) {
	shares := []struct {
		part, whole int64
		want        string
	}{
		{1, 2, "50 %"}, {2315, 4173, "55 %"}, {99, 1000, "9.9 %"}, {9949, 100000, "9.9 %"}, {9951, 100000, "10 %"},
		{1, 100000, "< 0.1 %"}, {0, 5, "0.0 %"}, {-3, 5, "0.0 %"}, {5, 0, "–"}, {5, -5, "–"},
	}
	for _, tt := range shares {
		if got := strings.ReplaceAll(release.Share(tt.part, tt.whole), "\u202f", " "); got != tt.want {
			t.Errorf("Share(%d, %d) = %q, want %q", tt.part, tt.whole, got, tt.want)
		}
	}
	for p, want := range map[float64]string{1: "> 99 %", 0: "< 1 %", 0.5: "50 %", 0.991: "> 99 %", 0.014: "1 %"} {
		if got := strings.ReplaceAll(release.Chance(p), "\u202f", " "); got != want {
			t.Errorf("Chance(%v) = %q, want %q", p, got, want)
		}
	}
}

func TestMisses(t *testing.T) {
	for n, want := range map[int]string{1: "0.05", 8: "0.4", 28: "1.4", 1000: "50", 30000: "1 500"} {
		if got := strings.ReplaceAll(release.Misses(n, 0.95), "\u202f", " "); got != want {
			t.Errorf("Misses(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestDayAndReal(t *testing.T) {
	for s, want := range map[string]string{"2011-12-09": "9 December 2011", "2024-02-29T23:59:00-10:00": "29 February 2024", "2023-02-29": "2023-02-29", "": ""} {
		if got := release.Day(s); got != want {
			t.Errorf("Day(%q) = %q, want %q", s, got, want)
		}
	}
	for x, want := range map[float64]string{1: "1", 3.4: "3.4", 1e-8: "1e-8", 2.5e-10: "2.5e-10", 0: "0", 0.91261: "0.913", 0.9127: "0.913", 8: "8", 24: "24", 1e-7: "1e-7", 15.1: "15.1", 48.21: "48.3", 999.9: "1e3"} {
		if got := release.Real(x); got != want {
			t.Errorf("Real(%v) = %q, want %q", x, got, want)
		}
	}
}

func TestPlain(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"words", "Bought Christmas goods", "Bought Christmas goods"},
		{"accents and scripts", "Größe, 大きさ, 😀", "Größe, 大きさ, 😀"},
		{"colour", "\x1b[31mred\x1b[0m", "red"},
		{"clear screen by the eight-bit introducer", "a\u009b2Jb", "ab"},
		{"title", "a\x1b]0;owned\ab", "ab"},
		{"title ended by a string terminator", "a\x1b]0;owned\x1b\\b", "ab"},
		{"title without an end", "a\x1b]0;owned", "a"},
		{"a lone escape", "a\x1bb", "ab"},
		{"an introducer without an end", "a\x1b[31", "a"},
		{"control characters", "a\x00\x07\x7fb", "ab"},
		{"lines", "a\r\nb\u2028c", "a  b c"},
		{"directions", "a\u202eb\u2066c\u200fd", "abcd"},
		{"broken text", "a\xffb", "a\ufffdb"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := release.Plain(tt.text); got != tt.want {
				t.Errorf("Plain(%q) = %q, want %q", tt.text, got, tt.want)
			}
		})
	}
}

// FuzzPlain holds Plain to one promise: what comes out cannot act on a
// terminal, and passing it through again changes nothing.
func FuzzPlain(f *testing.F) {
	f.Add("\x1b[31mred\x1b[0m")
	f.Add("a\u009b\x1b]\x1b\\")
	f.Fuzz(func(t *testing.T, s string) {
		got := release.Plain(s)
		if strings.ContainsFunc(got, func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 }) {
			t.Errorf("Plain(%q) = %q holds a control character", s, got)
		}
		if again := release.Plain(got); again != got {
			t.Errorf("Plain(Plain(%q)) = %q, not %q", s, again, got)
		}
	})
}

func TestWithin(t *testing.T) {
	for want, p := range map[string]release.Period{
		"364 days": {Days: 364}, "a calendar month": {Days: 31, Calendar: "month"},
	} {
		if got := p.Within(); got != want {
			t.Errorf("%+v = %q, want %q", p, got, want)
		}
	}
}
