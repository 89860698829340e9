// SPDX-License-Identifier: Apache-2.0

package identity

import (
	"math"
	"strconv"
	"testing"

	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/rule"
	"pgregory.net/rapid"
)

// TestIntegersAreTheirTexts: an integer has the code and form of its decimal
// text, at every length, so that a column of integers and one of texts mean the
// same people.
func TestIntegersAreTheirTexts(t *testing.T) {
	check := func(t rapid.TB, n int64) {
		t.Helper()
		text := strconv.FormatInt(n, 10)
		want := Code{Lo: uint64(n)}
		var column, texts Codes
		column.Turn(&event.Vector{Kind: rule.Int, Int: []int64{n}})
		texts.Turn(&event.Vector{Kind: rule.String, String: []string{text}})
		for _, k := range []*Codes{&column, &texts} {
			if got, forms := k.Pick([]uint32{0}); got[0] != want || forms[0] != Integer || string(k.Text(0)) != text {
				t.Fatalf("%d: code %x of form %d, text %q", n, got[0], forms[0], k.Text(0))
			}
		}
		if got, form := Encode([]byte(text)); got != want || form != Integer {
			t.Fatalf("%d: code %x of form %d", n, got, form)
		}
		if back := string(want.AppendText(nil, Integer)); back != text {
			t.Fatalf("%d comes back as %q", n, back)
		}
	}
	check(t, 0)
	check(t, math.MaxInt64)
	check(t, math.MinInt64)
	check(t, math.MinInt64+1)
	for power := int64(1); power > 0 && power <= math.MaxInt64/10; power *= 10 {
		for digit := int64(1); digit < 10; digit++ {
			for off := int64(-2); off <= 2; off++ {
				check(t, digit*power+off)
				check(t, -digit*power+off)
			}
		}
	}
	for n := range int64(12_000) { // all that four digits can be
		check(t, n)
		check(t, n*10_000)
		check(t, n*100_000_000)
	}
	rapid.Check(t, func(t *rapid.T) { check(t, rapid.Int64().Draw(t, "n")) })
}

// TestTextsThatAreNoIntegers: what looks like a number and is not how one is
// written stays a text of its own.
func TestTextsThatAreNoIntegers(t *testing.T) {
	for _, text := range []string{
		"0000000000000017", "+999999999999999", "-000000000000001", "1234567890123456 ", "12345678901234.6", "9223372036854775808",
		"-9223372036854775809", "-0", "00", "01", "-01", "+1", "1.5", "1 ", "0x10", "-", "--1", "12:34", "1/2", "1\x00", "123456789012a", "12345678\x7f", "１２", "18446744073709551615", "18446744073709551617", "99999999999999999999", "1e15", "123456789012345a", "12345678901234\u0661",
	} {
		var column Codes
		column.Turn(&event.Vector{Kind: rule.String, String: []string{text}})
		_, forms := column.Pick([]uint32{0})
		if _, form := Encode([]byte(text)); form == Integer || forms[0] != form {
			t.Errorf("%q has form %d, in a column %d", text, form, forms[0])
		}
	}
}
