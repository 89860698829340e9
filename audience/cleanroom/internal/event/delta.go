// SPDX-License-Identifier: Apache-2.0

package event

import (
	"encoding/binary"
	"math"
)

var errDelta = damaged("a page with differences cannot be decoded")

// deltas appends n numbers in DELTA_BINARY_PACKED to dst and returns what
// follows them. Sums wrap around, as the format says.
func deltas(dst []int64, b []byte, n int) ([]int64, []byte, error) {
	var head [3]uint64 // values in a block, miniblocks in a block, values
	for i := range head {
		u, used := binary.Uvarint(b)
		if used <= 0 {
			return nil, nil, errDelta
		}
		head[i], b = u, b[used:]
	}
	value, used := binary.Varint(b)
	block, minis := head[0], head[1]
	if used <= 0 || head[2] != uint64(n) || block == 0 || block > 1<<20 || minis == 0 || minis > 1<<10 || block%minis != 0 || block/minis%8 != 0 {
		return nil, nil, errDelta
	}
	b = b[used:]
	if n == 0 {
		return dst, b, nil
	}
	dst = append(dst, value)
	for left := n - 1; left > 0; {
		least, used := binary.Varint(b)
		if used <= 0 || uint64(len(b)-used) < minis {
			return nil, nil, errDelta
		}
		widths := b[used : used+int(minis)]
		b = b[used+int(minis):]
		for _, width := range widths {
			if left == 0 {
				break
			}
			size := int(block/minis) / 8 * int(width)
			if width > 64 || size > len(b) {
				return nil, nil, errDelta
			}
			count := min(left, int(block/minis))
			for i := range count {
				value += least + int64(bitsAt(b[:size], i*int(width), uint(width)))
				dst = append(dst, value)
			}
			b, left = b[size:], left-count
		}
	}
	return dst, b, nil
}

// bitsAt returns width bits from bit at on, lowest first.
func bitsAt(b []byte, at int, width uint) (v uint64) {
	shift := uint(at % 8)
	b = b[at/8:]
	for got := uint(0); got < width+shift; got += 8 {
		c := uint64(b[got/8])
		if got >= shift {
			v |= c << (got - shift)
		} else {
			v |= c >> (shift - got)
		}
	}
	if width < 64 {
		v &= 1<<width - 1
	}
	return v
}

// deltaLengths decodes DELTA_LENGTH_BYTE_ARRAY: all lengths, then all bytes.
func deltaLengths(dst []string, b []byte, n int) ([]string, error) {
	lengths, b, err := deltas(nil, b, n)
	if err != nil {
		return nil, err
	}
	text := string(b)
	for _, size := range lengths {
		if size < 0 || size > int64(len(text)) {
			return nil, errDelta
		}
		dst, text = append(dst, text[:size]), text[size:]
	}
	return dst, nil
}

// deltaStrings decodes DELTA_BYTE_ARRAY: of each value how much of the one
// before it starts with, and what follows. A page may unpack to many times its
// size here, so the sum is judged before anything is copied.
func deltaStrings(dst []string, b []byte, n int) ([]string, error) {
	prefixes, b, err := deltas(nil, b, n)
	if err != nil {
		return nil, err
	}
	suffixes, b, err := deltas(nil, b, n)
	if err != nil {
		return nil, err
	}
	total, last := int64(0), int64(0)
	for i := range prefixes {
		if prefixes[i] < 0 || prefixes[i] > last || suffixes[i] < 0 || suffixes[i] > math.MaxInt32 {
			return nil, errDelta
		}
		last = prefixes[i] + suffixes[i]
		if total += last; total > maxPage {
			return nil, unsupported("a page unpacks to more than 256 MiB", "write smaller pages")
		}
	}
	text := make([]byte, 0, total)
	ends := make([]int, 0, n)
	for i := range prefixes {
		before := 0
		if i > 0 {
			before = len(text) - int(prefixes[i-1]+suffixes[i-1])
		}
		if suffixes[i] > int64(len(b)) {
			return nil, errDelta
		}
		text = append(text, text[before:before+int(prefixes[i])]...)
		text = append(text, b[:suffixes[i]]...)
		b = b[suffixes[i]:]
		ends = append(ends, len(text))
	}
	return cut(dst, string(text), ends), nil
}

func cut(dst []string, text string, ends []int) []string {
	start := 0
	for _, end := range ends {
		dst, start = append(dst, text[start:end]), end
	}
	return dst
}
