// SPDX-License-Identifier: Apache-2.0

package report_test

import (
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestContrast holds every pair of text and ground to WCAG 2 AA: 4.5 to 1, on
// paper, in the light and in the dark.
func TestContrast(t *testing.T) {
	sheet, err := os.ReadFile("report.css")
	if err != nil {
		t.Fatal(err)
	}
	light, rest, _ := strings.Cut(string(sheet), "@media (prefers-color-scheme: dark)")
	dark, rest, _ := strings.Cut(rest, "* { box-sizing")
	_, print, _ := strings.Cut(rest, "@media print")
	for name, text := range map[string]string{"light": light, "dark": dark, "print": print} {
		c := colours(text)
		for _, fore := range []string{"ink", "soft", "good", "rough", "accent"} {
			for _, back := range []string{"paper", "card", "tint"} {
				if got := contrast(c[fore], c[back]); got < 4.5 {
					t.Errorf("%s: %s on %s has contrast %.2f, want 4.5", name, fore, back, got)
				}
			}
		}
		// The darkest cell of a heat table, and the ground of a rough one.
		if got := contrast(c["ink"], mix(c["accent"], c["card"], 0.52)); got < 4.5 {
			t.Errorf("%s: ink on the deepest shade has contrast %.2f", name, got)
		}
		if got := contrast(c["soft"], mix(c["line"], c["paper"], 0.45)); got < 4.5 {
			t.Errorf("%s: soft on a rough cell has contrast %.2f", name, got)
		}
		// Neighbouring parts of a bar are told apart without colour (3 to 1).
		if got := contrast(c["accent"], c["pale"]); got < 3 {
			t.Errorf("%s: bar and range have contrast %.2f, want 3", name, got)
		}
	}
}

type rgb [3]float64

var colour = regexp.MustCompile(`--([a-z]+): #([0-9a-f]{3,6});`)

func colours(text string) map[string]rgb {
	found := map[string]rgb{}
	for _, m := range colour.FindAllStringSubmatch(text, -1) {
		hex := m[2]
		if len(hex) == 3 {
			hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
		}
		var c rgb
		for i := range c {
			n, _ := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
			c[i] = float64(n) / 255
		}
		found[m[1]] = c
	}
	return found
}

func mix(a, b rgb, share float64) rgb {
	for i := range a {
		a[i] = share*a[i] + (1-share)*b[i]
	}
	return a
}

// contrast is WCAG 2's ratio of relative luminances.
func contrast(a, b rgb) float64 {
	l := func(c rgb) float64 {
		var sum float64
		for i, w := range []float64{0.2126, 0.7152, 0.0722} {
			x := c[i] / 12.92
			if c[i] > 0.04045 {
				x = math.Pow((c[i]+0.055)/1.055, 2.4)
			}
			sum += w * x
		}
		return sum
	}
	x, y := l(a), l(b)
	return (math.Max(x, y) + 0.05) / (math.Min(x, y) + 0.05)
}
