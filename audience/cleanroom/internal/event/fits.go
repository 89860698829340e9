// SPDX-License-Identifier: Apache-2.0

package event

import "encoding/binary"

// What the library decodes it trusts: a run of four bytes can ask for
// gigabytes. So before it sees a page, the page's own counts are held against
// the number of values that its header promised.

// fits tells whether a page of n values claims no more than that.
func fits(l *leaf, enc int32, b []byte, n int) error {
	switch enc {
	case encPlain:
		if w := l.width(); w > 0 && len(b) != n*w {
			return errShort
		}
		return nil
	case encRLE:
		if l.physical != physBool || len(b) < 4 || uint64(binary.LittleEndian.Uint32(b)) > uint64(len(b)-4) {
			return errShort
		}
		return runsFit(b[4:4+binary.LittleEndian.Uint32(b)], 1, n)
	case encDelta:
		if l.physical != physInt32 && l.physical != physInt64 {
			return unknownEncoding()
		}
		_, err := deltasFit(b, n)
		return err
	case encDeltaLength:
		if l.physical != physBytes {
			return unknownEncoding()
		}
		_, err := deltasFit(b, n)
		return err
	case encDeltaBytes:
		if l.physical != physBytes && l.physical != physFixed {
			return unknownEncoding()
		}
		rest, err := deltasFit(b, n)
		if err == nil {
			_, err = deltasFit(rest, n)
		}
		return err
	case encByteStreamSplit:
		w := l.width()
		if w == 0 || l.physical == physInt96 {
			return unknownEncoding()
		}
		if len(b) != n*w {
			return errShort
		}
		return nil
	}
	return unknownEncoding()
}

// runsFit walks the heads of runs and bit-packed groups: together they hold n
// values, and no more than the last group's padding beyond.
func runsFit(b []byte, width uint, n int) error {
	for len(b) > 0 {
		head, used := binary.Uvarint(b)
		if used <= 0 {
			return errShort
		}
		b = b[used:]
		count, size := head>>1, uint64(width+7)/8
		if head&1 == 1 {
			count, size = min(head>>1, 1<<32)*8, min(head>>1, 1<<32)*uint64(width)
		}
		if size > uint64(len(b)) || count > uint64(max(n, 0))+7 {
			return errShort
		}
		b, n = b[size:], n-int(count)
	}
	if n > 0 {
		return errShort
	}
	return nil
}

// deltasFit checks the head of DELTA_BINARY_PACKED numbers and walks its
// blocks: there are n numbers, and room for them. It returns what follows.
func deltasFit(b []byte, n int) ([]byte, error) {
	var head [3]uint64 // values in a block, miniblocks in a block, values
	for i := range head {
		u, used := binary.Uvarint(b)
		if used <= 0 {
			return nil, errShort
		}
		head[i], b = u, b[used:]
	}
	_, used := binary.Varint(b)
	block, minis := head[0], head[1]
	if used <= 0 || head[2] != uint64(n) || block == 0 || block > 1<<20 || minis == 0 || minis > 1<<10 || block%minis != 0 || block/minis%8 != 0 {
		return nil, errShort
	}
	b = b[used:]
	for left := n - 1; left > 0; {
		_, used := binary.Varint(b)
		if used <= 0 || uint64(len(b)-used) < minis {
			return nil, errShort
		}
		widths := b[used : used+int(minis)]
		b = b[used+int(minis):]
		for _, width := range widths {
			if left <= 0 {
				break // miniblocks that hold nothing are left out
			}
			size := uint64(width) * (block / minis) / 8
			if width > 64 || size > uint64(len(b)) {
				return nil, errShort
			}
			b, left = b[size:], left-int(block/minis)
		}
	}
	return b, nil
}
