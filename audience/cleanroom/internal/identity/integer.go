// SPDX-License-Identifier: Apache-2.0

package identity

import (
	"math"
	"math/bits"
)

// mostDigits is the length of the longest int64, its sign included.
const mostDigits = 20

// number reads the decimal text of an int64, as strconv writes it. False: it is
// none.
func number(text []byte, n *uint64) bool {
	most := uint64(math.MaxInt64)
	negative := text[0] == '-'
	if negative {
		text, most = text[1:], most+1
	}
	if len(text) == 0 || text[0] == '0' && (negative || len(text) > 1) {
		return false
	}
	x := uint64(0)
	for _, c := range text {
		d := uint64(c - '0')
		hi, lo := bits.Mul64(x, 10)
		if d > 9 || hi > 0 || lo+d > most || lo+d < lo {
			return false
		}
		x = lo + d
	}
	if negative {
		x = -x
	}
	*n = x
	return true
}

const (
	zeros   = 0x3030303030303030
	overTen = 0x7676767676767676 // what makes a byte of 10 or more reach the high bit
)

// shortInteger is number of 1 to 15 bytes of ASCII that stand in a code without
// their length, zeros behind them. All digits are looked at at once.
func shortInteger(c Code, size uint) (n int64, ok bool) {
	first, negative := byte(c.Lo), byte(c.Lo) == '-'
	if negative {
		c, size = Code{c.Lo>>8 | c.Hi<<56, c.Hi >> 8}, size-1
		first = byte(c.Lo)
	}
	m := &masks[size]
	c.Lo, c.Hi = c.Lo^zeros&m.Lo, c.Hi^zeros&m.Hi
	if ((c.Lo+overTen)|(c.Hi+overTen))&highBits != 0 || size == 0 || first == '0' && (negative || size > 1) {
		return 0, false
	}
	// The last digit goes to the end, with zeros before the first.
	if shift := 8 * (16 - size); shift >= 64 {
		c.Lo, c.Hi = 0, c.Lo<<(shift-64)
	} else {
		c.Lo, c.Hi = c.Lo<<shift, c.Hi<<shift|c.Lo>>(64-shift)
	}
	n = int64(ofDigits(c.Lo)*1e8 + ofDigits(c.Hi))
	if negative {
		n = -n
	}
	return n, true
}

// ofDigits puts eight digits together, of which the first is in the lowest byte:
// pairs, then fours, then all.
func ofDigits(d uint64) uint64 {
	d = d*10 + d>>8
	return (d&0x000000ff_000000ff*0x000f4240_00000064 + d>>16&0x000000ff_000000ff*0x00002710_00000001) >> 32
}
