// SPDX-License-Identifier: Apache-2.0

package event

import (
	"encoding/binary"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/rle"
)

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
	case encDelta:
		if l.physical != physInt32 && l.physical != physInt64 {
			return unknownEncoding()
		}
		_, err := deltasFit(b, n, 8*l.width())
		return err
	case encDeltaLength, encDeltaBytes:
		if l.physical != physBytes && (l.physical != physFixed || enc == encDeltaLength) {
			return unknownEncoding()
		}
		return textsFit(b, n, enc == encDeltaBytes)
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

// groupPadding is how far bit-packed groups may go beyond a page's values. The
// format rounds up to 8; DuckDB fills its last group up to 256.
const groupPadding = 256

// runsFit walks the heads of runs and bit-packed groups, exactly as the library
// will: together they hold n values, and no more than the last group's padding
// beyond.
func runsFit(b []byte, width uint, n int) error {
	left, room := uint64(max(n, 0)), uint64(max(n, 0))+groupPadding
	for len(b) > 0 {
		head, used := binary.Uvarint(b)
		if used <= 0 {
			return errShort
		}
		b = b[used:]
		if head>>1 == 0 {
			continue // the library expects no value behind an empty run
		}
		count, size := head>>1, uint64(width+7)/8
		if head&1 == 1 {
			count, size = min(head>>1, 1<<32)*8, min(head>>1, 1<<32)*uint64(width)
		}
		if size > uint64(len(b)) || count > room {
			return errShort
		}
		b, room, left = b[size:], room-count, left-min(left, count)
	}
	if left > 0 {
		return errShort
	}
	return nil
}

// deltasFit checks the head of DELTA_BINARY_PACKED numbers and walks its
// blocks: there are n numbers of that many bits, and room for them. It returns
// what follows.
func deltasFit(b []byte, n, width int) ([]byte, error) {
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
		for _, w := range widths {
			if left <= 0 {
				break // miniblocks that hold nothing are left out
			}
			size := uint64(w) * (block / minis) / 8
			if int(w) > width || size > uint64(len(b)) {
				return nil, errShort
			}
			b, left = b[size:], left-int(block/minis)
		}
	}
	return b, nil
}

// textsFit checks the lengths of DELTA_LENGTH_BYTE_ARRAY, or with shared of
// DELTA_BYTE_ARRAY: of each value how much of the one before it starts with,
// and what follows. Such a page may unpack to many times its size: the sum is
// judged before anything is copied.
func textsFit(b []byte, n int, shared bool) (err error) {
	prefixes := make([]int32, n)
	if shared {
		if prefixes, b, err = lengths(b, n); err != nil {
			return err
		}
	}
	suffixes, b, err := lengths(b, n)
	if err != nil {
		return err
	}
	stored, total, last := int64(0), int64(0), int64(0)
	for i, suffix := range suffixes {
		if prefixes[i] < 0 || int64(prefixes[i]) > last || suffix < 0 {
			return errShort
		}
		last = int64(prefixes[i]) + int64(suffix)
		stored, total = stored+int64(suffix), total+last
		if total > maxPage {
			return unsupported("a page unpacks to more than 256 MiB", "write smaller pages")
		}
	}
	if stored != int64(len(b)) {
		return errShort
	}
	return nil
}

// lengths decodes n lengths and returns what follows them.
func lengths(b []byte, n int) (out []int32, rest []byte, err error) {
	if rest, err = deltasFit(b, n, 32); err != nil {
		return nil, nil, err
	}
	used := len(b) - len(rest)
	out, err = parquet.DeltaBinaryPacked.DecodeInt32(nil, b[:used:used])
	if err != nil || len(out) != n {
		return nil, nil, errShort
	}
	return out, rest, nil
}

// bools decodes n run-length encoded bools to PLAIN ones. The library reads
// their runs in a dialect of its own, in which a run of 1 is not all true.
func bools(b []byte, n int) ([]byte, error) {
	if len(b) < 4 || uint64(binary.LittleEndian.Uint32(b)) > uint64(len(b)-4) {
		return nil, errShort
	}
	b = b[4 : 4+binary.LittleEndian.Uint32(b)]
	if err := runsFit(b, 1, n); err != nil {
		return nil, err
	}
	levels, err := (&rle.Encoding{BitWidth: 1}).DecodeLevels(nil, b)
	if err != nil || len(levels) < n {
		return nil, errShort
	}
	out := make([]byte, (n+7)/8)
	for i, level := range levels[:n] {
		out[i/8] |= level & 1 << (i % 8)
	}
	return out, nil
}
