// SPDX-License-Identifier: Apache-2.0

package identity

import (
	"encoding/binary"
	"encoding/hex"
	"math/bits"
	"strconv"
	"unicode/utf8"

	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
)

// A Form says how a key's text is packed into a Code.
type Form uint8

// Forms. Every text has exactly one.
const (
	Nobody   Form = iota // no key
	Short                // up to 15 bytes that are no Integer, and the length behind them
	Hex                  // 32 hexadecimal digits in lower case
	UUID                 // the same, with dashes as RFC 9562 has them
	Verbatim             // whatever else: a code says where to find the text
	Integer              // the decimal text of an int64
)

// Forms is how many forms there are, nobody's included.
const Forms = 6

// A Code is a key in 16 bytes. Two keys whose form is the same and not Verbatim
// are the same text if, and only if, their codes are equal; nothing is hashed.
type Code struct{ Lo, Hi uint64 }

const (
	shortBytes = 15
	hexBytes   = 32
	uuidBytes  = 36
	highBits   = 0x8080808080808080
)

// masks keep the first n bytes of 16.
var masks = func() (m [16]Code) {
	for n := range m {
		for i := range min(n, 8) {
			m[n].Lo |= 0xff << (8 * i)
		}
		for i := range max(n-8, 0) {
			m[n].Hi |= 0xff << (8 * i)
		}
	}
	return m
}()

// shortCode packs what most keys are: 1 to 15 bytes of ASCII. Of what is not, the
// form is Nobody.
func shortCode(texts []byte, s event.Span) (c Code, form Form) {
	if s.Len-1 >= shortBytes {
		return c, Nobody
	}
	b := texts[s.At:][:event.TextPadding:event.TextPadding]
	m := &masks[s.Len]
	c = Code{binary.LittleEndian.Uint64(b) & m.Lo, binary.LittleEndian.Uint64(b[8:]) & m.Hi}
	if (c.Lo|c.Hi)&highBits != 0 {
		return c, Nobody
	}
	if first := byte(c.Lo); first-'0' < 10 || first == '-' {
		if n, ok := shortInteger(c, uint(s.Len)); ok {
			return Code{Lo: uint64(n)}, Integer
		}
	}
	c.Hi |= uint64(s.Len) << 56
	return c, Short
}

// Encode packs a canonical key; "" is nobody's.
func Encode(text []byte) (Code, Form) { return longCode(text) }

func longCode(text []byte) (Code, Form) {
	c, form := unread(text)
	if form == Verbatim && !utf8.Valid(text) {
		return Code{}, Nobody
	}
	return c, form
}

// unread is longCode, but that Verbatim is what may be no UTF-8.
func unread(text []byte) (c Code, form Form) {
	switch {
	case len(text) == 0 || len(text) > MaxBytes:
		return c, Nobody
	case len(text) <= mostDigits && number(text, &c.Lo):
		return c, Integer
	case len(text) <= shortBytes && utf8.Valid(text):
		return shortOf(text), Short
	case len(text) <= shortBytes:
		return c, Nobody
	case len(text) == hexBytes && digits(text[:16], &c.Lo) && digits(text[16:], &c.Hi):
		return c, Hex
	case len(text) == uuidBytes && uuidCode(text, &c):
		return c, UUID
	}
	return Code{}, Verbatim
}

// HashText returns a hash of a Verbatim key, and whether it is ASCII alone. It
// multiplies 16 bytes at a time (Wang Yi, wyhash); the last 16 may have been seen.
func HashText(text []byte, seed *[2]uint64) (hash uint64, ascii bool) {
	hash, all := uint64(len(text)), uint64(0)
	for at := 0; ; at += 16 {
		at = min(at, len(text)-16)
		lo, hi := binary.LittleEndian.Uint64(text[at:]), binary.LittleEndian.Uint64(text[at+8:])
		all |= lo | hi
		lo, hi = bits.Mul64(lo^seed[0]^hash, hi^seed[1])
		hash = lo ^ hi
		if at == len(text)-16 {
			return hash, all&highBits == 0
		}
	}
}

// shortOf packs up to 15 bytes, and their length.
func shortOf(text []byte) Code {
	var b [16]byte
	copy(b[:], text)
	return Code{binary.LittleEndian.Uint64(b[:]), binary.LittleEndian.Uint64(b[8:]) | uint64(len(text))<<56}
}

// values are those of lower-case hexadecimal digits; 255 is none.
var values = func() (v [256]uint8) {
	for i := range v {
		v[i] = 255
	}
	for i, c := range "0123456789abcdef" {
		v[c] = uint8(i)
	}
	return v
}()

// digits reads hexadecimal digits in lower case behind those in n. False: it
// holds something else.
func digits(text []byte, n *uint64) bool {
	all := uint8(0)
	for _, c := range text {
		v := values[c]
		all |= v
		*n = *n<<4 | uint64(v&15)
	}
	return all < 16
}

func uuidCode(t []byte, c *Code) bool {
	return t[8] == '-' && t[13] == '-' && t[18] == '-' && t[23] == '-' &&
		digits(t[:8], &c.Lo) && digits(t[9:13], &c.Lo) && digits(t[14:18], &c.Lo) &&
		digits(t[19:23], &c.Hi) && digits(t[24:], &c.Hi)
}

// AppendText appends the text of a code, which is not Verbatim.
func (c Code) AppendText(dst []byte, f Form) []byte {
	var b [16]byte
	switch f {
	case Short:
		binary.LittleEndian.PutUint64(b[:], c.Lo)
		binary.LittleEndian.PutUint64(b[8:], c.Hi)
		return append(dst, b[:b[15]]...)
	case Integer:
		return strconv.AppendInt(dst, int64(c.Lo), 10)
	case Hex, UUID:
		binary.BigEndian.PutUint64(b[:], c.Lo)
		binary.BigEndian.PutUint64(b[8:], c.Hi)
	}
	if f == Hex {
		return hex.AppendEncode(dst, b[:])
	}
	for i, part := range [][]byte{b[:4], b[4:6], b[6:8], b[8:10], b[10:]} {
		if i > 0 {
			dst = append(dst, '-')
		}
		dst = hex.AppendEncode(dst, part)
	}
	return dst
}
