// SPDX-License-Identifier: Apache-2.0

package event

import (
	"encoding/binary"
	"math"
)

// Texts are strings that stand in one buffer, one a row or entry: the form of a
// column of keys, which are compared and never looked at. No Go string is made
// of them, nor is it known that they are UTF-8. A null has no bytes.
type Texts struct {
	Bytes []byte // with TextPadding more bytes of capacity behind them
	Spans []Span
}

// A Span is where in the buffer a text stands.
type Span struct{ At, Len uint32 }

// TextPadding is how far behind a text may be read, whatever stands there.
const TextPadding = 16

// maxTexts is as far as a span reaches.
const maxTexts = math.MaxUint32 - TextPadding

var errTexts = unsupported("a column of keys holds texts of gigabytes", "write smaller pages")

// Text returns text i.
func (t *Texts) Text(i int) []byte {
	s := t.Spans[i]
	return t.Bytes[s.At : s.At+s.Len]
}

// unpack appends the bytes of a page, without a copy where they are compressed. It
// returns them, and where in the buffer they stand.
func (t *Texts) unpack(from *pages, h *pageHeader) (levels []byte, at int, body []byte, err error) {
	at, size := len(t.Bytes), int(h.unpacked)
	if at+size > maxTexts {
		return nil, 0, nil, errTexts
	}
	t.Bytes = roomFor(t.Bytes, size+padding)
	levels, body, packed, err := from.readTo(h, t.Bytes[at:][:size:size+padding])
	switch {
	case err != nil:
		return nil, 0, nil, err
	case packed:
		t.Bytes = t.Bytes[:at+len(body)]
	default:
		t.Bytes = append(t.Bytes, body...)
	}
	return levels, at, body, nil
}

// place appends n PLAIN texts of a page that stands in the buffer already, from
// base on. They stay as the page has them, with their lengths in between.
func (t *Texts) place(page []byte, base, n int) error {
	at, end := 0, len(page)
	if n > end/4 { // before memory for that many is asked for
		return errShort
	}
	t.Spans = roomFor(t.Spans, n)
	spans := t.Spans[len(t.Spans):][:n]
	for i := range spans {
		if end-at < 4 {
			return errShort
		}
		size := int(binary.LittleEndian.Uint32(page[at:]))
		at += 4
		if size > end-at {
			return errShort
		}
		spans[i] = Span{uint32(base + at), uint32(size)}
		at += size
	}
	if at != end {
		return errShort
	}
	t.Spans = t.Spans[:len(t.Spans)+n]
	return nil
}

// cut appends n texts that the library decoded.
func (t *Texts) cut(data []byte, offsets []uint32, n int) error {
	if len(offsets) != n+1 || int(offsets[n]) > len(data) {
		return errShort
	}
	if len(t.Bytes)+len(data) > maxTexts {
		return errTexts
	}
	base := uint32(len(t.Bytes))
	for i, from := range offsets[:n] {
		if from > offsets[i+1] {
			return errShort
		}
		t.Spans = append(t.Spans, Span{base + from, offsets[i+1] - from})
	}
	t.Bytes = append(roomFor(t.Bytes, len(data)+TextPadding), data...)
	return nil
}

// drop forgets the first texts, and the bytes that were theirs.
func (t *Texts) drop(first int) {
	if len(t.Spans) == 0 {
		return
	}
	t.Spans = rest(t.Spans, first)
	used := uint32(len(t.Bytes))
	for _, s := range t.Spans {
		if s.Len > 0 { // a null stands nowhere
			used = s.At
			break
		}
	}
	t.Bytes = rest(t.Bytes, int(used))
	for i := range t.Spans {
		if s := &t.Spans[i]; s.Len > 0 {
			s.At -= used
		} else {
			s.At = 0
		}
	}
}

// roomFor returns s with room for n more.
func roomFor[T any](s []T, n int) []T {
	if cap(s)-len(s) >= n {
		return s
	}
	return append(make([]T, 0, max(2*cap(s), len(s)+n)), s...)
}
