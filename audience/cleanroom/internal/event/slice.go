// SPDX-License-Identifier: Apache-2.0

package event

import (
	"encoding/binary"

	"github.com/throng-dp/throng/audience/rule"
)

// A page of many rows may be a few bytes: a column of one value, or of nulls.
// Decoded whole it would take memory that its bytes do not, so it is decoded some
// rows at a time.
const (
	sliceFrom = 1 << 20 // rows of a page that is sliced
	sliceRows = 1 << 16
)

// A slicer is such a page on its way.
type slicer struct {
	left  int    // rows
	seats *runs  // definition levels; nil: every row has a value
	picks *runs  // of a page of indexes
	vals  values // of a plain page, those that are left
	level []uint32
}

// sliceable tells whether a page is better sliced. Keys are not: their texts are
// as long as their page, but for nulls.
func (r *reader) sliceable(h *pageHeader) bool {
	return h.values > sliceFrom && !r.keys && !(h.typ == pageData && h.levels == encBitPacked)
}

// slice begins with a page that has been read.
func (r *reader) slice(h *pageHeader, levels, data []byte) (err error) {
	n := int(h.values)
	s, have := &slicer{left: n}, n
	if r.conv.leaf.repetition == optional {
		if levels, data, err = levelBytes(h, levels, data); err != nil {
			return err
		}
		if err := runsFit(levels, 1, n); err != nil {
			return err
		}
		s.seats = &runs{b: levels, width: 1}
		if have = (&runs{b: levels, width: 1}).ones(n); have < 0 {
			return damaged("a page says that a value is there more than once")
		}
	}
	if h.typ == pageDataV2 && have != n-int(h.nulls) {
		return damaged("a page does not have as many nulls as it says")
	}
	if have > freeValues && r.plain && have > maxRatio*len(data) {
		return tooManyValues()
	}
	switch {
	case r.plain:
		r.raw.reset()
		if err := r.raw.decode(r.conv.leaf, h.encoding, data, have); err != nil {
			return err
		}
		s.vals = r.conv.convert(&r.raw)
	case r.dict == nil:
		return damaged("a column lacks its dictionary")
	case have == 0:
		s.picks = &runs{}
	case len(data) == 0 || data[0] > 32:
		return errShort
	default:
		// One entry takes no bits, and some writers then write no runs either.
		if s.picks = (&runs{b: data[1:], width: uint(data[0])}); data[0] > 0 {
			if err := runsFit(data[1:], uint(data[0]), have); err != nil {
				return err
			}
		}
	}
	r.slices = s
	return nil
}

// nextSlice decodes some rows of the page that is sliced.
func (r *reader) nextSlice() error {
	s := r.slices
	n := min(s.left, sliceRows)
	if s.left -= n; s.left == 0 {
		defer func() { r.slices = nil }()
	}
	have := n
	r.have = more(r.have[:0], n)
	fill(r.have, true)
	if s.seats != nil {
		s.level = more(s.level[:0], n)
		s.seats.take(s.level)
		have = 0
		for i, level := range s.level {
			r.have[i] = level == 1
			have += int(level)
		}
	}
	r.count += n
	if !r.plain {
		return r.nextIndexes(n, have)
	}
	switch r.conv.kind {
	case rule.Double:
		r.vals.doubles = place(r.vals.doubles, cutOff(&s.vals.doubles, have), r.have, n)
	case rule.String:
		r.vals.texts = place(r.vals.texts, cutOff(&s.vals.texts, have), r.have, n)
	default:
		r.vals.ints = place(r.vals.ints, cutOff(&s.vals.ints, have), r.have, n)
	}
	var bad []bool
	if s.vals.null != nil {
		bad = cutOff(&s.vals.null, have)
	}
	r.nulls(bad, n, have)
	return nil
}

// nextIndexes appends the next n rows' indexes, of which have are there.
func (r *reader) nextIndexes(n, have int) error {
	from := len(r.index)
	r.index = more(r.index, have)
	r.slices.picks.take(r.index[from:])
	for i, x := range r.index[from:] {
		if int64(x) >= int64(len(r.dict.Null)-1) {
			return damaged("a value is not in its dictionary")
		}
		r.index[from+i] = x + 1
	}
	if have < n {
		r.index = more(r.index, n-have)
		spread(r.index[from:], r.have, have)
	}
	return nil
}

// cutOff takes the first n of s.
func cutOff[T any](s *[]T, n int) []T {
	first := (*s)[:n]
	*s = (*s)[n:]
	return first
}

// runs are numbers in runs and bit-packed groups, which runsFit has walked: what
// is asked for is there. Of a width of 0, all are 0.
type runs struct {
	b     []byte
	width uint
	left  int    // of the run or group at hand
	run   bool   // it is a run
	value uint32 // of the run
	bits  uint64 // of the group: read, and not yet taken
	have  uint
}

// take fills dst with the next numbers.
func (r *runs) take(dst []uint32) {
	if r.width == 0 {
		fill(dst, 0)
		return
	}
	for len(dst) > 0 {
		if r.left == 0 {
			r.head()
			continue
		}
		n := min(r.left, len(dst))
		r.left -= n
		if r.run {
			fill(dst[:n], r.value)
		} else {
			r.unpack(dst[:n])
		}
		dst = dst[n:]
	}
}

// head reads the head of the next run or group.
func (r *runs) head() {
	head, used := binary.Uvarint(r.b)
	r.b = r.b[used:]
	r.left, r.run, r.bits, r.have = int(head>>1), head&1 == 0, 0, 0
	if !r.run {
		r.left *= 8
		return
	}
	if r.left > 0 {
		size := int(r.width+7) / 8
		var b [4]byte
		copy(b[:], r.b[:size])
		r.value, r.b = binary.LittleEndian.Uint32(b[:]), r.b[size:]
	}
}

func (r *runs) unpack(dst []uint32) {
	mask := uint64(1)<<r.width - 1
	for i := range dst {
		for r.have < r.width {
			r.bits |= uint64(r.b[0]) << r.have
			r.b, r.have = r.b[1:], r.have+8
		}
		dst[i] = uint32(r.bits & mask)
		r.bits >>= r.width
		r.have -= r.width
	}
}

// ones returns how many of the next n numbers are 1; -1: one is larger.
func (r *runs) ones(n int) (ones int) {
	var some [1024]uint32
	for n > 0 {
		part := some[:min(n, len(some))]
		r.take(part)
		for _, x := range part {
			if x > 1 {
				return -1
			}
			ones += int(x)
		}
		n -= len(part)
	}
	return ones
}
