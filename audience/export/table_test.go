// SPDX-License-Identifier: Apache-2.0

package export_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/throng-dp/throng/audience/export"
	"github.com/throng-dp/throng/dp/release"
)

func table(t *testing.T, r *release.Release, width int, color bool) string {
	t.Helper()
	var b bytes.Buffer
	if err := export.Table(&b, r, width, color); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTableGolden(t *testing.T) {
	golden(t, "table.txt", []byte(table(t, giftShop(t), 110, false)))
}

// TestTableFitsItsTerminal at the usual widths.
func TestTableFitsItsTerminal(t *testing.T) {
	for _, width := range []int{80, 90, 100, 120, 200} {
		for _, color := range []bool{false, true} {
			for _, line := range strings.Split(table(t, giftShop(t), width, color), "\n") {
				if n := text.StringWidthWithoutEscSequences(line); n > width {
					t.Errorf("width %d: a line has %d columns: %s", width, n, line)
				}
			}
		}
	}
}

// TestTableColours says the same with and without colour.
func TestTableColours(t *testing.T) {
	plain, color := table(t, giftShop(t), 100, false), table(t, giftShop(t), 100, true)
	if strings.Contains(plain, "\x1b") || !strings.Contains(color, "\x1b[") {
		t.Error("colour where there should be none, or none where there should be")
	}
	if stripped := text.StripEscape(color); !strings.Contains(stripped, "withheld (below 100)") {
		t.Error("colour changes the words")
	}
}

// TestTableStripsEscapes: a name must not write to the terminal's state.
func TestTableStripsEscapes(t *testing.T) {
	r := giftShop(t)
	r.Segments[0].Name = "\x1b]0;title\a\x1b[31mred\x1b[0m\u202e\u009b2J bell\a"
	r.Publisher, r.Who = "\x1b[2J", "a\x1b[1mb\nc"
	got := table(t, r, 100, false)
	for _, bad := range []string{"\x1b", "\a", "\u009b", "\u202e", "title"} {
		if strings.Contains(got, bad) {
			t.Errorf("the table holds %q", bad)
		}
	}
	if !strings.Contains(got, " red bell ") || !strings.Contains(got, "Everyone: ab c.") {
		t.Errorf("the words are lost: %s", got)
	}
}
