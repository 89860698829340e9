// SPDX-License-Identifier: Apache-2.0

package release

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// thin separates groups of three digits: a narrow space that never breaks.
const thin = "\u202f"

// Number writes a whole number for people: 1258 with a thin space after the 1,
// and a true minus sign.
func Number(n int64) string { return Units(n, 0) }

// Units writes n units of 10^-decimals: Units(641230, 2) is 6412.30, with thin
// spaces.
func Units(n int64, decimals int) string {
	digits := strconv.FormatUint(magnitude(n), 10)
	if pad := decimals + 1 - len(digits); pad > 0 {
		digits = strings.Repeat("0", pad) + digits
	}
	whole, part := digits[:len(digits)-decimals], digits[len(digits)-decimals:]
	var b strings.Builder
	if n < 0 {
		b.WriteString("\u2212")
	}
	for i, d := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteString(thin)
		}
		b.WriteRune(d)
	}
	if part != "" {
		b.WriteString("." + part)
	}
	return b.String()
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

// Range writes the interval of a number.
func (c *Cell) Range(decimals int) string {
	return Units(*c.Lower, decimals) + "\u2013" + Units(*c.Upper, decimals)
}

// Share writes part of whole as a percentage; a dash where whole is not above
// 0, since a share of nothing says nothing.
func Share(part, whole int64) string {
	if whole <= 0 {
		return "\u2013"
	}
	switch p := 100 * float64(part) / float64(whole); {
	case p > 0 && p < 0.1:
		return "<" + thin + "0.1" + thin + "%"
	case p < 9.95:
		return strconv.FormatFloat(math.Max(p, 0), 'f', 1, 64) + thin + "%"
	default:
		return strconv.FormatFloat(p, 'f', 0, 64) + thin + "%"
	}
}

// Chance writes a probability; it never says that something is certain.
func Chance(p float64) string {
	switch {
	case p > 0.99:
		return ">" + thin + "99" + thin + "%"
	case p < 0.01:
		return "<" + thin + "1" + thin + "%"
	}
	return strconv.FormatFloat(100*p, 'f', 0, 64) + thin + "%"
}

// Misses says how many of n ranges are expected to miss the truth at a
// confidence.
func Misses(n int, confidence float64) string {
	expected := float64(n) * (1 - confidence)
	switch {
	case expected < 0.095:
		return strconv.FormatFloat(expected, 'f', 2, 64)
	case expected < 9.95:
		return strconv.FormatFloat(expected, 'f', 1, 64)
	}
	return Number(int64(math.Round(expected)))
}

// Day writes a date or a time (2006-01-02 or RFC 3339) as "2 January 2006", in
// the zone that it is written in; what is neither comes back as it is.
func Day(s string) string {
	if len(s) >= len(time.DateOnly) {
		if t, err := time.Parse(time.DateOnly, s[:len(time.DateOnly)]); err == nil {
			return t.Format("2 January 2006")
		}
	}
	return Plain(s)
}

// Real writes a privacy parameter with three digits: 1, 3.4, 1e-8. It rounds
// up: a price is never told smaller than it is.
func Real(x float64) string {
	if x > 0 {
		unit := math.Floor(math.Log10(x)) - 2
		// A little less than the ceiling, so that 3.4 stays 3.4.
		x = math.Ceil(x/math.Pow(10, unit)-1e-9) * math.Pow(10, unit)
	}
	s := strconv.FormatFloat(x, 'g', 3, 64)
	return strings.Replace(strings.Replace(s, "e-0", "e-", 1), "e+0", "e", 1)
}

// Plain returns a label without what could act instead of being read: escape
// sequences, control characters, marks that turn the direction of writing.
func Plain(s string) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	var b strings.Builder
	for i := 0; i < len(s); {
		if n := escapeLen(s[i:]); n > 0 {
			i += n
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		switch {
		case r == '\t' || r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029':
			b.WriteByte(' ')
		case unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r):
		default:
			b.WriteRune(r)
		}
	}
	return strings.TrimSpace(b.String())
}

// escapeLen returns the length of the ANSI escape sequence that s starts with:
// CSI, OSC and its kin up to their end, or two characters. 0 if there is none.
func escapeLen(s string) int {
	body := ""
	switch {
	case strings.HasPrefix(s, "\x1b["):
		body = s[2:]
	case strings.HasPrefix(s, "\u009b"):
		body = s[2:]
	case strings.HasPrefix(s, "\x1b]"), strings.HasPrefix(s, "\x1bP"), strings.HasPrefix(s, "\x1b_"), strings.HasPrefix(s, "\x1b^"):
		return stringEnd(s)
	case strings.HasPrefix(s, "\x1b"):
		return 1
	default:
		return 0
	}
	for i := 0; i < len(body); i++ {
		if body[i] >= 0x40 && body[i] <= 0x7e {
			return len(s) - len(body) + i + 1
		}
	}
	return len(s)
}

// stringEnd returns where an escape string ends: after BEL or ESC \.
func stringEnd(s string) int {
	for i := 2; i < len(s); i++ {
		if s[i] == '\a' {
			return i + 1
		}
		if s[i] == 0x1b && i+1 < len(s) && s[i+1] == '\\' {
			return i + 2
		}
	}
	return len(s)
}

// Within tells the period in words: "364 days", "a calendar month".
func (p *Period) Within() string {
	if p.Calendar != "" {
		return "a calendar " + p.Calendar
	}
	return fmt.Sprintf("%d days", p.Days)
}
