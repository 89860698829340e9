// SPDX-License-Identifier: Apache-2.0

package identity

import (
	"regexp"
	"strings"
	"sync"
	"unicode"

	"github.com/nyaruka/phonenumbers"
)

// mostReadings is how often a number is read until it is its own spelling.
const mostReadings = 8

// mostE164 is the length of a number in E.164 with its plus.
const mostE164 = 16

// e164 returns a number in E.164 (ITU-T), "" if the text is none. What is too
// short or too long for its country is none; whether it has been given to
// anybody is not asked: that would turn people away for the age of a table. An
// extension is left out: who opts out under a switchboard's number is out, with
// whatever extension.
//
// What it returns is read as itself: of a number that still begins with what is
// dialled at home only, that is left out until nothing of it remains. Else one
// network's spelling and another's, of one number, would be two people.
func e164(text, region string, msisdn bool) (number string) {
	// The library is given what strangers typed: what it cannot read is nobody's,
	// however it says so.
	defer func() {
		if recover() != nil {
			number = ""
		}
	}()
	text = strings.TrimFunc(text, blank)
	if rest, ok := strings.CutPrefix(text, "00"); ok {
		text = "+" + rest // no country dials its own numbers with two zeros
	} else if msisdn && !strings.HasPrefix(text, "+") {
		text = "+" + text
	}
	for range mostReadings {
		if settled(text) {
			return text
		}
		n, err := phonenumbers.Parse(text, region)
		if err != nil || phonenumbers.IsPossibleNumberWithReason(n) != phonenumbers.IS_POSSIBLE {
			return ""
		}
		switch number = phonenumbers.Format(n, phonenumbers.E164); {
		case len(number) > mostE164:
			return "" // dialled within its country only
		case number == text:
			return number
		}
		text = number
	}
	return ""
}

// blank tells what address books leave around a number: spaces, and marks of the
// direction of writing.
func blank(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) }

// A country is what the library's table says of the numbers behind one calling
// code.
type country struct {
	lengths uint32         // bit n: they may have n digits
	home    string         // what is dialled before them at home
	other   *regexp.Regexp // the same, where that is no plain text; else nil
}

// countries are those of each calling code; nil: no country has it.
var countries = sync.OnceValue(func() *[1000]*country {
	all := &[1000]*country{}
	table, err := phonenumbers.MetadataCollection()
	if err != nil {
		return all // the library itself reads the numbers then
	}
	for _, m := range table.GetMetadata() {
		code := int(m.GetCountryCode())
		general := m.GetGeneralDesc()
		if code < 1 || code >= len(all) || m.GetId() != phonenumbers.GetRegionCodeForCountryCode(code) || general.GetNationalNumberPattern() == "" {
			continue
		}
		c := &country{}
		for _, n := range general.GetPossibleLength() {
			if 0 < n && n < 32 {
				c.lengths |= 1 << n
			}
		}
		for _, n := range general.GetPossibleLengthLocalOnly() {
			c.lengths &^= 1 << n
		}
		if prefix := m.GetNationalPrefixForParsing(); prefix != "" {
			// The library's own tables, tested by it.
			c.other = regexp.MustCompile("^(?:" + prefix + ")")
			if plain, whole := regexp.MustCompile(prefix).LiteralPrefix(); whole {
				c.home, c.other = plain, nil
			}
		}
		all[code] = c
	}
	return all
})

// settled tells, of nearly all numbers that are written in E.164, that the
// library would return them as they are, in a hundredth of its time.
func settled(text string) bool {
	if len(text) < 8 || len(text) > mostE164 || text[0] != '+' || text[1] == '0' {
		return false
	}
	code, at := 0, 0
	var of *country
	for i := 1; i < len(text); i++ {
		d := text[i] - '0'
		if d > 9 {
			return false
		}
		if of == nil && i <= 3 {
			code = 10*code + int(d)
			of, at = countries()[code], i+1
		}
	}
	if of == nil {
		return false
	}
	digits := text[at:]
	return digits != "" && digits[0] != '0' && of.lengths>>len(digits)&1 == 1 &&
		(of.home == "" || !strings.HasPrefix(digits, of.home)) && (of.other == nil || !of.other.MatchString(digits))
}
