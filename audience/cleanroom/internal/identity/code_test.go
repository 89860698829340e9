// SPDX-License-Identifier: Apache-2.0

package identity_test

import (
	"strings"
	"testing"

	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/cleanroom/internal/identity"
	"github.com/throng-dp/throng/audience/rule"
	"pgregory.net/rapid"
)

const (
	hex  = "00ff12ab34cd56ef7890a1b2c3d4e5f6"
	uuid = "00ff12ab-34cd-56ef-7890-a1b2c3d4e5f6"
)

func TestFormsOfKeys(t *testing.T) {
	for _, c := range []struct {
		name, key string
		want      identity.Form
	}{
		{"nothing", "", identity.Nobody},
		{"one byte", "a", identity.Short},
		{"NUL", "\x00", identity.Short},
		{"15 bytes", "a23456789012345", identity.Short},
		{"15 digits", "123456789012345", identity.Integer},
		{"zero", "0", identity.Integer},
		{"a zero before", "07", identity.Short},
		{"16 bytes", "1234567890123456", identity.Integer},
		{"16 bytes with a zero before", "0234567890123456", identity.Verbatim},
		{"below the smallest integer", "-9223372036854775809", identity.Verbatim},
		{"letters beyond ASCII", "Zoë", identity.Short},
		{"no UTF-8", "a\xff", identity.Nobody},
		{"no UTF-8, long", strings.Repeat("a", 40) + "\xff", identity.Nobody},
		{"hexadecimal", hex, identity.Hex},
		{"hexadecimal in capitals", strings.ToUpper(hex), identity.Verbatim},
		{"nearly hexadecimal", "g" + hex[1:], identity.Verbatim},
		{"UUID", uuid, identity.UUID},
		{"UUID in capitals", strings.ToUpper(uuid), identity.Verbatim},
		{"UUID with a dash too many", uuid[:35] + "-", identity.Verbatim},
		{"256 bytes", strings.Repeat("a", 256), identity.Verbatim},
		{"257 bytes", strings.Repeat("a", 257), identity.Nobody},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, form := identity.Encode([]byte(c.key))
			if form != c.want {
				t.Fatalf("form %d, want %d", form, c.want)
			}
			if form == identity.Nobody || form == identity.Verbatim {
				return
			}
			if got := string(code.AppendText(nil, form)); got != c.key {
				t.Errorf("comes back as %q", got)
			}
		})
	}
}

// TestCodesAreTheirTexts: a code tells its text, so no two texts share one; and
// a column gives its rows the codes that their texts have alone.
func TestCodesAreTheirTexts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOf(rapid.OneOf(rapid.String(), rapid.StringMatching(`[0-9a-f]{31,33}`),
			rapid.StringMatching(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-fA]{12}`), rapid.StringMatching(`.{14,17}`), rapid.StringMatching(`[-+]?[0-9]{1,20}`), rapid.StringMatching(`[0-9]{0,14}[ -~]`))).Draw(t, "texts")
		var column identity.Codes
		column.Turn(&event.Vector{Kind: rule.String, String: texts})
		rows := make([]uint32, len(texts))
		for i := range rows {
			rows[i] = uint32(i)
		}
		list, forms := column.Pick(rows)
		for i, text := range texts {
			code, form := identity.Encode([]byte(text))
			if (form == identity.Nobody) != (identity.Text(text) == "") {
				t.Errorf("%q has form %d", text, form)
			}
			if forms[i] != form || list[i] != code || column.Nobody(i) != (form == identity.Nobody) {
				t.Errorf("%q has one code alone and another in a column", text)
			}
			if form == identity.Nobody || form == identity.Verbatim {
				continue
			}
			if got := string(code.AppendText(nil, form)); got != text {
				t.Errorf("%q comes back as %q", text, got)
			}
		}
	})
}
