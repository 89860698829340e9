// SPDX-License-Identifier: Apache-2.0

package identity

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"

	"github.com/throng-dp/throng/audience/plan"
)

// TestNumbersInAnySpelling: numbers are of a range that Ofcom keeps for plays, so
// nobody has them.
func TestNumbersInAnySpelling(t *testing.T) {
	const anna = "+447700900123"
	for _, c := range []struct {
		name, region, text, want string
		msisdn                   bool
	}{
		{name: "E.164", region: "GB", text: "+447700900123", want: anna},
		{name: "national", region: "GB", text: "07700 900123", want: anna},
		{name: "two zeros for the plus", region: "GB", text: "0044 7700 900123", want: anna},
		{name: "two zeros, of another country", region: "US", text: "00447700900123", want: anna},
		{name: "two zeros, of no country", text: "0044-7700-900123", want: anna},
		{name: "the trunk's zero in brackets", region: "US", text: "+44 (0)7700 900123", want: anna},
		{name: "dots", text: "+44.7700.900.123", want: anna},
		{name: "a tel URI", text: "tel:+44-7700-900123", want: anna},
		{name: "marks of direction", text: "\u202a+447700900123\u202c", want: anna},
		{name: "spaces that do not break", region: "GB", text: "\u00a007700\u00a0900123 ", want: anna},
		{name: "Arabic-Indic digits", region: "GB", text: "٠٧٧٠٠٩٠٠١٢٣", want: anna},
		{name: "full-width digits", text: "＋４４７７００９００１２３", want: anna},
		{name: "an extension is left out", region: "GB", text: "07700 900123 x123", want: anna},
		{name: "an MSISDN", region: "US", text: "447700900123", want: anna, msisdn: true},
		{name: "an MSISDN with a plus", text: "+447700900123", want: anna, msisdn: true},
		{name: "national, no region", text: "07700 900123"},
		{name: "+1 alone", region: "US", text: "+1"},
		{name: "a short code", region: "GB", text: "12345"},
		{name: "an emergency number", region: "GB", text: "999"},
		{name: "16 digits", text: "+4477009001234567"},
		{name: "200 digits", text: "+" + strings.Repeat("4", 200)},
		{name: "no country", text: "+999123456789"},
		{name: "words", region: "GB", text: "withheld"},
		{name: "nothing", region: "GB", text: "  "},
		{name: "no UTF-8", region: "GB", text: "\xff\xfe"},
		{name: "a region that is none", region: "ZZ", text: "07700 900123"},
		{name: "not given to anybody, but possible", text: "+447000000000", want: "+447000000000"},
		{name: "Italy's zero stays", text: "+39 06 1234 5678", want: "+390612345678"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := e164(c.text, c.region, c.msisdn); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestSettledNumbers: what is said to be settled is what the library would return
// of it, for all calling codes and lengths, and most numbers are.
func TestSettledNumbers(t *testing.T) {
	codes := slices.Sorted(maps.Keys(phonenumbers.GetSupportedCallingCodes()))
	random := rand.New(rand.NewPCG(1, 2))
	found := 0
	const rounds = 60_000
	for range rounds {
		text := fmt.Sprintf("+%d", codes[random.IntN(len(codes))])
		for range 4 + random.IntN(9) {
			text += string(rune('0' + random.IntN(10)))
		}
		if !settled(text) {
			continue
		}
		found++
		n, err := phonenumbers.Parse(text, []string{"", "GB", "US", "AR", "BY"}[random.IntN(5)])
		if err != nil || phonenumbers.IsPossibleNumberWithReason(n) != phonenumbers.IS_POSSIBLE {
			t.Fatalf("%s: the library does not take it", text)
		}
		if got := phonenumbers.Format(n, phonenumbers.E164); got != text {
			t.Fatalf("%s: the library returns %s", text, got)
		}
	}
	if found < rounds/10 {
		t.Errorf("%d of %d numbers are settled", found, rounds)
	}
	for _, text := range []string{"+447700900123", "+12025550123", "+4915123456789", "+33612345678", "+34612345678", "+919812345678", "+8613912345678"} {
		if !settled(text) || settled("+0"+text[1:]) {
			t.Errorf("%s is left to the library", text)
		}
	}
}

// TestOneNumberOneSpelling: what is written in E.164 with a prefix that only
// somebody at home dials, or several of them, is the number without.
func TestOneNumberOneSpelling(t *testing.T) {
	for _, c := range []struct{ text, region, want string }{
		{"A00000AAA", "BY", "+375000222"}, // found by FuzzPhone: the first reading leaves a zero that the second leaves out
		{"+3750000222", "GB", "+375000222"},
	} {
		if got := e164(c.text, c.region, false); got != c.want || e164(got, c.region, false) != got {
			t.Errorf("%s: got %q, want %q", c.text, got, c.want)
		}
	}
}

func macOf(key, message string) Code {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(message))
	return codeOfBytes(mac.Sum(nil))
}

func hexSum(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func raw(hexadecimal string) string {
	b, _ := hex.DecodeString(hexadecimal)
	return string(b)
}

// TestKeyedIDs: a number's id is what RFC 2104 says, and numbers that come hashed
// have the id of the same number in clear.
func TestKeyedIDs(t *testing.T) {
	const number, digits = "+447700900123", "447700900123"
	mac := hmac.New(sha256.New, []byte("new"))
	mac.Write([]byte(number))
	for _, c := range []struct {
		name, hash, holds, text string
		want                    []Code
	}{
		{"in clear", hmacSHA256, "text", "07700 900123", []Code{macOf("new", number), macOf("old", number)}},
		{"as an MSISDN", hmacSHA256, "msisdn", digits, []Code{macOf("new", number), macOf("old", number)}},
		{"hashed under the key", hmacSHA256, "hash", hex.EncodeToString(mac.Sum(nil)), []Code{macOf("new", number)}},
		{"hashed under the key, in capitals", hmacSHA256, "hash", strings.ToUpper(hex.EncodeToString(mac.Sum(nil))), []Code{macOf("new", number)}},
		{"plainly hashed", "sha256", "hash", hexSum(number), []Code{macOf("new", raw(hexSum(number))), macOf("old", raw(hexSum(number)))}},
		{"in clear beside plain hashes", "sha256", "text", number, []Code{macOf("new", raw(hexSum(number))), macOf("old", raw(hexSum(number)))}},
		{"in clear beside hashes of digits", "sha256-digits", "text", number, []Code{macOf("new", raw(hexSum(digits))), macOf("old", raw(hexSum(digits)))}},
		{"no hash", hmacSHA256, "hash", number, nil},
		{"a short hash", hmacSHA256, "hash", hexSum(number)[:62], nil},
		{"no hexadecimal", hmacSHA256, "hash", strings.Repeat("g", 64), nil},
		{"nobody", hmacSHA256, "text", "12345", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := NewPhones(&plan.Identities{Region: "GB", Hash: c.hash}, [][]byte{[]byte("new"), []byte("old")})
			for range 2 { // a hash that is used again begins anew
				got := r.IDs(nil, []byte(c.text), c.holds)
				if len(got) != len(c.want) {
					t.Fatalf("%d ids, want %d", len(got), len(c.want))
				}
				for i := range got {
					if got[i] != c.want[i] {
						t.Errorf("id %d is another one", i)
					}
				}
			}
		})
	}
}

var e164Form = regexp.MustCompile(`^\+[1-9][0-9]{5,14}$`)

// FuzzPhone holds e164 to three promises: it never panics, what it returns is
// "" or a number in E.164, and that number's own spelling is itself.
func FuzzPhone(f *testing.F) {
	for _, s := range []string{"+447700900123", "07700 900123 x123", "٠٧٧٠٠٩٠٠١٢٣", "tel:+44-7700-900123;ext=5", "1-800-FLOWERS", "+1", "00", "＋"} {
		f.Add(s, "GB", false)
	}
	f.Fuzz(func(t *testing.T, text, region string, msisdn bool) {
		got := e164(text, region, msisdn)
		if got == "" {
			return
		}
		if !e164Form.MatchString(got) {
			t.Fatalf("%q is no E.164", got)
		}
		if again := e164(got, region, msisdn); again != got {
			t.Errorf("%q is read as %q", got, again)
		}
	})
}
